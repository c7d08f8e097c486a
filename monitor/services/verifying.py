"""Verifying: every treatment is planned again from its facts, and the record must hold exactly that."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from db import checks as stored
from db import patients
from db.dossiers import Dossier, list_dossiers
from db.integrity import list_damages, list_orphans
from monitor.services.changing import follow_dossier, moment_of
from monitor.services.desk import Desk
from monitor.services.storing import Record, decide_writes
from schedules.errors import NotFound, Refusal

AT_ONCE = 100
"""Treatments held in memory at a time, with a few hundred checks each."""

UNSEEN = {"treatment_id", "created_at", "changed_at", "sequence"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in the record that is not as its facts say; `subject` is a check's key or a visit's day."""

    clinic_id: str
    reference: str
    treatment_id: int
    subject: str
    what: str


def list_treatment_ids(desk: Desk, clinic_ids: Sequence[str] = ()) -> list[int]:
    """The treatments of the clinics that are named, or of all that the person may see."""
    for clinic_id in clinic_ids:
        if not desk.may_see(clinic_id):
            raise NotFound(f"There is no clinic '{clinic_id}' among yours.", "`monitor clinic list` shows yours.")
    wanted = sorted(clinic_ids or desk.actor.clinic_ids)
    return [one.id for one in patients.list_treatments(desk.connection, clinic_ids=wanted)]


def verify(desk: Desk, treatment_ids: Sequence[int], *, on_done: Callable[[int], object] = int) -> Iterator[Fault]:
    """Every difference between the record and a plan made anew; `on_done` hears how many more were looked at."""
    for start in range(0, len(treatment_ids), AT_ONCE):
        some = treatment_ids[start : start + AT_ONCE]
        checks = stored.list_checks(desk.connection, some)
        visits = stored.list_visits(desk.connection, some)
        periods = stored.list_periods(desk.connection, some)
        for dossier in list_dossiers(desk.connection, some):
            one = dossier.treatment_id
            yield from _compare(desk, dossier, Record(one, dossier.clinic_id, checks[one], visits[one], periods[one]))
        on_done(len(some))


def list_unsound(desk: Desk) -> list[str]:
    """Damage of the database itself, and rows that belong to nothing."""
    return list_damages(desk.connection) + [str(one) for one in list_orphans(desk.connection)]


def _compare(desk: Desk, dossier: Dossier, record: Record) -> Iterator[Fault]:
    def fault(subject: str, what: str) -> Fault:
        return Fault(dossier.clinic_id, dossier.reference, dossier.treatment_id, subject, what)

    try:
        protocol, outcome = follow_dossier(desk, dossier)
    except Refusal as refusal:
        yield fault("plan", str(refusal))
        return
    writes = decide_writes(record, protocol, outcome, moment_of(desk, dossier.clinic_id))
    known_checks = {row.key: row for row in record.checks}
    known_visits = {row.id: row for row in record.visits}
    for check in writes.new_checks:
        yield fault(str(check.key), f"missing: the plan asks for it, due {check.due_on}")
    for check in writes.changed_checks:
        yield fault(str(check.key), _describe(known_checks[check.key]._asdict(), check._asdict()))
    for visit in writes.new_visits:
        yield fault(f"visit {visit.due_on}", f"missing: the plan asks for it ({visit.place})")
    for visit in writes.changed_visits:
        old = known_visits[visit.id]
        yield fault(f"visit {old.due_on}", _describe(old._asdict(), visit._asdict()))
    known_periods = {row.id: row for row in record.periods}
    for period in writes.new_periods:
        yield fault(f"{period.name}/{period.number}", f"missing: it holds from {period.starts_on}")
    for period in writes.changed_periods:
        held = known_periods[period.id]
        yield fault(f"{period.name}/{period.number}", _describe(held._asdict(), period._asdict()))


def _describe(old: dict[str, object], new: dict[str, object]) -> str:
    """Each value as the record has it and as it should be."""
    differing = [name for name in old if name not in UNSEEN and old[name] != new[name]]
    if not differing:
        return "its checks are not those of the plan"
    return "; ".join(
        "it stands in another visit than the plan asks for"  # ids are random: they tell a reader nothing
        if name == "visit_id"
        else f"{name} is {old[name]}, should be {new[name]}"
        for name in differing
    )
