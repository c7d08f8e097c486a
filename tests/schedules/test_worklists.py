"""The worklist's order and groups, as tables that a nurse can read."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.protocol import Escalation, Role
from schedules.status import State, days_overdue, state_of
from schedules.worklists import (
    Booked,
    Counts,
    Kind,
    Line,
    Pressing,
    choose,
    count,
    entries,
    group_by_family,
    in_order,
)

TODAY = date(2026, 11, 2)


def due(days: int, number: int = 1, family: str = "blood-count", *, tail: int = 7) -> Pressing:
    """A check due so many days from today; its window is a week on either side."""
    on = TODAY + timedelta(days=days)
    return Pressing(family, number, family, on - timedelta(days=7), on, on + timedelta(days=tail))


def line(patient: str, *checks: Pressing, kind: Kind = Kind.CHECK, **more: object) -> Line:
    family = checks[0].family if checks else "blood-count"
    facts = {"family": family, "checks": checks, "title": {"en": family}} | more
    return Line(kind=kind, patient=patient, clinic="north", treatment_id=1, today=TODAY, **facts)  # type: ignore[arg-type]


def test_the_most_urgent_line_comes_first() -> None:
    lines = [
        line("open", due(3)),
        line("due", due(-2)),
        line("not-seen", kind=Kind.NOT_SEEN, days=(TODAY - timedelta(days=10),)),
        line("unconfirmed", kind=Kind.UNCONFIRMED, days=(TODAY - timedelta(days=1),)),
        line("overdue 3 days", due(-10)),
        line("overdue 40 days", due(-47)),
        line("two in a row", due(-40), due(-9, 2)),
        line("failed", kind=Kind.FAILED, failure="ValueError"),
    ]
    assert [one.patient for one in in_order(lines)] == [
        "failed", "two in a row", "overdue 40 days", "overdue 3 days", "unconfirmed", "not-seen", "due", "open",
    ]  # fmt: skip


def test_of_due_checks_the_one_whose_window_closes_first_comes_first() -> None:
    lines = [line("closes later", due(-1)), line("closes sooner", due(-6)), line("closes today", due(-7))]
    assert [one.patient for one in in_order(lines)] == ["closes today", "closes sooner", "closes later"]


def test_several_missed_months_are_one_line() -> None:
    groups = group_by_family([due(-70, 1), due(-39, 2), due(-8, 3), due(4, 4), due(0, 1, "thyroid")])
    assert {family: [check.number for check in checks] for family, checks in groups.items()} == {
        "blood-count": [1, 2, 3, 4],
        "thyroid": [1],
    }
    missed = line("N-1", *groups["blood-count"])
    assert (missed.state, missed.missed, missed.days_overdue) == (State.OVERDUE, 3, 63)
    assert missed.first.number == 1


@pytest.mark.parametrize(
    ("booked", "is_unbooked"),
    [
        (None, True),
        (Booked(TODAY + timedelta(days=2), None, False, False), False),
        (Booked(TODAY + timedelta(days=40), None, True, False), False),
        (Booked(TODAY - timedelta(days=1), None, False, True), True),
    ],
    ids=["nothing agreed", "agreed", "agreed outside the window", "the agreed day has passed"],
)
def test_a_booking_hides_nothing_and_a_passed_one_counts_no_more(booked: Booked | None, is_unbooked: bool) -> None:
    overdue = line("N-1", due(-20), booked=booked)
    assert overdue.state is State.OVERDUE
    assert overdue.is_unbooked is is_unbooked


def test_the_highest_role_is_named() -> None:
    steps = (Escalation(after_days=7, role=Role.NURSE), Escalation(after_days=14, role=Role.CLINICIAN))
    assert line("N-1", due(-30), steps=steps).role is Role.CLINICIAN
    assert line("N-1", due(-30)).role is None


def test_filters_keep_what_was_asked_for_and_every_failure() -> None:
    failed = line("failed", kind=Kind.FAILED, failure="ValueError")
    overdue, waiting = line("a", due(-20)), line("b", due(3, family="thyroid"))
    lines = [failed, overdue, waiting]
    assert choose(lines, state="overdue") == [failed, overdue]
    assert choose(lines, rule="thyroid") == [failed, waiting]
    assert choose(lines, unbooked=True) == lines
    assert choose(lines, state="not-seen") == [failed]


def test_machines_get_every_open_check_of_a_line_with_a_state_of_its_own() -> None:
    both = line("a", due(-20, 1), due(3, 2))
    assert [(one.check.number, one.state) for one in entries([both])] == [(1, State.OVERDUE), (2, State.OPEN)]
    assert [one.check.number for one in entries([both], state="open")] == [2]
    assert entries([both], rule="thyroid") == []


def test_lines_are_counted_by_state_and_bookings_beside_it() -> None:
    agreed = Booked(TODAY, None, False, False)
    lines = [
        line("a", due(-20), booked=agreed),
        line("b", due(-1)),
        line("c", due(2)),
        line("d", kind=Kind.NOT_SEEN, days=(TODAY,)),
    ]
    assert count(lines) == Counts(overdue=1, due=1, open=1, booked=1, not_seen=1)


@given(st.lists(st.integers(-90, 30), min_size=1, max_size=8), st.integers(0, 20))
def test_a_lines_state_is_that_of_its_worst_check(days: list[int], tail: int) -> None:
    checks = group_by_family(due(one, number, tail=tail) for number, one in enumerate(days))["blood-count"]
    order = list(State)
    one = line("a", *checks)
    assert one.state == max((state_of(check, TODAY) for check in checks), key=order.index)
    assert one.days_overdue == max(days_overdue(check, TODAY) for check in checks)


@given(st.permutations([line(str(number), due(-number)) for number in range(8)]))
def test_the_order_does_not_depend_on_the_order_of_the_facts(lines: list[Line]) -> None:
    assert in_order(lines) == in_order(list(reversed(lines)))


@pytest.mark.parametrize(
    ("checks", "next_visit", "suggested"),
    [
        ([due(3)], 4, 4),
        ([due(-2)], 1, 1),
        ([due(-2)], 26, None),
        ([due(-40)], 20, None),
        ([due(-40), due(-9, 2), due(20, 3)], 20, None),
        ([due(3)], None, None),
    ],
    ids=["ahead", "due", "due, the day has passed", "overdue", "two overdue", "no visit"],
)
def test_a_visit_weeks_away_is_never_offered_for_what_presses_now(
    checks: list[Pressing], next_visit: int | None, suggested: int | None
) -> None:
    def on(days: int | None) -> date | None:
        return None if days is None else TODAY + timedelta(days=days)

    assert line("N-1", *checks, next_visit_on=on(next_visit)).suggested_on == on(suggested)
