"""The outbox as people see it: which letters there are, what became of them, and what is done about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update

from db import tables
from db.letters import LetterState

UNDELIVERED = (LetterState.DEAD, LetterState.UNKNOWN)
ENDED = (LetterState.SENT, *UNDELIVERED)
"""What has ended and may be sent once more; a skipped letter was never written."""


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter without its body; `has_body` says whether that is still kept."""

    id: int
    key: str
    kind: str
    login: str
    clinic_id: str
    day: date
    address: str
    subject: str
    message_id: str
    state: LetterState
    planned_at: datetime
    not_before: datetime
    attempts: int
    ended_at: datetime | None
    fault: str | None
    settled_at: datetime | None
    has_body: bool


def list_letters(
    connection: Connection, *, planned_from: datetime, states: Collection[LetterState] = ()
) -> Sequence[KeptLetter]:
    """The newest first; without `states` those of every state."""
    letter = tables.letter
    query = _kept().where(letter.c.planned_at >= planned_from)
    if states:
        query = query.where(letter.c.state.in_(states))
    return [_read(row) for row in connection.execute(query.order_by(letter.c.day.desc(), letter.c.id.desc()))]


def find_letter(connection: Connection, letter_id: int) -> KeptLetter | None:
    row = connection.execute(_kept().where(tables.letter.c.id == letter_id)).one_or_none()
    return _read(row) if row else None


def find_body(connection: Connection, letter_id: int) -> bytes | None:
    """The message as it went out; None where it was pruned, or never made."""
    body: bytes | None = connection.execute(
        select(tables.letter.c.body).where(tables.letter.c.id == letter_id)
    ).scalar_one()
    return body


def plan_again(connection: Connection, letter_id: int, at: datetime) -> bool:
    """The same bytes under the same Message-ID go out once more; False unless it had ended and its body is kept."""
    letter = tables.letter
    statement = (
        update(letter)
        .where(letter.c.id == letter_id, letter.c.state.in_(ENDED), letter.c.body.is_not(None))
        .values(
            state=LetterState.PLANNED, planned_at=at, not_before=at, attempts=0, claim=None, lease_until=None,
            ended_at=None, fault=None, settled_at=None,
        )
    )  # fmt: skip
    return connection.execute(statement).rowcount == 1


def settle(connection: Connection, letter_id: int, at: datetime) -> bool:
    """An administrator has dealt with a letter that did not arrive; False unless it is such a one."""
    letter = tables.letter
    statement = (
        update(letter)
        .where(letter.c.id == letter_id, letter.c.state.in_(UNDELIVERED), letter.c.settled_at.is_(None))
        .values(settled_at=at)
    )
    return connection.execute(statement).rowcount == 1


def empty_bodies(connection: Connection, ended_before: datetime) -> int:
    """Drop the texts of letters that ended before; that they were sent, and when, stays. Returns how many."""
    letter = tables.letter
    statement = update(letter).where(letter.c.ended_at < ended_before, letter.c.body.is_not(None)).values(body=None)
    return connection.execute(statement).rowcount


# --- What the verdict on the program's health asks -----------------------------------------------------


def list_undelivered(connection: Connection, ended_from: datetime) -> Sequence[KeptLetter]:
    """Letters that ended dead or unknown, that nobody has settled, and that no later success makes up for.

    A digest says everything anew, so a later one that was sent makes up for it. An escalation is about one patient:
    none makes up for another.
    """
    return [_read(row) for row in connection.execute(_undelivered(), {"ended_from": ended_from})]


@cache
def _undelivered() -> Select[Any]:
    """Built once, since every page of an administrator asks it: to build it takes longer than to run it."""
    letter, later = tables.letter, tables.letter.alias("later")
    made_up = (
        select(later.c.id)
        .where(later.c.person_id == letter.c.person_id, later.c.kind == letter.c.kind, later.c.kind != "escalation")
        .where(later.c.state == LetterState.SENT, later.c.day >= letter.c.day, later.c.ended_at > letter.c.ended_at)
        .exists()
    )
    return (
        _kept()
        .where(letter.c.state.in_(UNDELIVERED), letter.c.settled_at.is_(None))
        .where(letter.c.ended_at >= bindparam("ended_from", type_=letter.c.ended_at.type), ~made_up)
        .order_by(letter.c.id)
    )


def list_struggling(connection: Connection, attempts: int) -> Sequence[KeptLetter]:
    """Letters that have failed so many times and are still being tried."""
    letter = tables.letter
    query = _kept().where(tables.IS_TO_SEND, letter.c.attempts >= attempts, letter.c.fault.is_not(None))
    return [_read(row) for row in connection.execute(query.order_by(letter.c.id))]


def last_sent_days(connection: Connection, kind: str) -> dict[int, date]:
    """By person: the newest day whose letter of that kind was sent."""
    letter = tables.letter
    query = (
        select(letter.c.person_id, func.max(letter.c.day).label("day"))
        .where(letter.c.kind == kind, letter.c.state == LetterState.SENT)
        .group_by(letter.c.person_id)
    )
    return {row.person_id: row.day for row in connection.execute(query)}


def _kept() -> Select[Any]:
    letter, person = tables.letter, tables.person
    return select(
        letter.c.id, letter.c.key, letter.c.kind, person.c.login, letter.c.clinic_id, letter.c.day, letter.c.address,
        letter.c.subject, letter.c.message_id, letter.c.state, letter.c.planned_at, letter.c.not_before,
        letter.c.attempts, letter.c.ended_at, letter.c.fault, letter.c.settled_at,
        letter.c.body.is_not(None).label("has_body"),
    ).join(person, person.c.id == letter.c.person_id)  # fmt: skip


def _read(row: Row[Any]) -> KeptLetter:
    values = row._asdict()
    return KeptLetter(**values | {"state": LetterState(values["state"])})
