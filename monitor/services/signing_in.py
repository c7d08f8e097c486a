"""Signing in: a password is judged in three steps, so that nobody waits for the database's lock while it is hashed."""

from dataclasses import dataclass
from datetime import datetime

from db import people
from db.credentials import Credential, find_credential, renew_hash
from db.engine import Connection
from db.people import Actor
from monitor.services.passwords import hash_password, is_outdated, is_right
from monitor.services.people import ROLES
from monitor.services.sessions import begin_session
from monitor.services.throttling import Try, begin_try, forgive_try, make_try

LONGEST_LOGIN = 80


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who wants in: what they say, and what the record knows of them; both may be nothing."""

    attempt: Try
    person: Actor | None
    credential: Credential | None


@dataclass(frozen=True, slots=True)
class Proven:
    """A candidate whose password was right; `renewed` is its hash under today's parameters, where it had others."""

    candidate: Candidate
    person: Actor
    credential: Credential
    renewed: str | None


def begin(connection: Connection, login: str, address: str, at: datetime) -> Candidate | None:
    """First step, in a transaction that is kept: count the attempt and look up the person. None: it came too soon."""
    attempt = make_try(login, address)
    if not begin_try(connection, attempt, at):
        return None
    typed = login.strip()
    person = people.find_person(connection, typed) if len(typed) <= LONGEST_LOGIN else None
    known = find_credential(connection, person.id) if person and person.role in ROLES else None
    return Candidate(attempt, person, known)


def prove(candidate: Candidate, password: str) -> Proven | None:
    """Second step, without any transaction. It takes the same time whoever it is; refuses (TooBusy)."""
    person, known = candidate.person, candidate.credential
    is_theirs = is_right(known.password_hash if known else None, password)
    if not is_theirs or person is None or known is None or person.is_disabled:
        return None
    return Proven(candidate, person, known, hash_password(password) if is_outdated(known.password_hash) else None)


def admit(connection: Connection, proven: Proven, *, at: datetime, device: str) -> tuple[Actor, str] | None:
    """Third step: who is signed in, and the secret for the browser. None where the password was changed or the person
    was shut out while it was judged."""
    person = people.find_person_by_id(connection, proven.person.id)
    known = find_credential(connection, proven.person.id)
    if person is None or person.is_disabled or known is None:
        return None
    if known.password_hash != proven.credential.password_hash:
        return None
    if proven.renewed:
        renew_hash(connection, known, proven.renewed)
    forgive_try(connection, proven.candidate.attempt)
    return person, begin_session(connection, person, at=at, device=device)
