"""Invents what was really done: who came on time, late or not at all, and what the laboratory forgot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from random import Random

from examples.inventing import Patient, Phase
from monitor.protocols import Library
from schedules.model import Check, Facts, Origin, Person, Plan, Settled, Settlement
from schedules.model import Sample as Known
from schedules.planning import plan
from schedules.protocol import Place, Protocol
from schedules.settling import settle
from schedules.status import State, state_of

BLOOD, URINE, SKIN = "blood-count", "urinalysis", "skin"
ALWAYS_PUNCTUAL = {Phase.IN_COURSE, Phase.CLOSING, Phase.ENDED, Phase.TAKEN_OVER, Phase.TAKEN_OVER_BLIND}


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """One thing that was done for a patient."""

    taken_on: date
    rule: str
    family: str


@dataclass(frozen=True, slots=True)
class Story:
    """A patient with the plan and all that was done by "today"."""

    patient: Patient
    protocol: Protocol
    plan: Plan
    samples: tuple[Sample, ...]

    def settled(self) -> Sequence[Settled]:
        samples = [Known(place, one.family, one.taken_on) for place, one in enumerate(self.samples)]
        facts = Facts(samples=tuple(samples), followed_here_from=self.patient.followed_here_from)
        return settle(self.protocol, self.plan, facts)

    def overdue(self, today: date) -> list[Check]:
        open_checks = [one.check for one in self.settled() if one.settlement is Settlement.OPEN]
        return [check for check in open_checks if state_of(check, today) is State.OVERDUE]


def tell(patient: Patient, library: Library, today: date) -> Story:
    """What happened to a patient until yesterday."""
    protocol = library.combine(patient.site.protocol, patient.overlays)
    planned = plan(protocol, Person(patient.sex, patient.born_on), infusions=patient.infusions)
    teller = Teller(patient, protocol, planned, today)
    return Story(patient, protocol, planned, tuple(sorted(teller.list_samples())))


class Teller:
    """Decides visit by visit; every decision takes its chance from the patient's own."""

    def __init__(self, patient: Patient, protocol: Protocol, planned: Plan, today: date) -> None:
        self.patient, self.today = patient, today
        self.chance: Random = patient.random
        self.gaps = protocol.longest_gaps
        self.office = {rule.id for rule in protocol.rules if rule.place is not Place.LABORATORY}
        self.checks = [check for check in planned.checks if self._is_known_here(check)]
        closed = [check.due_on for check in self.checks if check.rule == BLOOD and check.closes_on < today]
        self.habit = "punctual" if patient.phase in ALWAYS_PUNCTUAL else patient.habit
        self.missed, self.without_urine = self._gaps(closed)
        self.late = {day for day in closed[:-2] if self.habit == "late" and self.chance.random() < 0.25}
        self.twice = self._some(closed[1:-2], 2) if self.habit == "additional" else set()

    def list_samples(self) -> Iterable[Sample]:
        def visit_of(check: Check) -> tuple[date, bool]:
            return check.due_on, check.rule in self.office

        for (due_on, _), checks in groupby(sorted(self.checks, key=visit_of), key=visit_of):
            yield from self._visit(due_on, list(checks))

    def _visit(self, due_on: date, checks: list[Check]) -> Iterable[Sample]:
        taken_on = self._day(due_on, checks)
        if taken_on >= self.today or due_on in self.missed:
            return
        for check in checks:
            if not self._is_forgotten(check):
                yield Sample(taken_on, check.rule, check.family)
        if due_on in self.twice and checks[0].rule not in self.office:
            again_on = _weekday(taken_on + timedelta(days=9))
            if again_on < self.today:
                yield Sample(again_on, BLOOD, BLOOD)

    def _day(self, due_on: date, checks: Sequence[Check]) -> date:
        """A weekday near the due day, in the windows of all checks of the visit; the late ones come after them."""
        if due_on in self.late:
            return _weekday(due_on + timedelta(days=9 + int(self.chance.random() * 9)))
        near = _weekday(due_on + timedelta(days=int(self.chance.random() * 8) - 3))
        earliest = max(check.opens_on for check in checks)
        return max(earliest, min(near, *(check.closes_on for check in checks)))

    def _is_forgotten(self, check: Check) -> bool:
        if check.family == URINE and check.due_on in self.without_urine:
            return True
        is_old = check.origin is not Origin.GRID or check.due_on < self.today - timedelta(days=400)
        if self.patient.phase is Phase.CLOSING and check.origin is Origin.CLOSING:
            return True
        return not is_old and (check.confirm or (self.habit == "no-skin" and check.family == SKIN))

    def _is_known_here(self, check: Check) -> bool:
        """What was done before the patient was followed here is known as far back as it still matters."""
        from_on = self.patient.followed_here_from
        if from_on is None or check.due_on >= from_on:
            return True
        gap = timedelta(days=self.gaps.get(check.family, 0))
        return self.patient.phase is not Phase.TAKEN_OVER_BLIND and check.due_on + timedelta(days=5) >= from_on - gap

    def _gaps(self, closed: Sequence[date]) -> tuple[set[date], set[date]]:
        """Due days on which nobody came, and those on which only the urine is missing."""
        from_now = {check.due_on for check in self.checks if check.due_on >= self.today - timedelta(days=31)}
        match self.habit:
            case "missed-last":
                return set(closed[-1:]) | from_now, set()
            case "missed-several":
                return set(closed[-2 - int(self.chance.random() * 3) :]) | from_now, set()
            case "gap" if len(closed) > 9:
                first = 2 + int(self.chance.random() * (len(closed) - 8))
                return set(closed[first : first + 2 + int(self.chance.random() * 3)]), set()
            case "no-urine":
                return set(), self._some(closed[1:-2], 3)
            case "no-urine-lately":
                return set(), set(closed[-1 - int(self.chance.random() * 2) :]) | from_now
        return set(), set()

    def _some(self, days: Sequence[date], number: int) -> set[date]:
        return {days[int(self.chance.random() * len(days))] for _ in range(number) if days}


def _weekday(day: date) -> date:
    """Saturday becomes Friday, Sunday Monday."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
