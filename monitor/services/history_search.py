"""History search: an administrator asks who did what, when and why, in the clinics that they may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from db import history_search
from db.history_search import FoundDeed, Wanted
from monitor.services.desk import Desk
from schedules.errors import Unacceptable

A_PAGE = 50
MOST_ROWS = 100_000
"""Of a file; whoever needs more narrows the days."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What an administrator looks for; what is empty does not matter. Days are those of `zone`, both included."""

    login: str = ""
    act: str = ""
    clinic_id: str = ""
    reference: str = ""
    from_on: date | None = None
    until_on: date | None = None
    text: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, the newest first, and the line after which older ones go on; None where these are the last."""

    deeds: Sequence[FoundDeed]
    before_id: int | None
    number: int


def search(desk: Desk, filters: Filters, *, before_id: int | None = None) -> Page:
    """One page of what fits; `number` is how many lines fit in all."""
    wanted = _wanted(desk, filters)
    found = history_search.search(desk.connection, wanted, most=A_PAGE + 1, before_id=before_id)
    number = history_search.count(desk.connection, wanted)
    return Page(found[:A_PAGE], found[A_PAGE - 1].id if len(found) > A_PAGE else None, number)


def walk(desk: Desk, filters: Filters) -> Iterator[FoundDeed]:
    """All that fits, for a file. Refuses more than `MOST_ROWS` lines: half a history would look like a whole one."""
    wanted = _wanted(desk, filters)
    number = history_search.count(desk.connection, wanted)
    if number > MOST_ROWS:
        raise Unacceptable(
            f"{number} lines are more than a file may hold ({MOST_ROWS}).", "Name fewer days.", code="history-large",
            number=number, most=MOST_ROWS,
        )  # fmt: skip
    yield from history_search.walk(desk.connection, wanted)


def list_acts(desk: Desk) -> list[str]:
    desk.require_admin()
    return history_search.list_acts(desk.connection)


def _wanted(desk: Desk, filters: Filters) -> Wanted:
    desk.require_admin()
    return Wanted(
        sorted(desk.actor.clinic_ids),
        filters.login,
        filters.act,
        filters.clinic_id,
        filters.reference,
        _beginning(filters.from_on, filters.zone),
        _beginning(filters.until_on + timedelta(days=1), filters.zone) if filters.until_on else None,
        filters.text,
    )


def _beginning(day: date | None, zone: str) -> datetime | None:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC) if day else None
