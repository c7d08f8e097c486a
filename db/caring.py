"""Caring: whose patient it is, the names beside the references, and the last word about each patient."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from db import tables


class NurseRow(NamedTuple):
    """The last entry of a patient's named nurse; `nurse_id` is None where it says that there is none."""

    id: int
    nurse_id: int | None


def find_nurse(connection: Connection, patient_id: int) -> NurseRow | None:
    """The last entry; None where there never was one."""
    table = tables.named_nurse
    query = select(table.c.id, table.c.nurse_id, table.c.is_void).where(table.c.patient_id == patient_id)
    row = connection.execute(query.order_by(table.c.id.desc()).limit(1)).one_or_none()
    return NurseRow(row.id, None if row.is_void else row.nurse_id) if row else None


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


def list_colleagues(connection: Connection, clinic_id: str, roles: Sequence[str]) -> list[Colleague]:
    """Those of a clinic's staff who have one of the roles and may sign in, by name."""
    person, place = tables.person, tables.person_clinic
    query = (
        select(person.c.id, person.c.login, person.c.name)
        .join(place, place.c.person_id == person.c.id)
        .where(place.c.clinic_id == clinic_id, person.c.role.in_(roles), person.c.disabled_at.is_(None))
        .order_by(person.c.name, person.c.id)
    )
    return [Colleague(*row) for row in connection.execute(query)]


def list_names(connection: Connection) -> dict[str, str]:
    """Everybody's name by login, of those who left, too."""
    query = select(tables.person.c.login, tables.person.c.name)
    return {row.login: row.name for row in connection.execute(query)}
