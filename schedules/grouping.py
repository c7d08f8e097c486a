"""Grouping: the worklist's lines put together by patient and visit, chosen and ordered as a person asks for them."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from schedules.protocol import Texts
from schedules.status import Exposure, State
from schedules.worklists import Kind, Line

STATES = ("overdue", "due", "open", "booked", "not-seen", "unconfirmed", "failed")
"""What a person may ask for; a booked day to come stands beside the state and hides none."""


class Sort(StrEnum):
    """What comes first."""

    URGENCY = "urgency"
    PATIENT = "patient"
    DUE = "due"
    SAMPLE = "sample"
    """The longest time since a sample."""


class Face(NamedTuple):
    """Whose treatment it is, for a person to read, and how many acts there were on it."""

    treatment_id: int
    patient_id: int
    revision: int
    name: str | None
    nurse_id: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person asks the worklist for; `mine` is the person's own id where only their patients are wanted."""

    clinic: str | None = None
    state: str | None = None
    rule: str | None = None
    unbooked: bool = False
    mine: int | None = None
    words: str = ""
    sort: Sort = Sort.URGENCY

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.clinic or self.state or self.rule or self.unbooked or self.mine is not None or self.words)


@dataclass(frozen=True, slots=True)
class Trip:
    """The lines of one patient that one visit settles, or what asks for the same act; never empty."""

    lines: tuple[Line, ...]

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(line.family for line in self.lines)

    @property
    def name(self) -> str:
        """Names the trip within its treatment, as long as nobody acts on it."""
        return self.first.family or self.first.kind.value

    @property
    def exposure(self) -> Exposure | None:
        """Of several exposure clocks the one that has run farthest towards its limit."""
        clocks = [line.exposure for line in self.lines if line.exposure]
        return max(clocks, key=lambda clock: clock.days / max(clock.limit_days, 1), default=None)


@dataclass(frozen=True, slots=True)
class Group:
    """One treatment's lines: those that were asked for, by visit, and how many `others` it has beside them."""

    treatment_id: int
    patient: str
    clinic: str
    today: date
    face: Face | None
    trips: tuple[Trip, ...]
    others: int = 0

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for trip in self.trips for line in trip.lines)

    def find_trip(self, name: str) -> Trip | None:
        """The trip of that name, or the one in which that family stands."""
        return next((one for one in self.trips if name == one.name or name in one.families), None)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The groups that were asked for, in order, and by state how many patients there would be without asking for one;
    `families` are the titles of everything that presses."""

    groups: tuple[Group, ...]
    counts: Mapping[str, int]
    families: Mapping[str, Texts] = field(default_factory=dict)


def choose_groups(lines: Sequence[Line], faces: Mapping[int, Face], choice: Choice) -> Chosen:
    """What was asked for of `lines`, which stand in order of urgency.

    A patient who could not be computed is among them whatever state or rule was asked for: it may hide any.
    """
    of: dict[int, list[Line]] = {}
    for line in lines:
        of.setdefault(line.treatment_id, []).append(line)
    wanted = _words(choice.words)
    kept = {
        treatment_id: own
        for treatment_id, own in of.items()
        if (choice.clinic is None or own[0].clinic == choice.clinic)
        and (choice.mine is None or ((face := faces.get(treatment_id)) and face.nurse_id == choice.mine))
        and (not wanted or _is_called(own[0], faces.get(treatment_id), wanted))
    }
    by_rule = {one: [line for line in own if _asks_for_rule(line, choice)] for one, own in kept.items()}
    groups = [
        _group(own, kept[treatment_id], faces.get(treatment_id))
        for treatment_id, all_own in by_rule.items()
        if (own := [line for line in all_own if has_state(line, choice.state)])
    ]
    return Chosen(tuple(_sorted(groups, choice.sort)), _count(by_rule.values()), _families(lines))


def group_lines(lines: Sequence[Line], face: Face | None) -> Group | None:
    """All lines of one treatment; None where there is none."""
    return _group(lines, lines, face) if lines else None


def has_state(line: Line, state: str | None) -> bool:
    """Whether a line is what a person asks for by a state; booked are those with a day that is still to come."""
    if state is None or line.kind is Kind.FAILED:
        return True
    if state == "booked":
        return line.booked is not None and not line.booked.has_passed
    return line.label == state


def fold(text: str) -> str:
    """For comparing as people do: "Müller" is "muller", whoever typed it."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))


def _words(text: str) -> list[str]:
    return fold(text).split()


def _is_called(line: Line, face: Face | None, words: Sequence[str]) -> bool:
    """Whether every word stands in the reference or the name."""
    called = fold(f"{line.patient} {face.name or '' if face else ''}")
    return all(word in called for word in words)


def _asks_for_rule(line: Line, choice: Choice) -> bool:
    if line.kind is Kind.FAILED:
        return True
    if choice.unbooked and not line.is_unbooked:
        return False
    return choice.rule is None or choice.rule == line.family or any(one.rule == choice.rule for one in line.checks)


def _count(groups: Iterable[Sequence[Line]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for own in groups:
        labels = {line.label for line in own}
        if any(has_state(line, "booked") for line in own if line.kind is Kind.CHECK):
            labels.add("booked")
        counts.update(labels)
    return {state: counts[state] for state in STATES}


def _families(lines: Iterable[Line]) -> dict[str, Texts]:
    return {line.family: line.title for line in lines if line.family}


def _group(shown: Sequence[Line], every: Sequence[Line], face: Face | None) -> Group:
    trips: dict[tuple[Any, ...], list[Line]] = {}
    for line in shown:
        trips.setdefault(line.trip, []).append(line)
    first = shown[0]
    return Group(
        first.treatment_id, first.patient, first.clinic, first.today, face,
        tuple(Trip(tuple(own)) for own in trips.values()), len(every) - len(shown),
    )  # fmt: skip


def _sorted(groups: list[Group], sort: Sort) -> list[Group]:
    """In order of urgency they are already; patients who could not be computed stay on top."""
    if sort is Sort.URGENCY:
        return groups
    keys: Mapping[Sort, Callable[[Group], Any]] = {
        Sort.PATIENT: lambda group: (fold(group.patient), group.treatment_id),
        Sort.DUE: _due_day,
        Sort.SAMPLE: lambda group: -max((one.exposure.days for one in group.lines if one.exposure), default=-1),
    }
    return sorted(groups, key=lambda group: (group.trips[0].first.kind is not Kind.FAILED, keys[sort](group)))


def _due_day(group: Group) -> date:
    days = [check.due_on for line in group.lines for check in line.checks]
    return min([*days, *(day for line in group.lines for day in line.days)], default=date.max)


def is_asking(line: Line) -> bool:
    """Whether a booked day has passed without a sample: did it happen?"""
    return line.booked is not None and line.booked.has_passed


def needs_a_day(line: Line) -> bool:
    """Whether a visit has to be arranged now: overdue, and no day to come was agreed."""
    return line.state is State.OVERDUE and line.is_unbooked
