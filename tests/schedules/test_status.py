"""Escalation steps and the exposure clock."""

from datetime import date, timedelta

import pytest

from schedules.model import Check, Origin
from schedules.protocol import Escalation, Role
from schedules.status import State, days_overdue, escalations, expose, state_of

TODAY = date(2026, 11, 2)
STEPS = (
    Escalation(after_days=7, role=Role.NURSE),
    Escalation(after_days=14, role=Role.CLINICIAN),
    Escalation(two_in_a_row=True, role=Role.CLINICIAN),
)


def closed(days_ago: int) -> Check:
    closes_on = TODAY - timedelta(days=days_ago)
    due_on = closes_on - timedelta(days=7)
    opens_on = due_on - timedelta(days=7)
    return Check("blood-count", 1, "blood-count", opens_on, due_on, closes_on, Origin.GRID, opens_on, 1, False)


@pytest.mark.parametrize(
    ("overdue_days", "steps"),
    [
        ([], []),
        ([1], []),
        ([6], []),
        ([7], [0]),
        ([13], [0]),
        ([14], [0, 1]),
        ([400], [0, 1]),
        ([1, 2], [2]),
        ([8, 39], [0, 1, 2]),
    ],
)
def test_each_step_holds_from_its_day_on(overdue_days: list[int], steps: list[int]) -> None:
    overdue = [closed(days) for days in overdue_days]
    assert escalations(STEPS, overdue, TODAY) == tuple(STEPS[step] for step in steps)


def test_a_step_at_once_still_waits_for_the_window_to_close() -> None:
    at_once = (Escalation(after_days=0, role=Role.NURSE),)
    assert escalations(at_once, [closed(0)], TODAY) == ()
    assert escalations(at_once, [closed(1)], TODAY) == at_once


@pytest.mark.parametrize(
    ("days_ago", "state", "days"),
    [(-15, State.UPCOMING, 0), (-14, State.OPEN, 0), (-8, State.OPEN, 0), (-7, State.DUE, 0), (0, State.DUE, 0),
     (1, State.OVERDUE, 1), (1000, State.OVERDUE, 1000)],
)  # fmt: skip
def test_a_window_has_three_borders_and_no_end(days_ago: int, state: State, days: int) -> None:
    assert (state_of(closed(days_ago), TODAY), days_overdue(closed(days_ago), TODAY)) == (state, days)


@pytest.mark.parametrize(
    ("last", "today", "days", "is_known", "is_exceeded"),
    [
        (None, "2024-02-26", 45, False, False),
        (None, "2024-02-27", 46, False, True),
        ("2024-02-12", "2024-03-28", 45, True, False),
        ("2024-02-12", "2024-03-29", 46, True, True),
        ("2024-02-12", "2024-02-01", 0, True, False),
    ],
    ids=["from the course's end", "one day too many", "from the sample", "one too many again", "a later sample"],
)  # fmt: skip
def test_the_exposure_clock(last: str | None, today: str, days: int, is_known: bool, is_exceeded: bool) -> None:
    clock = expose(
        "blood-count",
        last_on=date.fromisoformat(last) if last else None,
        treated_on=date(2024, 1, 12),
        limit_days=45,
        today=date.fromisoformat(today),
    )
    assert (clock.days, clock.is_known, clock.is_exceeded) == (days, is_known, is_exceeded)
