"""What today is depends on the clinic's time zone and on nothing else."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from monitor.clock import FixedClock, SystemClock, today_in


@pytest.mark.parametrize(
    ("at", "zone", "today"),
    [
        (datetime(2024, 1, 8, 22, 59, tzinfo=UTC), "Europe/Berlin", date(2024, 1, 8)),
        (datetime(2024, 1, 8, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2024, 1, 9)),
        (datetime(2024, 7, 8, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2024, 7, 9)),
        (datetime(2024, 1, 9, 4, 59, tzinfo=UTC), "America/New_York", date(2024, 1, 8)),
        # Both nights in which the clocks change: midnight stays where it was before the change.
        (datetime(2024, 3, 30, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2024, 3, 31)),
        (datetime(2024, 3, 31, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2024, 4, 1)),
        (datetime(2024, 10, 26, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2024, 10, 27)),
        (datetime(2024, 10, 27, 22, 59, tzinfo=UTC), "Europe/Berlin", date(2024, 10, 27)),
        (datetime(2024, 10, 27, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2024, 10, 28)),
    ],
)
def test_today(at, zone, today):
    assert today_in(zone, FixedClock(at)) == today


def test_fixed_clock_stands_until_it_is_moved():
    clock = FixedClock(datetime(2024, 1, 8, 12, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == clock.now() == datetime(2024, 1, 8, 10, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.advance(timedelta(days=1, minutes=5))
    assert clock.now() == datetime(2024, 1, 9, 10, 5, tzinfo=UTC)


def test_fixed_clock_refuses_a_time_without_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2024, 1, 8, 12))  # noqa: DTZ001 - that is the point


def test_system_clock_shows_an_instant_in_utc():
    earlier, later = SystemClock().now(), SystemClock().now()
    assert earlier.tzinfo is UTC
    assert earlier <= later
