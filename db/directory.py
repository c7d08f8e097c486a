"""The directory: which treatments of some clinics fit what a person looks for, one page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, case, func, or_, select

from db import tables
from db.checks import IS_OPEN
from db.facts import holds, in_pieces


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person looks for. `words` stand in the reference or the name; None leaves a part open."""

    clinic_ids: Sequence[str]
    words: str = ""
    is_followed: bool | None = None
    nurse_id: int | None = None


class Listed(NamedTuple):
    """One treatment of the directory; `ends_on` is the end of its follow-up."""

    treatment_id: int
    patient_id: int
    clinic_id: str
    reference: str
    name: str | None
    protocol_id: str
    nurse: str | None
    discharged_on: date | None
    ends_on: date | None


def count_listed(connection: Connection, wanted: Wanted) -> int:
    query = _narrowed(select(func.count(tables.treatment.c.id)).select_from(_whole()), wanted)
    return int(connection.execute(query).scalar_one())


def list_page(connection: Connection, wanted: Wanted, *, first: int, most: int) -> list[Listed]:
    """In order of the reference; `first` counts from 0."""
    treatment, patient, period = tables.treatment.c, tables.patient.c, tables.period.c
    ends_on = select(func.max(period.ends_on)).where(
        period.treatment_id == treatment.id, period.name == "follow-up", ~period.is_withdrawn
    )
    query = select(
        treatment.id, treatment.patient_id, treatment.clinic_id, patient.reference, tables.detail.c.name,
        tables.protocol_version.c.protocol_id, tables.person.c.name, tables.discharge.c.discharged_on,
        ends_on.scalar_subquery(),
    ).select_from(_whole())  # fmt: skip
    found = _narrowed(query, wanted).order_by(patient.reference, treatment.id).offset(first).limit(most)
    return [Listed(*row) for row in connection.execute(found)]


@cache
def _whole() -> Any:
    """Treatments with what holds of their patient; a void entry of a nurse says that there is none."""
    treatment, nurse, gone = tables.treatment, tables.named_nurse, tables.discharge
    assigned, version = tables.assignment, tables.protocol_version
    return (
        treatment.join(tables.patient, tables.patient.c.id == treatment.c.patient_id)
        .join(assigned, _is_latest(assigned, "treatment_id", treatment.c.id))
        .join(version, version.c.fingerprint == assigned.c.fingerprint)
        .outerjoin(tables.detail, _is_latest(tables.detail, "patient_id", treatment.c.patient_id))
        .outerjoin(nurse, _is_latest(nurse, "patient_id", treatment.c.patient_id) & ~nurse.c.is_void)
        .outerjoin(tables.person, tables.person.c.id == nurse.c.nurse_id)
        .outerjoin(gone, (gone.c.treatment_id == treatment.c.id) & holds(gone))
    )


def _is_latest(table: Table, owner: str, owner_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The row of this owner that was entered last."""
    other = table.alias()
    last = select(func.max(other.c.id)).where(other.c[owner] == owner_id).correlate(tables.treatment)
    return table.c.id == last.scalar_subquery()


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    query = query.where(tables.treatment.c.clinic_id.in_(wanted.clinic_ids))
    if wanted.words:
        query = query.where(or_(*_fitting(tables.patient.c.reference, wanted.words)) | or_(*_fitting(
            tables.detail.c.name, wanted.words
        )))  # fmt: skip
    if wanted.is_followed is not None:
        query = query.where(tables.discharge.c.id.is_(None) == wanted.is_followed)
    if wanted.nurse_id is not None:
        query = query.where(tables.named_nurse.c.nurse_id == wanted.nurse_id)
    return query


def _fitting(column: ColumnElement[Any], words: str) -> list[ColumnElement[bool]]:
    """However it is written: SQLite folds only plain letters, so that umlauts are tried in each way."""
    return [column.icontains(one, autoescape=True) for one in {words, words.lower(), words.upper(), words.title()}]


class Standing(NamedTuple):
    """An open check whose window has opened."""

    opens_on: date
    due_on: date
    closes_on: date


def list_standings(
    connection: Connection, treatment_ids: Sequence[int], *, until: date
) -> Mapping[int, list[Standing]]:
    """By treatment the open checks whose windows open by `until`."""
    check = tables.check.c
    found: dict[int, list[Standing]] = {one: [] for one in treatment_ids}
    for some in in_pieces(treatment_ids):
        query = select(check.treatment_id, check.opens_on, check.due_on, check.closes_on)
        for row in connection.execute(query.where(IS_OPEN, check.treatment_id.in_(some), check.opens_on <= until)):
            found[row.treatment_id].append(Standing(*row[1:]))
    return found


class Ahead(NamedTuple):
    """Of the visits that still have something to do: the first day suggested where none is agreed, the first agreed."""

    suggested_on: date | None
    booked_on: date | None


NOTHING_AHEAD = Ahead(None, None)


def list_ahead(connection: Connection, treatment_ids: Sequence[int], *, from_on: date) -> Mapping[int, Ahead]:
    """By treatment, from a day on; a treatment without any is left out."""
    check, visit = tables.check.c, tables.visit.c
    is_suggested = visit.booked_on.is_(None) & (visit.visit_on >= from_on)
    found: dict[int, Ahead] = {}
    for some in in_pieces(treatment_ids):
        query = (
            select(
                visit.treatment_id,
                func.min(case((is_suggested, visit.visit_on))),
                func.min(case((visit.booked_on >= from_on, visit.booked_on))),
            )
            .join(tables.check, check.visit_id == visit.id)
            .where(IS_OPEN, check.treatment_id.in_(some))
            .group_by(visit.treatment_id)
        )
        found |= {row[0]: Ahead(row[1], row[2]) for row in connection.execute(query)}
    return found
