"""Clinics: their names, places, weekdays and closures; what they change about suggested days follows at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from db import history, people, tables
from db.closures import Closure, change_clinic, list_closures
from db.facts import add_fact, void_fact
from db.patients import list_treatments
from db.people import Clinic
from monitor.services.desk import Desk
from monitor.services.people import refuse_place
from monitor.services.replanning import replan
from schedules.errors import NotFound, Unacceptable

AT_ONCE = 200
"""Treatments that are planned again in one transaction: a few seconds in which others wait."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How many treatments' suggested days moved, and after which treatment to go on; None: all are done."""

    moved: int
    go_on_after: int | None


def get_clinic(desk: Desk, clinic_id: str) -> Clinic:
    """Refuses (NotFound) a clinic that is not the person's."""
    found = people.find_clinic(desk.connection, clinic_id) if desk.may_see(clinic_id) else None
    if found is None:
        raise NotFound(f"There is no clinic '{clinic_id}' among yours.")
    return found


def change(desk: Desk, clinic: Clinic, *, reason: str) -> Followed:
    """Give a clinic another name, place or weekdays. Suggested days follow; no due day and no window ever moves."""
    desk.require_admin()
    before = get_clinic(desk, clinic.id)
    refuse_place(clinic)
    if not clinic.name.strip():
        raise Unacceptable("A clinic needs a name.", code="name-missing")
    if clinic.working_weekdays is not None and not set(clinic.working_weekdays) <= set(range(7)):
        raise Unacceptable("Weekdays are numbers from 0 (Monday) to 6.")
    if clinic.working_weekdays == ():
        raise Unacceptable("A clinic works on one day a week at least.", code="weekday-missing")
    change_clinic(desk.connection, clinic)
    told = [name for name in ("name", "time_zone", "country", "subdivision", "working_weekdays")
            if getattr(before, name) != getattr(clinic, name)]  # fmt: skip
    _keep(desk, clinic.id, "clinic change", f"{clinic.id}: {', '.join(told) or 'nothing'}", reason)
    return follow_clinic(desk, clinic.id, reason=reason)


def close(desk: Desk, clinic_id: str, *, from_on: date, until_on: date, name: str, reason: str = "") -> Followed:
    """Days on which nobody can come, both included."""
    desk.require_admin()
    get_clinic(desk, clinic_id)
    if until_on < from_on:
        raise Unacceptable(f"{until_on} comes before {from_on}.", "Give the first day first.", code="days-swapped")
    if (until_on - from_on).days > 366:
        raise Unacceptable("That is more than a year.", "Discharge or transfer the patients.", code="closed-too-long")
    add_fact(
        desk.connection, tables.closure, clinic_id, stamp=desk.stamp(reason=reason or None), from_on=from_on,
        until_on=until_on, name=name,
    )  # fmt: skip
    _keep(desk, clinic_id, "clinic close", f"{clinic_id}: {from_on} to {until_on}, {name}", reason)
    return follow_clinic(desk, clinic_id, reason=f"closed {from_on} to {until_on}")


def reopen(desk: Desk, clinic_id: str, closure_id: int, *, reason: str) -> Followed:
    """Take a closure back; the entry stays in the record with the one that withdraws it."""
    desk.require_admin()
    get_clinic(desk, clinic_id)
    known = {one.id: one for one in list_closures(desk.connection, clinic_id)}
    if closure_id not in known:
        raise NotFound(f"'{clinic_id}' has no closure {closure_id}.", "Look at the list again.", code="closure-gone")
    void_fact(desk.connection, tables.closure, closure_id, stamp=desk.stamp(reason=reason))
    one = known[closure_id]
    _keep(desk, clinic_id, "clinic reopen", f"{clinic_id}: {one.from_on} to {one.until_on}, {one.name}", reason)
    return follow_clinic(desk, clinic_id, reason=reason)


def follow_clinic(desk: Desk, clinic_id: str, *, reason: str, after: int = 0) -> Followed:
    """Plan a clinic's treatments again by what is a working day there now, at most `AT_ONCE` of them.

    Nothing about a due day can change by it, so no check can be lost.
    """
    desk.rulebook.forget_places(desk.connection)
    waiting = [one.id for one in list_treatments(desk.connection, clinic_ids=[clinic_id]) if one.id > after]
    now = waiting[:AT_ONCE]
    moved = sum(replan(desk, one, reason=reason).change is not None for one in now)
    return Followed(moved, now[-1] if len(waiting) > AT_ONCE else None)


def closures_of(desk: Desk, clinic_id: str) -> Sequence[Closure]:
    """Those of one of the person's clinics."""
    get_clinic(desk, clinic_id)
    return list_closures(desk.connection, clinic_id)


def _keep(desk: Desk, clinic_id: str, act: str, subject: str, reason: str) -> None:
    history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act, subject=subject[:200], reason=reason or None,
        clinic_id=clinic_id,
    )  # fmt: skip
