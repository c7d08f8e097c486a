"""Patients and treatments: found by reference, locked before an act, counted by revisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from db import tables
from db.facts import in_pieces


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient of a clinic, by the clinic's own reference."""

    id: int
    clinic_id: str
    reference: str


@dataclass(frozen=True, slots=True)
class Treatment:
    """A treatment and how many acts there were on it."""

    id: int
    patient_id: int
    clinic_id: str
    reference: str
    revision: int


def add_patient(connection: Connection, *, clinic_id: str, reference: str, at: datetime) -> int:
    row = insert(tables.patient).values(clinic_id=clinic_id, reference=reference, entered_at=at)
    return int(connection.execute(row.returning(tables.patient.c.id)).scalar_one())


def add_treatment(connection: Connection, *, patient_id: int, clinic_id: str, at: datetime) -> int:
    row = insert(tables.treatment).values(patient_id=patient_id, clinic_id=clinic_id, revision=0, entered_at=at)
    return int(connection.execute(row.returning(tables.treatment.c.id)).scalar_one())


def find_patient(connection: Connection, reference: str) -> Patient | None:
    row = connection.execute(
        select(tables.patient.c.id, tables.patient.c.clinic_id, tables.patient.c.reference).where(
            tables.patient.c.reference == reference
        )
    ).one_or_none()
    return Patient(*row) if row else None


def list_treatments(
    connection: Connection,
    *,
    clinic_ids: Sequence[str] | None = None,
    patient_id: int | None = None,
    ids: Sequence[int] | None = None,
) -> Sequence[Treatment]:
    """Treatments in order of their id: of some clinics, of one patient, or those named."""
    if ids is not None:
        pieces = (connection.execute(_treatments().where(tables.treatment.c.id.in_(some))) for some in in_pieces(ids))
        return sorted((Treatment(*row) for piece in pieces for row in piece), key=lambda one: one.id)
    if patient_id is not None and clinic_ids is None:
        return [Treatment(*row) for row in connection.execute(_OF_PATIENT, {"patient_id": patient_id})]
    query = _treatments().order_by(tables.treatment.c.id)
    if clinic_ids is not None:
        query = query.where(tables.treatment.c.clinic_id.in_(clinic_ids))
    if patient_id is not None:
        query = query.where(tables.treatment.c.patient_id == patient_id)
    return [Treatment(*row) for row in connection.execute(query)]


def list_references(connection: Connection, patient_ids: Sequence[int]) -> dict[int, str]:
    """The references of some patients, by id."""
    table = tables.patient
    found: dict[int, str] = {}
    for some in in_pieces(patient_ids):
        query = select(table.c.id, table.c.reference).where(table.c.id.in_(some))
        found |= {row.id: row.reference for row in connection.execute(query)}
    return found


def lock_treatment(connection: Connection, treatment_id: int) -> Treatment | None:
    """The treatment, held until the transaction ends: whoever acts second waits and then sees the first act."""
    query = _treatments().where(tables.treatment.c.id == treatment_id).with_for_update(of=tables.treatment)
    row = connection.execute(query).one_or_none()
    return Treatment(*row) if row else None


def advance_revision(connection: Connection, treatment_id: int, *, expected: int) -> bool:
    """Count one act; False when somebody else acted since `expected` was read."""
    table = tables.treatment
    counted = update(table).where(table.c.id == treatment_id, table.c.revision == expected)
    return connection.execute(counted.values(revision=expected + 1)).rowcount == 1


def _treatments() -> Select[Any]:
    treatment, patient = tables.treatment, tables.patient
    return select(
        treatment.c.id, treatment.c.patient_id, treatment.c.clinic_id, patient.c.reference, treatment.c.revision
    ).join(patient, patient.c.id == treatment.c.patient_id)


_OF_PATIENT = (
    _treatments().where(tables.treatment.c.patient_id == bindparam("patient_id")).order_by(tables.treatment.c.id)
)
"""Built once: every fetch of a calendar asks it."""
