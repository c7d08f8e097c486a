"""Sieves for the worklist: which treatments need a look, so that only their dossiers are read."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from db import tables
from db.checks import IS_OPEN
from db.facts import holds, in_pieces
from schedules.model import Settlement
from schedules.worklists import Pressing


class PressingRow(NamedTuple):
    """An open check whose window has opened, and the day suggested for its visit."""

    check: Pressing
    visit_on: date


def list_pressing(connection: Connection, today: date, *, clinic_ids: Sequence[str]) -> dict[int, list[PressingRow]]:
    """By treatment the open checks whose window has opened, in order of the due day."""
    found: dict[int, list[PressingRow]] = {}
    rows = connection.execute(_PRESSING, {"clinic_ids": clinic_ids, "today": today}).all()  # quicker than one by one
    for treatment_id, visit_on, *row in rows:
        found.setdefault(treatment_id, []).append(PressingRow(Pressing(*row), visit_on))
    return found


_PRESSING = (
    select(
        tables.check.c.treatment_id, tables.visit.c.visit_on, *(tables.check.c[name] for name in Pressing._fields)
    )
    .join(tables.visit, tables.visit.c.id == tables.check.c.visit_id)
    .where(IS_OPEN, tables.check.c.clinic_id.in_(bindparam("clinic_ids", expanding=True)))
    .where(tables.check.c.opens_on <= bindparam("today"))
    .order_by(tables.check.c.treatment_id, tables.check.c.due_on, tables.check.c.rule)
)  # fmt: skip


class BookableRow(NamedTuple):
    """A check of the plan as bookings and reports are told to it."""

    treatment_id: int
    check: Pressing
    is_open: bool


def list_bookable(
    connection: Connection, treatment_ids: Sequence[int], families: Sequence[str], *, opens_by: date
) -> Iterator[BookableRow]:
    """The checks of some families that the plans of the treatments still have, settled or not, as far as they open by
    a day: nothing that happens until then can be told to a later one."""
    for some in in_pieces(treatment_ids):
        asked = {"ids": some, "families": families, "opens_by": opens_by}
        for treatment_id, settlement, *row in connection.execute(_BOOKABLE, asked):
            yield BookableRow(treatment_id, Pressing(*row), settlement == Settlement.OPEN)


_BOOKABLE = select(
    tables.check.c.treatment_id, tables.check.c.settlement, *(tables.check.c[name] for name in Pressing._fields)
).where(
    tables.check.c.treatment_id.in_(bindparam("ids", expanding=True)),
    tables.check.c.family.in_(bindparam("families", expanding=True)),
    tables.check.c.opens_on <= bindparam("opens_by"),
    tables.check.c.settlement != Settlement.WITHDRAWN.value,
)


def list_unconfirmed(connection: Connection, today: date, *, clinic_ids: Sequence[str]) -> set[int]:
    """Treatments with a planned infusion whose day lies before `today`."""
    infusion, treatment = tables.infusion, tables.treatment
    query = (
        select(infusion.c.treatment_id)
        .join(treatment, treatment.c.id == infusion.c.treatment_id)
        .where(treatment.c.clinic_id.in_(clinic_ids), infusion.c.is_planned, infusion.c.infused_on < today)
        .where(holds(infusion))
    )
    return set(connection.execute(query).scalars())


def list_unseen(connection: Connection, taken_by: date, *, clinic_ids: Sequence[str]) -> set[int]:
    """Treatments with a sample of `taken_by` or earlier that nobody has marked as seen.

    Samples from before the treatment came into this record were somebody else's to see.
    """
    sample, treatment, seen = tables.sample, tables.treatment, tables.seen
    is_seen = select(seen.c.id).where(seen.c.sample_id == sample.c.id, holds(seen)).exists()
    query = (
        select(sample.c.treatment_id)
        .join(treatment, treatment.c.id == sample.c.treatment_id)
        .where(treatment.c.clinic_id.in_(clinic_ids), sample.c.taken_on <= taken_by)
        .where(sample.c.taken_on >= func.date(treatment.c.entered_at))
        .where(holds(sample), ~is_seen)
        .distinct()
    )
    return set(connection.execute(query).scalars())


def find_beginning(connection: Connection, clinic_id: str) -> datetime | None:
    """When the record of a clinic began: its first treatment was entered."""
    entered_at = tables.treatment.c.entered_at
    query = select(entered_at).where(tables.treatment.c.clinic_id == clinic_id).order_by(entered_at).limit(1)
    return connection.execute(query).scalar()


def find_next_due(connection: Connection, *, clinic_ids: Sequence[str]) -> date | None:
    """The earliest due day of all open checks."""
    query = select(func.min(tables.check.c.due_on)).where(IS_OPEN, tables.check.c.clinic_id.in_(clinic_ids))
    return connection.execute(query).scalar()


def list_next_visits(
    connection: Connection, treatment_ids: Sequence[int], *, from_on: date
) -> Mapping[int, Mapping[str, date]]:
    """By treatment and family the first day from `from_on` on that is suggested for an open check."""
    check, visit = tables.check, tables.visit
    found: dict[int, dict[str, date]] = {one: {} for one in treatment_ids}
    for some in in_pieces(treatment_ids):
        query = (
            select(check.c.treatment_id, check.c.family, func.min(visit.c.visit_on))
            .join(visit, visit.c.id == check.c.visit_id)
            .where(IS_OPEN, check.c.treatment_id.in_(some), visit.c.visit_on >= from_on)
            .group_by(check.c.treatment_id, check.c.family)
        )
        for treatment_id, family, visit_on in connection.execute(query):
            found[treatment_id][family] = visit_on
    return found


def list_recorded(connection: Connection, treatment_ids: Sequence[int]) -> Mapping[int, datetime]:
    """When each treatment came into this record."""
    found: dict[int, datetime] = {}
    for some in in_pieces(treatment_ids):
        query = select(tables.treatment.c.id, tables.treatment.c.entered_at).where(tables.treatment.c.id.in_(some))
        found |= {row.id: row.entered_at for row in connection.execute(query)}
    return found
