"""Findings: what a digest says of a patient, sorted into sections, the most urgent first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schedules.escalating import LADDER, SeenStep, is_seen
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
    ASTRAY = "astray"
    UNCONFIRMED = "planned-day-passed"
    NOT_CLOSED = "not-closed"
    UNAPPROVED = "unapproved-protocol"
    OUTDATED = "outdated-protocol"
    LOSSES = "losses"
    DISCHARGED = "discharged"
    NOT_SEEN = "not-seen"
    REPORTED = "reported"
    BOOKING_PASSED = "booking-passed"
    FINISHING = "finishing"


OVERDUE = (Section.NEWLY, Section.ESCALATED, Section.OVERDUE)
"""Every overdue line stands in exactly one of these."""


class Change(StrEnum):
    """How a finding compares with the look before."""

    SAME = ""
    NEW = "new"
    RAISED = "raised"
    """It was overdue before, and a step of the protocol names a role (or a higher one) since."""


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
    seen: SeenStep | None = None
    change: Change = Change.SAME

    @property
    def identity(self) -> str:
        """A word that stays the same from day to day while the finding stands, however overdue it grows."""
        group = "overdue" if self.section in OVERDUE else self.section.value
        own = self.word if self.section is Section.LOSSES else ""
        return "/".join((group, self.patient, self.family, str(self.on or ""), own))

    @property
    def stage(self) -> str:
        """What may be raised while the identity stays: the role that an escalation names."""
        return self.role if self.section is Section.ESCALATED else ""


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
                yield _finding(section, line, on=line.first.due_on, seen=_seen(line))
        if line.booked and line.booked.has_passed:
            yield _finding(Section.BOOKING_PASSED, line, on=line.booked.booked_on)


def _seen(line: Line) -> SeenStep | None:
    """Who knows of it, of the role that is asked rather than of a higher one; the first to say so counts."""
    known = [one for one in line.seen if line.role is not None and is_seen(line.role, [one])]
    return min(known, key=lambda one: LADDER.index(one.role), default=None)


def _finding(section: Section, line: Line, *, on: date, seen: SeenStep | None = None) -> Finding:
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
        seen=seen,
    )
