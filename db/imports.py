"""Imports: what the record knows of the references in a file, and a row for each file that was taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from db import tables
from db.bulk import insert_rows
from schedules.errors import Conflict


@dataclass(frozen=True, slots=True)
class Known:
    """A patient of the record with the ids of its treatments, oldest first."""

    patient_id: int
    clinic_id: str
    treatment_ids: tuple[int, ...]


def list_known(connection: Connection, references: Sequence[str]) -> dict[str, Known]:
    """Those of the references (a few hundred at most) that are in the record, of whichever clinic."""
    patient, treatment = tables.patient, tables.treatment
    found: dict[str, Known] = {}
    query = (
        select(patient.c.reference, patient.c.id, patient.c.clinic_id, treatment.c.id)
        .outerjoin(treatment, treatment.c.patient_id == patient.c.id)
        .where(patient.c.reference.in_(references))
        .order_by(patient.c.id, treatment.c.id)
    )
    for reference, patient_id, clinic_id, treatment_id in connection.execute(query):
        before = found.get(reference, Known(patient_id, clinic_id, ())).treatment_ids
        ids = before if treatment_id is None else (*before, treatment_id)
        found[reference] = Known(patient_id, clinic_id, ids)
    return found


def list_references(connection: Connection, clinic_ids: Sequence[str]) -> Sequence[str]:
    """Every reference of some clinics, in order."""
    table = tables.patient
    query = select(table.c.reference).where(table.c.clinic_id.in_(clinic_ids)).order_by(table.c.reference)
    return connection.execute(query).scalars().all()


class Run(NamedTuple):
    """A file that was taken in: its name then, the login of who did it, and when."""

    file: str
    login: str
    at: datetime


def list_earlier_runs(connection: Connection, sha256: str) -> Sequence[Run]:
    """When a file of exactly this content was taken in before, the latest first."""
    run, person = tables.import_run, tables.person
    query = (
        select(run.c.file, person.c.login, run.c.entered_at)
        .join(person, person.c.id == run.c.entered_by)
        .where(run.c.sha256 == sha256)
        .order_by(run.c.id.desc())
    )
    return [Run(*row) for row in connection.execute(query)]


def add_patients(connection: Connection, rows: Sequence[tuple[int, str, str, datetime]]) -> None:
    """Add patients (id, clinic, reference, instant). Refuses (Conflict) when one of them was added meanwhile."""
    try:
        insert_rows(connection, tables.patient, ("id", "clinic_id", "reference", "entered_at"), rows)
    except IntegrityError:
        raise Conflict(
            "Somebody added one of these patients while the file was read; nothing was saved.",
            "Import the file again.",
        ) from None


def add_run(
    connection: Connection,
    run_id: int,
    *,
    file: str,
    sha256: str,
    counts: Mapping[str, int],
    entered_by: int,
    entered_at: datetime,
) -> None:
    """Keep which file was taken in, by whom and with what outcome."""
    connection.execute(
        insert(tables.import_run).values(
            id=run_id, file=file, sha256=sha256, counts=dict(counts), entered_by=entered_by, entered_at=entered_at
        )
    )
