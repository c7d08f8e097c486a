"""The chain: walked from its first link to its head, it names each line that is not as it was entered."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.exc import DBAPIError

from db import tables
from db.sealing import SEALED, UNKEYED, Seal, list_unsealed

PIECE = 1_000
UNREADABLE = (ValueError, TypeError, AttributeError, DBAPIError)
"""SQLite keeps what it is given: a word in place of an instant fails only when it is read."""


class Head(NamedTuple):
    """Where the chain ends."""

    position: int
    mac: str

    def __str__(self) -> str:
        """As the digest prints it: the first 16 digits are enough to notice another chain."""
        return f"{self.position}:{self.mac[:16]}"


class Anchor(NamedTuple):
    """What somebody saw of the chain and keeps elsewhere: at this position the mac began so."""

    position: int
    mac: str
    seen: str


class Break(NamedTuple):
    """A place at which the chain does not hold; by the link's position and the line's id, where there are any."""

    position: int | None
    history_id: int | None
    what: str

    def __str__(self) -> str:
        place = f"line {self.history_id} of the history" if self.history_id is not None else "the history's chain"
        return f"{place}: {self.what}"


class Keyring:
    """The keys that are known, in the order in which they were used: none at all, the old ones, the present one."""

    def __init__(self, present: Seal, old: Sequence[Seal] = ()) -> None:
        self._seals = list({seal.mark: seal for seal in (UNKEYED, *old, present)}.values())
        self.present = present

    def find(self, mark: str) -> Seal | None:
        return next((seal for seal in self._seals if seal.mark == mark), None)

    def rank(self, seal: Seal) -> int:
        return self._seals.index(seal)


@dataclass(slots=True)
class Walked:
    """What a walk found."""

    links: int = 0
    breaks: list[Break] = field(default_factory=list)
    strangers: Counter[str] = field(default_factory=Counter)
    """Links of keys that are not known, by the key's mark: nobody can say whether they are genuine."""
    stale: int = 0
    """Links of an older key that come after links of a newer one: a process that kept the old key, or its thief."""
    unkeyed: int = 0
    keyed: int = 0


def get_head(connection: Connection) -> Head:
    """Where the chain ends; position 0 where there is none yet."""
    found = connection.execute(select(tables.chain_head.c.position, tables.chain_head.c.mac)).one_or_none()
    return Head(*found) if found else Head(0, "")


def count_links(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(tables.chain_link)).scalar_one())


def find_last_mark(connection: Connection) -> str | None:
    """Which key made the last link."""
    link = tables.chain_link
    query = select(link.c.key_mark).order_by(link.c.position.desc()).limit(1)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def list_inner_anchors(connection: Connection) -> list[Anchor]:
    """What the digests saw, as far as the database itself remembers."""
    look = tables.digest_look
    query = select(look.c.chain_position, look.c.chain_mac, func.min(look.c.day)).where(look.c.chain_position > 0)
    rows = connection.execute(query.group_by(look.c.chain_position, look.c.chain_mac).order_by(look.c.chain_position))
    return [Anchor(position, mac, f"the digest of {day}") for position, mac, day in rows]


def walk(
    connection: Connection, keyring: Keyring, *, anchors: Iterable[Anchor] = (), on_done: Callable[[int], object] = int
) -> Walked:
    """Look at every link in order, then at the head, the anchors, and the lines that have no link.

    After a break it goes on from the link as it is stored, so that each damage is named once.
    """
    walked = Walked()
    by_position: dict[int, list[Anchor]] = defaultdict(list)
    for anchor in anchors:
        if anchor.position == 0:
            continue  # somebody saw an empty history: anything may have followed
        by_position[anchor.position].append(anchor)
    expected, previous, newest = 1, "", 0
    mac: str | None = previous  # None where the link before is missing
    for link in _read_links(connection, on_done):
        walked.links += 1
        if link.position < expected:
            walked.breaks.append(Break(link.position, link.history_id, f"a link at {link.position}, where none can be"))
            continue
        if link.position > expected:
            walked.breaks.append(Break(expected, None, _say_missing(expected, link.position - 1)))
            mac = None
        newest = _look_at(link, mac, keyring, walked, newest)
        for anchor in by_position.pop(link.position, []):
            if not str(link.mac).startswith(anchor.mac):
                walked.breaks.append(_differs(anchor))
        expected, mac = link.position + 1, link.mac
    _compare_head(connection, expected - 1, mac, walked)
    walked.breaks += [_differs(anchor) for some in by_position.values() for anchor in some]
    for history_id in list_unsealed(connection):
        walked.breaks.append(Break(None, history_id, "it has no link: an older version wrote it, or somebody by hand"))
    return walked


def _look_at(link: Any, previous: str | None, keyring: Keyring, walked: Walked, newest: int) -> int:
    """One link against its line and the link before; returns the rank of the newest key seen so far."""

    def is_broken(what: str) -> None:
        walked.breaks.append(Break(link.position, link.history_id, what))

    if link.id is None:
        is_broken("it is missing, though it was chained: somebody deleted it")
        return newest
    seal = keyring.find(link.key_mark)
    if seal is None:
        walked.strangers[link.key_mark] += 1
        return newest
    if previous is not None and not _fits(seal, previous, link):
        is_broken(f"it is not as it was entered, or its link was changed{_say_now(link)}")
        return newest
    rank = keyring.rank(seal)
    if seal.secret:
        walked.keyed += 1
    else:
        walked.unkeyed += 1
    if rank < newest and not seal.secret:
        is_broken("it was chained without the key after the key was in use")
    elif rank < newest:
        walked.stale += 1
    return max(rank, newest)


def _say_now(link: Any) -> str:
    """What the line claims now, as far as it can be read: by act and instant, since those name nobody."""
    act, at = getattr(link, "act", None), getattr(link, "at", None)
    return f"; now it says {act}, {at:%Y-%m-%d %H:%M} UTC" if isinstance(at, datetime) and isinstance(act, str) else ""


def _fits(seal: Seal, previous: str, link: Any) -> bool:
    try:
        return bool(seal.mac(previous, link.position, link) == link.mac)
    except UNREADABLE:
        return False


def _compare_head(connection: Connection, last: int, mac: str | None, walked: Walked) -> None:
    head = get_head(connection)
    if head.position > last:
        walked.breaks.append(Break(last + 1, None, _say_missing(last + 1, head.position)))
    elif head.position < last:
        what = f"its head is said to be link {head.position}, but there are links up to {last}"
        walked.breaks.append(Break(head.position, None, what))
    elif head.mac != mac:
        walked.breaks.append(Break(last, None, f"its head is not the last link ({last})"))


def _say_missing(first: int, last: int) -> str:
    which = f"link {first} is" if first == last else f"links {first} to {last} are"
    return f"{which} missing: somebody deleted what was entered there"


def _differs(anchor: Anchor) -> Break:
    return Break(
        anchor.position, None,
        f"{anchor.seen} saw {anchor.position}:{anchor.mac[:16]}, and that is not there: what was entered was cut off "
        "or chained anew, or an older backup was restored",
    )  # fmt: skip


_LINK = tables.chain_link
_QUERY = (
    select(_LINK.c.position, _LINK.c.history_id, _LINK.c.key_mark, _LINK.c.mac)
    .add_columns(*(tables.history.c[name] for name in SEALED))
    .join_from(_LINK, tables.history, tables.history.c.id == _LINK.c.history_id, isouter=True)
    .order_by(_LINK.c.position)
)
_FIRST = _QUERY.limit(PIECE)
_NEXT = _FIRST.where(_LINK.c.position > bindparam("after"))
_ONE = _QUERY.where(_LINK.c.position == bindparam("position"))
_BARE = select(
    _LINK.c.position, _LINK.c.history_id, _LINK.c.key_mark, _LINK.c.mac, _LINK.c.history_id.label("id")
).where(_LINK.c.position == bindparam("position"))


def _read_links(connection: Connection, on_done: Callable[[int], object]) -> Iterator[Any]:
    """Every link with its line, in order; memory is that of one piece."""
    after: int | None = None  # not 0: a hand in the file can give a link any number
    while some := _read_piece(connection, after):
        yield from some
        after = some[-1].position
        on_done(len(some))


def _read_piece(connection: Connection, after: int | None) -> Sequence[Any]:
    query, asked = (_FIRST, {}) if after is None else (_NEXT, {"after": after})
    try:
        return connection.execute(query, asked).all()
    except UNREADABLE:
        if connection.dialect.name != "sqlite":  # PostgreSQL keeps nothing that cannot be read
            raise
        positions = connection.execute(query.with_only_columns(_LINK.c.position), asked).scalars().all()
        return [_read_one(connection, position) for position in positions]


def _read_one(connection: Connection, position: int) -> Any:
    """One link; where its line cannot be read, without it, which then fits nothing."""
    try:
        return connection.execute(_ONE, {"position": position}).one()
    except UNREADABLE:
        return connection.execute(_BARE, {"position": position}).one()
