"""Calendars: what a feed is made of, read as rows, and how little has to be read to know that nothing changed."""

from collections.abc import Hashable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, Select, bindparam, case, func, inspect, not_, or_, select, update

from db import tables
from db.checks import IS_OPEN, StoredVisit, read_visit
from db.facts import in_pieces
from schedules.model import Settlement


class Asked(NamedTuple):
    """As much of a check as its entry in a calendar needs."""

    rule: str
    closes_on: date
    settlement: Settlement
    settled_on: date | None


def list_sequences(connection: Connection, treatment_id: int) -> dict[str, int]:
    """By visit its sequence, in order of the due day: what has the same one is what it was."""
    return {row.id: row.sequence for row in connection.execute(_SEQUENCES, {"treatment_id": treatment_id})}


def list_visits(connection: Connection, visit_ids: Sequence[str]) -> list[StoredVisit]:
    """Some visits by id."""
    found: list[StoredVisit] = []
    for some in in_pieces(visit_ids):
        found += [read_visit(row) for row in connection.execute(_VISITS, {"ids": some})]
    return found


def list_asked(connection: Connection, treatment_id: int, visit_ids: Sequence[str]) -> dict[str, list[Asked]]:
    """By visit of a treatment its checks, in order of the due day.

    What was before the record, or withdrawn, was never for a patient to do.
    """
    found: dict[str, list[Asked]] = {}
    for some in in_pieces(visit_ids):
        rows = connection.execute(_ASKED, {"treatment_id": treatment_id, "ids": some})
        for visit_id, rule, closes_on, settlement, settled_on in rows:
            found.setdefault(visit_id, []).append(Asked(rule, closes_on, SETTLEMENTS[settlement], settled_on))
    return found


# Built once: to build a statement takes longer than to run it.
_SEQUENCES = (
    select(tables.visit.c.id, tables.visit.c.sequence)
    .where(tables.visit.c.treatment_id == bindparam("treatment_id"))
    .order_by(tables.visit.c.due_on, tables.visit.c.id)
)
_VISITS = select(tables.visit).where(tables.visit.c.id.in_(bindparam("ids", expanding=True)))
_ASKED = (
    select(
        tables.check.c.visit_id, tables.check.c.rule, tables.check.c.closes_on, tables.check.c.settlement,
        tables.check.c.settled_on,
    )
    .where(tables.check.c.treatment_id == bindparam("treatment_id"))
    .where(tables.check.c.visit_id.in_(bindparam("ids", expanding=True)))
    .where(tables.check.c.settlement.not_in(("before-record", "withdrawn")))
    .order_by(tables.check.c.due_on, tables.check.c.rule)
)  # fmt: skip


SETTLEMENTS = {str(one): one for one in Settlement}
"""An enumeration's own look-up takes longer than reading the row."""


def state_of_patient(connection: Connection, patient_id: int) -> Hashable:
    """A value that is another whenever an act changed what a patient's calendar shows."""
    mine = {"patient_id": patient_id}
    treatments = connection.execute(_STATE_OF_TREATMENTS, mine).all()
    return tuple(map(tuple, treatments)), tuple(connection.execute(_STATE_OF_WORDS, mine).one())


_MINE: BindParameter[int] = bindparam("patient_id")
_STATE_OF_TREATMENTS = (
    select(tables.treatment.c.id, tables.treatment.c.revision, func.max(tables.visit.c.changed_at))
    .outerjoin(tables.visit, tables.visit.c.treatment_id == tables.treatment.c.id)
    .where(tables.treatment.c.patient_id == _MINE)
    .group_by(tables.treatment.c.id, tables.treatment.c.revision)
    .order_by(tables.treatment.c.id)
)
_STATE_OF_WORDS = select(
    *(
        select(func.max(fact.c.id)).where(fact.c.patient_id == _MINE).scalar_subquery()
        for fact in (tables.detail, tables.wish)
    )
)


def state_of_clinic(connection: Connection, clinic_id: str) -> Hashable:
    """A value that is another after every act, on whomever.

    The last line of the history is not enough: on PostgreSQL lines can appear in another order than they were
    numbered, and after a restore the same numbers come again.
    """
    treatment = tables.treatment
    mine = select(func.count(), func.sum(treatment.c.revision)).where(treatment.c.clinic_id == clinic_id)
    last = connection.execute(select(func.max(tables.history.c.id))).scalar_one()
    return last, *connection.execute(mine).one(), find_last_change(connection, clinic_id)


def find_last_change(connection: Connection, clinic_id: str) -> datetime | None:
    """When a visit of a clinic last changed; it never goes back, whatever a clock did."""
    visit, treatment = tables.visit, tables.treatment
    query = select(func.max(visit.c.changed_at)).join(treatment, treatment.c.id == visit.c.treatment_id)
    found: datetime | None = connection.execute(query.where(treatment.c.clinic_id == clinic_id)).scalar_one()
    return found


def list_open_visits(connection: Connection, clinic_id: str, today: date) -> list[tuple[StoredVisit, str]]:
    """A clinic's visits with an open check whose window has opened, or for which a day was agreed; by day.

    With each the patient's reference.
    """
    visit, treatment = tables.visit, tables.treatment
    query = (
        select(visit, tables.patient.c.reference)
        .join(treatment, treatment.c.id == visit.c.treatment_id)
        .join(tables.patient, tables.patient.c.id == treatment.c.patient_id)
        .where(visit.c.id.in_(_open_visit_ids(clinic_id, today)))
        .order_by(visit.c.visit_on, visit.c.id)
    )
    return [(read_visit(row), row.reference) for row in connection.execute(query)]


def list_asked_of_open_visits(connection: Connection, clinic_id: str, today: date) -> dict[str, list[Asked]]:
    """The open checks of those visits, by visit, in order of the due day."""
    check = tables.check
    query = select(check.c.visit_id, check.c.rule, check.c.closes_on).where(
        IS_OPEN, check.c.visit_id.in_(_open_visit_ids(clinic_id, today))
    )
    found: dict[str, list[Asked]] = {}
    for row in connection.execute(query.order_by(check.c.due_on, check.c.rule)):
        found.setdefault(row.visit_id, []).append(Asked(row.rule, row.closes_on, Settlement.OPEN, None))
    return found


def _open_visit_ids(clinic_id: str, today: date) -> Select[tuple[str]]:
    check, visit = tables.check, tables.visit
    return (
        select(check.c.visit_id)
        .join(visit, visit.c.id == check.c.visit_id)
        .where(IS_OPEN, check.c.clinic_id == clinic_id)
        .where(or_(check.c.opens_on <= today, visit.c.booked_on.is_not(None)))
    )


def raise_all(connection: Connection, at: datetime) -> None:
    """After a restore: every entry's sequence above whatever was shown since the backup, and everything changed now.

    Calendar programs keep the entry with the higher SEQUENCE and the later LAST-MODIFIED: without this they would go
    on showing what the lost record said. The seconds of the clock are above what any earlier restore gave, of whatever
    backup. What was settled long ago, or came as history, keeps its day: it left the calendars, and would return.
    """
    there = set(inspect(connection).get_table_names())
    visit, check = tables.visit, tables.check
    began_on = func.date(visit.c.created_at)
    is_history = (visit.c.closes_on < began_on) & (func.date(visit.c.changed_at) == began_on)
    may_show = or_(
        visit.c.id.in_(select(check.c.visit_id).where(IS_OPEN)),
        (visit.c.changed_at > at - LONG_GONE) & not_(is_history),
    )
    for table in (tables.visit, tables.period):
        if table.name in there:  # the backup may be of an older release
            above, now = table.c.sequence + ACTS_AT_MOST, int((at - BEGINNING).total_seconds())
            connection.execute(update(table).values(sequence=case((above > now, above), else_=now)))
            changed = update(table).values(changed_at=at)
            connection.execute(changed.where(may_show) if table is visit else changed)


ACTS_AT_MOST = 1_000
"""More changes of one visit than there can have been between a backup and its restore, should the clock be wrong."""
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
LONG_GONE = timedelta(days=32)
"""A little longer than any calendar shows what was settled, whatever its time zone."""
