"""The letter log: what became of earlier letters, and since when an address is confirmed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, func, select

from db import tables
from db.facts import holds, in_pieces
from schedules.gaps import Past


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter by its key: its state, and when that was reached where it is an end."""

    state: str
    planned_at: datetime
    ended_at: datetime | None
    fault: str | None


def list_posted(connection: Connection, keys: Collection[str]) -> dict[str, Posted]:
    """Those of the letters that are in the outbox, by key."""
    letter = tables.letter
    found: dict[str, Posted] = {}
    for some in in_pieces(keys):
        query = select(letter.c.key, letter.c.state, letter.c.planned_at, letter.c.ended_at, letter.c.fault)
        for key, *rest in connection.execute(query.where(letter.c.key.in_(some))):
            found[key] = Posted(*rest)
    return found


def list_past(connection: Connection, person_id: int, kind: str, *, since: date, before: date) -> list[Past]:
    """A person's letters of one kind and of some days, from the last that was sent on (all, if none was)."""
    letter = tables.letter
    own = and_(
        letter.c.person_id == person_id, letter.c.kind == kind, letter.c.day >= since, letter.c.day < before
    )  # fmt: skip
    last = select(func.max(letter.c.day)).where(own, letter.c.state == "sent").scalar_subquery()
    query = (
        select(letter.c.day, letter.c.state, letter.c.fault)
        .where(own, letter.c.day >= func.coalesce(last, date.min))
        .order_by(letter.c.day)
    )
    return [Past(*row) for row in connection.execute(query)]


def list_between(connection: Connection, person_id: int, kind: str, *, since: date, before: date) -> list[Past]:
    """Every letter of one kind to a person, of those days."""
    letter = tables.letter
    query = (
        select(letter.c.day, letter.c.state, letter.c.fault)
        .where(letter.c.person_id == person_id, letter.c.kind == kind, letter.c.day >= since, letter.c.day < before)
        .order_by(letter.c.day)
    )
    return [Past(*row) for row in connection.execute(query)]


def find_last_sent(connection: Connection, person_id: int, kind: str, *, since: date, before: date) -> datetime | None:
    """When the last letter that was sent was written: what it did not say, the next one has to."""
    letter = tables.letter
    query = select(func.max(letter.c.planned_at)).where(
        letter.c.person_id == person_id, letter.c.kind == kind, letter.c.state == "sent", letter.c.day >= since,
        letter.c.day < before,
    )  # fmt: skip
    found: datetime | None = connection.execute(query).scalar_one()
    return found


@dataclass(frozen=True, slots=True)
class Beginning:
    """Since when a person gets letters: confirmed the address, joined, and made the choices that hold."""

    confirmed_at: datetime
    joined_at: datetime
    chosen_at: datetime


def list_beginnings(connection: Connection) -> dict[int, Beginning]:
    """Of every confirmed recipient, by the id of the row that holds. Whoever left and came back joined anew."""
    recipient, confirmation = tables.recipient, tables.confirmation
    any_row = recipient.alias("any_row")
    confirmed = (
        select(any_row.c.person_id, any_row.c.address, func.min(confirmation.c.entered_at).label("at"))
        .join(confirmation, confirmation.c.recipient_id == any_row.c.id)
        .where(holds(confirmation))
        .group_by(any_row.c.person_id, any_row.c.address)
        .subquery()
    )
    first = recipient.alias("first_row")
    joined = (
        select(first.c.person_id, func.max(first.c.entered_at).label("at"))
        .where(first.c.replaces_id.is_(None))
        .group_by(first.c.person_id)
        .subquery()
    )
    query = (
        select(recipient.c.id, confirmed.c.at, joined.c.at, recipient.c.entered_at)
        .join(
            confirmed,
            and_(confirmed.c.person_id == recipient.c.person_id, confirmed.c.address == recipient.c.address),
        )
        .join(joined, joined.c.person_id == recipient.c.person_id)
        .where(holds(recipient))
    )
    return {row[0]: Beginning(*row[1:]) for row in connection.execute(query)}
