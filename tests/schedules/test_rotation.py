"""Rotation: the newest copy of each of the last days, weeks and months stays."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.rotation import kept

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = [datetime(2026, 1, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(306)]  # to 2 November


def days(moments: set[datetime]) -> list[str]:
    return sorted(f"{one:%m-%d}" for one in moments)


def test_seven_days_four_weeks_and_twelve_months() -> None:
    left = days(kept(NIGHTS, zone=BERLIN, daily=7, weekly=4, monthly=12))
    assert left == [
        "01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30",
        "10-18", "10-25", "10-27", "10-28", "10-29", "10-30", "10-31", "11-01", "11-02",
    ]  # fmt: skip


def test_of_one_day_the_newest_is_kept_and_the_day_is_that_of_the_zone() -> None:
    morning, evening, next_morning = (datetime(2026, 11, 2, hour, tzinfo=UTC) for hour in (1, 22, 23))
    some = [morning, evening, next_morning]
    assert kept(some, zone=BERLIN, daily=2, weekly=0, monthly=0) == {evening, next_morning}
    assert kept(some, zone=UTC, daily=2, weekly=0, monthly=0) == {next_morning}


def test_the_hour_that_comes_twice_in_autumn_has_two_copies() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert kept([first, second], zone=BERLIN, daily=7, weekly=4, monthly=12) == {second}


def test_where_copies_stopped_the_old_ones_stay() -> None:
    old = [datetime(2024, 5, day, 1, tzinfo=UTC) for day in (1, 2, 3)]
    assert kept([*old, datetime(2026, 11, 2, 1, tzinfo=UTC)], zone=UTC, daily=7, weekly=0, monthly=0) >= set(old)


moments = st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), max_size=60)  # noqa: DTZ001
numbers = st.integers(0, 9)


@given(moments, numbers, numbers, numbers)
def test_the_newest_is_always_kept_and_twice_is_once(some: list[datetime], day: int, week: int, month: int) -> None:
    left = kept(some, zone=BERLIN, daily=day, weekly=week, monthly=month)
    assert left <= set(some)
    assert not some or max(some) in left
    assert kept(left, zone=BERLIN, daily=day, weekly=week, monthly=month) == left


@pytest.mark.parametrize("count", [1, 7, 30])
def test_so_many_days_back_each_have_their_copy(count: int) -> None:
    left = {one.date() for one in kept(NIGHTS, zone=UTC, daily=count, weekly=0, monthly=0)}
    assert left == {date(2026, 11, 2) - timedelta(days=number) for number in range(count)}
