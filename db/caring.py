"""Caring: whose patient it is, the names beside the references, and the last word about each patient."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from db import tables
from db.facts import in_pieces
from schedules.grouping import Face


def list_faces(connection: Connection, treatment_ids: Sequence[int]) -> dict[int, Face]:
    """By treatment the patient's name, the treatment's revision, and the nurse whose patient it is."""
    found: dict[int, Face] = {}
    for some in in_pieces(treatment_ids):
        for row in connection.execute(_FACES, {"ids": some}):
            nurse_id = None if row.is_void else row.nurse_id
            found[row.id] = Face(row.id, row.patient_id, row.revision, row.name, nurse_id)
    return found


def _latest(table: Any) -> Any:
    """Of each patient the row that was entered last, void or not."""
    other = table.alias()
    query = select(func.max(other.c.id)).where(other.c.patient_id == tables.treatment.c.patient_id)
    return query.correlate(tables.treatment).scalar_subquery()


_FACES = (
    select(
        tables.treatment.c.id, tables.treatment.c.patient_id, tables.treatment.c.revision, tables.detail.c.name,
        tables.named_nurse.c.nurse_id, tables.named_nurse.c.is_void,
    )
    .select_from(tables.treatment)
    .outerjoin(tables.detail, tables.detail.c.id == _latest(tables.detail))
    .outerjoin(tables.named_nurse, tables.named_nurse.c.id == _latest(tables.named_nurse))
    .where(tables.treatment.c.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip
"""Built once: to build a statement takes longer than to run it."""


class NurseRow(NamedTuple):
    """The last entry of a patient's named nurse; `nurse_id` is None where it says that there is none."""

    id: int
    nurse_id: int | None


def find_nurse(connection: Connection, patient_id: int) -> NurseRow | None:
    """The last entry; None where there never was one."""
    row = connection.execute(_NURSE, {"patient_id": patient_id}).one_or_none()
    return NurseRow(row.id, None if row.is_void else row.nurse_id) if row else None


_NURSE = (
    select(tables.named_nurse.c.id, tables.named_nurse.c.nurse_id, tables.named_nurse.c.is_void)
    .where(tables.named_nurse.c.patient_id == bindparam("patient_id"))
    .order_by(tables.named_nurse.c.id.desc())
    .limit(1)
)


def list_patients_of(connection: Connection, person_id: int, clinic_ids: Sequence[str]) -> set[int]:
    """The patients of some clinics whose named nurse a person is."""
    table, patient = tables.named_nurse, tables.patient
    later = table.alias()
    is_last = ~select(later.c.id).where(later.c.patient_id == table.c.patient_id, later.c.id > table.c.id).exists()
    query = (
        select(table.c.patient_id)
        .join(patient, patient.c.id == table.c.patient_id)
        .where(table.c.nurse_id == person_id, ~table.c.is_void, is_last, patient.c.clinic_id.in_(clinic_ids))
    )
    return set(connection.execute(query).scalars())


class Colleague(NamedTuple):
    """Somebody of a clinic's staff."""

    id: int
    login: str
    name: str
    role: str


def list_colleagues(connection: Connection, clinic_id: str, roles: Sequence[str]) -> list[Colleague]:
    """Those of a clinic's staff who have one of the roles and may sign in, by name."""
    rows = connection.execute(_COLLEAGUES, {"clinic_id": clinic_id, "roles": roles})
    return [Colleague(*row) for row in rows]


_COLLEAGUES = (
    select(tables.person.c.id, tables.person.c.login, tables.person.c.name, tables.person.c.role)
    .join(tables.person_clinic, tables.person_clinic.c.person_id == tables.person.c.id)
    .where(tables.person_clinic.c.clinic_id == bindparam("clinic_id"))
    .where(tables.person.c.role.in_(bindparam("roles", expanding=True)), tables.person.c.disabled_at.is_(None))
    .order_by(tables.person.c.name, tables.person.c.id)
)


def list_names(connection: Connection) -> dict[str, str]:
    """Everybody's name by login, of those who left, too."""
    query = select(tables.person.c.login, tables.person.c.name)
    return {row.login: row.name for row in connection.execute(query)}


def list_last_notes(connection: Connection, treatment_ids: Sequence[int]) -> dict[int, str]:
    """By treatment the text of the last contact note that holds, where it has one."""
    found: dict[int, str] = {}
    for some in in_pieces(treatment_ids):
        for row in connection.execute(_LAST_NOTES, {"ids": some}):
            if row.text:
                found[row.treatment_id] = row.text
    return found


def _last_notes() -> Any:
    note = tables.contact_note
    replaced = note.alias()
    is_replaced = select(replaced.c.id).where(replaced.c.replaces_id == note.c.id).exists()
    holding = (
        select(func.max(note.c.id))
        .where(note.c.treatment_id.in_(bindparam("ids", expanding=True)), ~note.c.is_void, ~is_replaced)
        .group_by(note.c.treatment_id)
    )
    return select(note.c.treatment_id, note.c.text).where(note.c.id.in_(holding))


_LAST_NOTES = _last_notes()
