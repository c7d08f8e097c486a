"""Feeds: a patient's visits as calendar entries that keep their identity whatever moves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from db import checks as stored
from db import people, tables
from db.checks import StoredCheck, StoredVisit
from db.dossiers import Dossier, get_dossier
from db.facts import list_trail
from monitor.render.calendar import CalendarEntry, Status
from monitor.services.changing import follow_dossier
from monitor.services.desk import Desk
from monitor.services.enrolling import get_treatment_id
from schedules.model import Booking, Key, Origin, Settlement
from schedules.protocol import Place, Protocol, Sex
from schedules.settling import assign_bookings

CANCELLED_FOR = timedelta(days=30)
"""How long a cancelled entry stays after its day, so that every client has seen that it is cancelled."""

NEVER_SHOWN = {Settlement.BEFORE_RECORD}


@dataclass(frozen=True, slots=True)
class Feed:
    """The entries of one patient's calendar, the clinic's time zone, and the patient's own language."""

    entries: Sequence[CalendarEntry]
    zone: str
    language: str | None
    urine_advice: bool


def get_feed(desk: Desk, reference: str, treatment_id: int | None = None, *, language: str = "en") -> Feed:
    """The calendar of a treatment: the one named, or the patient's latest.

    What is to come, what was agreed, what was done, and for thirty days after its day what was cancelled. Office
    work is the clinic's own.
    """
    wanted = get_treatment_id(desk, reference, treatment_id)
    dossier = get_dossier(desk.connection, wanted)
    clinic = people.find_clinic(desk.connection, dossier.clinic_id)
    assert clinic is not None
    spoken = dossier.detail.language or language
    entries = list(_entries(desk, dossier, desk.today[clinic.id], spoken))
    return Feed(entries, clinic.time_zone, dossier.detail.language, dossier.detail.sex is not Sex.MALE)


def _entries(desk: Desk, dossier: Dossier, today: date, language: str) -> Iterator[CalendarEntry]:
    treatment_id = dossier.treatment_id
    protocol, outcome = follow_dossier(desk, dossier)
    visits = stored.list_visits(desk.connection, [treatment_id])[treatment_id]
    members: dict[str, list[StoredCheck]] = {}
    for row in stored.list_checks(desk.connection, [treatment_id])[treatment_id]:
        members.setdefault(row.visit_id, []).append(row)
    booked = assign_bookings([one.check for one in outcome.settled], dossier.facts.bookings)
    agreed_at = [row["entered_at"] for row in list_trail(desk.connection, tables.booking, treatment_id)]
    in_course = {one.check.key for one in outcome.settled if one.check.origin is Origin.IN_COURSE}
    for visit in visits:
        checks = [one for one in members.get(visit.id, ()) if one.settlement not in NEVER_SHOWN]
        if visit.place is Place.OFFICE or not checks:
            continue
        entry = _entry(
            visit, checks, protocol, booked=booked, agreed_at=agreed_at, in_course=in_course, language=language
        )
        if entry.status is not Status.CANCELLED or entry.visit_on + CANCELLED_FOR >= today:
            yield entry
    if outcome.plan.ends_on and visits and dossier.departure is None:
        yield _end(visits, outcome.plan.ends_on)


def _entry(
    visit: StoredVisit,
    checks: Sequence[StoredCheck],
    protocol: Protocol,
    *,
    booked: Mapping[Key, Booking],
    agreed_at: Sequence[datetime],
    in_course: set[Key],
    language: str,
) -> CalendarEntry:
    """One visit. Its sequence grows with the stored one and with every booking entered since it exists."""
    status = _status(visit, checks)
    counted = _that_count(checks, status)
    rules = [protocol.get_rule(one.rule) for one in counted if protocol.find_rule(one.rule)]
    booking = next((booked[one.key] for one in counted if one.key in booked), None)
    visit_on, booked_at = visit.visit_on, None
    if status is Status.PLANNED and booking:
        status, visit_on, booked_at = Status.BOOKED, booking.booked_on, booking.booked_at
    elif status is Status.DONE:
        visit_on = max(one.settled_on for one in counted if one.settled_on)
    since = [at for at in agreed_at if at >= visit.created_at]
    at_home = visit.place is Place.HOME
    return CalendarEntry(
        uid=visit.id,
        visit_on=visit_on,
        opens_on=visit.opens_on,
        closes_on=visit.closes_on,
        sequence=visit.sequence + len(since),
        changed_at=max([visit.changed_at, *since]),
        created_at=visit.created_at,
        status=status,
        booked_at=booked_at,
        place=visit.place,
        to_arrange=not at_home and not any(one.key in in_course for one in checks),
        specimens=tuple(rule.specimen for rule in rules),
        titles=tuple(protocol.text(rule.title, language) for rule in rules),
        # Instructions speak to the staff, but for what a patient does at home.
        instructions=tuple(protocol.text(rule.instructions, language) for rule in rules if rule.instructions)
        if at_home
        else (),
    )


def _status(visit: StoredVisit, checks: Sequence[StoredCheck]) -> Status:
    """Planned while one check is open, done when one was done, cancelled when none was."""
    settlements = {one.settlement for one in checks}
    if visit.is_withdrawn:
        return Status.CANCELLED
    if Settlement.OPEN in settlements:
        return Status.PLANNED
    return Status.DONE if Settlement.DONE in settlements else Status.CANCELLED


def _that_count(checks: Sequence[StoredCheck], status: Status) -> list[StoredCheck]:
    """The checks that the entry speaks of: those still open, or those that were done."""
    match status:
        case Status.PLANNED:
            return [one for one in checks if one.settlement is Settlement.OPEN]
        case Status.DONE:
            return [one for one in checks if one.settlement is Settlement.DONE]
        case _:
            return list(checks)


def _end(visits: Sequence[StoredVisit], ends_on: date) -> CalendarEntry:
    """The end of follow-up; its identity hangs on the oldest visit, which is never deleted."""
    oldest = min(visits, key=lambda visit: (visit.created_at, visit.id))
    return CalendarEntry(
        uid=sha256(f"{oldest.id} follow-up-ends".encode()).hexdigest()[:32],
        visit_on=ends_on,
        opens_on=ends_on,
        closes_on=ends_on,
        sequence=sum(visit.sequence for visit in visits),
        changed_at=max(visit.changed_at for visit in visits),
        created_at=oldest.created_at,
        status=Status.END,
    )
