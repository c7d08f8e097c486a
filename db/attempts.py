"""Attempts: how often somebody failed to sign in of late, counted so that many at once are all counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from db import tables


@dataclass(frozen=True, slots=True)
class Attempts:
    """Under one key; nothing that was typed can be read from it."""

    failures: int
    failed_at: datetime


def find_attempts(connection: Connection, key: str) -> Attempts | None:
    own = tables.attempt.c
    row = connection.execute(select(own.failures, own.failed_at).where(own.key == key)).one_or_none()
    return Attempts(*row) if row else None


def lock_attempts(connection: Connection, keys: Sequence[str]) -> None:
    """So that of fifty at once each sees those before. SQLite's transaction has the lock already; PostgreSQL's rows may
    not be there yet, so the lock is on the key itself."""
    if connection.dialect.name == "postgresql":
        for key in sorted(keys):
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def put_attempts(connection: Connection, key: str, failures: int, at: datetime) -> None:
    own = tables.attempt
    values = {"failures": failures, "failed_at": at}
    if not connection.execute(update(own).where(own.c.key == key).values(values)).rowcount:
        connection.execute(insert(own).values(key=key, **values))


def drop_attempts(connection: Connection, key: str) -> None:
    connection.execute(delete(tables.attempt).where(tables.attempt.c.key == key))


def count_since(connection: Connection, prefix: str, at: datetime) -> tuple[int, int]:
    """How many keys of a kind failed since an instant, and how often in all."""
    own = tables.attempt.c
    query = select(func.count(), func.coalesce(func.sum(own.failures), 0))
    keys, failures = connection.execute(query.where(own.key.startswith(prefix), own.failed_at >= at)).one()
    return int(keys), int(failures)


def drop_old(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(tables.attempt).where(tables.attempt.c.failed_at < before)).rowcount
