"""Words of the pages: patient."""

WORDS: dict[str, dict[str, str]] = {"en": {}, "de": {}}
