"""Passwords: Argon2id, a few at a time, and long enough that nobody guesses them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from db.credentials import find_hash, store_hash
from db.engine import Connection
from db.people import Actor
from schedules.errors import Unacceptable

SHORTEST, LONGEST = 12, 128
COMMON = frozenset({"password", "passwort", "123456789012", "qwertzuiop", "qwertyuiop", "lemtrada", "alemtuzumab"})
"""What guessing begins with; alone, doubled, or with digits behind it."""
AT_ONCE = 2
PATIENCE_SECONDS = 10.0

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""19 MiB, two passes, one lane (OWASP's password storage cheat sheet): about 27 ms where it was measured."""
NOBODYS = HASHER.hash("nobody has this password")
"""Checked for a login that does not exist, so that the answer takes as long."""
_free = BoundedSemaphore(AT_ONCE)


class Busy(Exception):  # noqa: N818  (an answer: come back in a moment)
    """Too many sign-ins at once; nothing was checked."""


@contextmanager
def _turn() -> Iterator[None]:
    """At most `AT_ONCE` hashes at a time: each takes 19 MiB, and a crowd of them would starve the worklist."""
    if not _free.acquire(timeout=PATIENCE_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _free.release()


def set_password(connection: Connection, person_id: int, password: str, at: datetime) -> None:
    """Give a person a password. What it has to be like is `refuse_weak`'s."""
    with _turn():
        hashed = HASHER.hash(password)
    store_hash(connection, person_id, hashed, at)


def is_password(connection: Connection, person: Actor | None, password: str) -> bool:
    """Whether it is the person's password. Takes as long for somebody unknown or without a password."""
    known = find_hash(connection, person.id) if person else None
    with _turn():
        try:
            matches = HASHER.verify(known or NOBODYS, password)
        except (VerificationError, InvalidHashError):
            return False
    return known is not None and matches


def is_outdated(connection: Connection, person: Actor) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    known = find_hash(connection, person.id)
    return known is not None and HASHER.check_needs_rehash(known)


def refuse_weak(password: str, person: Actor) -> None:
    """Refuse (Unacceptable) what is short, endless, common or the person's own name; nothing else is asked of it."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unacceptable(
            f"A password has {SHORTEST} to {LONGEST} characters; any may be used.",
            "Three or four words that have nothing to do with each other are long enough and easy to keep.",
            code="password-length", least=SHORTEST, most=LONGEST,
        )  # fmt: skip
    plain = password.casefold()
    own = {person.login.casefold(), *(word for word in person.name.casefold().split() if len(word) > 3)}
    core = plain.rstrip("0123456789!?.")
    if any(core in {word, word * 2} for word in COMMON | own) or len(set(plain)) < 5:
        raise Unacceptable(
            "This password is among the first that somebody would try.", "Choose another.", code="password-common"
        )
