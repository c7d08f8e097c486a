"""Calendar entries: what a stored visit or period looks like in a calendar on a day, from rows alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from db.calendars import Asked
from db.checks import StoredPeriod, StoredVisit
from monitor.render.calendar import CalendarEntry, Status
from schedules.following import FOLLOW_UP
from schedules.model import Settlement
from schedules.protocol import Anchor, OnInfusionDay, Place, Protocol
from schedules.stands import DAY, stand_of
from schedules.working_days import IsWorkingDay

KEPT_FOR = timedelta(days=30)
"""How long an entry stays after the act that settled it, so that every program has seen what became of it."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scene:
    """What entries depend on beside their rows: the protocol, the clinic's day, zone and working days, the language.

    `restyled` is how often words and alarms of all entries changed, `restyled_at` when last: each counts as a change.
    """

    protocol: Protocol
    today: date
    zone: ZoneInfo
    is_working_day: IsWorkingDay
    language: str
    restyled: int = 0
    restyled_at: datetime = LONG_AGO

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def show_visit(
    visit: StoredVisit, checks: Sequence[Asked], scene: Scene, *, to_staff: bool = False
) -> CalendarEntry | None:
    """The entry of a visit; None where a calendar has nothing to say: to a patient the office's own work, what was
    settled long ago, and what an import brought as history."""
    if visit.place is Place.OFFICE and not to_staff:
        return None
    still_open = [one for one in checks if one.settlement is Settlement.OPEN]
    if still_open:
        return _show_open(visit, still_open, scene)
    if not checks and not visit.is_withdrawn:
        return None
    has_left = scene.day_of(visit.changed_at) + KEPT_FOR < scene.today
    if has_left or visit.came_as_history([one.settled_on for one in checks], scene.zone):
        return None
    done = [one for one in checks if one.settlement is Settlement.DONE]
    if done:
        visit_on = max(one.settled_on for one in done if one.settled_on)
        return _entry(visit, done, scene, status=Status.DONE, visit_on=visit_on)
    return _entry(visit, checks, scene, status=_given_up(checks), visit_on=visit.visit_on)


def _show_open(visit: StoredVisit, checks: Sequence[Asked], scene: Scene) -> CalendarEntry:
    """What the patient said first, then what was agreed, then what is overdue, then what is planned.

    An overdue visit never sinks into the past: it moves on by itself, its sequence one higher with every step.
    """
    if visit.reported_on:
        return _entry(visit, checks, scene, status=Status.REPORTED, visit_on=visit.reported_on)
    if visit.booked_on and visit.booked_on >= scene.today:
        return _entry(visit, checks, scene, status=Status.BOOKED, visit_on=visit.booked_on)
    stand = stand_of(min(one.closes_on for one in checks), scene.today, scene.is_working_day)
    if stand:
        # Until the agreed day had passed that day was shown.
        since = max(stand.since, visit.booked_on + DAY) if visit.booked_on else stand.since
        return _entry(
            visit, checks, scene, status=Status.OVERDUE, visit_on=stand.stands_on, steps=stand.step + 1,
            changed_at=max(visit.changed_at, scene.midnight(since)),
        )  # fmt: skip
    if visit.booked_on:
        return _entry(visit, checks, scene, status=Status.BOOKED, visit_on=visit.booked_on)
    return _entry(visit, checks, scene, status=Status.PLANNED, visit_on=visit.visit_on)


def _given_up(checks: Sequence[Asked]) -> Status:
    settlements = {one.settlement for one in checks}
    if Settlement.WAIVED in settlements:
        return Status.WAIVED
    return Status.SUPERSEDED if Settlement.SUPERSEDED in settlements else Status.CANCELLED


def _entry(
    visit: StoredVisit,
    checks: Sequence[Asked],
    scene: Scene,
    *,
    status: Status,
    visit_on: date,
    steps: int = 0,
    changed_at: datetime | None = None,
) -> CalendarEntry:
    protocol, language = scene.protocol, scene.language
    rules = [rule for one in checks if (rule := protocol.find_rule(one.rule))]
    at_home = visit.place is Place.HOME
    return CalendarEntry(
        uid=visit.id,
        visit_on=visit_on,
        opens_on=visit.opens_on,
        closes_on=min((one.closes_on for one in checks), default=visit.closes_on),
        sequence=visit.sequence + steps + scene.restyled,
        changed_at=max(changed_at or visit.changed_at, scene.restyled_at),
        created_at=visit.created_at,
        status=status,
        booked_at=visit.booked_at if status is Status.BOOKED else None,
        place=visit.place,
        to_arrange=not at_home and not any(isinstance(rule.schedule, OnInfusionDay) for rule in rules),
        specimens=tuple(rule.specimen for rule in rules),
        titles=tuple(protocol.text(rule.title, language) for rule in rules),
        # Instructions speak to the staff, but for what a patient does at home.
        instructions=tuple(protocol.text(rule.instructions, language) for rule in rules if rule.instructions)
        if at_home
        else (),
        reported_on=visit.reported_on if status is Status.REPORTED else None,
    )


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the record has of the end of monitoring here: the day, None while it goes on, and how often it changed."""

    left_on: date | None = None
    times: int = 0
    changed_at: datetime = LONG_AGO


def show_end(period: StoredPeriod, scene: Scene, leaving: Leaving, *, names_tests: bool) -> CalendarEntry | None:
    """The end of follow-up; the protocol's words on what stays true afterwards name tests, so they need the choice."""
    if period.name != FOLLOW_UP:
        return None
    ends_on = leaving.left_on or (None if period.is_withdrawn else period.ends_on)
    if ends_on is None:
        return None
    # "The regular tests end here" would be wrong for whoever goes on with them elsewhere.
    is_told = names_tests and leaving.left_on is None
    stays = [one for one in scene.protocol.advice if one.starts.anchor is Anchor.FOLLOW_UP_END] if is_told else ()
    return CalendarEntry(
        uid=period.id,
        visit_on=ends_on,
        opens_on=ends_on,
        closes_on=ends_on,
        sequence=period.sequence + leaving.times + scene.restyled,
        changed_at=max(period.changed_at, leaving.changed_at, scene.restyled_at),
        created_at=period.created_at,
        status=Status.ENDED if leaving.left_on else Status.END,
        text=" ".join(scene.protocol.text(one.text, scene.language) for one in stays),
    )


def show_advice(period: StoredPeriod, scene: Scene) -> CalendarEntry | None:
    """A period in which something holds, until it has passed. It betrays the drug: for patients who asked alone."""
    advice = next((one for one in scene.protocol.advice if one.id == period.name), None)
    if advice is None or period.is_withdrawn or (period.ends_on or scene.today) < scene.today:
        return None
    return CalendarEntry(
        uid=period.id,
        visit_on=period.starts_on,
        opens_on=period.starts_on,
        closes_on=period.starts_on,
        sequence=period.sequence + scene.restyled,
        changed_at=max(period.changed_at, scene.restyled_at),
        created_at=period.created_at,
        status=Status.ADVICE,
        ends_on=period.ends_on,
        titles=(scene.protocol.text(advice.title, scene.language),),
        text=scene.protocol.text(advice.text, scene.language),
    )


def show_notice(name: str, on: date, at: datetime, *, title: str, text: str) -> CalendarEntry:
    """One entry that says something about the calendar itself; an empty calendar would be taken for a broken one."""
    return CalendarEntry(
        uid=sha256(name.encode()).hexdigest()[:32],
        visit_on=on,
        opens_on=on,
        closes_on=on,
        sequence=0,
        changed_at=at,
        created_at=at,
        status=Status.NOTICE,
        titles=(title,),
        text=text,
    )


def for_staff(entry: CalendarEntry, reference: str) -> CalendarEntry:
    """The same visit in a clinic's calendar: by the reference, and under an identity of its own."""
    return replace(entry, uid=sha256(f"{entry.uid} staff".encode()).hexdigest()[:32], reference=reference)
