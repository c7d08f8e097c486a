"""Escalating: on which day each step begins for the overdue checks of a family, and whether somebody has seen it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from typing import Protocol as Shape

from schedules.protocol import Escalation, Role

LADDER = (Role.NURSE, Role.CLINICIAN, Role.ADMIN)
"""From the lowest to the highest; who stands higher may see for those below."""


class HasEnd(Shape):
    """Whatever has a day on which its window closes."""

    @property
    def closes_on(self) -> date: ...


class Raised(NamedTuple):
    """A role that is asked since `began_on`; `at_once_on` is when its latest step that asks at once began."""

    role: Role
    began_on: date
    at_once_on: date | None = None


class SeenStep(NamedTuple):
    """Somebody in that role knows of it; it closes nothing."""

    role: Role
    seen_by: str
    seen_on: date


def find_beginning(step: Escalation, overdue: Sequence[HasEnd]) -> date | None:
    """The day from which a step holds, for overdue checks of one family; None where it never will for these.

    A check that closed on 23 October is overdue from the 24th: a step after 7 days begins on the 30th, one after
    0 days on the 24th. Two in a row begins the day after the second window closed.
    """
    ends = sorted(check.closes_on for check in overdue)
    if step.after_days is None:
        return ends[1] + timedelta(days=1) if len(ends) > 1 else None
    return ends[0] + timedelta(days=max(step.after_days, 1)) if ends else None


def climb(steps: Iterable[Escalation], overdue: Sequence[HasEnd], today: date) -> tuple[Raised, ...]:
    """The roles that are asked today, the lowest first, each once, since the first of its steps."""
    begun = [(step, began) for step in steps if (began := find_beginning(step, overdue)) and began <= today]
    raised = []
    for role in LADDER:
        own = [(step, began) for step, began in begun if step.role is role]
        if own:
            at_once = [began for step, began in own if step.at_once]
            raised.append(Raised(role, min(began for _, began in own), max(at_once, default=None)))
    return tuple(raised)


def is_seen(role: Role, seen: Iterable[SeenStep]) -> bool:
    """Whether somebody of that role or of a higher one has seen it."""
    return any(LADDER.index(one.role) >= LADDER.index(role) for one in seen)
