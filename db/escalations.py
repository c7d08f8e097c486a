"""Escalations: what was done since a look, so that nothing is worked out twice, and which letters exist already."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from db import tables
from db.facts import in_pieces


class Touched(NamedTuple):
    """The number of the last deed, and the clinics of those after an earlier one; None: of no clinic alone."""

    last_id: int
    clinic_ids: frozenset[str | None]


def find_touched(connection: Connection, after_id: int) -> Touched:
    """Whose history has grown since the deed of that number."""
    history = tables.history
    query = (
        select(history.c.clinic_id, func.max(history.c.id)).where(history.c.id > after_id).group_by(history.c.clinic_id)
    )
    rows = [(clinic_id, last_id) for clinic_id, last_id in connection.execute(query)]
    return Touched(max((last_id for _, last_id in rows), default=after_id), frozenset(one for one, _ in rows))


def list_known_letters(connection: Connection, keys: Sequence[str]) -> frozenset[str]:
    """Which of these letters are in the outbox, whatever became of them."""
    letter = tables.letter
    found: set[str] = set()
    for some in in_pieces(keys):
        found |= set(connection.execute(select(letter.c.key).where(letter.c.key.in_(some))).scalars())
    return frozenset(found)
