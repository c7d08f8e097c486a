"""Feeds: secret addresses, when they ended, who fetched from them, and how a patient wants them to speak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from db import tables
from db.facts import Stamp, latest_of, list_trail
from schedules.errors import Conflict

NINE = time(9)


@dataclass(frozen=True, slots=True)
class Address:
    """A secret address without its secret: what it opens, for whom, and whether it was withdrawn."""

    id: int
    purpose: str
    patient_id: int | None
    clinic_id: str
    person_id: int | None
    label: str
    token_sha256: str
    page_id: int | None
    salt: str | None
    consented_on: date | None
    entered_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class NewAddress:
    """What an address is issued with."""

    purpose: str
    clinic_id: str
    label: str
    token_sha256: str
    patient_id: int | None = None
    person_id: int | None = None
    page_id: int | None = None
    salt: str | None = None
    consented_on: date | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """When a family of programs last fetched. Nobody may conclude that somebody has read it."""

    client: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a patient wants calendars and page to speak; discreet unless they chose otherwise.

    Alarms are the hours of the day at which unbooked reminders ring, on the day before and on the day; None: not.
    """

    language: str | None = None
    names_tests: bool = False
    names_drug: bool = False
    shows_advice: bool = False
    day_before_at: time | None = NINE
    same_day_at: time | None = NINE
    is_locked: bool = False


def add_address(connection: Connection, new: NewAddress, *, stamp: Stamp) -> Address:
    values = {name: getattr(new, name) for name in new.__slots__}
    statement = insert(tables.feed).values(**values, entered_by=stamp.entered_by, entered_at=stamp.entered_at)
    feed_id = int(connection.execute(statement.returning(tables.feed.c.id)).scalar_one())
    return get_address(connection, feed_id)


def find_address(connection: Connection, token_sha256: str) -> Address | None:
    """The address of a token, ended ones too; one look-up in an index.

    A clinic's worklist is unknown to whoever may not see the clinic, or not use the program, any more.
    """
    row = connection.execute(_BY_TOKEN, {"token_sha256": token_sha256}).one_or_none()
    if row is None or (row.person_id is not None and not _may_see(connection, row.person_id, row.clinic_id)):
        return None
    return Address(*row)


def _may_see(connection: Connection, person_id: int, clinic_id: str) -> bool:
    place, person = tables.person_clinic, tables.person
    mine = (
        select(person.c.id)
        .join(place, place.c.person_id == person.c.id)
        .where(person.c.id == person_id, person.c.disabled_at.is_(None), place.c.clinic_id == clinic_id)
    )
    return connection.execute(mine).one_or_none() is not None


def get_address(connection: Connection, feed_id: int) -> Address:
    return Address(*connection.execute(_addresses().where(tables.feed.c.id == feed_id)).one())


def list_addresses(
    connection: Connection,
    *,
    patient_id: int | None = None,
    clinic_ids: Sequence[str] | None = None,
    feed_id: int | None = None,
) -> list[Address]:
    """Addresses in the order in which they were issued, ended ones too."""
    query = _addresses().order_by(tables.feed.c.id)
    if patient_id is not None:
        query = query.where(tables.feed.c.patient_id == patient_id)
    if clinic_ids is not None:
        query = query.where(tables.feed.c.clinic_id.in_(clinic_ids))
    if feed_id is not None:
        query = query.where(tables.feed.c.id == feed_id)
    return [Address(*row) for row in connection.execute(query)]


def end_address(connection: Connection, feed_id: int, *, reason: str, stamp: Stamp) -> None:
    """Withdraw an address for good; refuses (Conflict) one that was withdrawn already."""
    try:
        with connection.begin_nested():
            connection.execute(
                insert(tables.feed_end).values(
                    feed_id=feed_id, reason=reason, entered_by=stamp.entered_by, entered_at=stamp.entered_at
                )
            )
    except IntegrityError:
        raise Conflict(f"Address {feed_id} was withdrawn already.", "`monitor feed list` shows which hold.") from None


def _addresses() -> Select[Any]:
    feed, end = tables.feed, tables.feed_end
    return select(
        feed.c.id, feed.c.purpose, feed.c.patient_id, feed.c.clinic_id, feed.c.person_id, feed.c.label,
        feed.c.token_sha256, feed.c.page_id, feed.c.salt, feed.c.consented_on, feed.c.entered_at,
        end.c.entered_at.label("ended_at"), end.c.reason.label("end_reason"),
    ).outerjoin(end, end.c.feed_id == feed.c.id)  # fmt: skip


_BY_TOKEN = _addresses().where(tables.feed.c.token_sha256 == bindparam("token_sha256"))


# --- Who fetched ------------------------------------------------------------------------------------------


def note_fetch(connection: Connection, feed_id: int, client: str, at: datetime) -> None:
    """Keep when a family of programs last fetched."""
    table = tables.feed_fetch
    mine = (table.c.feed_id == feed_id) & (table.c.client == client)
    if connection.execute(update(table).where(mine).values(fetched_at=at)).rowcount:
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(feed_id=feed_id, client=client, fetched_at=at))
    except IntegrityError:  # another replica noted its first fetch a moment ago
        connection.execute(update(table).where(mine).values(fetched_at=at))


def list_fetches(connection: Connection, feed_ids: Sequence[int]) -> dict[int, list[Fetch]]:
    """By address who fetched, the latest first."""
    table = tables.feed_fetch
    found: dict[int, list[Fetch]] = {one: [] for one in feed_ids}
    query = select(table).where(table.c.feed_id.in_(feed_ids)).order_by(table.c.fetched_at.desc(), table.c.client)
    for row in connection.execute(query):
        found[row.feed_id].append(Fetch(row.client, row.fetched_at))
    return found


# --- Wishes -------------------------------------------------------------------------------------------


def get_wishes(connection: Connection, patient_id: int) -> Wishes:
    """What the patient chose; the discreet defaults where nothing was."""
    return read_wishes(latest_of(list_trail(connection, tables.wish, patient_id)))


def read_wishes(row: Mapping[str, Any] | None) -> Wishes:
    """A row of the wish table as a value."""
    if row is None:
        return Wishes()
    return Wishes(
        row["language"], row["names_tests"], row["names_drug"], row["shows_advice"], row["day_before_at"],
        row["same_day_at"], row["is_locked"],
    )  # fmt: skip
