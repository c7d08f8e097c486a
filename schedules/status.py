"""Where an open check stands today: derived from its window, never stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol as Shape

from schedules.escalating import find_beginning
from schedules.protocol import Escalation


class State(StrEnum):
    """In the order in which time brings them; a state only moves forward as today does."""

    UPCOMING = "upcoming"
    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"


class HasWindow(Shape):
    """Whatever has a window: a planned check, a row of the record, a line of the worklist."""

    @property
    def opens_on(self) -> date: ...
    @property
    def due_on(self) -> date: ...
    @property
    def closes_on(self) -> date: ...


def state_of(check: HasWindow, today: date) -> State:
    """Upcoming before the window, open until the due day, due until the window closes, then overdue.

    Due 12 May (±7 days): upcoming on the 4th, open on the 5th, due from the 12th to the 19th, overdue from
    the 20th until a person acts.
    """
    if today < check.opens_on:
        return State.UPCOMING
    if today < check.due_on:
        return State.OPEN
    if today <= check.closes_on:
        return State.DUE
    return State.OVERDUE


def days_overdue(check: HasWindow, today: date) -> int:
    """Whole days since the window closed; 0 while it has not."""
    return max((today - check.closes_on).days, 0)


@dataclass(frozen=True, slots=True)
class Exposure:
    """The exposure clock of a family: days since the last sample, against the longest gap allowed.

    `since_on` is the day of the last sample, or of the end of the first course where none is known.
    """

    family: str
    since_on: date
    days: int
    limit_days: int
    is_known: bool

    @property
    def is_exceeded(self) -> bool:
        return self.days > self.limit_days


def expose(family: str, *, last_on: date | None, treated_on: date, limit_days: int, today: date) -> Exposure:
    """The clock of one family, read today; a sample of a later day counts as none yet."""
    since_on = last_on or treated_on
    return Exposure(family, since_on, max((today - since_on).days, 0), limit_days, last_on is not None)


def escalations(steps: Iterable[Escalation], overdue: Sequence[HasWindow], today: date) -> tuple[Escalation, ...]:
    """The steps that hold for the overdue checks of one family: so many days, or two numbers in a row."""
    return tuple(step for step in steps if (began := find_beginning(step, overdue)) and began <= today)
