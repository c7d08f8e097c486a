"""Countries: those whose public holidays are known, by the names of the reader's language."""

from collections.abc import Sequence
from functools import cache

from babel import Locale

from schedules.working_days import list_countries


@cache
def country_options(language: str) -> Sequence[tuple[str, str]]:
    """Codes with names for a list to choose from, in the order of the names."""
    names = Locale.parse(language).territories
    return sorted(((code, f"{names.get(code, code)} ({code})") for code in list_countries()), key=lambda pair: pair[1])
