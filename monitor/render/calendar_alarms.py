"""Alarms: at most two for each entry, at hours at which people are awake, and none for what needs nobody."""

from collections.abc import Iterator
from datetime import time, timedelta

from icalendar import Alarm

from monitor.render.calendar_entries import CalendarEntry, Status, Style
from monitor.render.calendar_lines import Text

DAY = timedelta(days=1)
A_DAY_BEFORE, TWO_HOURS_BEFORE = -DAY, timedelta(hours=-2)


def make_alarms(entry: CalendarEntry, style: Style, summary: str) -> Iterator[Alarm]:
    """Shown, never mailed: a subscriber's server would send the mail. They say no more than the title."""
    for number, trigger in enumerate(_triggers(entry, style), start=1):
        alarm = Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("UID", Text(f"{entry.uid}-{number}"))
        alarm.add("DESCRIPTION", Text(summary))
        alarm.add("TRIGGER", trigger)
        yield alarm


def _triggers(entry: CalendarEntry, style: Style) -> Iterator[timedelta]:
    """From the hour that was agreed, or from midnight: 09:00 the day before is -PT15H. A bare -P1D would ring at night.

    What is overdue rings on the day on which it stands, and only then.
    """
    if style.for_staff or entry.status not in {Status.PLANNED, Status.BOOKED, Status.OVERDUE}:
        return
    if style.day_before_at is not None and entry.status is not Status.OVERDUE:
        yield A_DAY_BEFORE if entry.has_hour else _after_midnight(style.day_before_at) - DAY
    if style.same_day_at is not None:
        yield TWO_HOURS_BEFORE if entry.has_hour else _after_midnight(style.same_day_at)


def _after_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
