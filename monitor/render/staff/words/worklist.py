"""Words of the pages: worklist."""

WORDS: dict[str, dict[str, str]] = {"en": {}, "de": {}}
