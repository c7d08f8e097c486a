"""Signing in: a login and a password, as often as a person needs, and not as often as a machine would like."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from db import credentials, people, sessions
from db.engine import Connection
from db.people import Actor
from monitor.services.passwords import is_outdated, is_password, refuse_weak, set_password
from monitor.services.sessions import hash_token
from schedules.errors import NotFound, Unacceptable

FREE_TRIES = 5
"""So many mistakes cost nothing."""
LONGEST_DELAY = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(hours=12)


def keys_of(login: str, address: str) -> tuple[str, str]:
    """What failures are counted by: the login from one address, and the address for all logins.

    Never the login alone: whoever wanted to lock a nurse out would only have to fail in her name.
    """
    pair = sha256(f"{login.casefold()} {address}".encode()).hexdigest()
    return f"login/{pair}", f"address/{sha256(address.encode()).hexdigest()}"


def delay_of(failures: int, free: int = FREE_TRIES) -> timedelta:
    """1 s after the free tries, then twice as long each time, five minutes at most."""
    return min(timedelta(seconds=2 ** min(failures - free, 12)), LONGEST_DELAY) if failures >= free else timedelta()


def seconds_to_wait(connection: Connection, login: str, address: str, at: datetime) -> int:
    """Until the next try; 0 when it may be now. An address may fail ten times as often: a ward shares one."""
    waits = [0.0]
    for key, free in zip(keys_of(login, address), (FREE_TRIES, FREE_TRIES * 10), strict=True):
        if found := credentials.find_failures(connection, key):
            failures, failed_at = found
            if at - failed_at < FORGOTTEN_AFTER:
                waits.append((failed_at + delay_of(failures, free) - at).total_seconds())
    return max(0, int(max(waits) + 0.999))


def check_password(connection: Connection, login: str, password: str) -> Actor | None:
    """Who signs in; None for a wrong password, an unknown login and somebody who may not any more, all alike."""
    person = people.find_person(connection, login)
    is_staff = person is not None and person.role in {"viewer", "nurse", "clinician", "admin"}
    matches = is_password(connection, person if is_staff else None, password[:1024])
    return person if matches and person is not None and not person.is_disabled else None


def note_failure(connection: Connection, login: str, address: str, at: datetime) -> None:
    for key in keys_of(login, address):
        found = credentials.find_failures(connection, key)
        failures = found[0] if found and at - found[1] < FORGOTTEN_AFTER else 0
        credentials.note_failures(connection, key, failures + 1, at)


def note_success(connection: Connection, person: Actor, password: str, address: str, at: datetime) -> None:
    """Forget the person's own mistakes here, and hash with today's parameters."""
    credentials.forget_failures(connection, keys_of(person.login, address)[0])
    if is_outdated(connection, person):
        set_password(connection, person.id, password, at)


def refuse_different(password: str, again: str) -> None:
    if password != again:
        raise Unacceptable("The two passwords differ.", "Type the same one twice.", code="password-differs")


def invite(connection: Connection, person_id: int, *, at: datetime, hours: int) -> str:
    """A secret that lets the person choose a password, once; of it the record keeps a hash. Earlier ones are void."""
    token = secrets.token_urlsafe(32)
    credentials.add_invitation(
        connection, person_id=person_id, token_sha256=hash_token(token), at=at, expires_at=at + timedelta(hours=hours)
    )
    return token


def find_invited(connection: Connection, token: str, at: datetime) -> Actor | None:
    """Whom an invitation is for; None when it is unknown, used, or too old."""
    found = credentials.find_invitation(connection, hash_token(token))
    person = people.find_person_by_id(connection, found.person_id) if found and found.is_open(at) else None
    return person if person and not person.is_disabled else None


def accept_invitation(connection: Connection, token: str, password: str, at: datetime) -> Actor:
    """Set the password that the person chose; every session of theirs ends. Refuses (NotFound) a link that is over."""
    person = find_invited(connection, token, at)
    found = credentials.find_invitation(connection, hash_token(token))
    if person is None or found is None:
        raise NotFound("This link is not valid any more.", "Ask an administrator for another.", code="link-over")
    refuse_weak(password, person)
    if not credentials.use_invitation(connection, found.id, at):
        raise NotFound("This link was used a moment ago.", "Sign in with the password.", code="link-over")
    set_password(connection, person.id, password, at)
    sessions.end_sessions(connection, person.id)
    return person
