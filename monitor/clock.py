"""The one place that reads the wall clock; everybody else is handed an instant or a day."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock for tests and the demo: it stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock shows an instant: give the time zone, too")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        """Moves the clock by so much real time: a night in which the clocks change is as long as it is."""
        self._at += by


def today_in(zone: str, clock: Clock) -> date:
    """The day that a calendar on the wall shows in `zone`: at 23:30 UTC in winter, Berlin has tomorrow already."""
    return clock.now().astimezone(ZoneInfo(zone)).date()
