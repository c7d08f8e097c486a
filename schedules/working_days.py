"""Working days of a country, from the `holidays` library."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, lru_cache

import holidays

IsWorkingDay = Callable[[date], bool]
USUAL = (0, 1, 2, 3, 4)
"""Monday to Friday; Monday is 0."""
Closures = tuple[tuple[date, date], ...]
"""From a day to a day, both included."""


@cache
def _holidays_of(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


def is_known_country(country: str, subdivision: str | None = None) -> bool:
    """Whether the library knows the public holidays of this ISO 3166 code (and part of it)."""
    known = holidays.list_supported_countries()
    return country in known and (subdivision is None or subdivision in known[country])


def list_countries() -> list[str]:
    """The codes of the countries whose public holidays are known."""
    return [code for code in sorted(holidays.list_supported_countries()) if len(code) == 2]


def list_subdivisions(country: str) -> list[str]:
    """The parts of a country that have public holidays of their own."""
    return sorted(holidays.list_supported_countries().get(country, ()))


@lru_cache(maxsize=256)
def working_days(
    country: str, subdivision: str | None = None, weekdays: tuple[int, ...] = USUAL, closures: Closures = ()
) -> IsWorkingDay:  # fmt: skip
    """A test for one place: its weekdays, Monday to Friday if none are named, without public holidays and closures.

    The same place gives the same test, so that it may be asked for as often as one likes.
    """
    usual = frozenset(weekdays)

    def is_working_day(day: date) -> bool:
        if day.weekday() not in usual or day in _holidays_of(country, subdivision, day.year):
            return False
        return not any(from_on <= day <= until_on for from_on, until_on in closures)

    return is_working_day


def count_working_days(start_on: date, end_on: date, is_working_day: IsWorkingDay) -> int:
    """Working days after `start_on` up to and including `end_on`."""
    days = (end_on - start_on).days
    return sum(is_working_day(start_on + timedelta(days=offset)) for offset in range(1, days + 1))
