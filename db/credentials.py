"""Credentials: password hashes, invitations and failed attempts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import tables


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that lets a person choose a password, once and not for ever."""

    id: int
    person_id: int
    expires_at: datetime
    used_at: datetime | None

    def is_open(self, at: datetime) -> bool:
        return self.used_at is None and at < self.expires_at


def find_hash(connection: Connection, person_id: int) -> str | None:
    query = select(tables.credential.c.password_hash).where(tables.credential.c.person_id == person_id)
    return connection.execute(query).scalar_one_or_none()


def store_hash(connection: Connection, person_id: int, password_hash: str, at: datetime) -> None:
    """In place of an older one: what a password was before is kept nowhere."""
    connection.execute(delete(tables.credential).where(tables.credential.c.person_id == person_id))
    connection.execute(
        insert(tables.credential).values(person_id=person_id, password_hash=password_hash, changed_at=at)
    )


def add_invitation(
    connection: Connection, *, person_id: int, token_sha256: str, at: datetime, expires_at: datetime
) -> None:  # fmt: skip
    """A new one; earlier ones of the person that nobody used are void."""
    mine = tables.invitation.c.person_id == person_id
    connection.execute(delete(tables.invitation).where(mine, tables.invitation.c.used_at.is_(None)))
    connection.execute(
        insert(tables.invitation).values(
            person_id=person_id, token_sha256=token_sha256, made_at=at, expires_at=expires_at
        )
    )


def find_invitation(connection: Connection, token_sha256: str) -> Invitation | None:
    table = tables.invitation
    query = select(table.c.id, table.c.person_id, table.c.expires_at, table.c.used_at)
    row = connection.execute(query.where(table.c.token_sha256 == token_sha256)).one_or_none()
    return Invitation(*row) if row else None


def use_invitation(connection: Connection, invitation_id: int, at: datetime) -> bool:
    """False when somebody used it first."""
    table = tables.invitation
    mine = update(table).where(table.c.id == invitation_id, table.c.used_at.is_(None))
    return connection.execute(mine.values(used_at=at)).rowcount == 1


def find_failures(connection: Connection, key: str) -> tuple[int, datetime] | None:
    """How often, and when last."""
    table = tables.attempt
    row = connection.execute(select(table.c.failures, table.c.failed_at).where(table.c.key == key)).one_or_none()
    return (row.failures, row.failed_at) if row else None


def note_failures(connection: Connection, key: str, failures: int, at: datetime) -> None:
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = make(tables.attempt).values(key=key, failures=failures, failed_at=at)
    again = {"failures": row.excluded.failures, "failed_at": row.excluded.failed_at}
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=again))


def forget_failures(connection: Connection, key: str) -> None:
    connection.execute(delete(tables.attempt).where(tables.attempt.c.key == key))
