"""Throttling: whoever guesses passwords has to wait ever longer, and nobody in another place waits with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from db import attempts
from db.engine import Connection

LOGIN, ADDRESS = "login/", "address/"
FREE = {LOGIN: 5, ADDRESS: 40}
"""So many mistakes cost nothing: fingers slip, and a whole ward may come from one address."""
FIRST, LONGEST = timedelta(seconds=2), {LOGIN: timedelta(minutes=5), ADDRESS: timedelta(minutes=1)}
"""The first wait; each further mistake doubles it, up to the longest."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""Without a further mistake for so long, all is forgotten."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to sign in, counted as a mistake until it turns out to be none."""

    login_key: str
    address_key: str

    @property
    def keys(self) -> Sequence[str]:
        return self.login_key, self.address_key


def make_try(login: str, address: str) -> Try:
    """A login is counted for each address of its own: who guesses Ada's password elsewhere locks out nobody here.

    An IPv6 address counts as its network of 64 bits, all of which are usually one household's.
    """
    place = _place(address)
    typed = " ".join(login.split()).casefold()
    return Try(LOGIN + _hash(f"{typed}\n{place}"), ADDRESS + _hash(place))


def begin_try(connection: Connection, one: Try, at: datetime) -> bool:
    """Count an attempt before it is judged, so that fifty at once are fifty; False where it came too soon, which
    neither counts nor makes the wait longer."""
    attempts.lock_attempts(connection, one.keys)
    before = {key: _failures(connection, key, at) for key in one.keys}
    if any(at < ready for _, ready in before.values()):
        return False
    for key, (failures, _) in before.items():
        attempts.put_attempts(connection, key, failures + 1, at)
    return True


def forgive_try(connection: Connection, one: Try) -> None:
    """It was the right password: the login's count here begins anew, and the address has one mistake less. Its other
    mistakes stay, or whoever has a login of their own could guess for ever."""
    attempts.lock_attempts(connection, one.keys)
    attempts.drop_attempts(connection, one.login_key)
    known = attempts.find_attempts(connection, one.address_key)
    if known and known.failures > 1:
        attempts.put_attempts(connection, one.address_key, known.failures - 1, known.failed_at)
    else:
        attempts.drop_attempts(connection, one.address_key)


def wait_after(kind: str, failures: int) -> timedelta:
    """None for the first few, then 2, 4, 8, 16 seconds and so on."""
    over = failures - FREE[kind]
    return timedelta() if over < 1 else min(LONGEST[kind], FIRST * 2 ** min(over - 1, 20))


def _failures(connection: Connection, key: str, at: datetime) -> tuple[int, datetime]:
    """How often it failed of late, and from when on the next attempt counts. A clock that was set back makes nobody
    wait longer than the longest."""
    known = attempts.find_attempts(connection, key)
    if known is None or abs(at - known.failed_at) > FORGOTTEN_AFTER:
        return 0, at
    kind = LOGIN if key.startswith(LOGIN) else ADDRESS
    return known.failures, min(known.failed_at, at) + wait_after(kind, known.failures)


def _place(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return f"{int(found) >> 64:x}/64"
    return str(found)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
