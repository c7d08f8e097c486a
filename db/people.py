"""People and clinics: who acts, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from db import tables

PATIENT = "patient"
"""The role of the one person that stands for all patients; never given to anybody."""
PROGRAM = "program"
"""The role of the one person that stands for the program's own work, such as the nightly backup."""


@dataclass(frozen=True, slots=True)
class Clinic:
    """A place with one time zone and one country, which decide what today and a working day are."""

    id: str
    name: str
    time_zone: str
    country: str
    subdivision: str | None = None
    working_weekdays: tuple[int, ...] | None = None
    """Monday is 0; None means Monday to Friday."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who uses the program, with a role and the clinics that the person may see."""

    id: int
    login: str
    name: str
    role: str
    clinic_ids: frozenset[str]
    language: str | None = None
    """Of the pages; None: what the browser asks for."""
    is_disabled: bool = False
    """May not sign in nor act any more; what was done stays theirs."""


def add_clinic(connection: Connection, clinic: Clinic) -> None:
    connection.execute(
        insert(tables.clinic).values(
            id=clinic.id, name=clinic.name, time_zone=clinic.time_zone, country=clinic.country,
            subdivision=clinic.subdivision,
            working_weekdays=None if clinic.working_weekdays is None else list(clinic.working_weekdays),
        )
    )  # fmt: skip


def list_clinics(connection: Connection) -> Sequence[Clinic]:
    """Every clinic, by id."""
    return [_clinic(row) for row in connection.execute(_CLINICS)]


def find_clinic(connection: Connection, clinic_id: str) -> Clinic | None:
    row = connection.execute(_CLINIC, {"clinic_id": clinic_id}).one_or_none()
    return _clinic(row) if row else None


def _clinic(row: Row[Any]) -> Clinic:
    weekdays = None if row.working_weekdays is None else tuple(row.working_weekdays)
    return Clinic(row.id, row.name, row.time_zone, row.country, row.subdivision, weekdays)


_CLINICS = select(tables.clinic).order_by(tables.clinic.c.id)
_CLINIC = select(tables.clinic).where(tables.clinic.c.id == bindparam("clinic_id"))


def add_person(connection: Connection, *, login: str, name: str, role: str, clinic_ids: Sequence[str]) -> Actor:
    person_id = connection.execute(
        insert(tables.person).values(login=login, name=name, role=role).returning(tables.person.c.id)
    ).scalar_one()
    let_in(connection, person_id, clinic_ids)
    return Actor(person_id, login, name, role, frozenset(clinic_ids))


def let_in(connection: Connection, person_id: int, clinic_ids: Sequence[str]) -> None:
    """Let a person see clinics."""
    if clinic_ids:
        connection.execute(
            insert(tables.person_clinic), [{"person_id": person_id, "clinic_id": one} for one in clinic_ids]
        )


def set_role(connection: Connection, person_id: int, role: str, clinic_ids: Sequence[str]) -> None:
    """Give a person a role and clinics in place of those before."""
    connection.execute(update(tables.person).where(tables.person.c.id == person_id).values(role=role))
    connection.execute(delete(tables.person_clinic).where(tables.person_clinic.c.person_id == person_id))
    let_in(connection, person_id, clinic_ids)


def set_disabled(connection: Connection, person_id: int, at: datetime | None) -> None:
    """From an instant on the person may not use the program; None lets them in again."""
    connection.execute(update(tables.person).where(tables.person.c.id == person_id).values(disabled_at=at))


def set_language(connection: Connection, person_id: int, language: str | None) -> None:
    connection.execute(update(tables.person).where(tables.person.c.id == person_id).values(language=language))


def lock_administrators(connection: Connection) -> None:
    """One at a time decides who administers: of the last two, who shut out each other at once, the second is refused.

    SQLite's transaction has the lock already.
    """
    person = tables.person
    mine = select(person.c.id).where(person.c.role == "admin").order_by(person.c.id)
    connection.execute(mine.with_for_update()).all()


def find_person(connection: Connection, login: str) -> Actor | None:
    row = connection.execute(select(tables.person).where(tables.person.c.login == login)).one_or_none()
    return _actor(connection, row) if row else None


def find_person_by_id(connection: Connection, person_id: int) -> Actor | None:
    row = connection.execute(select(tables.person).where(tables.person.c.id == person_id)).one_or_none()
    return _actor(connection, row) if row else None


def get_patient_actor(connection: Connection, clinic_id: str) -> Actor:
    """Whoever acts on a patient's page, as somebody of that patient's clinic alone."""
    row = connection.execute(select(tables.person).where(tables.person.c.role == PATIENT)).one()
    return Actor(row.id, row.login, row.name, row.role, frozenset({clinic_id}))


def get_program_actor(connection: Connection) -> Actor:
    """Whoever acts when nobody does: the jobs. Sees every clinic, and may not act on a patient."""
    row = connection.execute(select(tables.person).where(tables.person.c.role == PROGRAM)).one()
    every = frozenset(connection.execute(select(tables.clinic.c.id)).scalars())
    return Actor(row.id, row.login, row.name, row.role, every)


def list_people(connection: Connection) -> Sequence[Actor]:
    """Everybody of the staff, by login."""
    staff = select(tables.person).where(tables.person.c.role.not_in([PATIENT, PROGRAM])).order_by(tables.person.c.login)
    rows = connection.execute(staff).all()
    return [_actor(connection, row) for row in rows]


def list_logins(connection: Connection) -> dict[int, str]:
    """Every login by the person's id, that of patients too."""
    return {row.id: row.login for row in connection.execute(select(tables.person.c.id, tables.person.c.login))}


def _actor(connection: Connection, row: Row[Any]) -> Actor:
    places = select(tables.person_clinic.c.clinic_id).where(tables.person_clinic.c.person_id == row.id)
    clinic_ids = frozenset(connection.execute(places).scalars())
    return Actor(row.id, row.login, row.name, row.role, clinic_ids, row.language, row.disabled_at is not None)
