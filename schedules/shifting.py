"""Shifting: how many suggested days move when a clinic's working days change, from the windows alone."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from schedules.visits import suggest_day
from schedules.working_days import IsWorkingDay


class Suggested(NamedTuple):
    """Visits with the same days: the window, the day suggested, and how many they are."""

    due_on: date
    opens_on: date
    closes_on: date
    visit_on: date
    number: int


def count_shifted(visits: Iterable[Suggested], before: IsWorkingDay, after: IsWorkingDay) -> int:
    """The visits that get another day. What the days before do not explain (a patient is away, a course has its own
    days) is left aside, so that the number is a good guess and never an alarm.
    """
    return sum(
        one.number
        for one in visits
        if suggest_day(one.due_on, one.opens_on, one.closes_on, before) == one.visit_on
        and suggest_day(one.due_on, one.opens_on, one.closes_on, after) != one.visit_on
    )
