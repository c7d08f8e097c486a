"""Working days: weekdays, public holidays and closures of one clinic, and what is lost to them."""

from datetime import date, timedelta

import pytest

from schedules.shifting import Suggested, count_shifted
from schedules.visits import suggest_day
from schedules.working_days import Closed, list_lost, working_days

CHRISTMAS = Closed(date(2026, 12, 23), date(2026, 12, 31))
TUESDAY = date(2026, 11, 3)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 12, 22), True),
        (date(2026, 12, 23), False),  # the first day of the closure
        (date(2026, 12, 25), False),  # a holiday within it
        (date(2026, 12, 31), False),  # the last
        (date(2027, 1, 1), False),  # New Year
        (date(2027, 1, 2), False),  # a Saturday
        (date(2027, 1, 4), True),
    ],
)
def test_a_closure_holds_from_its_first_day_to_its_last(day: date, works: bool) -> None:
    assert working_days("DE", None, None, (CHRISTMAS,))(day) is works


def test_a_clinic_works_on_its_own_weekdays() -> None:
    is_working_day = working_days("DE", None, (0, 2, 5))
    week = [TUESDAY + timedelta(days=offset) for offset in range(-1, 6)]
    assert [day.weekday() for day in week if is_working_day(day)] == [0, 2, 5]


def test_equal_values_are_one_and_the_same_test() -> None:
    assert working_days("DE", "BY", (0, 1), (CHRISTMAS,)) is working_days("DE", "BY", (0, 1), (CHRISTMAS,))
    assert working_days("DE", "BY", (0, 1), (CHRISTMAS,)) is not working_days("DE", "BY", (0, 1))


def test_what_is_lost_is_named_and_a_free_weekday_is_not_lost() -> None:
    lost = list_lost(
        "DE", None, None, [(CHRISTMAS, "Christmas closing")], from_on=date(2026, 12, 21), until_on=date(2026, 12, 27),
        language="en",
    )  # fmt: skip
    assert [(one.day.day, one.name, one.is_closure) for one in lost] == [
        (23, "Christmas closing", True),
        (24, "Christmas closing", True),
        (25, "Christmas Day", False),
    ]
    spoken = list_lost("DE", None, None, [], from_on=date(2026, 12, 25), until_on=date(2026, 12, 26), language="de")
    assert [one.name for one in spoken] == ["Erster Weihnachtstag"]  # the second is a Saturday


def test_a_closure_moves_a_suggested_day_inside_the_window() -> None:
    window = (date(2026, 12, 28), date(2026, 12, 21), date(2027, 1, 4))
    assert suggest_day(*window, working_days("DE")) == date(2026, 12, 28)
    assert suggest_day(*window, working_days("DE", None, None, (CHRISTMAS,))) == date(2026, 12, 22)


def test_only_what_the_days_before_explain_is_counted_as_moving() -> None:
    before, after = working_days("DE"), working_days("DE", None, None, (CHRISTMAS,))
    window = (date(2026, 12, 28), date(2026, 12, 21), date(2027, 1, 4))
    moving = Suggested(*window, date(2026, 12, 28), 3)
    away = Suggested(*window, date(2026, 12, 29), 5)  # the patient was away on the day that is nearest
    elsewhere = Suggested(date(2026, 11, 3), date(2026, 10, 27), date(2026, 11, 10), date(2026, 11, 3), 7)
    assert count_shifted([moving, away, elsewhere], before, after) == 3
    assert count_shifted([moving], before, before) == 0
