"""Closures: days on which a clinic is closed beside its public holidays, the entries that hold."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from db import tables
from db.facts import holds
from db.people import Clinic


class Closure(NamedTuple):
    """Both days included."""

    id: int
    clinic_id: str
    from_on: date
    until_on: date
    name: str


def list_closures(connection: Connection, clinic_id: str) -> Sequence[Closure]:
    """Those that hold, in order of the day."""
    return [Closure(*row) for row in connection.execute(_OF_CLINIC, {"clinic_id": clinic_id})]


def change_clinic(connection: Connection, clinic: Clinic) -> None:
    """What the clinic is called, where it lies and when it works; who changed it stands in the history."""
    table = tables.clinic
    connection.execute(
        update(table)
        .where(table.c.id == clinic.id)
        .values(
            name=clinic.name, time_zone=clinic.time_zone, country=clinic.country, subdivision=clinic.subdivision,
            working_weekdays=None if clinic.working_weekdays is None else list(clinic.working_weekdays),
        )
    )  # fmt: skip


_COLUMNS = tables.closure.c
_OF_CLINIC = (
    select(_COLUMNS.id, _COLUMNS.clinic_id, _COLUMNS.from_on, _COLUMNS.until_on, _COLUMNS.name)
    .where(_COLUMNS.clinic_id == bindparam("clinic_id"), holds(tables.closure))
    .order_by(_COLUMNS.from_on, _COLUMNS.id)
)
"""Built once: every transaction that plans asks it."""
