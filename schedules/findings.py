"""Findings: what a digest says of a patient, sorted into sections, the most urgent first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schedules.status import State
from schedules.worklists import Kind, Line


class Section(StrEnum):
    """The parts of a digest, in their order: what needs action, orphans, what changed, what ends."""

    FAILED = "failed"
    NEWLY = "newly-overdue"
    ESCALATED = "escalated"
    OVERDUE = "overdue"
    LONGEST = "longest-exposure"
    WEEK = "due-this-week"
    NO_NEXT = "no-next-check"
    NO_PLAN = "no-plan"
    UNCONFIRMED = "planned-day-passed"
    NOT_CLOSED = "not-closed"
    OUTDATED = "outdated-protocol"
    LOSSES = "losses"
    DISCHARGED = "discharged"
    NOT_SEEN = "not-seen"
    BOOKING_PASSED = "booking-passed"
    FINISHING = "finishing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one patient. `title` are the pairs of a text in several languages, so that it can be hashed."""

    section: Section
    patient: str
    family: str = ""
    title: tuple[tuple[str, str], ...] = ()
    on: date | None = None
    days: int | None = None
    limit_days: int | None = None
    missed: int = 0
    role: str = ""
    word: str = ""
    is_unbooked: bool = False


def sort_lines(lines: Iterable[Line]) -> Iterator[Finding]:
    """The worklist's lines as findings; every overdue line stands in exactly one of three sections.

    Newly overdue: the first window closed yesterday. Escalated: a step of the protocol names a role. All others
    are overdue for a few days.
    """
    for line in lines:
        match line.kind, line.state:
            case Kind.FAILED, _:
                yield Finding(Section.FAILED, line.patient, word=line.failure)
            case Kind.UNCONFIRMED, _:
                yield Finding(Section.UNCONFIRMED, line.patient, on=line.days[0], missed=len(line.days))
            case Kind.NOT_SEEN, _:
                yield _finding(Section.NOT_SEEN, line, on=line.days[0])
            case _, State.OVERDUE:
                section = (
                    Section.NEWLY if line.days_overdue == 1 else Section.ESCALATED if line.steps else Section.OVERDUE
                )
                yield _finding(section, line, on=line.first.due_on)
        if line.booked and line.booked.has_passed:
            yield _finding(Section.BOOKING_PASSED, line, on=line.booked.booked_on)


def _finding(section: Section, line: Line, *, on: date) -> Finding:
    return Finding(
        section,
        line.patient,
        line.family,
        tuple(line.title.items()),
        on=on,
        days=line.days_overdue,
        missed=line.missed,
        role=line.role.value if line.role else "",
        is_unbooked=line.is_unbooked,
    )
