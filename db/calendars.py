"""Calendars: what a feed is made of, read as rows, and how little has to be read to know that nothing changed."""

from collections.abc import Hashable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, inspect, or_, select, update

from db import tables
from db.checks import IS_OPEN, StoredVisit
from db.facts import in_pieces
from schedules.model import Settlement
from schedules.protocol import Place


class Asked(NamedTuple):
    """As much of a check as its entry in a calendar needs."""

    rule: str
    closes_on: date
    settlement: Settlement
    settled_on: date | None


def list_asked(
    connection: Connection, treatment_ids: Sequence[int], *, changed_since: datetime
) -> dict[str, list[Asked]]:
    """By visit the checks that are open, or whose visit changed since then; in order of the due day.

    What was before the record, or withdrawn, was never for a patient to do.
    """
    check, visit = tables.check, tables.visit
    found: dict[str, list[Asked]] = {}
    for some in in_pieces(treatment_ids):
        query = (
            select(check.c.visit_id, check.c.rule, check.c.closes_on, check.c.settlement, check.c.settled_on)
            .join(visit, visit.c.id == check.c.visit_id)
            .where(check.c.treatment_id.in_(some))
            .where(check.c.settlement.not_in(("before-record", "withdrawn")))
            .where(or_(IS_OPEN, visit.c.changed_at >= changed_since))
            .order_by(check.c.due_on, check.c.rule)
        )
        for visit_id, rule, closes_on, settlement, settled_on in connection.execute(query):
            found.setdefault(visit_id, []).append(Asked(rule, closes_on, SETTLEMENTS[settlement], settled_on))
    return found


SETTLEMENTS = {str(one): one for one in Settlement}
"""An enumeration's own look-up takes longer than reading the row."""


def state_of_patient(connection: Connection, patient_id: int) -> Hashable:
    """A value that is another whenever an act changed what a patient's calendar shows."""
    treatment, visit = tables.treatment, tables.visit
    rows = connection.execute(
        select(treatment.c.id, treatment.c.revision, func.max(visit.c.changed_at))
        .outerjoin(visit, visit.c.treatment_id == treatment.c.id)
        .where(treatment.c.patient_id == patient_id)
        .group_by(treatment.c.id, treatment.c.revision)
        .order_by(treatment.c.id)
    )
    told = [
        connection.execute(select(func.max(fact.c.id)).where(fact.c.patient_id == patient_id)).scalar_one()
        for fact in (tables.detail, tables.wish)
    ]
    return tuple(tuple(row) for row in rows), *told


def state_of_record(connection: Connection) -> Hashable:
    """A value that is another after every act, on whomever."""
    last: int | None = connection.execute(select(func.max(tables.history.c.id))).scalar_one()
    return last


def find_restyling(connection: Connection, patient_id: int) -> tuple[int, datetime]:
    """How often all entries of a patient may have changed their words or alarms, and when last: by a wish, by what is
    known of the patient, by another protocol."""
    mine = select(tables.treatment.c.id).where(tables.treatment.c.patient_id == patient_id)
    counts = [
        connection.execute(select(func.count(), func.max(fact.c.entered_at)).where(of_patient)).one()
        for fact, of_patient in (
            (tables.wish, tables.wish.c.patient_id == patient_id),
            (tables.detail, tables.detail.c.patient_id == patient_id),
            (tables.assignment, tables.assignment.c.treatment_id.in_(mine)),
        )
    ]
    return sum(times for times, _ in counts), max((at for _, at in counts if at), default=LONG_AGO)


LONG_AGO = datetime.min.replace(tzinfo=UTC)


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
    return [
        (StoredVisit(*row[:-1])._replace(place=Place(row.place)), row.reference) for row in connection.execute(query)
    ]


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
    on showing what the lost record said.
    """
    there = set(inspect(connection).get_table_names())
    for table in (tables.visit, tables.period):
        if table.name in there:  # the backup may be of an older release
            connection.execute(update(table).values(sequence=table.c.sequence + ACTS_AT_MOST, changed_at=at))
    if tables.feed_state.name in there:
        connection.execute(update(tables.feed_state).values(sha256="", changed_at=at))


ACTS_AT_MOST = 1_000
"""More changes of one visit than there can have been between a backup and its restore."""
