"""Telling that one is away: days that move the suggested day of a visit, and never its window or its due day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from db import tables
from db.engine import Connection
from db.facts import add_fact, list_facts, void_fact
from monitor.render.site.names import Trouble
from monitor.services.changing import Change
from monitor.services.desk import Desk
from monitor.services.telling import NotTold, follow_again, lock_treatments
from schedules.errors import NotFound

LONGEST_DAYS = 366
MOST = 24
FARTHEST = timedelta(days=10 * 366)
"""Nobody plans a journey further ahead; a year that was mistyped is caught."""


class Period(NamedTuple):
    """Days on which the patient is away, both included, and the entry that says so."""

    id: int
    from_on: date
    until_on: date

    def __str__(self) -> str:
        return f"{self.from_on} to {self.until_on}"


def list_away(connection: Connection, patient_id: int, *, today: date) -> list[Period]:
    """What holds and has not passed, in order of the day."""
    rows = list_facts(connection, tables.away, [patient_id]).get(patient_id, [])
    found = [Period(row.id, row.from_on, row.until_on) for row in rows if row.until_on >= today]
    return sorted(found, key=lambda one: (one.from_on, one.id))


def tell_away(desk: Desk, patient_id: int, from_on: date, until_on: date) -> Change:
    """Note days on which the patient cannot come, for all treatments. What was booked stays where it was agreed.

    Refuses days in the wrong order, wholly in the past, more than a year of them, days that are noted already,
    and more than 24 periods.
    """
    desk.require_writer("away")
    treatments = lock_treatments(desk, patient_id)
    today = desk.today[treatments[-1].clinic_id]
    _refuse_impossible(from_on, until_on, today)
    _refuse_too_much(from_on, until_on, list_away(desk.connection, patient_id, today=today))

    def enter() -> None:
        add_fact(desk.connection, tables.away, patient_id, stamp=desk.stamp(), from_on=from_on, until_on=until_on)

    return follow_again(desk, treatments, "away", enter, subject=f"{from_on} to {until_on}")


def _refuse_impossible(from_on: date, until_on: date, today: date) -> None:
    if until_on < from_on:
        raise NotTold(
            Trouble.UNTIL_BEFORE_FROM, f"{until_on} comes before {from_on}.", "Give the first day first, then the last."
        )
    if until_on < today:
        raise NotTold(
            Trouble.DAY_PAST, f"These days have passed (today is {today}).", "Give days that are still to come."
        )
    if from_on > today + FARTHEST:
        raise NotTold(Trouble.DAY_TOO_FAR, f"{from_on} is more than ten years away.", "Check the year.")
    if (until_on - from_on).days >= LONGEST_DAYS:
        raise NotTold(
            Trouble.TOO_LONG_AWAY, f"That is more than {LONGEST_DAYS} days.",
            "Somebody who is away for longer may need another place for the checks: talk about a transfer.",
        )  # fmt: skip


def _refuse_too_much(from_on: date, until_on: date, known: Sequence[Period]) -> None:
    for one in known:
        if one.from_on <= until_on and from_on <= one.until_on:
            raise NotTold(
                Trouble.AWAY_OVERLAPS, f"Some of these days are noted already: {one}.", "Take that entry back first."
            )
    if len(known) >= MOST:
        raise NotTold(Trouble.TOO_MANY, f"{MOST} periods are noted already.", "Take one back that no longer holds.")


def take_back_away(desk: Desk, patient_id: int, away_id: int) -> Change:
    """The patient can come after all; the suggested day returns to where it was."""
    desk.require_writer("away taken back")
    treatments = lock_treatments(desk, patient_id)
    rows = list_facts(desk.connection, tables.away, [patient_id]).get(patient_id, [])
    row = next((one for one in rows if one.id == away_id), None)
    if row is None:
        raise NotFound("These days are not noted, or no longer.", "Look at the list again.")

    def enter() -> None:
        void_fact(desk.connection, tables.away, away_id, stamp=desk.stamp())

    return follow_again(desk, treatments, "away taken back", enter, subject=f"{row.from_on} to {row.until_on}")


def find_away(connection: Connection, patient_id: int, from_on: date, until_on: date) -> Period:
    """The entry of exactly these days; refuses with those that there are."""
    rows = list_facts(connection, tables.away, [patient_id]).get(patient_id, [])
    known = [Period(row.id, row.from_on, row.until_on) for row in rows]
    for one in known:
        if (one.from_on, one.until_on) == (from_on, until_on):
            return one
    raise NotFound(
        f"No days from {from_on} to {until_on} are noted.", f"Noted: {', '.join(map(str, known)) or 'none'}."
    )
