"""Caring: what is noted about whose patient somebody is and which day suits, the rows that hold now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db import tables
from db.facts import holds, in_pieces


def find_named(connection: Connection, patient_id: int) -> tuple[int, int] | None:
    """The row that holds and the nurse in it."""
    table = tables.named_nurse
    query = select(table.c.id, table.c.nurse_id).where(table.c.patient_id == patient_id, holds(table))
    row = connection.execute(query).one_or_none()
    return (row.id, row.nurse_id) if row else None


def list_named(connection: Connection) -> Mapping[int, int]:
    """Nurses by patient."""
    table = tables.named_nurse
    rows = connection.execute(select(table.c.patient_id, table.c.nurse_id).where(holds(table)))
    return {row.patient_id: row.nurse_id for row in rows}


def list_names(connection: Connection, patient_ids: Sequence[int]) -> Mapping[int, str]:
    """The names that are known, by patient."""
    table = tables.detail
    found: dict[int, str] = {}
    for some in in_pieces(patient_ids):
        query = select(table.c.patient_id, table.c.name).where(table.c.patient_id.in_(some), holds(table))
        found |= {row.patient_id: row.name for row in connection.execute(query.order_by(table.c.id)) if row.name}
    return found


@dataclass(frozen=True, slots=True)
class Preference:
    """Where blood is taken, the weekdays that suit (Monday is 0), and the general practitioner as on a letter."""

    sampling_place: str = ""
    weekdays: tuple[int, ...] = ()
    practitioner: str = ""
    row_id: int | None = None


def find_preference(connection: Connection, patient_id: int) -> Preference:
    table = tables.preference
    query = select(table).where(table.c.patient_id == patient_id, holds(table)).order_by(table.c.id.desc())
    row = connection.execute(query).first()
    if row is None:
        return Preference()
    return Preference(row.sampling_place or "", tuple(row.weekdays), row.practitioner or "", row.id)
