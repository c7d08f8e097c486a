"""History search: who did what, when and why, by the filters of an administrator, page by page, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from db import tables


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is empty does not matter. `clinic_ids` are those that the reader may see."""

    clinic_ids: Sequence[str]
    login: str = ""
    act: str = ""
    clinic_id: str = ""
    reference: str = ""
    from_at: datetime | None = None
    before_at: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class FoundDeed:
    """A line of the history with the person's name and the patient's reference."""

    id: int
    at: datetime
    login: str
    name: str
    act: str
    subject: str | None
    reason: str | None
    clinic_id: str | None
    treatment_id: int | None
    reference: str | None


def search(connection: Connection, wanted: Wanted, *, most: int, before_id: int | None = None) -> list[FoundDeed]:
    """The newest first; with `before_id` those that are older than this line."""
    query = _search(wanted).order_by(tables.history.c.id.desc()).limit(most)
    if before_id is not None:
        query = query.where(tables.history.c.id < before_id)
    return [FoundDeed(*row) for row in connection.execute(query)]


def walk(connection: Connection, wanted: Wanted, *, at_once: int = 1000) -> Iterator[FoundDeed]:
    """All that fit, the newest first, a piece at a time."""
    before_id = None
    while found := search(connection, wanted, most=at_once, before_id=before_id):
        yield from found
        before_id = found[-1].id


def count(connection: Connection, wanted: Wanted) -> int:
    return int(connection.execute(select(func.count()).select_from(_search(wanted).subquery())).scalar_one())


def list_acts(connection: Connection) -> list[str]:
    """Every act that was ever entered, by name."""
    return list(connection.execute(select(tables.history.c.act).distinct().order_by(tables.history.c.act)).scalars())


def _search(wanted: Wanted) -> Select[Any]:
    history, person = tables.history, tables.person
    treatment, patient = tables.treatment, tables.patient
    query = (
        select(
            history.c.id, history.c.at, person.c.login, person.c.name, history.c.act, history.c.subject,
            history.c.reason, history.c.clinic_id, history.c.treatment_id, patient.c.reference,
        )
        .join(person, person.c.id == history.c.person_id)
        .outerjoin(treatment, treatment.c.id == history.c.treatment_id)
        .outerjoin(patient, patient.c.id == treatment.c.patient_id)
        .where(or_(history.c.clinic_id.is_(None), history.c.clinic_id.in_(wanted.clinic_ids)))
    )  # fmt: skip
    equal = (
        (person.c.login, wanted.login), (history.c.act, wanted.act), (history.c.clinic_id, wanted.clinic_id),
        (patient.c.reference, wanted.reference),
    )  # fmt: skip
    for column, value in equal:
        if value:
            query = query.where(column == value)
    if wanted.from_at is not None:
        query = query.where(history.c.at >= wanted.from_at)
    if wanted.before_at is not None:
        query = query.where(history.c.at < wanted.before_at)
    if wanted.text:
        query = query.where(history.c.subject.icontains(wanted.text, autoescape=True))
    return query
