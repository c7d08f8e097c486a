"""Clinic days: what makes a day at a clinic - its zone, country, weekdays and closures - and that this changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from db import tables
from db.checks import IS_OPEN
from db.facts import holds
from db.people import Clinic
from schedules.shifting import Suggested
from schedules.working_days import Closed

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ClinicDays:
    """One clinic's days as values. `changes` counts how often they changed, `changed_at` is when last."""

    time_zone: str
    country: str
    subdivision: str | None
    weekdays: tuple[int, ...] | None
    closures: tuple[Closed, ...] = ()
    changes: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """Days on which a clinic is closed, as they were entered."""

    id: int
    clinic_id: str
    from_on: date
    until_on: date
    name: str
    entered_at: datetime

    @property
    def closed(self) -> Closed:
        return Closed(self.from_on, self.until_on)


@dataclass(frozen=True, slots=True)
class Pending:
    """The suggested days of a clinic still have to follow a change: from the treatment after `followed_to` on."""

    clinic_id: str
    followed_to: int
    changed_by: int
    reason: str


def find_days(connection: Connection, clinic_id: str) -> ClinicDays | None:
    """In one question, since every act and every calendar asks it."""
    rows = connection.execute(_DAYS, {"clinic_id": clinic_id}).all()
    if not rows:
        return None
    first = rows[0]
    weekdays = None if first.working_weekdays is None else tuple(first.working_weekdays)
    closures = tuple([Closed(row.from_on, row.until_on) for row in rows if row.from_on is not None])
    return ClinicDays(
        first.time_zone, first.country, first.subdivision, weekdays, closures, first.changes or 0, first.changed_at
    )


_DAYS = (
    select(
        tables.clinic.c.time_zone, tables.clinic.c.country, tables.clinic.c.subdivision,
        tables.clinic.c.working_weekdays, tables.closure.c.from_on, tables.closure.c.until_on,
        tables.days_change.c.changes, tables.days_change.c.changed_at,
    )
    .select_from(tables.clinic)
    .outerjoin(tables.closure, (tables.closure.c.clinic_id == tables.clinic.c.id) & holds(tables.closure))
    .outerjoin(tables.days_change, tables.days_change.c.clinic_id == tables.clinic.c.id)
    .where(tables.clinic.c.id == bindparam("clinic_id"))
    .order_by(tables.closure.c.from_on, tables.closure.c.id)
)  # fmt: skip


def list_closures(connection: Connection, clinic_id: str) -> list[Closure]:
    """Those that hold, in order of their first day."""
    closure = tables.closure
    query = (
        select(
            closure.c.id, closure.c.clinic_id, closure.c.from_on, closure.c.until_on, closure.c.name,
            closure.c.entered_at,
        )
        .where(closure.c.clinic_id == clinic_id, holds(closure))
        .order_by(closure.c.from_on, closure.c.id)
    )  # fmt: skip
    return [Closure(*row) for row in connection.execute(query)]


def find_closure(connection: Connection, closure_id: int) -> Closure | None:
    """One that holds."""
    closure = tables.closure
    query = select(closure.c.clinic_id).where(closure.c.id == closure_id, holds(closure))
    clinic_id = connection.execute(query).scalar_one_or_none()
    if clinic_id is None:
        return None
    return next(one for one in list_closures(connection, clinic_id) if one.id == closure_id)


def lock_clinic(connection: Connection, clinic_id: str) -> None:
    """Wait for everybody who is entering something for the clinic, and let nobody begin until this ends.

    Whoever adds a treatment refers to the clinic, and so waits: none is planned by days that are about to change.
    SQLite's transaction has the lock already.
    """
    clinic = tables.clinic
    connection.execute(select(clinic.c.id).where(clinic.c.id == clinic_id).with_for_update()).all()


def change_clinic(connection: Connection, clinic: Clinic) -> None:
    """Keep a clinic's settings."""
    weekdays = None if clinic.working_weekdays is None else list(clinic.working_weekdays)
    connection.execute(
        update(tables.clinic)
        .where(tables.clinic.c.id == clinic.id)
        .values(
            name=clinic.name, time_zone=clinic.time_zone, country=clinic.country, subdivision=clinic.subdivision,
            working_weekdays=weekdays,
        )
    )  # fmt: skip


# --- That they changed, and how far the suggested days have followed ----------------------------------------


def note_change(
    connection: Connection, clinic_id: str, *, at: datetime, person_id: int, reason: str, moves: bool
) -> None:
    """The days of a clinic are others now; with `moves` the suggested days have to follow, from the first on.

    Where an earlier change has not been followed to the end, this begins anew.
    """
    table = tables.days_change
    old = connection.execute(select(table).where(table.c.clinic_id == clinic_id)).one_or_none()
    if old is None:
        connection.execute(
            insert(table).values(
                clinic_id=clinic_id, changes=1, changed_at=at, changed_by=person_id, reason=reason,
                followed_to=0 if moves else None,
            )
        )  # fmt: skip
        return
    values = {"changes": old.changes + 1, "changed_at": max(at, old.changed_at + SECOND)}
    if moves:
        values |= {"changed_by": person_id, "reason": reason, "followed_to": 0}
    connection.execute(update(table).where(table.c.clinic_id == clinic_id).values(values))


def list_pending(connection: Connection, clinic_ids: Sequence[str] | None = None) -> list[Pending]:
    """The clinics whose suggested days have not all followed yet."""
    return [Pending(*row) for row in connection.execute(_pending(clinic_ids).order_by(tables.days_change.c.clinic_id))]


def lock_pending(connection: Connection, clinic_id: str) -> Pending | None:
    """What is left for one clinic, held so that nobody else does the same and nobody changes its days again.

    Whoever only refers to the clinic, as every act of a nurse does, goes on.
    """
    clinic = tables.clinic
    mine = select(clinic.c.id).where(clinic.c.id == clinic_id).with_for_update(key_share=True)
    connection.execute(mine).all()
    row = connection.execute(_pending([clinic_id])).one_or_none()
    return Pending(*row) if row else None


def _pending(clinic_ids: Sequence[str] | None) -> Select[Any]:
    table = tables.days_change
    query = select(table.c.clinic_id, table.c.followed_to, table.c.changed_by, table.c.reason).where(
        table.c.followed_to.is_not(None)
    )
    return query if clinic_ids is None else query.where(table.c.clinic_id.in_(clinic_ids))


def list_next_treatments(connection: Connection, clinic_id: str, after: int, most: int) -> list[int]:
    """The ids of the next treatments of a clinic."""
    treatment = tables.treatment
    query = select(treatment.c.id).where(treatment.c.clinic_id == clinic_id, treatment.c.id > after)
    return list(connection.execute(query.order_by(treatment.c.id).limit(most)).scalars())


def count_left(connection: Connection, clinic_id: str, after: int) -> int:
    """How many treatments of a clinic come after that one."""
    treatment = tables.treatment
    query = select(func.count()).where(treatment.c.clinic_id == clinic_id, treatment.c.id > after)
    return int(connection.execute(query).scalar_one())


def note_followed(connection: Connection, clinic_id: str, followed_to: int | None) -> None:
    """The suggested days have followed up to this treatment; None: all have."""
    table = tables.days_change
    connection.execute(update(table).where(table.c.clinic_id == clinic_id).values(followed_to=followed_to))


def list_suggested(connection: Connection, clinic_id: str, from_on: date) -> list[Suggested]:
    """The visits with an open check that are suggested for a day from then on and not booked, by their days."""
    check, visit = tables.check, tables.visit
    mine = select(check.c.visit_id).where(check.c.clinic_id == clinic_id, IS_OPEN, check.c.closes_on >= from_on)
    days = (visit.c.due_on, visit.c.opens_on, visit.c.closes_on, visit.c.visit_on)
    query = (
        select(*days, func.count())
        .where(visit.c.id.in_(mine), visit.c.visit_on >= from_on, ~visit.c.is_withdrawn, visit.c.booked_on.is_(None))
        .group_by(*days)
    )
    return [Suggested(*row) for row in connection.execute(query)]
