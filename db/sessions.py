"""Sessions: who is signed in, found by the hash of what the browser holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from db import tables


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which a person is signed in."""

    id: int
    person_id: int
    began_at: datetime
    used_at: datetime
    device: str
    is_external: bool


def add_session(
    connection: Connection, *, token_sha256: str, person_id: int, at: datetime, device: str, is_external: bool
) -> int:
    row = insert(tables.session).values(
        token_sha256=token_sha256, person_id=person_id, began_at=at, used_at=at, device=device, is_external=is_external
    )
    return int(connection.execute(row.returning(tables.session.c.id)).scalar_one())


def find_session(connection: Connection, token_sha256: str) -> Session | None:
    row = connection.execute(_SESSIONS.where(tables.session.c.token_sha256 == token_sha256)).one_or_none()
    return Session(*row) if row else None


def list_sessions(connection: Connection, person_id: int) -> Sequence[Session]:
    """Those of a person, the one used last first."""
    mine = _SESSIONS.where(tables.session.c.person_id == person_id)
    return [Session(*row) for row in connection.execute(mine.order_by(tables.session.c.used_at.desc()))]


def list_latest(connection: Connection) -> dict[int, datetime]:
    """When each person who is signed in was last seen."""
    own = tables.session.c
    latest = select(own.person_id, func.max(own.used_at, type_=own.used_at.type)).group_by(own.person_id)
    return {row[0]: row[1] for row in connection.execute(latest)}


def note_use(connection: Connection, session_id: int, at: datetime) -> None:
    connection.execute(update(tables.session).where(tables.session.c.id == session_id).values(used_at=at))


def end_session(connection: Connection, session_id: int, *, person_id: int) -> bool:
    """End one of a person's sessions; False where there is none."""
    mine = delete(tables.session).where(tables.session.c.id == session_id, tables.session.c.person_id == person_id)
    return connection.execute(mine).rowcount == 1


def end_sessions(connection: Connection, person_id: int, *, but: int | None = None) -> int:
    """End all of a person's sessions, but perhaps one; returns how many."""
    mine = delete(tables.session).where(tables.session.c.person_id == person_id)
    return connection.execute(mine if but is None else mine.where(tables.session.c.id != but)).rowcount


def drop_old(connection: Connection, *, used_before: datetime, begun_before: datetime) -> int:
    """Forget those that are over."""
    over = or_(tables.session.c.used_at < used_before, tables.session.c.began_at < begun_before)
    return connection.execute(delete(tables.session).where(over)).rowcount


_SESSIONS = select(
    tables.session.c.id, tables.session.c.person_id, tables.session.c.began_at, tables.session.c.used_at,
    tables.session.c.device, tables.session.c.is_external,
)  # fmt: skip
