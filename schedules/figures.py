"""Figures: what a clinic's charts show, counted from plain rows - weeks of work, and shares done in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Week:
    """From a Monday: visits, and the working days that are there and that holidays and closures take."""

    monday: date
    visits: int
    working_days: int
    lost_days: int

    @property
    def per_day(self) -> float:
        """Visits a working day; all of them on one where there is none."""
        return self.visits / max(self.working_days, 1)


class Adhered(NamedTuple):
    """One check that should have been done by its last day, and when it was."""

    rule: str
    opens_on: date
    closes_on: date
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class Share:
    """Checks whose window closed: done in it, done later, or not done. What was waived or left out is not counted."""

    in_window: int = 0
    late: int = 0
    missing: int = 0

    @property
    def all(self) -> int:
        return self.in_window + self.late + self.missing

    @property
    def percent(self) -> int | None:
        """Of those done in the window; None where nothing was asked for."""
        return round(100 * self.in_window / self.all) if self.all else None


def share_of(checks: Iterable[Adhered]) -> Share:
    """Count; a check that was done before its window opened, said to be it by a person, counts as done in time."""
    in_window = late = missing = 0
    for one in checks:
        if one.settled_on is None:
            missing += 1
        elif one.settled_on <= one.closes_on:
            in_window += 1
        else:
            late += 1
    return Share(in_window, late, missing)


def months_back(on: date, months: int) -> date:
    """The first of the month so many months before."""
    years, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(years, month + 1, 1)
