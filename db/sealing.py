"""Sealing: every line of the history gets a link that follows from the line, the link before and a secret."""

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, exists, not_, select, update

from db import tables
from db.bulk import insert_rows
from db.facts import in_pieces
from schedules.errors import Unacceptable

LINK = ("position", "history_id", "key_mark", "mac")
SEALED = ("id", "at", "person_id", "clinic_id", "treatment_id", "revision", "act", "subject", "reason", "details")
"""What a link vouches for. A column that a later release adds must not enter here, or no older link would fit."""
OPTION, UNSEALED = "monitor_seal", "monitor_unsealed"


@dataclass(frozen=True, slots=True)
class Seal:
    """The secret with which links are made. An empty one shows damage, and no forgery by who knows how it is done."""

    secret: bytes = field(default=b"", repr=False)
    mark: str = field(init=False)
    """Tells keys apart without giving them away."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mark", sha256(b"post-infusion-monitor history key: " + self.secret).hexdigest()[:16])

    def mac(self, previous: str, position: int, line: Row[Any]) -> str:
        """What a link at this position holds for a line, in hexadecimal; `previous` is empty for the first."""
        message = f"{previous}\n{position}\n{canonical(line)}"
        return hmac.digest(self.secret, message.encode(), "sha256").hex()


UNKEYED = Seal()


def canonical(line: Row[Any]) -> str:
    """A line as one text, the same from SQLite and from PostgreSQL."""
    values = [getattr(line, name) for name in SEALED]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_instant)


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    raise TypeError(f"a line of the history holds no {type(value).__name__}")


def seal_of(source: Connection | Engine) -> Seal:
    """The seal that was handed to `open_engine`."""
    found = source.get_execution_options().get(OPTION, UNKEYED)
    assert isinstance(found, Seal)
    return found


def begin(connection: Connection) -> None:
    """Forget what an earlier transaction of the same connection noted and did not commit."""
    connection.info.pop(UNSEALED, None)


def note(connection: Connection, ids: Iterable[int]) -> None:
    """These lines were added in this transaction; they are sealed at its end."""
    connection.info.setdefault(UNSEALED, set()).update(ids)


def list_noted(connection: Connection) -> list[int]:
    """The lines that were added in this transaction so far, in order."""
    return sorted(connection.info.get(UNSEALED, ()))


def seal_noted(connection: Connection) -> None:
    """Seal what was noted, as the last step of a transaction: it locks the head, and everybody who acts needs that."""
    ids = connection.info.pop(UNSEALED, None)
    if ids:
        append(connection, sorted(ids), seal_of(connection))


def append(connection: Connection, ids: Sequence[int], seal: Seal) -> None:
    """Add links for these lines; those that a savepoint took back are not there any more and get none.

    Refuses to go on without a key where there was one: whoever forgot it would leave lines that anybody can forge.
    """
    head = connection.execute(_HEAD).one_or_none()
    if head is None:
        raise Unacceptable(
            "The head of the history's chain is missing, so nothing can be entered.",
            "Somebody changed the database by hand: run `monitor verify`, and restore a backup.",
        )
    position, mac = head
    if not seal.secret:
        _require_unkeyed(connection, position)
    for some in in_pieces(ids):
        links = []
        for line in connection.execute(_LINES, {"ids": some}):
            position += 1
            mac = seal.mac(mac, position, line)
            links.append((position, line.id, seal.mark, mac))
        insert_rows(connection, tables.chain_link, LINK, links)
    connection.execute(_MOVE_HEAD, {"to": position, "new_mac": mac})


def list_unsealed(connection: Connection) -> list[int]:
    """Lines without a link, oldest first: an older release wrote them, or somebody by hand."""
    return list(connection.execute(_UNSEALED).scalars())


def _require_unkeyed(connection: Connection, position: int) -> None:
    mark = connection.execute(_MARK, {"position": position}).scalar_one_or_none()
    if mark is not None and mark != UNKEYED.mark:
        raise Unacceptable(
            "The history is chained with a key, and here none is set; nothing was saved.",
            "Set MONITOR_HISTORY__KEY_FILE as it is for the other processes of this installation.",
        )


# Built once: every act asks these, and to build a statement takes longer than to run it.
_HEAD = select(tables.chain_head.c.position, tables.chain_head.c.mac).with_for_update()
_MARK = select(tables.chain_link.c.key_mark).where(tables.chain_link.c.position == bindparam("position"))
_LINES = (
    select(*(tables.history.c[name] for name in SEALED))
    .where(tables.history.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(tables.history.c.id)
)
_MOVE_HEAD = update(tables.chain_head).values(position=bindparam("to"), mac=bindparam("new_mac"))
_UNSEALED = (
    select(tables.history.c.id)
    .where(not_(exists().where(tables.chain_link.c.history_id == tables.history.c.id)))
    .order_by(tables.history.c.id)
)
