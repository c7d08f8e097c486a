"""Audit: the history searched by who, what, where and when, newest first and a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from db import tables

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Searched:
    """One line of the history with the patient's reference, where it is about one."""

    id: int
    at: datetime
    login: str
    act: str
    subject: str | None
    reason: str | None
    clinic_id: str | None
    treatment_id: int | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for; nothing given means everything."""

    login: str = ""
    act: str = ""
    reference: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    """For the next page: the id of the last line of the one before."""


def search(
    connection: Connection, wanted: Wanted, *, clinic_ids: Sequence[str], at_once: int = AT_ONCE
) -> list[Searched]:
    """Lines about these clinics or about none."""
    history = tables.history
    query = _lines().where(or_(history.c.clinic_id.is_(None), history.c.clinic_id.in_(clinic_ids)))
    if wanted.login:
        query = query.where(tables.person.c.login == wanted.login)
    if wanted.act:
        query = query.where(history.c.act == wanted.act)
    if wanted.reference:
        query = query.where(tables.patient.c.reference == wanted.reference)
    if wanted.text:
        found = f"%{_escape(wanted.text.casefold())}%"
        texts = (history.c.subject, history.c.reason)
        query = query.where(or_(*(func.lower(one).like(found, escape="\\") for one in texts)))
    if wanted.since:
        query = query.where(history.c.at >= wanted.since)
    if wanted.until:
        query = query.where(history.c.at < wanted.until)
    if wanted.before_id:
        query = query.where(history.c.id < wanted.before_id)
    return [Searched(*row) for row in connection.execute(query.order_by(history.c.id.desc()).limit(at_once))]


def list_acts(connection: Connection) -> Sequence[str]:
    """Every kind of act that the history knows."""
    return connection.execute(select(tables.history.c.act).distinct().order_by(tables.history.c.act)).scalars().all()


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _lines() -> Select[Any]:
    history, treatment, patient = tables.history, tables.treatment, tables.patient
    return (
        select(
            history.c.id, history.c.at, tables.person.c.login, history.c.act, history.c.subject, history.c.reason,
            history.c.clinic_id, history.c.treatment_id, patient.c.reference,
        )
        .join(tables.person, tables.person.c.id == history.c.person_id)
        .outerjoin(treatment, treatment.c.id == history.c.treatment_id)
        .outerjoin(patient, patient.c.id == treatment.c.patient_id)
    )  # fmt: skip
