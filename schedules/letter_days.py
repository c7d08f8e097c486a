"""Letter days: for which local day a digest is due, whatever clocks and calendars do that night."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def instant_of(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """When the clock on the wall shows that hour of that day, in UTC.

    An hour that is left out in spring gives the one instant after it (02:30 in Berlin on 28 March 2027 is 03:30), an
    hour that comes twice in autumn gives its first (PEP 495).
    """
    return datetime.combine(day, hour, zone).astimezone(UTC)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the calendar on the wall has that day: Samoa went from 29 to 31 December 2011."""
    return instant_of(day, time(12), zone).astimezone(zone).date() == day


def due_day(now: datetime, hour: time, zone: ZoneInfo, *, weekday: int | None = None) -> date:
    """The newest local day whose hour has come; with `weekday` (0 is Monday) the newest such day.

    At 06:59 of 2 November with the hour 07:00 that is 1 November; a minute later it is the 2nd.
    """
    day = now.astimezone(zone).date() + DAY
    while True:
        if (weekday is None or day.weekday() == weekday) and exists(day, zone) and instant_of(day, hour, zone) <= now:
            return day
        day -= DAY


def days_between(last: date, newest: date, zone: ZoneInfo, *, weekday: int | None = None) -> Iterator[date]:
    """The days after the last that was planned and before the newest that is due: those that nobody planned."""
    day = last + DAY
    while day < newest:
        if (weekday is None or day.weekday() == weekday) and exists(day, zone):
            yield day
        day += DAY
