"""Lengths of time as protocol files write them, and the one addition of months."""

from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from schedules.intervals import Interval, Unit, after, is_clamped


@pytest.mark.parametrize(
    ("text", "interval", "longest"),
    [
        ("1 day", Interval(1, Unit.DAY), 1),
        ("10 days", Interval(10, Unit.DAY), 10),
        ("2 weeks", Interval(2, Unit.WEEK), 14),
        ("1 month", Interval(1, Unit.MONTH), 31),
        ("48 months", Interval(48, Unit.MONTH), 1488),
        ("1 year", Interval(1, Unit.YEAR), 366),
    ],
)
def test_a_length_is_read_and_written_in_the_same_words(text: str, interval: Interval, longest: int) -> None:
    assert Interval.parse(text) == interval
    assert str(interval) == text
    assert interval.longest_days == longest


@pytest.mark.parametrize("text", ["", "month", "0 months", "1.5 months", "-1 month", "1  month", "a month", "1 Month"])
def test_what_is_no_length_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a length of time such as '1 month', '2 weeks' or '7 days'"):
        Interval.parse(text)


def test_a_length_goes_through_a_file_and_comes_back() -> None:
    adapter = TypeAdapter(Interval)
    assert adapter.validate_python("3 months") == adapter.validate_json('"3 months"') == Interval(3, Unit.MONTH)
    assert adapter.validate_python(Interval(3, Unit.MONTH)) == Interval(3, Unit.MONTH)
    assert adapter.dump_json(Interval(3, Unit.MONTH)) == b'"3 months"'
    with pytest.raises(ValidationError):
        adapter.validate_python(3)


@pytest.mark.parametrize(
    ("anchor", "interval", "times", "day"),
    [
        ("2023-01-31", "1 month", 1, "2023-02-28"),
        ("2023-01-31", "1 month", 2, "2023-03-31"),  # counted from the anchor: no drift to the 28th
        ("2024-01-31", "1 month", 1, "2024-02-29"),
        ("2024-03-31", "1 month", -1, "2024-02-29"),
        ("2024-02-29", "1 year", 1, "2025-02-28"),
        ("2024-02-29", "1 year", 4, "2028-02-29"),
        ("2024-02-29", "48 months", 1, "2028-02-29"),
        ("2024-12-31", "2 months", 1, "2025-02-28"),
        ("2024-01-01", "1 week", 9, "2024-03-04"),
        ("2024-02-28", "1 day", 2, "2024-03-01"),
        ("2024-01-01", "7 days", -1, "2023-12-25"),
        ("2024-01-31", "1 month", 0, "2024-01-31"),
    ],
)
def test_days_are_counted_from_the_anchor_in_one_step(anchor: str, interval: str, times: int, day: str) -> None:
    found = after(date.fromisoformat(anchor), Interval.parse(interval), times)
    assert found == date.fromisoformat(day)
    assert type(found) is date


def test_only_a_month_too_short_for_the_day_is_clamped() -> None:
    month = Interval.parse("1 month")
    assert is_clamped(date(2024, 1, 31), date(2024, 2, 29), month)
    assert not is_clamped(date(2024, 1, 31), date(2024, 3, 31), month)
    assert is_clamped(date(2024, 2, 29), date(2025, 2, 28), Interval.parse("1 year"))
    assert not is_clamped(date(2024, 1, 31), date(2024, 2, 7), Interval.parse("1 week"))
