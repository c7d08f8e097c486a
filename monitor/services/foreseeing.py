"""Foreseeing: what an act on a treatment would change, worked out from the facts without writing anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256

from db import patients
from db.checks import list_checks
from db.dossiers import Departure, Detail, Dossier, Entered, list_dossiers
from db.history import Deed
from db.patients import Treatment
from monitor.services import enrolling
from monitor.services.changing import conflict_since, follow_dossier, lock
from monitor.services.desk import Desk
from monitor.services.dossiers import get_dossier
from monitor.services.storing import Record, standings_of
from schedules.advising import Flag, flags
from schedules.model import Infusion, Key
from schedules.protocol import Protocol
from schedules.replanning import Difference, Standing, compare, losses


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would change about one treatment, and the revision at which that holds.

    `ended_on` and `ends_on` are the end of follow-up before and after; `flags` departures from how the drug is given
    that the act would bring.
    """

    treatment_id: int
    revision: int
    protocol: Protocol
    difference: Difference
    losses: tuple[tuple[Key, Standing], ...]
    ended_on: date | None
    ends_on: date | None
    flags: tuple[Flag, ...] = ()

    @property
    def mark(self) -> str:
        """The same for the same preview: so a door knows that what is saved is what a person has looked at."""
        told = (self.treatment_id, self.revision, self.difference, self.losses, self.ended_on, self.ends_on)
        return sha256(repr(told).encode()).hexdigest()[:16]


def require_revision(desk: Desk, treatment_id: int, expected: int | None) -> None:
    """Lock the treatment, and refuse (Conflict) when somebody acted since that revision; says who did what."""
    treatment = lock(desk, treatment_id)
    if expected is not None and treatment.revision != expected:
        raise conflict_since(desk, treatment_id, expected)


def foresee_added(desk: Desk, treatment_id: int, infusions: Sequence[Infusion]) -> Foreseen:
    """What adding these days would change, or confirming those that were planned. Refuses what `add_infusions` does."""
    treatment, dossier = _get(desk, treatment_id)
    enrolling.refuse_added(dossier, infusions, today=desk.today[dossier.clinic_id])
    return _foresee(desk, treatment, dossier, _with_days(desk, dossier, {one.infused_on: one for one in infusions}))


def foresee_corrected(desk: Desk, treatment_id: int, becomes: Mapping[date, Infusion | None]) -> Foreseen:
    """What other days, or none, would change. Refuses what `correct_infusions` does."""
    treatment, dossier = _get(desk, treatment_id)
    enrolling.refuse_corrected(dossier, becomes, today=desk.today[dossier.clinic_id])
    return _foresee(desk, treatment, dossier, _with_days(desk, dossier, becomes))


def foresee_detail(desk: Desk, treatment_id: int, detail: Detail) -> Sequence[Foreseen]:
    """What knowing this of the patient would change, in each treatment, the one that is meant first."""
    treatment, dossier = _get(desk, treatment_id)
    enrolling.refuse_impossible(dossier.given_and_planned, born_on=detail.born_on, today=desk.today[dossier.clinic_id])
    found = [_foresee(desk, treatment, dossier, replace(dossier, detail=detail))]
    for other in patients.list_treatments(desk.connection, patient_id=dossier.patient_id):
        if other.id != treatment_id and desk.may_see(other.clinic_id):
            own = get_dossier(desk, other.id)
            found.append(_foresee(desk, other, own, replace(own, detail=detail)))
    return found


def foresee_discharge(desk: Desk, treatment_id: int, on: date | None) -> Foreseen:
    """What a discharge on that day would settle; None: what taking the discharge back would open again."""
    treatment, dossier = _get(desk, treatment_id)
    departure = Departure(on, "other", None, _entry(desk)) if on else None
    found = _foresee(desk, treatment, dossier, replace(dossier, departure=departure))
    return replace(found, ended_on=None, ends_on=None)  # an end that nobody here watches any more


def _get(desk: Desk, treatment_id: int) -> tuple[Treatment, Dossier]:
    return enrolling.get_own_treatment(desk, treatment_id), get_dossier(desk, treatment_id)


def _with_days(desk: Desk, dossier: Dossier, becomes: Mapping[date, Infusion | None]) -> Dossier:
    kept = [pair for pair in dossier.infusions if pair[0].infused_on not in becomes]
    new = [(infusion, _entry(desk)) for infusion in becomes.values() if infusion]
    return replace(dossier, infusions=tuple(sorted([*kept, *new], key=lambda pair: pair[0].infused_on)))


def _entry(desk: Desk) -> Entered:
    return Entered(0, desk.actor.id, desk.at, None, None)


def _foresee(desk: Desk, treatment: Treatment, before: Dossier, after: Dossier) -> Foreseen:
    today = desk.today[before.clinic_id]
    _, was = follow_dossier(desk, before)
    protocol, will = follow_dossier(desk, after)
    checks = list_checks(desk.connection, [treatment.id])[treatment.id]
    record = Record(treatment.id, treatment.clinic_id, checks)
    difference = compare(record.standings, standings_of(will.settled))
    known = flags(protocol, was.plan.courses, today=today)
    return Foreseen(
        treatment.id,
        treatment.revision,
        protocol,
        difference,
        losses(difference, today),
        was.plan.ends_on,
        will.plan.ends_on,
        tuple(one for one in flags(protocol, will.plan.courses, today=today) if one not in known),
    )


def recall(desk: Desk, deed: Deed) -> Foreseen | None:
    """What an act changed, from what was known just before it and just after; None where it was the first act."""
    assert deed.treatment_id is not None
    treatment = enrolling.get_own_treatment(desk, deed.treatment_id)
    just_before = deed.at - timedelta(microseconds=1)
    before = next(list_dossiers(desk.connection, [treatment.id], known_at=just_before), None)
    if before is None:
        return None
    after = next(list_dossiers(desk.connection, [treatment.id], known_at=deed.at))
    _, was = follow_dossier(desk, before)
    protocol, became = follow_dossier(desk, after)
    difference = compare(standings_of(was.settled), standings_of(became.settled))
    return Foreseen(
        treatment.id, deed.revision or 0, protocol, difference, losses(difference, desk.today[treatment.clinic_id]),
        was.plan.ends_on, became.plan.ends_on,
    )  # fmt: skip
