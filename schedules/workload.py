"""Workload: how many visits each week ahead brings, where, and how many working days are lost to holidays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from schedules.protocol import Place
from schedules.working_days import MONDAY_TO_FRIDAY, Lost

WEEK = timedelta(days=7)
WEEKS = 52
BUSIEST = 3


class DayLoad(NamedTuple):
    """Visits of one day at one place."""

    day: date
    place: Place
    number: int


@dataclass(frozen=True, slots=True)
class Week:
    """One week from its Monday on: visits by place, in the order of `Place`, and the weekdays on which nobody works."""

    begins_on: date
    visits: tuple[tuple[Place, int], ...]
    working_days: int
    lost: tuple[Lost, ...]

    @property
    def number(self) -> int:
        return sum(number for _, number in self.visits)

    def at(self, place: Place) -> int:
        return dict(self.visits).get(place, 0)

    @property
    def a_day(self) -> float | None:
        """Visits for each working day; None in a week without one."""
        return self.number / self.working_days if self.working_days else None

    @property
    def ends_on(self) -> date:
        return self.begins_on + WEEK - timedelta(days=1)


def weeks_ahead(
    loads: Iterable[DayLoad],
    lost: Sequence[Lost],
    today: date,
    *,
    weekdays: Sequence[int] | None = None,
    weeks: int = WEEKS,
) -> list[Week]:
    """The weeks from this one on. Of this week only what lies from today on is counted, its working days, too."""
    worked = frozenset(MONDAY_TO_FRIDAY if weekdays is None else weekdays)
    first = today - timedelta(days=today.weekday())
    found: list[Week] = []
    by_week: dict[date, dict[Place, int]] = {}
    for load in loads:
        if load.day >= today:
            own = by_week.setdefault(load.day - timedelta(days=load.day.weekday()), {})
            own[load.place] = own.get(load.place, 0) + load.number
    for number in range(weeks):
        begins_on = first + number * WEEK
        gone = tuple(one for one in lost if begins_on <= one.day < begins_on + WEEK and one.day >= today)
        days = [begins_on + timedelta(days=offset) for offset in range(7)]
        of_use = sum(day >= today and day.weekday() in worked for day in days) - len(gone)
        own = by_week.get(begins_on, {})
        visits = tuple((place, own[place]) for place in Place if place in own)
        found.append(Week(begins_on, visits, of_use, gone))
    return found


def busiest(weeks: Sequence[Week], most: int = BUSIEST) -> list[Week]:
    """The weeks with the most visits for each working day, in order of time; a week without a working day is busiest
    of all. Weeks that ask for nothing are left out.
    """
    asked = [one for one in weeks if one.number]
    ranked = sorted(asked, key=lambda one: (-(one.a_day if one.a_day is not None else float("inf")), one.begins_on))
    return sorted(ranked[:most], key=lambda one: one.begins_on)
