"""Weeks: what a weekly summary counts in the record."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from db import tables
from db.checks import IS_OPEN
from db.facts import holds
from schedules.following import FOLLOW_UP
from schedules.model import Settlement

ASKED_FOR = (Settlement.OPEN.value, Settlement.DONE.value, Settlement.SUPERSEDED.value)
"""What should have been done: not waived, not withdrawn, not from before the record, not of somebody who left."""


class Closed(NamedTuple):
    """Checks whose window closed in some days, and how many of them were done inside it."""

    number: int
    in_time: int


class Left(NamedTuple):
    """Who was discharged, and how."""

    reference: str
    kind: str
    discharged_on: date


def count_closed(connection: Connection, clinic_id: str, from_on: date, until_on: date) -> Closed:
    check = tables.check
    query = select(check.c.opens_on, check.c.closes_on, check.c.settlement, check.c.settled_on).where(
        check.c.clinic_id == clinic_id, check.c.closes_on >= from_on, check.c.closes_on <= until_on,
        check.c.settlement.in_(ASKED_FOR),
    )  # fmt: skip
    rows = connection.execute(query).all()
    in_time = sum(bool(row.settled_on) and row.opens_on <= row.settled_on <= row.closes_on for row in rows)
    return Closed(len(rows), in_time)


def count_samples(connection: Connection, clinic_id: str, after: datetime, until: datetime) -> int:
    """Samples that were entered after one instant and up to another, and that hold."""
    sample, treatment = tables.sample, tables.treatment
    query = (
        select(func.count())
        .select_from(sample)
        .join(treatment, treatment.c.id == sample.c.treatment_id)
        .where(treatment.c.clinic_id == clinic_id, sample.c.entered_at > after, sample.c.entered_at <= until)
        .where(holds(sample))
    )
    return int(connection.execute(query).scalar_one())


def list_left(connection: Connection, clinic_id: str, after: datetime, until: datetime) -> Sequence[Left]:
    """Discharges that were entered in that time and that hold, by reference."""
    gone, treatment, patient = tables.discharge, tables.treatment, tables.patient
    query = (
        select(patient.c.reference, gone.c.kind, gone.c.discharged_on)
        .join(treatment, treatment.c.id == gone.c.treatment_id)
        .join(patient, patient.c.id == treatment.c.patient_id)
        .where(treatment.c.clinic_id == clinic_id, gone.c.entered_at > after, gone.c.entered_at <= until, holds(gone))
        .order_by(patient.c.reference)
    )
    return [Left(*row) for row in connection.execute(query)]


def list_finishing(connection: Connection, clinic_id: str, from_on: date, until_on: date) -> Sequence[tuple[str, date]]:
    """Whose follow-up ends in those days: reference and day, the earliest first; nobody who was discharged."""
    period, treatment, patient, gone = tables.period, tables.treatment, tables.patient, tables.discharge
    is_gone = select(gone.c.id).where(gone.c.treatment_id == treatment.c.id, holds(gone)).exists()
    query = (
        select(patient.c.reference, period.c.ends_on)
        .join(treatment, treatment.c.id == period.c.treatment_id)
        .join(patient, patient.c.id == treatment.c.patient_id)
        .where(treatment.c.clinic_id == clinic_id, period.c.name == FOLLOW_UP, ~period.c.is_withdrawn, ~is_gone)
        .where(period.c.ends_on >= from_on, period.c.ends_on <= until_on)
        .order_by(period.c.ends_on, patient.c.reference)
    )
    return [(row.reference, row.ends_on) for row in connection.execute(query)]


def list_visit_days(connection: Connection, clinic_id: str, from_on: date, until_on: date) -> Sequence[date]:
    """The suggested day of each visit with an open check, in those days."""
    check, visit = tables.check, tables.visit
    query = (
        select(visit.c.id, visit.c.visit_on)
        .join(check, check.c.visit_id == visit.c.id)
        .where(check.c.clinic_id == clinic_id, IS_OPEN, ~visit.c.is_withdrawn)
        .where(visit.c.visit_on >= from_on, visit.c.visit_on <= until_on)
        .distinct()
    )
    return [row.visit_on for row in connection.execute(query)]
