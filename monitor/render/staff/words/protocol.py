"""Words of the pages: protocol."""

WORDS: dict[str, dict[str, str]] = {"en": {}, "de": {}}
