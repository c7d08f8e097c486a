"""Staging: the rows of a file, spooled to disk and given back patient by patient, so that no file is too long."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import TracebackType
from typing import Any, NamedTuple, Self


class Group(NamedTuple):
    """All rows of one reference in order of the file; `is_spoilt` says that a row of it could not be read."""

    reference: str
    is_spoilt: bool
    rows: Sequence[Sequence[Any]]


@dataclass(slots=True, init=False)
class Staging:
    """A spool in SQLite's own temporary file: nameless, private, and gone with the process even when it is killed."""

    _spool: sqlite3.Connection

    def __init__(self) -> None:
        self._spool = sqlite3.connect("", isolation_level=None)
        self._spool.executescript(
            """
            CREATE TABLE row (reference TEXT NOT NULL, line INTEGER NOT NULL, cells TEXT NOT NULL);
            CREATE TABLE spoilt (reference TEXT PRIMARY KEY) WITHOUT ROWID;
            BEGIN;
            """
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()

    def add(self, reference: str, line: int, values: Sequence[Any]) -> None:
        """Keep one row; `values` are plain JSON values."""
        self._spool.execute("INSERT INTO row VALUES (?, ?, ?)", (reference, line, json.dumps(values)))

    def spoil(self, reference: str) -> None:
        """Note that a row of this reference could not be read."""
        self._spool.execute("INSERT OR IGNORE INTO spoilt VALUES (?)", (reference,))

    def finish(self) -> None:
        """Make the spool ready to be read: patients in the order of their references, wherever their rows stood."""
        self._spool.execute("CREATE INDEX by_reference ON row (reference, line)")

    def holds(self, reference: str) -> bool:
        """Whether the file has a row of this reference, readable or not."""
        query = "SELECT 1 FROM row WHERE reference = ?1 UNION ALL SELECT 1 FROM spoilt WHERE reference = ?1 LIMIT 1"
        return self._spool.execute(query, (reference,)).fetchone() is not None

    def count_patients(self) -> int:
        query = "SELECT count(*) FROM (SELECT reference FROM row UNION SELECT reference FROM spoilt)"
        return int(self._spool.execute(query).fetchone()[0])

    def list_groups(self) -> Iterator[Group]:
        """One patient after the other; those of whom no row could be read have no rows."""
        query = """
            SELECT r.reference, s.reference IS NOT NULL, r.cells, r.line
              FROM row r LEFT JOIN spoilt s USING (reference)
             UNION ALL
            SELECT reference, 1, NULL, 0 FROM spoilt WHERE reference NOT IN (SELECT reference FROM row)
             ORDER BY 1, 4
        """
        for (reference, is_spoilt), rows in groupby(self._spool.execute(query), key=lambda row: row[:2]):
            yield Group(reference, bool(is_spoilt), [json.loads(row[2]) for row in rows if row[2] is not None])
