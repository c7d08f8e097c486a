"""Writing: new patients many at a time, known ones each through the one way that every act goes."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from db import checks, imports, tables
from db.bulk import allot_ids, insert_rows
from db.checks import Writes
from db.facts import Stamp, add_fact
from db.history import NewDeed, add_deeds
from monitor.services.changing import Change, change, moment_of
from monitor.services.desk import Desk
from monitor.services.importing.verdicts import ChangedPatient, NewPatient
from monitor.services.storing import Record, decide_writes
from schedules.following import follow
from schedules.model import Facts, Infusion, Person

ACT = "import"
STAMPED = ("entered_by", "entered_at")
TREATMENT = ("id", "patient_id", "clinic_id", "revision", "entered_at")
DETAIL = ("patient_id", "name", "born_on", "sex", "language", "contact", "is_void", "reason", *STAMPED)
ASSIGNMENT = ("treatment_id", "fingerprint", "overlays", "followed_here_from", "is_void", "reason", *STAMPED)
INFUSION = ("treatment_id", "infused_on", "is_planned", "course", "is_void", "reason", *STAMPED)


@dataclass(frozen=True, slots=True)
class Act:
    """What all acts of one import have in common: why, and from which file."""

    reason: str
    details: Mapping[str, Any]
    confirmed: bool = False


def add_patients(desk: Desk, batch: Sequence[NewPatient], act: Act) -> None:
    """Add patients whom the record does not know, with treatment, facts, plan and history, table by table."""
    connection, by = desk.connection, (desk.actor.id, desk.at)
    patient_ids = allot_ids(connection, tables.patient, len(batch))
    treatment_ids = allot_ids(connection, tables.treatment, len(batch))
    everybody = list(zip(batch, patient_ids, treatment_ids, strict=True))
    imports.add_patients(connection, [(own, one.clinic_id, one.reference, desk.at) for one, own, _ in everybody])
    insert_rows(
        connection, tables.treatment, TREATMENT,
        ((treatment_id, own, one.clinic_id, 1, desk.at) for one, own, treatment_id in everybody),
    )  # fmt: skip
    insert_rows(connection, tables.detail, DETAIL, (_detail(one, own, act, by) for one, own, _ in everybody))
    insert_rows(
        connection, tables.assignment, ASSIGNMENT,
        (
            (
                treatment_id, one.assignment.fingerprint, list(one.assignment.overlays),
                one.assignment.followed_here_from, False, act.reason, *by,
            )
            for one, _, treatment_id in everybody
        ),
    )  # fmt: skip
    insert_rows(
        connection, tables.infusion, INFUSION,
        (
            (treatment_id, day.infused_on, day.planned, day.course, False, act.reason, *by)
            for one, _, treatment_id in everybody
            for day in one.infusions
        ),
    )  # fmt: skip
    add_deeds(
        connection,
        [
            NewDeed(
                at=desk.at, person_id=desk.actor.id, clinic_id=one.clinic_id, treatment_id=treatment_id, revision=1,
                act=ACT, subject=f"{one.reference}: {one.protocol_id}", reason=act.reason, details=act.details,
            )
            for one, _, treatment_id in everybody
        ],
    )  # fmt: skip
    with _without_collector():
        writes = [_plan(desk, one, treatment_id) for one, _, treatment_id in everybody]
        checks.write(
            connection,
            Writes(
                new_visits=[visit for one in writes for visit in one.new_visits],
                new_checks=[check for one in writes for check in one.new_checks],
                new_periods=[period for one in writes for period in one.new_periods],
            ),
        )


@contextmanager
def _without_collector() -> Iterator[None]:
    """No search for cycles while tens of thousands of plain tuples are made: it would find none, a quarter later."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _detail(one: NewPatient, patient_id: int, act: Act, by: tuple[Any, ...]) -> tuple[Any, ...]:
    known = one.detail
    sex = known.sex.value if known.sex else None
    return patient_id, known.name, known.born_on, sex, known.language, known.contact, False, act.reason, *by


def _plan(desk: Desk, one: NewPatient, treatment_id: int) -> Writes:
    protocol = desk.rulebook.get(desk.connection, one.assignment, one.clinic_id)
    outcome = follow(
        protocol,
        Person(one.detail.sex, one.detail.born_on),
        infusions=one.infusions,
        extras=(),
        facts=Facts(followed_here_from=one.assignment.followed_here_from),
        is_working_day=desk.rulebook.working_days_of(desk.connection, one.clinic_id),
    )
    return decide_writes(Record(treatment_id, one.clinic_id), protocol, outcome, moment_of(desk, one.clinic_id))


def change_patient(desk: Desk, one: ChangedPatient, act: Act) -> Change:
    """Add what is new about a known patient, as one act. Refuses what `change` refuses: losses, above all."""
    dossier, stamp = one.dossier, desk.stamp(reason=act.reason)

    def enter() -> None:
        if one.detail:
            _add_detail(desk, one, stamp)
        for infusion, replaces_id in [*((new, None) for new in one.added), *one.confirmed]:
            add_fact(
                desk.connection, tables.infusion, dossier.treatment_id, stamp=stamp, replaces_id=replaces_id,
                infused_on=infusion.infused_on, is_planned=infusion.planned, course=infusion.course,
            )  # fmt: skip
        for sample in one.samples:
            add_fact(
                desk.connection, tables.sample, dossier.treatment_id, stamp=stamp, family=sample.family,
                taken_on=sample.taken_on, performed_by=sample.performed_by,
            )  # fmt: skip

    return change(
        desk, dossier.treatment_id, ACT, enter, subject=describe(one)[:200], reason=act.reason,
        details=act.details, confirmed=act.confirmed, expected_revision=dossier.revision,
    )  # fmt: skip


def _add_detail(desk: Desk, one: ChangedPatient, stamp: Stamp) -> None:
    assert one.detail is not None
    add_fact(
        desk.connection, tables.detail, one.dossier.patient_id, stamp=stamp, name=one.detail.name,
        born_on=one.detail.born_on, sex=one.detail.sex.value if one.detail.sex else None,
        language=one.detail.language, contact=one.detail.contact,
    )  # fmt: skip


def describe(one: ChangedPatient) -> str:
    """What changes, in a few words: days and headings, never a name or a result."""
    parts = []
    if one.added:
        parts.append(f"infusions added: {_days(one.added)}")
    if one.confirmed:
        parts.append(f"planned infusions confirmed: {_days([infusion for infusion, _ in one.confirmed])}")
    if one.columns:
        parts.append(f"changed: {', '.join(one.columns)}")
    if one.samples:
        parts.append(f"samples added: {len(one.samples)}")
    return "; ".join(parts)


def _days(infusions: Sequence[Infusion]) -> str:
    return ", ".join(f"{one.infused_on}{' (planned)' if one.planned else ''}" for one in infusions)
