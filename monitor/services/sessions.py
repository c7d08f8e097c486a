"""Sessions: signed in for a while, on the word of a secret that only the browser holds."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from db import people, sessions
from db.engine import Connection
from db.people import Actor
from db.sessions import Session
from monitor.config.settings import SignIn

NOTED_EVERY = timedelta(minutes=1)
"""That a session is used is written down once a minute at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts without use, and at most."""

    idle: timedelta
    absolute: timedelta

    @classmethod
    def of(cls, own: SignIn) -> "Limits":
        return cls(idle=timedelta(minutes=own.idle_minutes), absolute=timedelta(hours=own.absolute_hours))

    def is_over(self, session: Session, at: datetime) -> bool:
        return at - session.used_at > self.idle or at - session.began_at > self.absolute


def begin_session(
    connection: Connection, person: Actor, *, at: datetime, device: str, is_external: bool = False
) -> str:  # fmt: skip
    """Sign a person in; returns the secret for the browser, 256 random bits, of which the record keeps a hash."""
    token = secrets.token_urlsafe(32)
    sessions.add_session(
        connection, token_sha256=hash_token(token), person_id=person.id, at=at, device=device, is_external=is_external
    )
    return token


def find_signed_in(
    connection: Connection, token: str, limits: Limits, at: datetime
) -> tuple[Session, Actor] | None:  # fmt: skip
    """Who the browser belongs to; None when nobody, when it was too long ago, and when the person may not any more."""
    session = sessions.find_session(connection, hash_token(token)) if token else None
    if session is None or limits.is_over(session, at):
        return None
    person = people.find_person_by_id(connection, session.person_id)
    return (session, person) if person and not person.is_disabled else None


def hash_token(token: str) -> str:
    """SHA-256 is enough for a secret of 256 random bits."""
    return sha256(token.encode()).hexdigest()
