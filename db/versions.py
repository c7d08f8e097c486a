"""Versions: whether anything in the record was committed since last asked, at the price of a system call or two."""

import os
import sqlite3
from collections.abc import Hashable
from threading import Lock

from sqlalchemy import Engine

from db.migrate import sqlite_file


class RecordVersion:
    """A value that is another after every commit, from whatever process, and after a restored file took the place.

    None means unknown: on PostgreSQL always, on SQLite while somebody is committing or the file is away. What was
    read after a version was taken is at least as new as the version.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = sqlite_file(engine)
        self._name = str(self._file)
        self._connection: sqlite3.Connection | None = None
        self._cursor: sqlite3.Cursor | None = None
        self._place: tuple[int, int] | None = None
        self._openings = 0
        self._lock = Lock()

    def read(self) -> Hashable:
        """Never waits for the database: a lock that somebody else holds there makes the version unknown."""
        if self._file is None:
            return None
        with self._lock:
            return self._read()

    def _read(self) -> Hashable:
        try:
            found = os.stat(self._name)  # noqa: PTH116  (a path object costs more than the whole question)
        except OSError:
            self._close()
            return None
        try:
            if (found.st_dev, found.st_ino) != self._place:
                self._open((found.st_dev, found.st_ino))
            assert self._cursor is not None
            # A counter of this connection alone, so that it means nothing without the number of the opening.
            row = self._cursor.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            return None
        return self._openings, row[0]

    def is_away(self) -> bool:
        """Whether an SQLite file is missing. Connecting would leave an empty file in its place."""
        return self._file is not None and not self._file.exists()

    def close(self) -> None:
        """Let go of the file; the next `read` opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._cursor, self._place = None, None, None

    def _open(self, place: tuple[int, int]) -> None:
        """`place` was looked up before: a file that is exchanged meanwhile is noticed the next time."""
        assert self._file is not None
        had_another = self._connection is not None
        self._close()
        if had_another:
            self._engine.dispose()
        self._connection = sqlite3.connect(
            f"{self._file.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        self._cursor = self._connection.cursor()
        self._openings += 1
        self._place = place
