"""Words of the pages: clinic."""

WORDS: dict[str, dict[str, str]] = {"en": {}, "de": {}}
