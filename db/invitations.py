"""Invitations: links that let a person choose a password once; only the hash of each is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from db import tables


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was handed out, used or not."""

    id: int
    person_id: int
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None

    def is_open(self, at: datetime) -> bool:
        return self.used_at is None and at < self.expires_at


def add_invitation(
    connection: Connection, *, person_id: int, token_sha256: str, at: datetime, expires_at: datetime
) -> None:
    """A new one; those before, used or not, lead nowhere from now on."""
    connection.execute(delete(tables.invitation).where(tables.invitation.c.person_id == person_id))
    connection.execute(
        insert(tables.invitation).values(
            person_id=person_id, token_sha256=token_sha256, made_at=at, expires_at=expires_at
        )
    )


def find_invitation(connection: Connection, token_sha256: str) -> Invitation | None:
    row = connection.execute(_ALL.where(tables.invitation.c.token_sha256 == token_sha256)).one_or_none()
    return Invitation(*row) if row else None


def use_invitation(connection: Connection, invitation_id: int, at: datetime) -> bool:
    """Use it up; False where somebody was faster."""
    own = tables.invitation
    mine = update(own).where(own.c.id == invitation_id, own.c.used_at.is_(None), own.c.expires_at > at)
    return connection.execute(mine.values(used_at=at)).rowcount == 1


def drop_invitations(connection: Connection, person_id: int) -> None:
    connection.execute(delete(tables.invitation).where(tables.invitation.c.person_id == person_id))


def list_open(connection: Connection, at: datetime) -> dict[int, datetime]:
    """Until when each person who was invited may still use the link."""
    own = tables.invitation.c
    still = select(own.person_id, func.max(own.expires_at, type_=own.expires_at.type))
    rows = connection.execute(still.where(own.used_at.is_(None), own.expires_at > at).group_by(own.person_id))
    return {row[0]: row[1] for row in rows}


def drop_old(connection: Connection, before: datetime) -> int:
    """Forget those that were used up or ran out before an instant."""
    own = tables.invitation
    return connection.execute(delete(own).where(or_(own.c.used_at < before, own.c.expires_at < before))).rowcount


_ALL = select(
    tables.invitation.c.id, tables.invitation.c.person_id, tables.invitation.c.made_at, tables.invitation.c.expires_at,
    tables.invitation.c.used_at,
)  # fmt: skip
