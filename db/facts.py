"""Facts: added with who, when and why, corrected by a row that replaces them, never changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, bindparam, exists, insert, not_, select
from sqlalchemy.exc import IntegrityError

from schedules.errors import Conflict

ALL_AT_ONCE = 500

Id = TypeVar("Id", int, str)

FactTable = Table
"""One of `db.tables.FACTS`."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who entered a fact and when, who decided it where that is somebody else, and why."""

    entered_by: int
    entered_at: datetime
    reason: str | None = None
    decided_by: str | None = None


@contextmanager
def noting(connection: Connection) -> Iterator[list[tuple[str, int]]]:
    """The tables and ids of the facts that are added within the block, so that an act can be taken back as a whole."""
    noted: list[tuple[str, int]] = []
    connection.info[_NOTED] = noted
    try:
        yield noted
    finally:
        del connection.info[_NOTED]


_NOTED = "monitor_noted_facts"


def add_fact(
    connection: Connection,
    table: Table,
    owner_id: int | str,
    *,
    stamp: Stamp,
    replaces_id: int | None = None,
    is_void: bool = False,
    **values: Any,
) -> int:
    """Add a fact and return its id. Refuses (Conflict) when somebody has already replaced the same row."""
    row = values | _stamped(stamp) | {_owner(table): owner_id, "replaces_id": replaces_id, "is_void": is_void}
    statement = insert(table).returning(table.c.id)
    if replaces_id is None:
        return _note(connection, table, connection.execute(statement, row).scalar_one())
    try:
        with connection.begin_nested():
            return _note(connection, table, connection.execute(statement, row).scalar_one())
    except IntegrityError:
        raise Conflict(
            f"Entry {replaces_id} of '{table.name}' was corrected by somebody else a moment ago; nothing was saved.",
            "Look at the patient again and decide on what stands there now.",
            code="corrected-meanwhile",
        ) from None


def _note(connection: Connection, table: Table, fact_id: int) -> int:
    connection.info.get(_NOTED, []).append((table.name, fact_id))
    return fact_id


def void_fact(connection: Connection, table: Table, fact_id: int, *, stamp: Stamp) -> int:
    """Withdraw a fact by a void row that replaces it; the row itself stays."""
    old = connection.execute(select(table).where(table.c.id == fact_id)).mappings().one()
    kept = {name: value for name, value in old.items() if name not in _BOOKKEEPING and name != _owner(table)}
    return add_fact(connection, table, old[_owner(table)], stamp=stamp, replaces_id=fact_id, is_void=True, **kept)


def is_in_force(connection: Connection, table: Table, fact_id: int) -> bool:
    """Whether a row is neither void nor replaced."""
    query = select(table.c.id).where(table.c.id == fact_id, holds(table))
    return connection.execute(query).one_or_none() is not None


_BOOKKEEPING = {"id", "replaces_id", "is_void", "reason", "decided_by", "entered_by", "entered_at"}


def _stamped(stamp: Stamp) -> dict[str, Any]:
    return {
        "entered_by": stamp.entered_by,
        "entered_at": stamp.entered_at,
        "reason": stamp.reason,
        "decided_by": stamp.decided_by,
    }


def _owner(table: Table) -> str:
    return table.columns.keys()[1]


def holds(table: Table, known_at: datetime | None = None) -> ColumnElement[bool]:
    """The condition that a fact holds: neither void nor replaced, by what was known at that instant."""
    if known_at is None:
        return _holds_now(table)
    later = table.alias("later")
    known = and_(later.c.replaces_id == table.c.id, later.c.entered_at <= known_at)
    return and_(not_(table.c.is_void), table.c.entered_at <= known_at, not_(exists().where(known)))


@cache
def _holds_now(table: Table) -> ColumnElement[bool]:
    """Kept, because making an alias takes longer than the query: it was half the time of every act."""
    later = table.alias("later")
    return and_(not_(table.c.is_void), not_(exists().where(later.c.replaces_id == table.c.id)))


def list_facts(
    connection: Connection, table: Table, owner_ids: Sequence[int], *, known_at: datetime | None = None
) -> dict[int, list[Row[Any]]]:
    """The facts that hold, by owner, in the order in which they were entered."""
    found: dict[int, list[Row[Any]]] = {}
    query = _facts_now(table) if known_at is None else _facts_of(table, holds(table, known_at))
    for some in in_pieces(owner_ids):
        for row in connection.execute(query, {"owner_ids": some}):
            found.setdefault(row[1], []).append(row)
    return found


@cache
def _facts_now(table: Table) -> Select[Any]:
    """Built once for each table: to build a statement takes longer than to run it."""
    return _facts_of(table, holds(table))


def _facts_of(table: Table, are_known: ColumnElement[bool]) -> Select[Any]:
    is_owned = table.c[_owner(table)].in_(bindparam("owner_ids", expanding=True))
    return select(table).where(is_owned, are_known).order_by(table.c.id)


def list_trail(connection: Connection, table: Table, owner_id: int) -> Sequence[Mapping[str, Any]]:
    """Every row there ever was for one owner, replaced and void ones too, oldest first."""
    return [dict(row) for row in connection.execute(_trail_of(table), {"owner_id": owner_id}).mappings()]


@cache
def _trail_of(table: Table) -> Select[Any]:
    return select(table).where(table.c[_owner(table)] == bindparam("owner_id")).order_by(table.c.id)


def latest_of(trail: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Of a trail the last row that holds, neither void nor replaced."""
    replaced = {row["replaces_id"] for row in trail}
    return next((row for row in reversed(trail) if not row["is_void"] and row["id"] not in replaced), None)


def in_pieces(ids: Iterable[Id]) -> Iterator[list[Id]]:
    """The ids in pieces small enough for one statement's parameters."""
    every = list(ids)
    for start in range(0, len(every), ALL_AT_ONCE):
        yield every[start : start + ALL_AT_ONCE]
