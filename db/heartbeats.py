"""Heartbeats: when each process that runs jobs last looked, and what failed when it did."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import tables


class Heartbeat(NamedTuple):
    """`fault` names the steps that failed at the last look; `failing_since`: at every look since then some did."""

    replica: str
    started_at: datetime
    ticked_at: datetime
    version: str
    fault: str | None
    failing_since: datetime | None


def beat(connection: Connection, replica: str, at: datetime, *, version: str) -> None:
    """This replica is looking now."""
    heartbeat = tables.heartbeat
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(heartbeat).values(replica=replica, started_at=at, ticked_at=at, version=version)
    statement = statement.on_conflict_do_update(index_elements=["replica"], set_={"ticked_at": at})
    connection.execute(statement)


def note_outcome(connection: Connection, replica: str, at: datetime, *, fault: str | None) -> None:
    """How the look ended: with None every step went well. What has failed since then keeps its beginning."""
    heartbeat = tables.heartbeat
    since = None if fault is None else case((heartbeat.c.failing_since.is_(None), at), else_=heartbeat.c.failing_since)
    connection.execute(
        update(heartbeat)
        .where(heartbeat.c.replica == replica)
        .values(ticked_at=at, fault=fault and fault[:300], failing_since=since)
    )


def list_heartbeats(connection: Connection) -> Sequence[Heartbeat]:
    """The latest first."""
    heartbeat = tables.heartbeat
    query = select(heartbeat).order_by(heartbeat.c.ticked_at.desc(), heartbeat.c.replica)
    return [Heartbeat(**row) for row in connection.execute(query).mappings()]


def forget_silent(connection: Connection, before: datetime) -> int:
    """Drop the replicas that have not looked since; a process that starts again has a new name. Returns how many."""
    heartbeat = tables.heartbeat
    return connection.execute(delete(heartbeat).where(heartbeat.c.ticked_at < before)).rowcount
