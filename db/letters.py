"""Letters: the outbox, in which a mail is one row from its planning to its end, and the database says who sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import tables

LEASE = timedelta(minutes=2)
"""So long a replica that claimed a letter has it for itself; longer than one attempt can take."""
LONGEST_WAIT = timedelta(minutes=30)
"""Between two attempts. What seems to lie further ahead was written before a clock was set back."""


class LetterState(StrEnum):
    """planned > claimed > handoff > sent; or unknown (nobody can say), dead (refused for good), skipped."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    HANDOFF = "handoff"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it will go out. The same key is the same letter, whoever plans it and however often."""

    key: str
    kind: str
    person_id: int
    clinic_id: str
    day: date
    address: str
    subject: str
    message_id: str
    body: bytes


class Claimed(NamedTuple):
    """A letter that is ours to send; `attempts` counts this one."""

    id: int
    key: str
    address: str
    message_id: str
    body: bytes
    attempts: int
    claim: str


def add_letter(connection: Connection, letter: Letter, at: datetime) -> bool:
    """Plan a letter; False where it is in the outbox already, and nothing is changed."""
    values = {
        "key": letter.key, "kind": letter.kind, "person_id": letter.person_id, "clinic_id": letter.clinic_id,
        "day": letter.day, "address": letter.address, "subject": letter.subject, "message_id": letter.message_id,
        "body": letter.body, "body_sha256": sha256(letter.body).hexdigest(), "state": LetterState.PLANNED,
        "planned_at": at, "not_before": at, "attempts": 0,
    }  # fmt: skip
    return _insert_once(connection, values)


def add_skipped(connection: Connection, letter: Letter, at: datetime, *, why: str) -> bool:
    """Keep that a letter was never made, and why; its body is left out."""
    values = {
        "key": letter.key, "kind": letter.kind, "person_id": letter.person_id, "clinic_id": letter.clinic_id,
        "day": letter.day, "address": letter.address, "subject": letter.subject, "message_id": letter.message_id,
        "state": LetterState.SKIPPED, "planned_at": at, "not_before": at, "attempts": 0, "ended_at": at, "fault": why,
    }  # fmt: skip
    return _insert_once(connection, values)


def skip_older(connection: Connection, *, person_id: int, kind: str, before: date, at: datetime, why: str) -> int:
    """Give up letters of earlier days that no mail server has got; a newer one says more. Returns how many.

    What the server said last is kept as the reason; `why` stands where nothing was tried.
    """
    letter = tables.letter
    is_idle = or_(letter.c.state == LetterState.PLANNED, and_(letter.c.state == LetterState.CLAIMED, _is_free(at)))
    statement = (
        update(letter)
        .where(letter.c.person_id == person_id, letter.c.kind == kind, letter.c.day < before)
        .where(is_idle, letter.c.handed_off_at.is_(None))
        .values(state=LetterState.SKIPPED, ended_at=at, fault=func.coalesce(letter.c.fault, why), claim=None)
    )
    return connection.execute(statement).rowcount


def claim_letters(
    connection: Connection, *, at: datetime, claim: str, most: int, resends: bool = True
) -> list[Claimed]:
    """Take letters to send, oldest first; nobody else gets them until the lease is over.

    Also those that somebody claimed and did not finish. What was handed off and never answered may have been
    delivered: it is taken again only with `resends`.
    """
    letter = tables.letter
    takeable = [letter.c.state == LetterState.PLANNED, and_(letter.c.state == LetterState.CLAIMED, _is_free(at))]
    if resends:
        takeable.append(and_(letter.c.state == LetterState.HANDOFF, _is_free(at)))
    wanted = (
        select(letter.c.id)
        .where(tables.IS_TO_SEND, or_(*takeable), _may_be_tried(at))
        .order_by(letter.c.not_before, letter.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)  # compiles to nothing on SQLite, where the transaction has the lock
        .cte("wanted")
    )
    if connection.dialect.name == "postgresql":
        wanted = wanted.prefix_with("MATERIALIZED")  # folded into the UPDATE it could lock more than it takes
    statement = (
        update(letter)
        .where(letter.c.id.in_(select(wanted.c.id)))
        .values(state=LetterState.CLAIMED, claim=claim, lease_until=at + LEASE, attempts=letter.c.attempts + 1)
        .returning(
            letter.c.id, letter.c.key, letter.c.address, letter.c.message_id, letter.c.body, letter.c.attempts,
            letter.c.claim,
        )
    )  # fmt: skip
    return sorted(Claimed(*row) for row in connection.execute(statement))


def hand_off(connection: Connection, mine: Claimed, at: datetime) -> bool:
    """Keep that the mail server is about to get it; False where the lease was lost, and nothing may be sent."""
    return _move(
        connection, mine, LetterState.CLAIMED, state=LetterState.HANDOFF, handed_off_at=at, lease_until=at + LEASE
    )


def take_back(connection: Connection, mine: Claimed, *, not_before: datetime, fault: str) -> bool:
    """To be tried again later: the server did not take it."""
    return _move(
        connection, mine, LetterState.CLAIMED, LetterState.HANDOFF, state=LetterState.PLANNED, not_before=not_before,
        claim=None, lease_until=None, fault=fault,
    )  # fmt: skip


def end_letter(
    connection: Connection, mine: Claimed, state: LetterState, at: datetime, *, fault: str | None = None
) -> bool:
    """Sent, dead or unknown. False where somebody else has it by now."""
    return _move(
        connection, mine, LetterState.CLAIMED, LetterState.HANDOFF, state=state, ended_at=at, claim=None,
        lease_until=None, fault=fault,
    )  # fmt: skip


def note_fault(connection: Connection, mine: Claimed, fault: str) -> bool:
    """Keep what happened to a letter whose end nobody knows; it stays handed off until its lease is over."""
    return _move(connection, mine, LetterState.HANDOFF, fault=fault)


def give_up_old(connection: Connection, at: datetime, *, kinds: Sequence[str], planned_before: datetime) -> int:
    """Letters of these kinds that were tried and never taken end as dead: by now they would say nothing new."""
    letter = tables.letter
    statement = (
        update(letter)
        .where(letter.c.state == LetterState.PLANNED, letter.c.kind.in_(kinds))
        .where(letter.c.attempts > 0, letter.c.planned_at < planned_before)
        .values(state=LetterState.DEAD, ended_at=at)
    )
    return connection.execute(statement).rowcount


def give_up_unanswered(connection: Connection, at: datetime) -> int:
    """What was handed off and never answered becomes unknown, for a person to look at."""
    letter = tables.letter
    statement = (
        update(letter)
        .where(letter.c.state == LetterState.HANDOFF, _is_free(at))
        .values(state=LetterState.UNKNOWN, ended_at=at, claim=None, lease_until=None)
    )
    return connection.execute(statement).rowcount


def _move(connection: Connection, mine: Claimed, *expected: LetterState, **values: object) -> bool:
    letter = tables.letter
    statement = update(letter).where(letter.c.id == mine.id, letter.c.claim == mine.claim, letter.c.state.in_(expected))
    return connection.execute(statement.values(values)).rowcount == 1


def _is_free(at: datetime) -> ColumnElement[bool]:
    """A lease is over, or was written by a clock that has been set back since."""
    lease = tables.letter.c.lease_until
    return or_(lease < at, lease > at + 2 * LEASE)


def _may_be_tried(at: datetime) -> ColumnElement[bool]:
    """The first attempt waits for nothing; a later one for its hour, unless a clock was set back."""
    letter = tables.letter
    return or_(letter.c.attempts == 0, letter.c.not_before <= at, letter.c.not_before > at + 2 * LONGEST_WAIT)


def _insert_once(connection: Connection, values: dict[str, object]) -> bool:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(tables.letter).values(values).on_conflict_do_nothing(index_elements=["key"])
    return connection.execute(statement.returning(tables.letter.c.id)).first() is not None
