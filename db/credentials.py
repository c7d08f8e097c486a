"""Credentials: the hash of each person's password, and nothing that could be turned back into one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from db import tables


@dataclass(frozen=True, slots=True)
class Credential:
    """Argon2id with its parameters and its salt, and since when it holds."""

    person_id: int
    password_hash: str
    changed_at: datetime


def find_credential(connection: Connection, person_id: int) -> Credential | None:
    own = tables.credential
    row = connection.execute(select(own).where(own.c.person_id == person_id)).one_or_none()
    return Credential(row.person_id, row.password_hash, row.changed_at) if row else None


def put_credential(connection: Connection, person_id: int, password_hash: str, at: datetime) -> None:
    """In place of the one that there was."""
    own = tables.credential
    values = {"password_hash": password_hash, "changed_at": at}
    if not connection.execute(update(own).where(own.c.person_id == person_id).values(values)).rowcount:
        connection.execute(insert(own).values(person_id=person_id, **values))


def renew_hash(connection: Connection, known: Credential, password_hash: str) -> bool:
    """The same password under newer parameters; False where it was changed meanwhile."""
    own = tables.credential
    same = update(own).where(own.c.person_id == known.person_id, own.c.password_hash == known.password_hash)
    return connection.execute(same.values(password_hash=password_hash)).rowcount == 1


def drop_credential(connection: Connection, person_id: int) -> None:
    connection.execute(delete(tables.credential).where(tables.credential.c.person_id == person_id))


def list_holders(connection: Connection) -> set[int]:
    """Who has a password."""
    return set(connection.execute(select(tables.credential.c.person_id)).scalars())
