"""Worklists: what needs a person, one line a patient and family, most urgent first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from schedules.escalating import LADDER, Raised, SeenStep, is_seen
from schedules.protocol import Escalation, Place, Role, Texts
from schedules.status import Exposure, State, days_overdue, state_of


class Kind(StrEnum):
    """What a line asks for."""

    CHECK = "check"
    NOT_SEEN = "not-seen"
    """Done, and nobody has marked the result as seen."""
    UNCONFIRMED = "unconfirmed"
    """A planned infusion whose day has passed and which nobody confirmed."""
    FAILED = "failed"
    """This patient could not be computed; a person has to look."""


class Pressing(NamedTuple):
    """An open check whose window has opened."""

    rule: str
    number: int
    family: str
    opens_on: date
    due_on: date
    closes_on: date
    confirm: bool = False


class Booked(NamedTuple):
    """The day agreed with the patient. It hides nothing: outside the window it warns, once passed it asks."""

    booked_on: date
    booked_at: time | None
    is_outside: bool
    has_passed: bool


class Reported(NamedTuple):
    """The patient says that it was done on a day, perhaps where. Nobody has confirmed it, so it hides nothing."""

    done_on: date
    place: str | None = None


class Contact(NamedTuple):
    """The last note of a contact."""

    kind: str
    noted_on: date


@dataclass(frozen=True, kw_only=True)  # without slots: a line is looked at by every list, what is derived is kept
class Line:
    """One line: `checks` in order of the due day, or the days of unseen samples or unconfirmed infusions.

    `next_visit_on` is the day suggested for the family's next visit, today or later; `raised` are the roles that the
    escalation `steps` ask, and `seen` who knows of it.
    """

    kind: Kind
    patient: str
    clinic: str
    treatment_id: int
    today: date
    family: str = ""
    title: Texts = field(default_factory=dict)
    titles: Mapping[str, Texts] = field(default_factory=dict)
    checks: tuple[Pressing, ...] = ()
    days: tuple[date, ...] = ()
    exposure: Exposure | None = None
    next_visit_on: date | None = None
    booked: Booked | None = None
    reported: Reported | None = None
    contact: Contact | None = None
    steps: tuple[Escalation, ...] = ()
    raised: tuple[Raised, ...] = ()
    seen: tuple[SeenStep, ...] = ()
    failure: str = ""
    place: Place | None = None
    """Where the checks happen."""

    @cached_property
    def first(self) -> Pressing:
        """The check that presses most: its window closes (or closed) first."""
        return min(self.checks, key=lambda check: check.closes_on)

    @cached_property
    def state(self) -> State | None:
        return state_of(self.first, self.today) if self.checks else None

    @cached_property
    def overdue(self) -> tuple[Pressing, ...]:
        return tuple(check for check in self.checks if state_of(check, self.today) is State.OVERDUE)

    @property
    def missed(self) -> int:
        return len(self.overdue)

    @property
    def days_overdue(self) -> int:
        return days_overdue(self.first, self.today) if self.checks else 0

    @property
    def suggested_on(self) -> date | None:
        """The day suggested for what presses; None where it has passed, and the visit has to be arranged now.

        The next visit of the plan may be weeks away. Shown beside an overdue check it would seem to be enough.
        """
        if self.next_visit_on is None or self.state not in {State.OPEN, State.DUE}:
            return None
        return self.next_visit_on if self.next_visit_on <= self.first.closes_on else None

    @property
    def is_unbooked(self) -> bool:
        """Nobody has agreed a day that is still to come."""
        return self.kind is Kind.CHECK and (self.booked is None or self.booked.has_passed)

    @property
    def role(self) -> Role | None:
        """The highest role that the escalation steps name."""
        roles = {step.role for step in self.steps}
        return next((role for role in reversed(LADDER) if role in roles), None)

    @property
    def unseen(self) -> tuple[Raised, ...]:
        """The roles that are asked and of which nobody has said that they know."""
        return tuple(one for one in self.raised if not is_seen(one.role, self.seen))

    @cached_property
    def label(self) -> str:
        """What a filter calls the line: overdue, due, open, not-seen, unconfirmed or failed."""
        return self.state.value if self.state else self.kind.value

    @cached_property
    def rank(self) -> tuple[Any, ...]:
        """Sorts lines as `in_order` says."""
        # Lines of one visit stay neighbours: of equally urgent ones those of a patient and day stand together.
        dates = (self.first.due_on, self.first.closes_on, self.missed) if self.checks else ()
        return self._urgency, self.clinic, self.patient, self.treatment_id, dates, self.family

    @property
    def _urgency(self) -> tuple[int, int, int]:
        match self.kind, self.state:
            case Kind.FAILED, _:
                return 0, 0, 0
            case Kind.CHECK, State.OVERDUE:
                return 1, 0 if self.missed > 1 else 1, -self.days_overdue
            case Kind.UNCONFIRMED, _:
                return 2, 0, self.days[0].toordinal()
            case Kind.NOT_SEEN, _:
                return 3, 0, self.days[0].toordinal()
            case Kind.CHECK, State.DUE:
                return 4, 0, self.first.closes_on.toordinal()
            case _:
                return 5, 0, self.first.due_on.toordinal()

    @cached_property
    def trip(self) -> tuple[Any, ...]:
        """Equal for lines that differ only in what is tested: one visit settles them, and one row says so."""
        if not self.checks:
            return (self.kind,)
        return (
            self.kind, self.place, self.first.due_on, self.first.closes_on, self.missed, self.booked, self.reported,
            self.seen, tuple(one.role for one in self.raised), any(check.confirm for check in self.checks),
        )  # fmt: skip


def group_by_family(checks: Iterable[Pressing]) -> dict[str, tuple[Pressing, ...]]:
    """One group a family: three missed months and the present one are a single line, since one sample closes them."""
    groups: dict[str, list[Pressing]] = {}
    for check in sorted(checks, key=lambda check: (check.due_on, check.rule, check.number)):
        groups.setdefault(check.family, []).append(check)
    return {family: tuple(members) for family, members in groups.items()}


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Failures, then overdue (two in a row first, then the longest), unconfirmed, not seen, due, open."""
    return sorted(lines, key=lambda line: line.rank)


def choose(
    lines: Iterable[Line], *, state: str | None = None, rule: str | None = None, unbooked: bool = False
) -> list[Line]:
    """The lines that a person asked for. A failure is always among them: it may hide any of the others."""

    def is_wanted(line: Line) -> bool:
        rules = {line.family, *(check.rule for check in line.checks)}
        return (
            (state is None or line.label == state)
            and (rule is None or rule in rules)
            and (not unbooked or line.is_unbooked)
        )

    return [line for line in lines if line.kind is Kind.FAILED or is_wanted(line)]


class Entry(NamedTuple):
    """One open check of a line, for machines, which want no groups."""

    line: Line
    check: Pressing
    state: State


def entries(lines: Iterable[Line], *, state: str | None = None, rule: str | None = None) -> list[Entry]:
    """Every open check of the lines, in their order; a due check stands here although its line is overdue."""
    found = [Entry(line, check, state_of(check, line.today)) for line in lines for check in line.checks]
    return [
        one
        for one in found
        if (state is None or one.state == state) and (rule is None or rule in {one.check.rule, one.check.family})
    ]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines there are of each sort; booked ones are counted beside their state."""

    overdue: int = 0
    due: int = 0
    open: int = 0
    booked: int = 0
    not_seen: int = 0
    unconfirmed: int = 0
    failed: int = 0


def count(lines: Sequence[Line]) -> Counts:
    labels: Counter[str] = Counter(line.label for line in lines)
    numbers: dict[str, Any] = {label.replace("-", "_"): number for label, number in labels.items()}
    return Counts(booked=sum(line.booked is not None and not line.is_unbooked for line in lines), **numbers)
