"""Migrations: a database is as old or as new as a release, never in between, and old ones are refused by name."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from db.engine import BUSY_SECONDS, wal_is_safe
from db.failures import explain, reason_of
from db.sealing import append, list_unsealed, seal_of
from schedules.errors import Refusal

HEAD = "0004"
"""The newest revision, known without importing Alembic so that every command may ask."""

CHAINED_FROM = "0003"

ADVISORY_LOCK = 4_804_804_800
"""PostgreSQL's name for "somebody is migrating": two replicas that start at once take turns."""


class NotReady(Refusal):
    """The database is missing, unreachable, older or newer than this program."""


def upgrade(engine: Engine, *, to: str = HEAD) -> None:
    """Bring the database to a revision, in one transaction: killed half-way, it is as it was.

    What a release before the chain wrote into the history is chained in the same transaction, and at no other time:
    whoever empties the chain by hand does not get it made anew.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "db:migrations")
    _make_file(sqlite_file(engine))
    before = current_revision(engine)
    with _migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        if to == HEAD and (before or "") < CHAINED_FROM:
            append(connection, list_unsealed(connection), seal_of(engine))


def require_current(engine: Engine) -> None:
    """Refuse a database that is not at `HEAD`, and say what to do; one query."""
    revision = current_revision(engine)
    if revision is None:
        raise NotReady("The database has not been set up.", "Run `monitor init`.")
    if revision > HEAD:
        raise NotReady(
            f"The database was made by a newer version of this program (revision {revision}; this one knows {HEAD}).",
            "Install the newer version again, or restore the backup from before the upgrade.",
        )
    if revision < HEAD:
        raise NotReady(
            f"The database is of an older version (revision {revision}; this program needs {HEAD}).",
            "Make a backup, then run `monitor init`, which upgrades it.",
        )


def current_revision(engine: Engine) -> str | None:
    """The revision of the database; None where there is none yet. Refuses (NotReady) when it does not answer."""
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        return None  # connecting would leave an empty file behind
    try:
        with engine.connect() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except DBAPIError as error:
        if _lacks_the_table(error):
            return None
        raise NotReady(*_unreachable(file, error)) from error
    return None if revision is None else str(revision)


def sqlite_file(engine: Engine) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return None
    return Path(engine.url.database or "")


def _make_file(file: Path | None) -> None:
    """A new file that only its owner can read: it will hold patients' names."""
    if file is None or file.exists():
        return
    if not file.parent.is_dir():
        raise NotReady(f"The folder {file.parent} for the database does not exist.", "Create it, or correct db.url.")
    file.touch(mode=0o600)


def _unreachable(file: Path | None, error: DBAPIError) -> tuple[str, str]:
    explained = explain(error)
    if file is None:
        return explained or (f"The database does not answer: {reason_of(error)}.", "Check db.url.")
    if explained is None or "NOTADB" in str(getattr(error.orig, "sqlite_errorname", "")):
        return f"The file {file} cannot be read as a database.", "Check db.url, or restore a backup (monitor restore)."
    return explained  # a full disk is no reason to restore anything


def _lacks_the_table(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)  # PostgreSQL: undefined_table
    return state == "42P01" or "no such table" in str(error.orig)


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction on a connection of its own, alone with the database."""
    own = _own_engine(engine)
    try:
        with own.begin() as connection:
            if own.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": ADVISORY_LOCK})
            yield connection
            if own.dialect.name == "sqlite":
                _check_foreign_keys(connection)
    finally:
        own.dispose()


def _own_engine(engine: Engine) -> Engine:
    """Without a statement's time limit, and on SQLite without foreign keys: with them, remaking a table that
    others refer to silently empties those (they are checked before the commit instead)."""
    if engine.dialect.name == "postgresql":
        return create_engine(engine.url, poolclass=NullPool, connect_args={"options": "-c timezone=UTC"})
    own = create_engine(engine.url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
    event.listen(own, "connect", _set_up)
    event.listen(own, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return own


def _set_up(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute(f"PRAGMA journal_mode={'WAL' if wal_is_safe() else 'TRUNCATE'}")
    connection.execute("PRAGMA synchronous=FULL")


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        raise AssertionError(f"the migration would leave {len(broken)} rows that point nowhere, in: {tables}")
