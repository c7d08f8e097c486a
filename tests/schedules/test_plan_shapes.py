"""Courses, grids and windows of every shape that a protocol can have, beside those that the manual shows."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from schedules.intervals import Interval
from schedules.model import Check, Extra, Infusion, Origin, Person, Plan
from schedules.planning import group_courses, group_episodes, plan
from schedules.protocol import Protocol, Sex
from tests.schedules.strategies import make_protocol, make_rule

COURSE_1, COURSE_2 = date(2024, 1, 12), date(2025, 1, 20)


def day(text: str) -> date:
    return date.fromisoformat(text)


def planned(found: Protocol, *infusions: Infusion | date, extras: Iterable[Extra] = (), **person: Any) -> Plan:
    given = [one if isinstance(one, Infusion) else Infusion(one) for one in infusions]
    return plan(found, Person(**person), infusions=given, extras=extras)


def due(found: Plan, rule: str = "blood") -> dict[int, str]:
    return {check.number: str(check.due_on) for check in found.checks if check.rule == rule}


def of(found: Plan, rule: str, number: int) -> Check:
    return next(check for check in found.checks if check[:2] == (rule, number))


def monthly(**more: Any) -> dict[str, Any]:
    return make_rule("blood", {"every": "1 month", "anchor": "first-course-end"} | more)


# --- Courses and stretches of follow-up -----------------------------------------------------------------


@pytest.mark.parametrize(("apart", "courses"), [(1, 1), (29, 1), (30, 2)])
def test_days_less_than_thirty_apart_are_one_course(apart: int, courses: int) -> None:
    infusions = [Infusion(COURSE_1), Infusion(COURSE_1 + timedelta(days=apart))]
    assert len(group_courses(infusions, 30)) == courses


def test_a_course_goes_on_from_each_of_its_days_and_not_from_the_first_only() -> None:
    infusions = [Infusion(COURSE_1 + timedelta(days=20 * nth)) for nth in range(4)]
    (course,) = group_courses(infusions, 30)
    assert (course.starts_on, course.ends_on) == (COURSE_1, COURSE_1 + timedelta(days=60))


def test_the_source_may_name_the_course_whatever_the_days_say() -> None:
    same = [Infusion(COURSE_1, course=1), Infusion(COURSE_1 + timedelta(days=60), course=1)]
    other = [Infusion(COURSE_1, course=1), Infusion(COURSE_1 + timedelta(days=2), course=2)]
    half_named = [Infusion(COURSE_1, course=1), Infusion(COURSE_1 + timedelta(days=2))]
    assert [len(group_courses(one, 30)) for one in (same, other, half_named)] == [1, 2, 1]


def test_a_day_both_planned_and_given_is_one_infusion_and_given() -> None:
    infusions = [Infusion(COURSE_1), Infusion(COURSE_1, planned=True), Infusion(COURSE_1)]
    for order in (infusions, infusions[::-1]):
        (course,) = group_courses(order, 30)
        assert course.infusions == (Infusion(COURSE_1),)


def test_an_interrupted_course_ends_with_its_last_day_given() -> None:
    infusions = [Infusion(COURSE_1), Infusion(COURSE_1 + timedelta(days=1), planned=True)]
    (course,) = group_courses(infusions, 30)
    assert course.ends_on == COURSE_1
    assert due(planned(make_protocol(monthly()), *infusions))[1] == "2024-02-12"


@pytest.mark.parametrize(("later", "stretches"), [("2028-01-12", 1), ("2028-01-13", 2)])
def test_a_course_on_the_end_day_goes_on_and_one_on_the_day_after_begins_anew(later: str, stretches: int) -> None:
    courses = group_courses([Infusion(COURSE_1), Infusion(day(later))], 30)
    assert len(group_episodes(courses, Interval.parse("48 months"))) == stretches


def test_nothing_is_planned_without_infusions_and_no_follow_up_without_one_given() -> None:
    assert planned(make_protocol(monthly())) == Plan((), ())
    only_planned = planned(make_protocol(monthly()), Infusion(COURSE_1, planned=True))
    assert (only_planned.ends_on, only_planned.checks) == (None, ())


def test_the_end_is_that_of_the_latest_infusion_given_even_when_more_is_planned_after_it() -> None:
    found = planned(make_protocol(monthly()), COURSE_1, Infusion(date(2029, 1, 1), planned=True))
    assert len(found.episodes) == 2
    assert found.ends_on == date(2028, 1, 12)


# --- Grids ----------------------------------------------------------------------------------------------


def test_a_window_that_reaches_the_end_gives_way_to_the_closing_check_and_one_that_does_not_stays() -> None:
    """Monthly from 12 January 2024, on time for 7 days: #60 on 2029-01-12 stays when the end is the 20th."""
    found = make_protocol(monthly())
    for second, expected in (("2025-01-19", "2029-01-19"), ("2025-01-20", "2029-01-12")):
        assert due(planned(found, COURSE_1, day(second)))[60] == expected
    assert due(planned(found, COURSE_1, day("2025-01-20")))[61] == "2029-01-20"


def test_what_counts_from_the_last_infusion_begins_again_at_each_course_with_a_check_on_that_day() -> None:
    rule = monthly(anchor="last-infusion")
    found = planned(make_protocol(rule, lasts="6 months"), COURSE_1, day("2024-03-30"))
    assert list(due(found).values()) == [
        "2024-02-12", "2024-03-12", "2024-03-30", "2024-04-30", "2024-05-30", "2024-06-30", "2024-07-30", "2024-08-30",
        "2024-09-30",
    ]  # fmt: skip
    assert [check.number for check in found.checks] == list(range(1, 10))
    assert [check.origin for check in found.checks].count(Origin.CLOSING) == 1


def test_a_rule_for_good_is_written_out_for_ten_years_and_never_closes() -> None:
    found = planned(make_protocol(make_rule("blood", {"every": "1 year", "until": "for-good"})), COURSE_1)
    assert list(due(found).values()) == [f"{year}-01-12" for year in range(2025, 2034)]
    assert {check.origin for check in found.checks} == {Origin.GRID}


def test_an_end_of_its_own_closes_a_rule_early_and_breaks_it_between_courses() -> None:
    found = planned(make_protocol(monthly(until="3 months")), COURSE_1, COURSE_2)
    assert list(due(found).values()) == [
        "2024-02-12", "2024-03-12", "2024-04-12", "2025-02-20", "2025-03-20", "2025-04-20",
    ]  # fmt: skip
    assert [str(check.opens_on) for check in found.checks if check.origin is Origin.CLOSING] == [
        "2024-04-12", "2025-04-20",
    ]  # fmt: skip


@pytest.mark.parametrize(("tail", "is_kept"), [(2, True), (3, False)])
def test_a_phase_begins_with_a_check_on_its_first_day(tail: int, is_kept: bool) -> None:
    """Weekly for a month, then monthly: 9 February stays where its window closes before the 12th."""
    phases = [{"every": "1 week", "until": "1 month"}, {"every": "1 month"}]
    found = planned(make_protocol(make_rule("blood", {"phases": phases}, (2, tail)), lasts="3 months"), COURSE_1)
    weekly = ["2024-01-19", "2024-01-26", "2024-02-02"] + ["2024-02-09"] * is_kept
    assert list(due(found).values()) == [*weekly, "2024-02-12", "2024-03-12", "2024-04-12"]


def test_a_temporary_rhythm_holds_for_the_days_inside_its_period_and_then_ends_by_itself() -> None:
    period = {"every": "3 months", "from_on": "2024-03-01", "until_on": "2024-08-31"}
    found = planned(make_protocol(monthly(temporary=[period]), lasts="12 months"), COURSE_1)
    assert list(due(found).values()) == [
        "2024-02-12", "2024-04-12", "2024-07-12", "2024-09-12", "2024-10-12", "2024-11-12", "2024-12-12", "2025-01-12",
    ]  # fmt: skip
    assert [check.number for check in found.checks] == list(range(1, 9))
    assert found.checks[-1].origin is Origin.CLOSING


def test_a_temporary_rhythm_does_not_move_the_closing_check() -> None:
    period = {"every": "5 months", "from_on": "2024-03-01", "until_on": "2099-12-31"}
    found = planned(make_protocol(monthly(temporary=[period]), lasts="12 months"), COURSE_1)
    assert list(due(found).values()) == ["2024-02-12", "2024-06-12", "2024-11-12", "2025-01-12"]


# --- Lists, baselines, infusion days ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"anchor": "course-start"}, {1: "2024-03-11", 2: "2024-07-11", 3: "2025-03-20", 4: "2025-07-20"}),
        ({"anchor": "course-end", "course": "first"}, {1: "2024-03-12", 2: "2024-07-12"}),
        ({"anchor": "course-end", "course": "later"}, {3: "2025-03-20", 4: "2025-07-20"}),
        ({"anchor": "first-infusion"}, {1: "2024-03-11", 2: "2024-07-11"}),
        ({"anchor": "last-infusion"}, {1: "2024-03-12", 2: "2024-07-12", 3: "2025-03-20", 4: "2025-07-20"}),
        ({"anchor": "follow-up-end"}, {1: "2029-03-20", 2: "2029-07-20"}),
    ],
)
def test_a_list_counts_from_its_anchor_and_keeps_its_numbers(schedule: Any, expected: dict[int, str]) -> None:
    """Courses on 11 and 12 January 2024 and on 20 January 2025; a number belongs to its course, whichever are meant."""
    rule = make_rule("scan", {"at": ["2 months", "6 months"]} | schedule)
    found = planned(make_protocol(rule), day("2024-01-11"), COURSE_1, COURSE_2)
    assert due(found, "scan") == expected


@pytest.mark.parametrize(("which", "numbers"), [("each", [1, 2, 3]), ("first", [1, 3]), ("later", [2])])
def test_a_baseline_for_the_first_course_is_asked_for_again_when_an_earlier_follow_up_has_ended(
    which: str, numbers: list[int]
) -> None:
    rule = make_rule("baseline", {"before_course": which, "due": "7 days"}, (23, 7))
    found = planned(make_protocol(rule), COURSE_1, COURSE_2, day("2030-06-01"))
    assert [check.number for check in found.checks] == numbers
    assert all(check.closes_on == check.anchor_on for check in found.checks)


@pytest.mark.parametrize(
    ("start", "is_asked"), [("2024-04-12", True), ("2024-04-13", False), ("2024-05-12", False), ("2024-05-13", True)]
)
def test_a_baseline_is_left_out_where_follow_up_asked_in_the_thirty_days_before(start: str, is_asked: bool) -> None:
    """Every three months from 12 January: due on 12 April, which is 30 days before 12 May.

    A check on the first day of the course itself (12 April) comes too late to replace its baseline.
    """
    follow_up = make_rule("blood", {"every": "3 months"}, family="blood")
    baseline = make_rule("baseline", {"before_course": "each", "due": "7 days"}, (23, 7), family="blood")
    found = planned(make_protocol(baseline, follow_up), COURSE_1, day(start))
    assert (2 in due(found, "baseline")) is is_asked
    assert due(found, "baseline")[1] == "2024-01-05"


def test_the_third_infusion_day_is_the_third_given_or_planned_and_a_shorter_course_has_none() -> None:
    rule = make_rule("platelets", {"infusion_day": 3}, (0, 1))
    course_1 = [Infusion(COURSE_1 + timedelta(days=nth), planned=nth > 0) for nth in (0, 1, 4)]
    course_2 = [Infusion(COURSE_2 + timedelta(days=nth)) for nth in range(2)]
    found = planned(make_protocol(rule), *course_1, *course_2)
    assert due(found, "platelets") == {1: "2024-01-16"}


# --- For whom ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sex", "checks", "confirm"),
    [(Sex.FEMALE, 4, False), (Sex.MALE, 0, False), (Sex.OTHER, 4, True), (Sex.UNKNOWN, 4, True), (None, 4, True)],
)
def test_a_rule_for_women_is_left_out_only_for_somebody_known_to_be_a_man(
    sex: Sex | None, checks: int, confirm: bool
) -> None:
    rule = make_rule("hpv", {"every": "1 year"}, only_for={"sex": "female"})
    found = planned(make_protocol(rule), COURSE_1, sex=sex).checks
    assert len(found) == checks
    assert all(check.confirm is confirm for check in found)


def test_a_rule_for_an_age_begins_on_the_birthday_and_its_numbers_have_no_gap() -> None:
    rule = make_rule("bone", {"every": "1 year"}, only_for={"age_from": 50, "age_to": 51})
    found = make_protocol(rule)
    assert due(planned(found, COURSE_1, born_on=day("1976-01-12")), "bone") == {1: "2026-01-12", 2: "2027-01-12"}
    assert due(planned(found, COURSE_1, born_on=day("1976-01-13")), "bone") == {1: "2027-01-12", 2: "2028-01-12"}
    unknown = planned(found, COURSE_1).checks
    assert len(unknown) == 4
    assert all(check.confirm for check in unknown)


# --- Extra checks -----------------------------------------------------------------------------------------


def test_an_extra_borrows_the_window_of_follow_up_and_never_opens_before_it_was_wanted() -> None:
    extra = Extra("blood", 1, day("2024-02-20"))
    check = of(planned(make_protocol(monthly()), COURSE_1, extras=[extra]), "blood-extra", 1)
    assert [str(one) for one in check[3:6]] == ["2024-02-20", "2024-02-20", "2024-02-27"]


def test_an_order_every_week_has_windows_that_do_not_touch_and_keeps_its_numbers() -> None:
    extra = Extra("blood", 5, day("2024-02-20"), Interval.parse("1 week"), 3)
    found = planned(make_protocol(monthly()), COURSE_1, extras=[extra])
    assert [[str(one) for one in of(found, "blood-extra", number)[3:6]] for number in (5, 6, 7)] == [
        ["2024-02-20", "2024-02-20", "2024-02-23"],
        ["2024-02-24", "2024-02-27", "2024-03-01"],
        ["2024-03-02", "2024-03-05", "2024-03-08"],
    ]


def test_a_monthly_order_counts_each_day_from_its_first() -> None:
    extra = Extra("blood", 1, day("2024-01-31"), Interval.parse("1 month"), 3)
    found = planned(make_protocol(monthly()), COURSE_1, extras=[extra])
    assert list(due(found, "blood-extra").values()) == ["2024-01-31", "2024-02-29", "2024-03-31"]


def test_an_extra_is_kept_without_any_infusion() -> None:
    found = planned(make_protocol(monthly()), extras=[Extra("blood", 1, day("2024-01-31"))])
    assert due(found, "blood-extra") == {1: "2024-01-31"}
