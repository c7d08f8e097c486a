"""Looks: what each day's digest saw of a clinic, kept once, for the next one to compare with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from db import tables
from schedules.changes import Look


@dataclass(frozen=True, slots=True)
class Seen:
    """One clinic on one day: how much was looked at, what was found, and the head of the history's chain."""

    clinic_id: str
    day: date
    looked_at: datetime
    followed: int
    checks: int
    overdue: int
    stages: Mapping[str, str]
    chain_position: int
    chain_mac: str


def add_look(connection: Connection, seen: Seen) -> None:
    """Keep it, unless a digest of that day was kept already."""
    values = {
        "clinic_id": seen.clinic_id, "day": seen.day, "looked_at": seen.looked_at, "followed": seen.followed,
        "checks": seen.checks, "overdue": seen.overdue, "findings": dict(seen.stages),
        "chain_position": seen.chain_position, "chain_mac": seen.chain_mac,
    }  # fmt: skip
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(tables.digest_look).values(values).on_conflict_do_nothing())


def find_look_before(connection: Connection, clinic_id: str, day: date) -> Look | None:
    """The latest look at a clinic on an earlier day."""
    look = tables.digest_look
    query = (
        select(look.c.day, look.c.findings)
        .where(look.c.clinic_id == clinic_id, look.c.day < day)
        .order_by(look.c.day.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return Look(row.day, row.findings) if row else None


def list_overdue(connection: Connection, clinic_id: str, from_on: date, until_on: date) -> Mapping[date, int]:
    """How many were overdue on each day on which somebody looked, oldest first."""
    look = tables.digest_look
    query = (
        select(look.c.day, look.c.overdue)
        .where(look.c.clinic_id == clinic_id, look.c.day >= from_on, look.c.day <= until_on)
        .order_by(look.c.day)
    )
    return {row.day: row.overdue for row in connection.execute(query)}
