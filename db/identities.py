"""Identities: who somebody is at the hospital's own sign-in service, and who was sent there and is not back yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from db import tables


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the service knows them: `subject` never changes there, and is nobody else's."""

    issuer: str
    subject: str
    person_id: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody who was sent to the service: what has to come back, and where they wanted to go."""

    nonce: str
    verifier: str
    back: str
    made_at: datetime
    invitation_sha256: str | None


def find_identity(connection: Connection, issuer: str, subject: str) -> Identity | None:
    own = tables.identity
    row = connection.execute(select(own).where(own.c.issuer == issuer, own.c.subject == subject)).one_or_none()
    return Identity(row.issuer, row.subject, row.person_id) if row else None


def list_identities(connection: Connection, person_id: int | None = None) -> Sequence[Identity]:
    """Everybody's, or one person's."""
    own = tables.identity
    query = select(own).order_by(own.c.issuer, own.c.subject)
    rows = connection.execute(query if person_id is None else query.where(own.c.person_id == person_id))
    return [Identity(row.issuer, row.subject, row.person_id) for row in rows]


def add_identity(connection: Connection, identity: Identity) -> None:
    connection.execute(
        insert(tables.identity).values(
            issuer=identity.issuer, subject=identity.subject, person_id=identity.person_id
        )
    )  # fmt: skip


def drop_identity(connection: Connection, issuer: str, subject: str, *, person_id: int) -> bool:
    own = tables.identity
    mine = delete(own).where(own.c.issuer == issuer, own.c.subject == subject, own.c.person_id == person_id)
    return connection.execute(mine).rowcount == 1


def add_sent(connection: Connection, state_sha256: str, sent: Sent) -> None:
    connection.execute(
        insert(tables.oidc_request).values(
            state_sha256=state_sha256, nonce=sent.nonce, verifier=sent.verifier, back=sent.back, made_at=sent.made_at,
            invitation_sha256=sent.invitation_sha256,
        )
    )  # fmt: skip


def take_sent(connection: Connection, state_sha256: str) -> Sent | None:
    """Find it and forget it, so that nothing comes back twice."""
    own = tables.oidc_request
    row = connection.execute(delete(own).where(own.c.state_sha256 == state_sha256).returning(own)).one_or_none()
    return Sent(row.nonce, row.verifier, row.back, row.made_at, row.invitation_sha256) if row else None


def drop_old_sent(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(tables.oidc_request).where(tables.oidc_request.c.made_at < before)).rowcount
