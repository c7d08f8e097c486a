"""Words of the pages: sign in."""

WORDS: dict[str, dict[str, str]] = {"en": {}, "de": {}}
