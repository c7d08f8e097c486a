"""Words of the pages: course."""

WORDS: dict[str, dict[str, str]] = {"en": {}, "de": {}}
