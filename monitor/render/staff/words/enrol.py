"""Words of the pages: enrol."""

WORDS: dict[str, dict[str, str]] = {"en": {}, "de": {}}
