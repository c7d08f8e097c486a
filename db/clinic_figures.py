"""Clinic figures: visits ahead and checks of the past, counted in the database and never patient by patient."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, and_, case, extract, func, select

from db import tables
from db.checks import IS_OPEN
from db.dossiers import Assignment, list_assignments_at
from db.facts import holds
from schedules.adherence import Month, Standing, Tally
from schedules.protocol import Place
from schedules.workload import DayLoad


def list_loads(connection: Connection, clinic_id: str, from_on: date, until_on: date) -> list[DayLoad]:
    """The visits with an open check on each day, by place: on the day agreed where there is one, else on the day
    suggested.

    A booked day that has passed without a sample counts no more, nor does a day suggested that has passed: what is
    behind stands on the worklist.
    """
    check, visit = tables.check, tables.visit
    day = func.coalesce(visit.c.booked_on, visit.c.visit_on)
    mine = select(check.c.visit_id).where(check.c.clinic_id == clinic_id, IS_OPEN, check.c.opens_on <= until_on)
    query = (
        select(day.label("day"), visit.c.place, func.count().label("number"))
        .where(visit.c.id.in_(mine), ~visit.c.is_withdrawn, day >= from_on, day <= until_on)
        .group_by(day, visit.c.place)
        .order_by(day, visit.c.place)
    )
    return [DayLoad(row.day, Place(row.place), row.number) for row in connection.execute(query)]


def count_behind(connection: Connection, clinic_id: str, today: date) -> int:
    """Visits with an open check whose day, agreed or suggested, has passed."""
    check, visit = tables.check, tables.visit
    day = func.coalesce(visit.c.booked_on, visit.c.visit_on)
    mine = select(check.c.visit_id).where(check.c.clinic_id == clinic_id, IS_OPEN, check.c.opens_on <= today)
    query = select(func.count()).select_from(visit).where(visit.c.id.in_(mine), ~visit.c.is_withdrawn, day < today)
    return int(connection.execute(query).scalar_one())


def list_tallies(
    connection: Connection, clinic_ids: Sequence[str], from_on: date, today: date
) -> dict[str, list[Tally]]:
    """By clinic, by rule and by the month in which the window closed: what became of the checks, as `standing_of` has
    it. All clinics of one day in one walk through the checks.
    """
    check = tables.check
    is_in_window = and_(check.c.settled_on >= check.c.opens_on, check.c.settled_on <= check.c.closes_on)
    standing = case(
        (and_(check.c.settlement == "done", is_in_window), Standing.IN_WINDOW.value),
        (check.c.settlement == "done", Standing.LATE.value),
        else_=Standing.MISSED.value,
    )
    year, month = extract("year", check.c.closes_on), extract("month", check.c.closes_on)
    query = (
        select(check.c.clinic_id, check.c.rule, year, month, standing, func.count())
        .where(check.c.clinic_id.in_(clinic_ids), check.c.closes_on >= from_on, check.c.closes_on < today)
        .where(check.c.settlement.in_(("done", "open", "superseded")))
        .group_by(check.c.clinic_id, check.c.rule, year, month, standing)
    )
    found: dict[str, list[Tally]] = {one: [] for one in clinic_ids}
    for clinic_id, rule, of_year, of_month, stands, number in connection.execute(query):
        found[clinic_id].append(Tally(rule, Month(int(of_year), int(of_month)), Standing(stands), number))
    return found


def count_followed(connection: Connection, clinic_id: str) -> int:
    """Patients with a treatment here that nobody has discharged."""
    treatment, gone = tables.treatment, tables.discharge
    is_gone = select(gone.c.id).where(gone.c.treatment_id == treatment.c.id, holds(gone)).exists()
    query = select(func.count(treatment.c.patient_id.distinct())).where(treatment.c.clinic_id == clinic_id, ~is_gone)
    return int(connection.execute(query).scalar_one())


def list_combinations(connection: Connection, clinic_ids: Sequence[str]) -> list[Assignment]:
    """Each combination of a protocol and overlays that a treatment of the clinics follows now, once."""
    found = {(one.fingerprint, one.overlays) for one in list_assignments_at(connection, clinic_ids)}
    return [Assignment(fingerprint, overlays, None) for fingerprint, overlays in sorted(found)]
