"""Passwords: kept as Argon2id hashes, judged a few at a time, and refused where a stranger would guess them."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from db import people
from db.credentials import put_credential
from db.engine import Connection
from schedules.errors import NotFound, Refusal, Unacceptable

SHORTEST, LONGEST, MOST_BYTES = 12, 128, 512
"""Characters, and bytes of UTF-8: what is longer would only keep the machine busy."""
AT_ONCE = 2
"""Hashes being made at a time: each takes 19 MiB and a core for about 30 ms."""
WAIT_SECONDS = 20.0
"""So long somebody waits for their turn before they are told that too many want in."""
_WORST = """
123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 012345678901 123123123123 121212121212
111111111111 000000000000 password1234 password12345 password123456 passwordpassword passw0rd1234 mypassword123
qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyqwerty qwertzuiopas qwertzuiop12 qwertzqwertz qwerty123456
1qaz2wsx3edc 1q2w3e4r5t6y 1qazxsw23edc abcdefghijkl abcdefgh1234 abcabcabcabc abc123abc123 asdfghjkl123 asdfasdfasdf
administrator administrator1 adminadminadmin welcome12345 welcomewelcome letmeinletmein changemechangeme
changeme1234 iloveyou1234 iloveyouiloveyou passwort1234 passwort12345 passwortpasswort hallohallohallo
willkommen12 willkommen123 geheimgeheim krankenhaus1 krankenhaus12 krankenhaus123 hospital1234 hospitalhospital
schwester123 krankenschwester correcthorsebatterystaple
"""
WORST = frozenset(_WORST.split())
"""What is tried first everywhere and is long enough to pass."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_turns = BoundedSemaphore(AT_ONCE)


class TooBusy(Refusal):
    """So many want to be let in at once that this one has to come again."""


def set_password(connection: Connection, person_id: int, password: str, at: datetime) -> None:
    """Let a person sign in with this password from now on; refuses (Unacceptable) one that is no good.

    What else a new password means - sessions that end, a line in the history - is the caller's.
    """
    person = people.find_person_by_id(connection, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    refuse_weak(password, login=person.login, name=person.name)
    put_credential(connection, person_id, hash_password(password), at)


def refuse_weak(password: str, *, login: str, name: str) -> None:
    """Length counts, and that it is not what everybody would try first; what it is made of does not."""
    cleaned = _clean(password)
    if len(cleaned) < SHORTEST:
        raise Unacceptable(
            f"A password has at least {SHORTEST} characters.", "Four words in a row are easy to keep in mind.",
            code="password-short", least=SHORTEST,
        )  # fmt: skip
    if len(cleaned) > LONGEST or len(cleaned.encode()) > MOST_BYTES:
        raise Unacceptable(
            f"A password has at most {LONGEST} characters.", "Choose a shorter one.",
            code="password-long", most=LONGEST,
        )  # fmt: skip
    bare = _bare(cleaned)
    own = {_bare(one) for one in (login, name, *name.split())} - {""}
    is_own = any(bare.replace(one, "") == "" or (len(one) >= 4 and len(bare.replace(one, "")) < 6) for one in own)
    if cleaned.casefold() in WORST or bare in WORST or len(set(bare)) < 5 or is_own:
        raise Unacceptable(
            "This password is among the first that a stranger would try.",
            "Take something that has nothing to do with you, such as four words in a row.", code="password-guessable",
        )  # fmt: skip


def hash_password(password: str) -> str:
    with _turn():
        return _hasher.hash(_clean(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed. Without a hash the work is done all the same, so that the time
    it takes does not tell who is known. Refuses (TooBusy) whoever has waited too long for their turn."""
    cleaned = _clean(password)
    if len(cleaned) > LONGEST or len(cleaned.encode()) > MOST_BYTES:
        cleaned = ""  # can be nobody's
    against = password_hash or _nobodys()
    with _turn():
        try:
            _hasher.verify(against, cleaned)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise TooBusy("Too many people are signing in at this moment.", "Try again in a minute.", code="too-busy")
    try:
        yield
    finally:
        _turns.release()


@cache
def _nobodys() -> str:
    return _hasher.hash("")


def _clean(password: str) -> str:
    """An umlaut is one character or two, depending on the keyboard; to a person it is one."""
    return unicodedata.normalize("NFC", password)


def _bare(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())
