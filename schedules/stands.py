"""Stands: where a calendar shows a visit that is overdue, so that it never sinks into the past."""

from datetime import date, timedelta
from typing import NamedTuple

from schedules.working_days import IsWorkingDay

WEEK, DAY = timedelta(days=7), timedelta(days=1)
LONGEST_HOLIDAYS = 14


class Stand(NamedTuple):
    """The day on which an overdue visit stands, the number of times it has moved on, and since when it stands there."""

    stands_on: date
    step: int
    since: date


def stand_of(closes_on: date, today: date, is_working_day: IsWorkingDay) -> Stand | None:
    """The first working day on or after `closes_on` + 1 + 7k that has not passed; None while nothing is overdue.

    A window that closed on Friday 13 November 2026: from Saturday on the visit stands on Monday the 16th; from
    Tuesday on, k = 1, on Monday the 23rd. The step never falls while `today` moves forward.
    """
    if today <= closes_on:
        return None
    step = max(0, (today - closes_on - DAY) // WEEK - 2)  # a holiday moves a stand by days, never by two weeks
    while (stands_on := _stands_on(closes_on, step, is_working_day)) < today:
        step += 1
    since = _stands_on(closes_on, step - 1, is_working_day) + DAY if step else closes_on + DAY
    return Stand(stands_on, step, since)


def _stands_on(closes_on: date, step: int, is_working_day: IsWorkingDay) -> date:
    from_on = closes_on + DAY + step * WEEK
    days = (from_on + timedelta(days=offset) for offset in range(LONGEST_HOLIDAYS))
    return next((day for day in days if is_working_day(day)), from_on)
