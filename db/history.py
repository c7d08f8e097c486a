"""History: who did what, when and why; rows are only ever added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from db import tables


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
) -> None:
    """Add one line. `details` hold days and ids as plain JSON values."""
    connection.execute(
        insert(tables.history).values(
            at=at, person_id=person_id, act=act, subject=subject, reason=reason, clinic_id=clinic_id,
            treatment_id=treatment_id, revision=revision, details=dict(details) if details else None,
        )
    )  # fmt: skip


def list_deeds(connection: Connection, treatment_id: int) -> Sequence[Deed]:
    """Everything that was done on one treatment, oldest first."""
    query = (
        select(tables.history, tables.person.c.login)
        .join(tables.person, tables.person.c.id == tables.history.c.person_id)
        .where(tables.history.c.treatment_id == treatment_id)
        .order_by(tables.history.c.id)
    )
    return [
        Deed(row.id, row.at, row.login, row.act, row.subject, row.reason, row.treatment_id, row.revision, row.details)
        for row in connection.execute(query)
    ]
