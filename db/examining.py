"""Examining: what the doctor asks of the database, each in one query over all clinics."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, func, literal_column, not_, select, text

from db import tables
from db.checks import IS_OPEN
from db.dossiers import list_assignments_at
from db.facts import holds


class AtTreatment(NamedTuple):
    """A treatment that something is wrong with."""

    clinic_id: str
    reference: str
    subject: str


def find_last_deed(connection: Connection, act: str | None = None) -> datetime | None:
    """When an act (or anything at all) was last entered."""
    query = select(func.max(tables.history.c.at))
    if act is not None:
        query = query.where(tables.history.c.act == act)
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def find_server_time(connection: Connection) -> datetime | None:
    """The database server's own clock; None for SQLite, which has ours."""
    if connection.dialect.name == "sqlite":
        return None
    at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return at


def list_unwatched(connection: Connection, today: date, clinic_ids: Sequence[str]) -> list[AtTreatment]:
    """Follow-up that goes on, and of which no check lies ahead: (treatment, family) by reference.

    Goes on: the plan has a check of the family that closes today or later and was not given up by a discharge.
    """
    check = tables.check
    ahead = check.c.closes_on >= today
    of_use = not_(check.c.settlement.in_(["withdrawn", "discharged"]))
    query = (
        select(check.c.clinic_id, tables.patient.c.reference, check.c.family)
        .join(tables.treatment, tables.treatment.c.id == check.c.treatment_id)
        .join(tables.patient, tables.patient.c.id == tables.treatment.c.patient_id)
        .where(check.c.clinic_id.in_(clinic_ids), ahead, of_use)
        .group_by(check.c.clinic_id, tables.patient.c.reference, check.c.treatment_id, check.c.family)
        .having(func.sum(case((IS_OPEN, 1), else_=0)) == 0)
        .having(func.max(check.c.due_on) > today)
        .order_by(tables.patient.c.reference, check.c.family)
    )
    return [AtTreatment(*row) for row in connection.execute(query)]


def list_unplanned(connection: Connection, clinic_ids: Sequence[str]) -> list[AtTreatment]:
    """Treatments with an infusion given and not a single check."""
    treatment, infusion = tables.treatment, tables.infusion
    has_check = select(literal_column("1")).where(tables.check.c.treatment_id == treatment.c.id).exists()
    query = (
        select(treatment.c.clinic_id, tables.patient.c.reference, literal_column("'every family'"))
        .distinct()
        .join(tables.patient, tables.patient.c.id == treatment.c.patient_id)
        .join(infusion, infusion.c.treatment_id == treatment.c.id)
        .where(treatment.c.clinic_id.in_(clinic_ids), not_(infusion.c.is_planned), holds(infusion), not_(has_check))
        .order_by(tables.patient.c.reference)
    )
    return [AtTreatment(*row) for row in connection.execute(query)]


def list_unconfirmed(connection: Connection, today: date, clinic_ids: Sequence[str]) -> list[AtTreatment]:
    """Planned infusion days that have passed and that nobody has confirmed, corrected or withdrawn."""
    treatment, infusion = tables.treatment, tables.infusion
    query = (
        select(treatment.c.clinic_id, tables.patient.c.reference, infusion.c.infused_on)
        .join(tables.patient, tables.patient.c.id == treatment.c.patient_id)
        .join(infusion, infusion.c.treatment_id == treatment.c.id)
        .where(treatment.c.clinic_id.in_(clinic_ids), infusion.c.is_planned, infusion.c.infused_on < today)
        .where(holds(infusion))
        .order_by(tables.patient.c.reference, infusion.c.infused_on)
    )
    return [AtTreatment(row[0], row[1], str(row[2])) for row in connection.execute(query)]


class InForce(NamedTuple):
    """A version that treatments follow, as protocol or overlay, and how many do."""

    fingerprint: str
    treatments: int


def list_in_force(connection: Connection, clinic_ids: Sequence[str]) -> list[InForce]:
    """Every version that some treatment follows now, overlays included."""
    counts: dict[str, int] = {}
    for one in list_assignments_at(connection, clinic_ids):
        for mark in (one.fingerprint, *one.overlays):
            counts[mark] = counts.get(mark, 0) + 1
    return [InForce(*pair) for pair in sorted(counts.items())]
