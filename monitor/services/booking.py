"""Booking and contact: a day agreed with the patient, and what came of trying to reach them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from db import tables
from db.dossiers import get_dossier
from db.facts import add_fact
from monitor.services.changing import Change, change, follow_dossier, lock
from monitor.services.desk import Desk
from monitor.services.recording import get_check, get_rule
from schedules.errors import NeedsConfirmation, Unacceptable
from schedules.following import Outcome
from schedules.model import Booking, Check, Key, Settlement
from schedules.protocol import Protocol
from schedules.settling import assign_bookings, is_outside
from schedules.titles import title_of


@dataclass(frozen=True, slots=True)
class Booked:
    """The change, and the checks for which the agreed day lies outside the window: it stands, with a warning."""

    change: Change
    outside: tuple[Key, ...]


def book(
    desk: Desk,
    treatment_id: int,
    rules: Sequence[str],
    *,
    on: date,
    at: time | None = None,
    number: int | None = None,
    reason: str | None = None,
    expected_revision: int | None = None,
    warns: bool = False,
) -> Booked:
    """Note a day (and an hour) that was agreed. It never changes a due day and hides nothing.

    The day decides which check it is for. With `number` a day that would belong to another check is refused; with
    `warns` (NeedsConfirmation) one on which a check that can still be done in time would be overdue, or too early.
    """
    desk.require_writer()
    lock(desk, treatment_id)
    dossier = get_dossier(desk.connection, treatment_id)
    if on < desk.today[dossier.clinic_id]:
        raise Unacceptable(
            f"{on} has passed, so it cannot be agreed any more.", "Use `monitor check done` for what was done then.",
            code="day-passed", day=on,
        )  # fmt: skip
    protocol, outcome = follow_dossier(desk, dossier)
    families = list(dict.fromkeys(get_rule(protocol, rule).family for rule in rules))
    checks = {one.check.key: one.check for one in outcome.settled}
    asked = [Booking(place, family, on, at) for place, family in enumerate(families)]
    assigned = assign_bookings(checks.values(), asked)
    if number is not None:
        _refuse_other(get_check(outcome, rules[0], number).key, assigned)
    if warns:
        _warn_of_late(outcome, protocol, families, on, desk.today[dossier.clinic_id])
        _warn_of_early(protocol, [checks[key] for key in assigned], on)

    def enter() -> None:
        for family in families:
            add_fact(
                desk.connection, tables.booking, treatment_id, stamp=desk.stamp(reason=reason), family=family,
                booked_on=on, booked_at=at,
            )  # fmt: skip

    subject = f"{', '.join(rules)} on {on}" + (f" at {at:%H:%M}" if at else "")
    result = change(
        desk, treatment_id, "book", enter, subject=subject, reason=reason, expected_revision=expected_revision
    )
    return Booked(result, tuple(key for key, one in assigned.items() if is_outside(one, checks[key])))


def _warn_of_late(outcome: Outcome, protocol: Protocol, families: Sequence[str], on: date, today: date) -> None:
    """What is overdue already cannot be done in time, and any day is better than none."""
    pressing = [one.check for one in outcome.settled if one.settlement is Settlement.OPEN]
    for check in pressing:
        if check.family in families and check.opens_on <= today <= check.closes_on < on:
            raise NeedsConfirmation(
                f"On {on} {check.key} would be overdue: its window closes on {check.closes_on}. Nothing was saved.",
                "Agree an earlier day, or say that the day stands.",
                code="booked-late", test=title_of(protocol, check.family), day=on, closes_on=check.closes_on,
            )  # fmt: skip


def _warn_of_early(protocol: Protocol, checks: Sequence[Check], on: date) -> None:
    for check in checks:
        if on < check.opens_on:
            raise NeedsConfirmation(
                f"On {on} it would be too early for {check.key}, which opens on {check.opens_on}. Nothing was saved.",
                "Agree a later day, or say that the day stands.",
                code="booked-early", test=title_of(protocol, check.family), day=on, opens_on=check.opens_on,
            )  # fmt: skip


def _refuse_other(meant: Key, assigned: Mapping[Key, Booking]) -> None:
    if meant not in assigned:
        held = ", ".join(map(str, assigned)) or "no check"
        raise Unacceptable(
            f"A sample of that day would settle {held}, not {meant}.",
            "Leave out the number to book for the check that the day belongs to.",
            code="other-check", check=str(meant),
        )  # fmt: skip


def note_contact(
    desk: Desk, treatment_id: int, *, kind: str, text: str | None = None, expected_revision: int | None = None
) -> Change:
    """Keep what came of a contact: a note, reached, unreachable or declines. It closes nothing."""

    def enter() -> None:
        add_fact(desk.connection, tables.contact_note, treatment_id, stamp=desk.stamp(), kind=kind, text=text)

    return change(desk, treatment_id, "note", enter, subject=kind, expected_revision=expected_revision)
