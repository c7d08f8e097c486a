"""Calendars: visits become the same bytes every time, discreet by default, and no visit appears twice."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event, vDuration

from monitor.render.calendar_alarms import make_alarms
from monitor.render.calendar_descriptions import describe_entry
from monitor.render.calendar_entries import CALLED_OFF, CalendarEntry, Status, Style
from monitor.render.calendar_lines import Text, clean_line, fold_lines
from monitor.render.calendar_titles import summarize
from monitor.render.calendar_words import calendar_name
from monitor.render.zones import describe_zone
from schedules.protocol import Place

__all__ = [
    "CalendarEntry", "Status", "Style",
    "calendar_name", "join_calendar", "render_calendar", "render_event", "render_head",
]  # fmt: skip

PRODUCT = "-//Follow-up calendar//EN"
"""Not the program's name, which says what is being followed up: it stands in every copy that a provider keeps."""
REFRESH = timedelta(hours=6)
LASTS = timedelta(minutes=30)
DAY = timedelta(days=1)
END_OF_CALENDAR = b"END:VCALENDAR\r\n"


def render_calendar(entries: Iterable[CalendarEntry], *, name: str, style: Style) -> bytes:
    """A whole calendar. The same entries give the same bytes, in whatever order they come.

    A patient's leaves office work out.
    """
    shown = sorted(
        (one for one in entries if style.for_staff or one.place is not Place.OFFICE), key=lambda one: one.order
    )
    head = render_head(name, zone=style.zone, timed=[one.visit_on for one in shown if one.has_hour])
    return join_calendar(head, (render_event(one, style) for one in shown))


def join_calendar(head: bytes, events: Iterable[bytes]) -> bytes:
    """A calendar of parts that were kept."""
    return b"".join([head, *events, END_OF_CALENDAR])


def render_head(name: str, *, zone: str | None, timed: Sequence[date]) -> bytes:
    """All that stands before the first event. `timed` are the days of the entries with an hour, in any order."""
    years = (min(timed).year, max(timed).year) if timed and zone else None
    return _head(name, zone, years)


@lru_cache(maxsize=2_000)
def _head(name: str, zone: str | None, years: tuple[int, int] | None) -> bytes:
    """Built property by property: `Calendar.new` would add a random UID to the calendar at every rendering."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", Text(PRODUCT))
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("NAME", Text(clean_line(name)))
    calendar.add("X-WR-CALNAME", Text(clean_line(name)))
    if zone:
        calendar.add("X-WR-TIMEZONE", Text(zone))
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    head = _bytes_of(calendar).removesuffix(END_OF_CALENDAR)
    return head + _zone(zone, *years) if zone and years else head


@lru_cache(maxsize=200)
def _zone(zone: str, first: int, last: int) -> bytes:
    """What a zone does in these years, found once: it costs as much as many events."""
    return _bytes_of(describe_zone(zone, date(first, 1, 1), date(last, 12, 31)))


@lru_cache(maxsize=20_000)
def render_event(entry: CalendarEntry, style: Style) -> bytes:
    """One event. Its bytes are kept, so that a change costs one event and not the whole calendar."""
    return _bytes_of(make_event(entry, style))


def make_event(entry: CalendarEntry, style: Style) -> Event:
    """The event as icalendar has it, property by property in the order in which they are written."""
    summary = summarize(entry, style)
    event = Event()
    event.add("UID", Text(entry.uid))
    event.add("DTSTAMP", _utc(entry.changed_at))
    event.add("LAST-MODIFIED", _utc(entry.changed_at))
    event.add("CREATED", _utc(entry.created_at))
    event.add("SEQUENCE", entry.sequence)
    _add_days(event, entry, style)
    event.add("SUMMARY", Text(summary))
    event.add("DESCRIPTION", Text(describe_entry(entry, style)))
    event.add("STATUS", "CANCELLED" if _is_cancelled(entry, style) else "CONFIRMED")
    event.add("CLASS", "PRIVATE")
    # vdirsyncer tells events apart by all but their UID: two visits of one day would be one to it.
    event.add("X-ENTRY-ID", Text(entry.uid))
    for alarm in make_alarms(entry, style, summary):
        event.add_component(alarm)
    return event


def _is_cancelled(entry: CalendarEntry, style: Style) -> bool:
    return entry.status in CALLED_OFF or (entry.status is Status.DONE and style.settled_as == "cancelled")


def _add_days(event: Event, entry: CalendarEntry, style: Style) -> None:
    """Whole days that leave a patient free, or the hour that was agreed."""
    if entry.has_hour and entry.booked_at:
        if style.zone is None:
            raise ValueError("an entry with an hour needs the clinic's time zone")
        zone = ZoneInfo(style.zone)
        starts_at = _on_the_clock(datetime.combine(entry.visit_on, entry.booked_at.replace(fold=0), zone))
        event.add("DTSTART", starts_at)
        event.add("DTEND", _on_the_clock(starts_at + LASTS))
    else:
        event.add("DTSTART", entry.visit_on)
        event.add("DTEND", entry.last_on + DAY)
    # An appointment takes the patient's time; the clinic's takes none of whoever subscribed to the worklist.
    is_busy = entry.has_hour and not style.for_staff
    event.add("TRANSP", "OPAQUE" if is_busy else "TRANSPARENT")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY" if is_busy else "FREE")


def _on_the_clock(at: datetime) -> datetime:
    """The same hour, or in the night in which it is left out the one that clocks show then; never the second of two."""
    return at.astimezone(UTC).astimezone(at.tzinfo).replace(fold=0)


def _bytes_of(component: Component) -> bytes:
    return fold_lines(line for line in component.content_lines(sorted=False) if line)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
