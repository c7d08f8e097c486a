"""Covering: who is away and whose digest contains theirs, so that nobody's morning goes unread by accident."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from db import people, tables
from db import recipients as stored
from db.engine import Connection
from db.facts import add_fact, void_fact
from db.recipients import Cover, Recipient
from monitor.services.confirming import get_recipient, keep
from monitor.services.desk import Desk
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Covered:
    """A cover with the logins; `left_without` are those whose deputy is away, too, because of it."""

    cover: Cover
    login: str
    deputy: str | None
    left_without: Sequence[str] = ()


def add_cover(
    desk: Desk, login: str, *, from_on: date, until_on: date, deputy: str | None = None, reason: str | None = None
) -> Covered:
    """Note that a recipient is away, both days included, and who stands in; without a deputy administrators hear of it.

    Refuses days in the wrong order or in the past, (Conflict) days on which the person is away already, and a deputy
    who has not confirmed, may not see all of the clinics, or is away on some of the days.
    """
    stored.lock_recipients(desk.connection)
    away = get_recipient(desk, login)
    _require_own(desk, away)
    _refuse_impossible(from_on, until_on, desk.today[away.clinic_id])
    logins = people.list_logins(desk.connection)
    known = stored.list_covers_from(desk.connection, from_on)
    wanted = Cover(0, away.person_id, from_on, until_on, None)
    for one in overlapping(known, wanted, away.person_id):
        raise Conflict(
            f"'{login}' is noted as away from {one.from_on} to {one.until_on} already ({_by(one, logins)}).",
            f"Take that back first (`monitor cover undo {one.id} --reason …`), or choose other days.",
            code="away-already", login=login, from_on=one.from_on, until_on=one.until_on,
        )  # fmt: skip
    standing_in = _get_deputy(desk, away, deputy, wanted, known) if deputy else None
    deputy_id = standing_in.person_id if standing_in else None
    cover_id = add_fact(
        desk.connection, tables.cover, away.person_id, stamp=desk.stamp(reason=reason), from_on=from_on,
        until_on=until_on, deputy_id=deputy_id,
    )  # fmt: skip
    cover = Cover(cover_id, away.person_id, from_on, until_on, deputy_id)
    keep(desk, "cover add", _told(cover, logins), reason=reason)
    left = [
        one for one in known
        if one.deputy_id == away.person_id and one.from_on <= until_on and from_on <= one.until_on
    ]  # fmt: skip
    return Covered(cover, login, deputy, sorted({logins[one.person_id] for one in left}))


def undo_cover(desk: Desk, cover_id: int, *, reason: str) -> Covered:
    """Take back that somebody is away; the entry stays in the record with the one that withdraws it."""
    stored.lock_recipients(desk.connection)
    found = [one for one in list_covers(desk) if one.cover.id == cover_id]
    if not found:
        raise NotFound(
            f"There is no cover {cover_id} that still holds.", "`monitor cover list` shows them.", code="cover-gone"
        )
    _require_own(desk, get_recipient(desk, found[0].login))
    void_fact(desk.connection, tables.cover, cover_id, stamp=desk.stamp(reason=reason))
    keep(desk, "cover undo", _told(found[0].cover, people.list_logins(desk.connection)), reason=reason)
    return found[0]


def list_covers(desk: Desk) -> list[Covered]:
    """Who is or will be away, of those whose clinics the person may see."""
    logins = people.list_logins(desk.connection)
    seen = {
        one.person_id
        for one in stored.list_recipients(desk.connection)
        if one.person_id == desk.actor.id or one.clinic_ids & desk.actor.clinic_ids
    }
    first = min(desk.today.values(), default=desk.at.date())
    return [
        Covered(one, logins[one.person_id], logins[one.deputy_id] if one.deputy_id else None)
        for one in stored.list_covers_from(desk.connection, first)
        if one.person_id in seen
    ]


def overlapping(covers: Collection[Cover], wanted: Cover, person_id: int) -> list[Cover]:
    """The covers of a person on some of the same days."""
    return [
        one for one in covers
        if one.person_id == person_id and one.from_on <= wanted.until_on and wanted.from_on <= one.until_on
    ]  # fmt: skip


def find_deputy(
    away: Recipient, covers: Collection[Cover], recipients: Mapping[int, Recipient]
) -> tuple[bool, Recipient | None]:
    """Whether somebody is away by the covers of a day, and who stands in and is really there.

    A deputy who has left, or is away on that day, stands in for nobody.
    """
    own = next((one for one in covers if one.person_id == away.person_id), None)
    if own is None:
        return False, None
    deputy = recipients.get(own.deputy_id) if own.deputy_id else None
    is_there = (
        deputy is not None
        and deputy.is_confirmed
        and not any(one.person_id == deputy.person_id for one in covers)
    )  # fmt: skip
    return True, deputy if is_there else None


def _require_own(desk: Desk, away: Recipient) -> None:
    if desk.actor.id != away.person_id and desk.actor.role != "admin":
        raise NotAllowed(
            f"Only '{away.login}' or an administrator may say when '{away.login}' is away.", "Ask one of them."
        )


def _refuse_impossible(from_on: date, until_on: date, today: date) -> None:
    if until_on < from_on:
        raise Unacceptable(
            f"{until_on} comes before {from_on}.",
            "Give the first day first, then the last.",
            code="clinic-days-reversed",
        )
    if until_on < today:
        raise Unacceptable(
            f"These days have passed (today is {today}).", "Give days that are still to come.", code="days-passed"
        )
    if (until_on - from_on).days >= LONGEST_DAYS:
        raise Unacceptable(
            f"That is more than {LONGEST_DAYS} days.",
            "Somebody who is away for longer should leave, and another person get the digest.",
            code="away-long",
            most=LONGEST_DAYS,
        )


def _get_deputy(desk: Desk, away: Recipient, login: str, wanted: Cover, known: Sequence[Cover]) -> Recipient:
    if login == away.login:
        raise Unacceptable(
            f"'{login}' cannot stand in for themselves.", "Name another with --deputy.", code="deputy-self"
        )
    deputy = next((one for one in stored.list_recipients(desk.connection) if one.login == login), None)
    sees = _clinics_of(desk.connection, login)
    if deputy is None or not deputy.is_confirmed:
        raise Unacceptable(
            f"'{login}' gets no digest at a confirmed address, so theirs could not contain another's.",
            "`monitor recipient list` shows who does.", code="deputy-no-digest", login=login,
        )  # fmt: skip
    if missing := sorted(away.clinic_ids - sees):
        raise Unacceptable(
            f"'{login}' may not see {', '.join(missing)}, which the digest of '{away.login}' is about.",
            "Name somebody who sees all of those clinics.",
            code="deputy-clinics",
            login=login,
            clinics=", ".join(missing),
        )
    for one in overlapping(known, wanted, deputy.person_id):
        first, last = max(one.from_on, wanted.from_on), min(one.until_on, wanted.until_on)
        days = f"on {first}" if first == last else f"from {first} to {last}"
        raise Unacceptable(
            f"'{login}' is away {days}, too.", "Name another with --deputy.", code="deputy-away", login=login
        )
    return deputy


def _clinics_of(connection: Connection, login: str) -> frozenset[str]:
    person = people.find_person(connection, login)
    return person.clinic_ids if person else frozenset()


def _by(cover: Cover, logins: Mapping[int, str]) -> str:
    return f"deputy {logins[cover.deputy_id]}" if cover.deputy_id else "no deputy"


def _told(cover: Cover, logins: Mapping[int, str]) -> str:
    return f"{logins[cover.person_id]}: {cover.from_on} to {cover.until_on}, {_by(cover, logins)}"
