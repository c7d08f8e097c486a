"""Many rows at once, at nearly the speed of the driver, in the form that SQLAlchemy would store them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, Date, Dialect, Table

CHUNK = 5_000


def insert_rows(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows whose values stand in the order of `names`; returns how many there were.

    Without RETURNING, which makes a bulk insert many times slower; so rows that others refer to carry their
    own keys. Memory is that of one chunk.
    """
    columns = [table.c[name] for name in names]
    statement = table.insert().compile(dialect=connection.dialect, column_keys=list(names))
    if statement.positiontup is not None:
        assert statement.positiontup == list(names)
    sql = str(statement) if connection.dialect.name == "sqlite" else _numbered(table, names, connection.dialect)
    convert = [_converter(column, connection.dialect) for column in columns]
    source = iter(rows)
    total = 0
    while chunk := list(islice(source, CHUNK)):
        connection.exec_driver_sql(sql, _converted(chunk, convert))
        total += len(chunk)
    return total


def _numbered(table: Table, names: Sequence[str], dialect: Dialect) -> str:
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    return f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608


def _converted(chunk: list[Sequence[Any]], convert: list[Callable[[Any], Any] | None]) -> list[tuple[Any, ...]]:
    """Column by column, since a function mapped over a column costs a fraction of a loop over each row."""
    by_column = zip(*chunk, strict=True)
    done = [
        values if function is None else map(function, values)
        for values, function in zip(by_column, convert, strict=True)
    ]
    return list(zip(*done, strict=True))


def _converter(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """The column type's own conversion to what the driver takes; None where the value goes as it is."""
    if isinstance(column.type, Date):
        # SQLAlchemy writes a date to SQLite as 2024-01-12; isoformat does the same ten times as fast.
        return _iso_or_none if dialect.name == "sqlite" else None
    own = column.type.dialect_impl(dialect).bind_processor(dialect)
    return own if own is None else lambda value: None if value is None else own(value)


def _iso_or_none(day: date | None) -> str | None:
    return day.isoformat() if day else None
