"""Calendars: visits become the same bytes every time, discreet by default, and no visit appears twice."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vDuration, vText

from monitor.render.calendar_words import CALENDAR
from monitor.render.texts import format_day, specimen_word
from monitor.render.zones import describe_zone
from schedules.phrases import spoken
from schedules.protocol import Place, Specimen

PRODUCT = "-//post-infusion-monitor//follow-up//EN"
REFRESH = timedelta(hours=6)
LASTS = timedelta(minutes=30)
NINE_THE_DAY_BEFORE, NINE_THAT_DAY = timedelta(hours=-15), timedelta(hours=9)
"""An all-day entry begins at midnight, so that an alarm one day before would ring at night."""
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f\u2028\u2029]+")
END_OF_CALENDAR = b"END:VCALENDAR\r\n"


class Status(StrEnum):
    """What became of a visit, as far as a patient's calendar needs to know; `end` is the end of follow-up."""

    PLANNED = "planned"
    BOOKED = "booked"
    DONE = "done"
    CANCELLED = "cancelled"
    END = "end"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One visit. `visit_on` is the day it stands on: the suggested one or, once booked, the agreed one.

    `uid` never changes, whatever moves; `sequence` and `changed_at` grow with every change that a patient can see.
    Not `to_arrange` is what needs no call: questions at home, a sample on an infusion day. `specimens`, `titles`
    and `instructions` only show where a patient chose detail.
    """

    uid: str
    visit_on: date
    opens_on: date
    closes_on: date
    sequence: int
    changed_at: datetime
    created_at: datetime
    status: Status = Status.PLANNED
    booked_at: time | None = None
    place: Place = Place.LABORATORY
    to_arrange: bool = True
    specimens: Sequence[Specimen] = ()
    titles: Sequence[str] = ()
    instructions: Sequence[str] = ()

    @property
    def order(self) -> tuple[bool, date, time, str]:
        """By day and hour; the end of follow-up stands last."""
        return self.status is Status.END, self.visit_on, self.booked_at or time.min, self.uid


@dataclass(frozen=True, slots=True)
class Style:
    """How a calendar speaks. `detail` names tests; `urine_advice` is for patients who menstruate, and needs detail."""

    language: str
    zone: str | None = None
    contact: str = ""
    detail: bool = False
    urine_advice: bool = False


def render_calendar(
    entries: Iterable[CalendarEntry],
    *,
    name: str,
    language: str,
    zone: str | None = None,
    contact: str = "",
    detail: bool = False,
    urine_advice: bool = False,
) -> bytes:
    """A whole calendar. The same entries give the same bytes, in whatever order they come; office work is left out.

    An entry with an hour needs the clinic's `zone`.
    """
    style = Style(language, zone, contact, detail, urine_advice)
    shown = sorted((one for one in entries if one.place is not Place.OFFICE), key=lambda one: one.order)
    head = _head(name, zone, [one.visit_on for one in shown if _has_hour(one)])
    events = (render_event(one, style) for one in shown)
    return b"".join([head, *events, END_OF_CALENDAR])


def _head(name: str, zone: str | None, timed: Sequence[date]) -> bytes:
    """All that stands before the first event.

    Built property by property: `Calendar.new` would add a random UID to the calendar at every rendering.
    """
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("NAME", vText(_clean(name)))
    calendar.add("X-WR-CALNAME", vText(_clean(name)))
    if zone:
        calendar.add("X-WR-TIMEZONE", vText(zone))
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    if timed and zone:
        calendar.add_component(describe_zone(zone, min(timed), max(timed)))
    return bytes(calendar.to_ical(sorted=False)).removesuffix(END_OF_CALENDAR)


def render_event(entry: CalendarEntry, style: Style) -> bytes:
    """One event, ready to be kept until the entry or the style changes."""
    event = Event()
    event.add("UID", vText(entry.uid))
    event.add("DTSTAMP", _utc(entry.changed_at))
    event.add("LAST-MODIFIED", _utc(entry.changed_at))
    event.add("CREATED", _utc(entry.created_at))
    event.add("SEQUENCE", entry.sequence)
    _add_days(event, entry, style)
    summary = _summary(entry, style)
    event.add("SUMMARY", vText(summary))
    event.add("DESCRIPTION", vText("\n".join(_clean(line) for line in _description(entry, style))))
    event.add("STATUS", "CANCELLED" if entry.status is Status.CANCELLED else "CONFIRMED")
    event.add("CLASS", "PRIVATE")
    for number, trigger in enumerate(_triggers(entry), start=1):
        event.add_component(_alarm(f"{entry.uid}-{number}", summary, trigger))
    return bytes(event.to_ical(sorted=False))


def _add_days(event: Event, entry: CalendarEntry, style: Style) -> None:
    """A whole day that leaves a patient free, or the hour that was agreed."""
    if _has_hour(entry) and entry.booked_at:
        if style.zone is None:
            raise ValueError("an entry with an hour needs the clinic's time zone")
        starts_at = datetime.combine(entry.visit_on, entry.booked_at, ZoneInfo(style.zone))
        event.add("DTSTART", starts_at)
        event.add("DTEND", starts_at + LASTS)
        event.add("TRANSP", "OPAQUE")
        event.add("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY")
    else:
        event.add("DTSTART", entry.visit_on)
        event.add("DTEND", entry.visit_on + timedelta(days=1))
        event.add("TRANSP", "TRANSPARENT")
        event.add("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")


def _has_hour(entry: CalendarEntry) -> bool:
    return entry.status is Status.BOOKED and entry.booked_at is not None


def _summary(entry: CalendarEntry, style: Style) -> str:
    words = CALENDAR[spoken(style.language)]
    match entry.status:
        case Status.PLANNED:
            summary = words["arrange" if entry.to_arrange else "remember"]
        case status:
            summary = words[status]
    what = ", ".join(specimen_word(one, style.language) for one in dict.fromkeys(entry.specimens))
    if style.detail and what and entry.status is not Status.CANCELLED:
        summary = words["detail"].format(summary=summary, what=what)
    return _clean(summary)


def _description(entry: CalendarEntry, style: Style) -> Iterator[str]:
    words = CALENDAR[spoken(style.language)]
    opens, closes = (format_day(on, style.language, "weekday") for on in (entry.opens_on, entry.closes_on))
    days = words["one-day" if opens == closes else "any-day"].format(opens=opens, closes=closes)
    match entry.status:
        case Status.END:
            yield words["at-the-end"]
        case Status.DONE:
            yield words["was-done"]
        case Status.CANCELLED:
            yield words["was-cancelled"]
        case Status.BOOKED:
            yield words["agreed"]
        case Status.PLANNED:
            yield f"{days} {words['please-arrange']}" if entry.to_arrange else days
    if style.detail and entry.status in {Status.PLANNED, Status.BOOKED}:
        yield from _details(entry, style)
    if style.contact:
        yield words["contact"].format(contact=style.contact)


def _details(entry: CalendarEntry, style: Style) -> Iterator[str]:
    words = CALENDAR[spoken(style.language)]
    if entry.titles:
        yield words["to-do"].format(titles=", ".join(entry.titles))
    yield from dict.fromkeys(entry.instructions)
    if style.urine_advice and Specimen.URINE in entry.specimens:
        yield words["urine"]


def _triggers(entry: CalendarEntry) -> tuple[timedelta, ...]:
    """At most two; none for what was done or cancelled and for the end of follow-up."""
    if entry.status in {Status.DONE, Status.CANCELLED, Status.END}:
        return ()
    if _has_hour(entry):
        return timedelta(days=-1), timedelta(hours=-2)
    return NINE_THE_DAY_BEFORE, NINE_THAT_DAY


def _alarm(uid: str, description: str, trigger: timedelta) -> Alarm:
    """Shown, never mailed: a subscriber's server would send the mail."""
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("UID", vText(uid))
    alarm.add("DESCRIPTION", vText(description))
    alarm.add("TRIGGER", trigger)
    return alarm


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return at.astimezone(UTC).replace(microsecond=0)


def _clean(text: str) -> str:
    """Without control characters: one broken line can cost a client the whole calendar."""
    return CONTROLS.sub(" ", text).strip()
