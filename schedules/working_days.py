"""Working days of a clinic: its weekdays, without the public holidays of its country and its own closures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

import holidays

IsWorkingDay = Callable[[date], bool]
MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)
DAY = timedelta(days=1)
CLINICS_KEPT = 512
"""So many clinics' working days are kept; one that falls out is made again in microseconds."""


class Closed(NamedTuple):
    """Days on which a clinic is closed, both included."""

    from_on: date
    until_on: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.from_on <= day <= self.until_on


class Lost(NamedTuple):
    """A weekday on which a clinic would have worked; `name` is that of the holiday or of the closure."""

    day: date
    name: str
    is_closure: bool


@cache
def _holidays_of(country: str, subdivision: str | None, year: int, language: str | None = None) -> Mapping[date, str]:
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=year, language=language))


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


@lru_cache(CLINICS_KEPT)
def working_days(
    country: str,
    subdivision: str | None = None,
    weekdays: tuple[int, ...] | None = None,
    closures: tuple[Closed, ...] = (),
) -> IsWorkingDay:
    """A test for one clinic. The same values give the same test, so that it can be compared; Monday is 0.

    Without `weekdays` a clinic works from Monday to Friday.
    """
    worked = frozenset(MONDAY_TO_FRIDAY if weekdays is None else weekdays)
    closed = frozenset(days_of(closures))

    def is_working_day(day: date) -> bool:
        return (
            day.weekday() in worked
            and day not in closed
            and day not in _holidays_of(country, subdivision, day.year)
        )  # fmt: skip

    return is_working_day


def days_of(closures: Iterable[Closed]) -> set[date]:
    """Every day of some closures."""
    return {
        one.from_on + timedelta(days=offset)
        for one in closures
        for offset in range((one.until_on - one.from_on).days + 1)
    }


def list_lost(
    country: str,
    subdivision: str | None,
    weekdays: tuple[int, ...] | None,
    closures: Sequence[tuple[Closed, str]],
    *,
    from_on: date,
    until_on: date,
    language: str,
) -> list[Lost]:
    """The weekdays from a day to a day on which a clinic does not work, with the reason; a holiday goes first.

    With Monday to Friday in Germany: Thursday 25 December 2025 is lost to Christmas, Saturday the 27th to nothing.
    """
    worked = frozenset(MONDAY_TO_FRIDAY if weekdays is None else weekdays)
    spoken = find_language(country, language)
    found = []
    for offset in range((until_on - from_on).days + 1):
        day = from_on + timedelta(days=offset)
        if day.weekday() not in worked:
            continue
        if (name := _holidays_of(country, subdivision, day.year, spoken).get(day)) is not None:
            found.append(Lost(day, name, is_closure=False))
            continue
        closing = next((name for closed, name in closures if day in closed), None)
        if closing is not None:
            found.append(Lost(day, closing, is_closure=True))
    return found


@cache
def find_language(country: str, language: str) -> str | None:
    """How the library calls a language in which it names a country's holidays; None: the country's own."""
    known: Sequence[str] = holidays.country_holidays(country).supported_languages
    return next((one for one in known if one.replace("-", "_").split("_")[0] == language), None)


def count_working_days(start_on: date, end_on: date, is_working_day: IsWorkingDay) -> int:
    """Working days after `start_on` up to and including `end_on`."""
    days = (end_on - start_on).days
    return sum(is_working_day(start_on + timedelta(days=offset)) for offset in range(1, days + 1))
