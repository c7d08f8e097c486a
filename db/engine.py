"""The database: SQLite by default, PostgreSQL for a hospital group; writing begins by taking the lock."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import NullPool, QueuePool

from db import sealing
from db.sealing import UNKEYED, Seal
from schedules.errors import Unacceptable

__all__ = ["Connection", "Engine", "keep_open", "open_engine", "reading", "wal_is_safe", "writing"]

BUSY_SECONDS = 15.0
CONNECT_SECONDS = 10
POOL_SECONDS = 10
"""So long a request waits for a connection that others use. Longer, and a server that is slow is asked ever more."""
NOTICE_LOSS = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 35_000}
"""A server that vanished without a word, with its machine or the line to it, is given up after 35 s, not hours."""
IDLE_SECONDS = 300
"""A process that froze in the middle of a transaction holds its locks no longer than that."""
FIXED_IN_OLDER_LINES = {(3, 44): 6, (3, 50): 7}
FIRST_FIXED = (3, 51, 3)


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite is free of the WAL-reset bug, which can corrupt a file that two connections write.

    Present from 3.7.0 to 3.51.2, mended in 3.51.3, 3.50.7 and 3.44.6 (sqlite.org, "The WAL-Reset Bug").
    """
    patch = FIXED_IN_OLDER_LINES.get((version[0], version[1]))
    return version >= FIRST_FIXED or (patch is not None and version[2] >= patch)


def open_engine(url: str, *, statement_timeout_seconds: int = 30, pool_size: int = 10, seal: Seal = UNKEYED) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://…`; other addresses are refused.

    With `seal` every transaction chains what it adds to the history. Parameters are hidden in error texts, since they
    may be a patient's name.
    """
    engine = _open(url, statement_timeout_seconds, pool_size)
    engine.update_execution_options(**{sealing.OPTION: seal})
    return engine


def _open(url: str, statement_timeout_seconds: int, pool_size: int) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The address may hold a password, so the refusal does not repeat it.
        raise Unacceptable(
            "db.url is not a database address.", "Write sqlite:///monitor.sqlite3 or postgresql+psycopg://…"
        ) from None
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return _open_sqlite(parsed)
        case "postgresql" | "postgresql+psycopg":
            options = (
                f"-c statement_timeout={statement_timeout_seconds * 1000} -c timezone=UTC "
                f"-c idle_in_transaction_session_timeout={IDLE_SECONDS * 1000}"
            )
            return create_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_pre_ping=True,
                pool_size=pool_size,
                max_overflow=0,  # PostgreSQL's connections are counted: a limit that gives way is none
                pool_timeout=POOL_SECONDS,
                hide_parameters=True,
                # A host that swallows packets would make every answer wait for minutes.
                connect_args={
                    "options": options,
                    "application_name": "monitor",
                    "connect_timeout": CONNECT_SECONDS,
                    **NOTICE_LOSS,
                },
            )
        case other:
            raise Unacceptable(
                f"db.url asks for '{other}', which this program does not speak.",
                "Use sqlite:///FILE or postgresql+psycopg://…",
            )


def _open_sqlite(url: URL) -> Engine:
    # A connection for each transaction: a file is cheap to open, and no thread inherits another's state.
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def keep_open(engine: Engine) -> Engine:
    """The same SQLite database through connections that stay open, for a server: opening one costs as much as ten
    questions. PostgreSQL's stay open anyway.

    A connection follows its file: when another file takes the place, as a restore does, it is opened anew; while
    there is none it fails, instead of leaving an empty one behind.
    """
    if engine.dialect.name != "sqlite":
        return engine
    file = Path(engine.url.database or "").absolute()

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{file.as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
        )  # the pool hands it from thread to thread, one at a time

    kept = create_engine(engine.url, poolclass=QueuePool, max_overflow=-1, hide_parameters=True, creator=connect)
    kept.update_execution_options(**engine.get_execution_options())
    event.listen(kept, "connect", _set_up_sqlite)
    event.listen(kept, "connect", lambda connection, record: record.info.update(place=_place_of(file)))
    event.listen(kept, "checkout", lambda connection, record, proxy: _require_place(file, record.info["place"]))
    event.listen(kept, "begin", _begin_sqlite)
    return kept


def _place_of(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _require_place(file: Path, place: tuple[int, int] | None) -> None:
    if place is None or _place_of(file) != place:
        raise DisconnectionError("another file is in place of the database")  # the pool opens it anew


def _set_up_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event below decides how a transaction starts
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA journal_mode={'WAL' if wal_is_safe() else 'TRUNCATE'}")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that reads and then writes fails "database is locked" under two writers.
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only looks: one consistent view, rolled back at the end."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write; leaving the block commits, an exception leaves nothing behind.

    What was added to the history is sealed last of all, so that two people who act wait for each other a moment only.
    """
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
        sealing.begin(connection)
        yield connection
        sealing.seal_noted(connection)
