"""The read log: who has read about whom and when; rows are added, and pruned when they are old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select

from db import tables


@dataclass(frozen=True, slots=True)
class KeptReading:
    """Who read what; `reference` where it was one patient, else so many `patients` stood in a list."""

    at: datetime
    login: str
    name: str
    what: str
    reference: str | None
    clinic_id: str | None
    patients: int


def add_reading(
    connection: Connection,
    *,
    at: datetime,
    person_id: int,
    what: str,
    treatment_id: int | None = None,
    clinic_id: str | None = None,
    patients: int = 1,
) -> None:
    """One row: a page about one treatment, or a list in which so many patients stood."""
    connection.execute(
        insert(tables.read_log).values(
            at=at, person_id=person_id, what=what, treatment_id=treatment_id, clinic_id=clinic_id, patients=patients
        )
    )


def list_readings(
    connection: Connection,
    *,
    since: datetime,
    before: datetime,
    login: str | None = None,
    reference: str | None = None,
    clinic_ids: Sequence[str],
    most: int,
) -> list[KeptReading]:
    """The latest first, `most` at most. Of a patient: every page about them, and no list, since it does not keep who
    stood in it."""
    log, person, treatment, patient = tables.read_log, tables.person, tables.treatment, tables.patient
    query = (
        select(
            log.c.at, person.c.login, person.c.name, log.c.what, patient.c.reference,
            patient.c.clinic_id.label("own"), log.c.clinic_id, log.c.patients,
        )
        .join(person, person.c.id == log.c.person_id)
        .join(treatment, treatment.c.id == log.c.treatment_id, isouter=True)
        .join(patient, patient.c.id == treatment.c.patient_id, isouter=True)
        .where(log.c.at >= since, log.c.at < before)
        .where(or_(patient.c.id.is_(None), patient.c.clinic_id.in_(clinic_ids)))
        .order_by(log.c.at.desc(), log.c.id.desc())
        .limit(most)
    )  # fmt: skip
    if login is not None:
        query = query.where(person.c.login == login)
    if reference is not None:
        query = query.where(patient.c.reference == reference)
    return [
        KeptReading(row.at, row.login, row.name, row.what, row.reference, row.own or row.clinic_id, row.patients)
        for row in connection.execute(query)
    ]


def drop_old(connection: Connection, before: datetime) -> int:
    """Forget what is older than an installation keeps it."""
    return connection.execute(delete(tables.read_log).where(tables.read_log.c.at < before)).rowcount
