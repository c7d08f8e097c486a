"""Waits: doubled up to a bound, by lot, and never nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.retrying import LONGEST, pause_after, wait_after

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30), (10_000, 30)]
)
def test_each_wait_is_twice_the_last_up_to_half_an_hour(attempts: int, minutes: int) -> None:
    assert wait_after(attempts, 0.5) == minutes * MINUTE


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 5), (2, 10), (3, 20), (5, 80), (6, 120), (10_000, 120)])
def test_a_pause_grows_to_two_hours(attempts: int, minutes: int) -> None:
    assert pause_after(attempts) == minutes * MINUTE


@given(attempts=st.integers(1, 10_000), lot=st.floats(0, 1, exclude_max=True))
def test_the_lot_moves_a_wait_by_half_at_most(attempts: int, lot: float) -> None:
    middle = wait_after(attempts, 0.5)
    assert middle / 2 <= wait_after(attempts, lot) <= middle * 1.5 <= LONGEST * 1.5
