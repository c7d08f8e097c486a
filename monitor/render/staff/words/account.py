"""Words of the pages: account."""

WORDS: dict[str, dict[str, str]] = {"en": {}, "de": {}}
