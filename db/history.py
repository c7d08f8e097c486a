"""History: who did what, when and why; rows are only ever added, and each is sealed when its transaction ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, insert, select

from db import sealing, tables
from db.bulk import allot_ids, insert_rows


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the history, with the login of the person."""

    id: int
    at: datetime
    login: str
    act: str
    subject: str | None
    reason: str | None
    treatment_id: int | None
    revision: int | None
    details: Mapping[str, Any] | None


def add_deed(
    connection: Connection,
    *,
    at: datetime,
    person_id: int,
    act: str,
    subject: str | None = None,
    reason: str | None = None,
    clinic_id: str | None = None,
    treatment_id: int | None = None,
    revision: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Add one line and return its id. `details` hold days and ids as plain JSON values."""
    row = {
        "at": at, "person_id": person_id, "act": act, "subject": subject, "reason": reason, "clinic_id": clinic_id,
        "treatment_id": treatment_id, "revision": revision, "details": dict(details) if details else None,
    }  # fmt: skip
    deed_id = int(connection.execute(_ADD, row).scalar_one())
    sealing.note(connection, [deed_id])
    return deed_id


_ADD = insert(tables.history).returning(tables.history.c.id)


class NewDeed(NamedTuple):
    """One line of many that one act adds."""

    at: datetime
    person_id: int
    clinic_id: str | None
    treatment_id: int | None
    revision: int | None
    act: str
    subject: str | None
    reason: str | None
    details: Mapping[str, Any] | None


def add_deeds(connection: Connection, deeds: Sequence[NewDeed]) -> None:
    """Add many lines at once."""
    ids = allot_ids(connection, tables.history, len(deeds))
    rows = ((own, *deed) for own, deed in zip(ids, deeds, strict=True))
    insert_rows(connection, tables.history, ("id", *NewDeed._fields), rows)
    sealing.note(connection, ids)


def list_deeds(connection: Connection, treatment_id: int) -> Sequence[Deed]:
    """Everything that was done on one treatment, oldest first."""
    mine = _WITH_LOGIN.where(tables.history.c.treatment_id == treatment_id).order_by(tables.history.c.id)
    return _deeds(connection.execute(mine))


def find_deed(connection: Connection, deed_id: int) -> Deed | None:
    """One line of the history."""
    return next(iter(_deeds(connection.execute(_WITH_LOGIN.where(tables.history.c.id == deed_id)))), None)


def list_recent(
    connection: Connection, *, since: datetime, login: str | None = None, act: str | None = None
) -> list[tuple[Deed, str | None]]:
    """What was done since an instant, oldest first, each with the reference of the patient."""
    treatment, patient = tables.treatment, tables.patient
    query: Select[Any] = (
        _WITH_LOGIN.add_columns(patient.c.reference)
        .join(treatment, treatment.c.id == tables.history.c.treatment_id, isouter=True)
        .join(patient, patient.c.id == treatment.c.patient_id, isouter=True)
        .where(tables.history.c.at >= since)
    )
    if login is not None:
        query = query.where(tables.person.c.login == login)
    if act is not None:
        query = query.where(tables.history.c.act == act)
    rows = connection.execute(query.order_by(tables.history.c.id)).all()
    return list(zip(_deeds(rows), [row.reference for row in rows], strict=True))


_WITH_LOGIN: Select[Any] = select(tables.history, tables.person.c.login).join(
    tables.person, tables.person.c.id == tables.history.c.person_id
)


def _deeds(rows: Iterable[Row[Any]]) -> list[Deed]:
    return [
        Deed(row.id, row.at, row.login, row.act, row.subject, row.reason, row.treatment_id, row.revision, row.details)
        for row in rows
    ]
