"""An overdue visit stands on a working day that has not passed, and its step never falls."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.stands import Stand, stand_of
from schedules.working_days import working_days
from tests.schedules.invented_patients import examples

GERMANY = working_days("DE")
FRIDAY = date(2026, 11, 13)


@pytest.mark.parametrize(
    ("closes_on", "today", "expected"),
    [
        # Not overdue on the last day of the window, overdue the day after.
        (FRIDAY, FRIDAY, None),
        (FRIDAY, date(2026, 11, 14), Stand(date(2026, 11, 16), 0, date(2026, 11, 14))),
        (FRIDAY, date(2026, 11, 16), Stand(date(2026, 11, 16), 0, date(2026, 11, 14))),
        # The day after it stood there, a week on from the 14th, which again is a Saturday.
        (FRIDAY, date(2026, 11, 17), Stand(date(2026, 11, 23), 1, date(2026, 11, 17))),
        (FRIDAY, date(2026, 11, 24), Stand(date(2026, 11, 30), 2, date(2026, 11, 24))),
        # Christmas: 25 December 2026 is a Friday, so that Monday is the first working day after Thursday the 24th.
        (date(2026, 12, 24), date(2026, 12, 25), Stand(date(2026, 12, 28), 0, date(2026, 12, 25))),
        # Forgotten for years: still on a day that has not passed.
        (FRIDAY, date(2030, 11, 13), Stand(date(2030, 11, 18), 209, date(2030, 11, 12))),
    ],
)
def test_where_an_overdue_visit_stands(closes_on: date, today: date, expected: Stand | None) -> None:
    assert stand_of(closes_on, today, GERMANY) == expected


days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
countries = st.sampled_from(["DE", "GB", "US", "JP"])


@examples(60)
@given(days, st.integers(1, 900), countries)
def test_it_stands_ahead_on_a_working_day_and_moves_on_only_when_that_has_passed(
    closes_on: date, late: int, country: str
) -> None:
    is_working_day, today = working_days(country), closes_on + timedelta(days=late)
    now = stand_of(closes_on, today, is_working_day)
    later = stand_of(closes_on, today + timedelta(days=1), is_working_day)
    assert now
    assert later
    assert is_working_day(now.stands_on)
    assert now.since <= today <= now.stands_on
    assert now.stands_on >= closes_on + timedelta(days=1 + 7 * now.step)
    if today < now.stands_on:
        assert later == now
    else:
        assert later.step > now.step
        assert later.since == today + timedelta(days=1)


@examples(40)
@given(days, st.integers(1, 400), countries)
def test_no_earlier_step_would_still_lie_ahead(closes_on: date, late: int, country: str) -> None:
    """A slow second definition: the smallest k whose first working day has not passed."""
    is_working_day, today = working_days(country), closes_on + timedelta(days=late)

    def first_working_day(step: int) -> date:
        day = closes_on + timedelta(days=1 + 7 * step)
        while not is_working_day(day):
            day += timedelta(days=1)
        return day

    step = next(step for step in range(200) if first_working_day(step) >= today)
    found = stand_of(closes_on, today, is_working_day)
    assert found
    assert (found.step, found.stands_on) == (step, first_working_day(step))
