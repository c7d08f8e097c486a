"""Clinics: their settings and closures, changed by an administrator, with a reason and a line in the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from db import clinic_days, history, people, tables
from db.clinic_days import Closure
from db.facts import add_fact, void_fact
from db.people import Clinic
from monitor.services.desk import Desk
from monitor.services.people import refuse_country, refuse_time_zone
from schedules.errors import Conflict, NotFound, Unacceptable
from schedules.shifting import count_shifted
from schedules.working_days import MONDAY_TO_FRIDAY, Closed, working_days

MOST_DAYS = 366
NAME = 200


@dataclass(frozen=True, slots=True)
class Changed:
    """What an act on a clinic did (or would do). `shifts`: about so many suggested days are to follow."""

    clinic: Clinic
    shifts: int
    deed_id: int | None = None


def get_clinic(desk: Desk, clinic_id: str) -> Clinic:
    """One that the person may see; another is as unknown as one that does not exist."""
    found = people.find_clinic(desk.connection, clinic_id) if desk.may_see(clinic_id) else None
    if found is None:
        raise NotFound(f"There is no clinic '{clinic_id}' among yours.", "`monitor clinic list` shows yours.")
    return found


def mark_of(clinic: Clinic) -> str:
    """A short word for the settings as they are, so that a form notices when somebody else changed them meanwhile."""
    return sha256(repr(clinic).encode()).hexdigest()[:16]


def change_clinic(
    desk: Desk, wanted: Clinic, *, reason: str, expected: str | None = None, preview: bool = False
) -> Changed:
    """Keep a clinic's settings. Where its working days are others now, the suggested days have to follow afterwards
    (`suggesting.follow_days`); a window never moves. With `preview` nothing is kept.

    Refuses (Conflict) when the settings are no longer those of which `mark_of` was `expected`.
    """
    desk.require_admin()
    get_clinic(desk, wanted.id)
    clinic_days.lock_clinic(desk.connection, wanted.id)
    known = get_clinic(desk, wanted.id)
    if expected is not None and expected != mark_of(known):
        raise Conflict(
            f"Somebody else has changed clinic '{wanted.id}' meanwhile. Nothing of yours was saved.",
            "Look at its settings again.", code="clinic-changed",
        )  # fmt: skip
    wanted = clean_settings(wanted)
    if wanted == known:
        raise Unacceptable("Nothing would change.", "Say what is to be different.", code="clinic-nothing-changes")
    closures = tuple(one.closed for one in clinic_days.list_closures(desk.connection, wanted.id))
    shifts = _count_shifted(desk, (known, closures), (wanted, closures))
    if preview:
        return Changed(wanted, shifts)
    _require_reason(reason)
    clinic_days.change_clinic(desk.connection, wanted)
    before, after = _days_of(known), _days_of(wanted)
    if (known.time_zone, before) != (wanted.time_zone, after):
        _note(desk, wanted.id, reason, moves=before != after)
    details = {
        name: {"from": getattr(known, name), "to": getattr(wanted, name)}
        for name in ("name", "time_zone", "country", "subdivision", "working_weekdays")
        if getattr(known, name) != getattr(wanted, name)
    }
    subject = f"{wanted.id}: {', '.join(details)}"
    return Changed(wanted, shifts, _keep(desk, "clinic change", subject, wanted.id, reason=reason, details=details))


def close(
    desk: Desk, clinic_id: str, *, from_on: date, until_on: date, name: str, reason: str = "", preview: bool = False
) -> Changed:
    """Enter days on which a clinic is closed beside its public holidays, both included.

    Refuses days in the wrong order, more than a year, and (Conflict) days that are entered as closed already.
    """
    desk.require_admin()
    get_clinic(desk, clinic_id)
    clinic_days.lock_clinic(desk.connection, clinic_id)
    clinic, name = get_clinic(desk, clinic_id), " ".join(name.split())
    if not name or len(name) > NAME:
        raise Unacceptable("A closure needs a name of 1 to 200 characters.", "Say --name.", code="closure-name")
    if until_on < from_on:
        raise Unacceptable(
            f"{until_on} comes before {from_on}.",
            "Give the first day first, then the last.",
            code="clinic-days-reversed",
        )
    if (until_on - from_on).days >= MOST_DAYS:
        raise Unacceptable(f"That is more than {MOST_DAYS} days.", "Is the year right?", code="closure-long")
    known = clinic_days.list_closures(desk.connection, clinic_id)
    for one in known:
        if one.from_on <= until_on and from_on <= one.until_on:
            raise Conflict(
                f"'{clinic_id}' is closed from {one.from_on} to {one.until_on} already ({one.name}).",
                f"Choose other days, or take that back first (`monitor clinic reopen {one.id} --reason …`).",
                code="closed-already", from_on=one.from_on, until_on=one.until_on, name=one.name,
            )  # fmt: skip
    held = tuple(one.closed for one in known)
    shifts = _count_shifted(desk, (clinic, held), (clinic, (*held, Closed(from_on, until_on))))
    if preview:
        return Changed(clinic, shifts)
    why = reason.strip() or name
    add_fact(
        desk.connection, tables.closure, clinic_id, stamp=desk.stamp(reason=reason.strip() or None), from_on=from_on,
        until_on=until_on, name=name,
    )  # fmt: skip
    _note(desk, clinic_id, why, moves=True)
    subject = f"{clinic_id}: {from_on} to {until_on}, {name}"
    return Changed(clinic, shifts, _keep(desk, "clinic close", subject, clinic_id, reason=reason.strip() or None))


def reopen(desk: Desk, closure_id: int, *, reason: str, preview: bool = False) -> Changed:
    """Take a closure back; the entry stays in the record with the one that withdraws it."""
    desk.require_admin()
    closure = get_closure(desk, closure_id)
    clinic_days.lock_clinic(desk.connection, closure.clinic_id)
    clinic = get_clinic(desk, closure.clinic_id)
    held = tuple(one.closed for one in clinic_days.list_closures(desk.connection, clinic.id))
    shifts = _count_shifted(desk, (clinic, held), (clinic, tuple(one for one in held if one != closure.closed)))
    if preview:
        return Changed(clinic, shifts)
    _require_reason(reason)
    void_fact(desk.connection, tables.closure, closure_id, stamp=desk.stamp(reason=reason.strip()))
    _note(desk, clinic.id, reason, moves=True)
    subject = f"{clinic.id}: {closure.from_on} to {closure.until_on}, {closure.name}"
    return Changed(clinic, shifts, _keep(desk, "clinic reopen", subject, clinic.id, reason=reason))


def get_closure(desk: Desk, closure_id: int) -> Closure:
    found = clinic_days.find_closure(desk.connection, closure_id)
    if found is None or not desk.may_see(found.clinic_id):
        raise NotFound(
            f"There is no closure {closure_id} that still holds in your clinics.",
            "`monitor clinic closures ID` shows them.", code="closure-gone",
        )  # fmt: skip
    return found


def list_closures(desk: Desk, clinic_id: str) -> Sequence[Closure]:
    """Those that hold of a clinic, in order of their first day."""
    return clinic_days.list_closures(desk.connection, get_clinic(desk, clinic_id).id)


def clean_settings(wanted: Clinic) -> Clinic:
    """The settings in the one way in which they are kept; refuses what cannot be one."""
    name = " ".join(wanted.name.split())
    if not name or len(name) > NAME:
        raise Unacceptable("A clinic needs a name of 1 to 200 characters.", "Give it with --name.", code="clinic-name")
    refuse_time_zone(wanted.time_zone)
    refuse_country(wanted.country, wanted.subdivision)
    weekdays = None if wanted.working_weekdays is None else tuple(sorted(set(wanted.working_weekdays)))
    if weekdays == MONDAY_TO_FRIDAY:
        weekdays = None
    if weekdays is not None and not (weekdays and set(weekdays) <= set(range(7))):
        raise Unacceptable(
            "A clinic works on at least one day of the week.", "Name its weekdays.", code="weekdays-none"
        )
    return replace(wanted, name=name, subdivision=wanted.subdivision or None, working_weekdays=weekdays)


def _days_of(clinic: Clinic) -> tuple[object, ...]:
    return clinic.country, clinic.subdivision, clinic.working_weekdays


Settings = tuple[Clinic, tuple[Closed, ...]]


def _count_shifted(desk: Desk, before: Settings, after: Settings) -> int:
    was, is_now = (
        working_days(one.country, one.subdivision, one.working_weekdays, closed) for one, closed in (before, after)
    )
    if was == is_now:
        return 0
    clinic_id = before[0].id
    return count_shifted(clinic_days.list_suggested(desk.connection, clinic_id, desk.today[clinic_id]), was, is_now)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Unacceptable(
            "This needs a reason, and none was given.", "Say why (--reason).", code="clinic-reason-missing"
        )


def _note(desk: Desk, clinic_id: str, reason: str, *, moves: bool) -> None:
    clinic_days.note_change(
        desk.connection, clinic_id, at=desk.at, person_id=desk.actor.id, reason=reason.strip(), moves=moves
    )


def _keep(
    desk: Desk, act: str, subject: str, clinic_id: str, *, reason: str | None, details: Mapping[str, Any] | None = None
) -> int:
    return history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act, subject=subject[:200],
        reason=reason.strip() if reason else None, clinic_id=clinic_id, details=details,
    )  # fmt: skip
