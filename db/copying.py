"""Copying: the whole record into an empty database of either kind, table by table, and both sides compared."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Table, delete, func, select, text
from sqlalchemy.exc import DBAPIError

from db import tables
from db.bulk import CHUNK, insert_rows
from db.engine import reading
from db.migrate import current_revision, require_current, upgrade
from schedules.errors import Conflict, Unacceptable

SEEDED = {"person": 2, "chain_head": 1}
"""Rows that the migrations put into a new database; those of the source take their place."""


class TableSum(NamedTuple):
    """How many rows a table has, and a sum over all of them that does not depend on their order."""

    table: str
    rows: int
    checksum: str


def prepare(target: Engine) -> None:
    """Bring the target to this program's revision. Refuses one that holds anything already."""
    if current_revision(target) is None:
        upgrade(target)
    require_current(target)
    with reading(target) as connection:
        for table in tables.metadata.sorted_tables:
            found = connection.execute(select(func.count()).select_from(table)).scalar_one()
            if found > SEEDED.get(table.name, 0):
                raise Conflict(
                    f"The target is not empty: its table '{table.name}' has {found} rows; nothing was touched.",
                    "Name a new file or a new database.",
                )


def count_rows(source: Connection) -> int:
    """All rows of all tables, for whoever wants to show how far a copy is."""
    every = (select(func.count()).select_from(table) for table in tables.metadata.sorted_tables)
    return sum(source.execute(query).scalar_one() for query in every)


def copy_rows(source: Connection, target: Connection, *, on_done: Callable[[int], object] = int) -> list[TableSum]:
    """Every row of every table, in the transactions that are open; `on_done` hears how many more were copied.

    Refuses (and the target's transaction must not be committed then) when the target takes a row otherwise than it
    was, or not at all.
    """
    for name in SEEDED:
        target.execute(delete(tables.metadata.tables[name]))
    sums = [_copy_table(source, target, table, on_done) for table in tables.metadata.sorted_tables]
    if target.dialect.name == "postgresql":
        _set_sequences(target)
    for copied in sums:
        arrived = sum_of(target, tables.metadata.tables[copied.table])
        if arrived != copied:
            raise Unacceptable(
                f"Table '{copied.table}' came out otherwise: {copied.rows} rows ({copied.checksum[:16]}) went in, "
                f"{arrived.rows} ({arrived.checksum[:16]}) came out; nothing was kept.",
                "This is a fault of the program: keep both databases, and report it.",
            )
    return sums


def sum_of(connection: Connection, table: Table) -> TableSum:
    """The sum of a table as it is stored."""
    summing = _Summing()
    for row in _rows(connection, table):
        summing.add(row)
    return summing.of(table)


def _copy_table(
    source: Connection, target: Connection, table: Table, on_done: Callable[[int], object]
) -> TableSum:  # fmt: skip
    summing = _Summing()

    def passing() -> Iterator[Sequence[Any]]:
        for number, row in enumerate(_rows(source, table), start=1):
            summing.add(row)
            yield row
            if number % CHUNK == 0:
                on_done(CHUNK)

    try:
        insert_rows(target, table, table.columns.keys(), passing())
    except DBAPIError as error:
        # The text names a column or a key and, for some errors, a value: only its kind is passed on.
        raise Unacceptable(
            f"The target does not take a row of '{table.name}' ({type(error.orig).__name__}); nothing was kept.",
            "Run `monitor verify`: SQLite keeps what breaks a rule of the record, and PostgreSQL does not.",
        ) from None
    except ValueError:
        raise Unacceptable(
            f"A row of '{table.name}' cannot be read; nothing was kept.", "Run `monitor verify` on the source."
        ) from None
    on_done(summing.rows % CHUNK)
    return summing.of(table)


def _rows(connection: Connection, table: Table) -> Iterable[Sequence[Any]]:
    """In order of the key, so that a correction comes after what it corrects; a piece at a time."""
    query = select(table).order_by(*table.primary_key.columns)
    return connection.execute(query, execution_options={"yield_per": CHUNK})


class _Summing:
    """Adds up the hashes of rows; keys are unique, so no two rows cancel each other out."""

    def __init__(self) -> None:
        self.rows, self._sum = 0, 0

    def add(self, row: Iterable[Any]) -> None:
        self.rows += 1
        self._sum += int.from_bytes(sha256(_canonical(row).encode()).digest(), "big")

    def of(self, table: Table) -> TableSum:
        return TableSum(table.name, self.rows, f"{self._sum % 2**256:064x}")


def _canonical(row: Iterable[Any]) -> str:
    return json.dumps(list(row), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat(timespec="microseconds")
        case date() | time():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case _:
            raise TypeError(f"a row of the record holds no {type(value).__name__}")


def _set_sequences(target: Connection) -> None:
    """The next number that the server hands out is above every one that was copied."""
    for table in tables.metadata.sorted_tables:
        counted = table.autoincrement_column
        if counted is None:
            continue
        sequence = target.execute(text("SELECT pg_get_serial_sequence(:name, :column)"),
                                  {"name": f'"{table.name}"', "column": counted.name}).scalar_one()  # fmt: skip
        last = target.execute(select(func.max(counted))).scalar_one()
        if sequence is not None and last is not None:
            target.execute(select(func.setval(sequence, last)))
