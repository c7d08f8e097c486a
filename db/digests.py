"""What the digest asks of the record beside the worklist: deeds, imports and how far each family's checks reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select

from db import tables
from db.checks import IS_OPEN
from schedules.model import Settlement

GONE = {Settlement.WITHDRAWN.value, Settlement.DISCHARGED.value}


@dataclass(frozen=True, slots=True)
class DeedOf:
    """One line of the history with the patient it belongs to."""

    reference: str
    act: str
    at: datetime
    details: Mapping[str, Any]


class Reach(NamedTuple):
    """How far the checks of one family of one treatment reach; withdrawn and discharged ones do not count."""

    open_checks: int
    last_due_on: date | None
    last_open_on: date | None


def list_deeds_between(
    connection: Connection, after: datetime, until: datetime, *, clinic_ids: Sequence[str]
) -> Sequence[DeedOf]:
    """What was done on treatments of some clinics after one instant and up to another, oldest first."""
    history, treatment, patient = tables.history, tables.treatment, tables.patient
    query = (
        select(patient.c.reference, history.c.act, history.c.at, history.c.details)
        .join(treatment, treatment.c.id == history.c.treatment_id)
        .join(patient, patient.c.id == treatment.c.patient_id)
        .where(history.c.clinic_id.in_(clinic_ids), history.c.at > after, history.c.at <= until)
        .order_by(history.c.id)
    )
    return [DeedOf(row.reference, row.act, row.at, row.details or {}) for row in connection.execute(query)]


def find_last_import(connection: Connection, until: datetime) -> datetime | None:
    """When a file was last imported, by that instant."""
    run = tables.import_run
    query = select(func.max(run.c.entered_at)).where(run.c.entered_at <= until)
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def list_reach(connection: Connection, *, clinic_ids: Sequence[str]) -> Mapping[int, Mapping[str, Reach]]:
    """By treatment and family."""
    check = tables.check
    query = (
        select(
            check.c.treatment_id,
            check.c.family,
            func.sum(case((IS_OPEN, 1), else_=0)),
            func.max(check.c.due_on),
            func.max(case((IS_OPEN, check.c.due_on), else_=None)),
        )
        .where(check.c.clinic_id.in_(clinic_ids), check.c.settlement.not_in(GONE))
        .group_by(check.c.treatment_id, check.c.family)
    )
    found: dict[int, dict[str, Reach]] = {}
    for treatment_id, family, open_checks, last_due_on, last_open_on in connection.execute(query):
        found.setdefault(treatment_id, {})[family] = Reach(open_checks, last_due_on, last_open_on)
    return found


def find_last_backup(connection: Connection, until: datetime) -> datetime | None:
    """When a copy of the record was last made, by that instant."""
    history = tables.history
    query = select(func.max(history.c.at)).where(history.c.act == "backup", history.c.at <= until)
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def find_pulse(connection: Connection, *, since: datetime, until: datetime) -> tuple[datetime | None, int]:
    """When a process that runs jobs last looked, by `until`, and how many did after `since`."""
    beat = tables.heartbeat
    seen = list(connection.execute(select(beat.c.ticked_at).where(beat.c.ticked_at <= until)).scalars())
    return max(seen, default=None), sum(at > since for at in seen)


def list_astray(connection: Connection, *, clinic_ids: Sequence[str]) -> Sequence[tuple[str, str, int]]:
    """Patients with open checks that lie at another clinic than their treatment: reference, that clinic, how many."""
    check, treatment, patient = tables.check, tables.treatment, tables.patient
    query = (
        select(patient.c.reference, check.c.clinic_id, func.count())
        .join(treatment, treatment.c.id == check.c.treatment_id)
        .join(patient, patient.c.id == treatment.c.patient_id)
        .where(treatment.c.clinic_id.in_(clinic_ids), check.c.clinic_id != treatment.c.clinic_id, IS_OPEN)
        .group_by(patient.c.reference, check.c.clinic_id)
        .order_by(patient.c.reference, check.c.clinic_id)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def count_open(connection: Connection, *, clinic_ids: Sequence[str]) -> Mapping[str, int]:
    """Open checks by clinic; a clinic without any is left out."""
    check = tables.check
    query = select(check.c.clinic_id, func.count()).where(IS_OPEN, check.c.clinic_id.in_(clinic_ids))
    return {row[0]: row[1] for row in connection.execute(query.group_by(check.c.clinic_id))}
