"""Where one rhythm ends and another takes over: no gap, no day twice, and nothing done that gets lost."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from schedules.intervals import Interval
from schedules.model import Check, Extra, Facts, Infusion, Origin, Person, Sample, Settlement
from schedules.planning import plan
from schedules.settling import settle
from tests.schedules.strategies import make_protocol, make_rule, shipped

NOBODY = Person()


def given(*days: str) -> list[Infusion]:
    return [Infusion(date.fromisoformat(day)) for day in days]


def due(checks: Iterable[Check], rule: str) -> list[str]:
    return [str(check.due_on) for check in checks if check.rule == rule]


def test_what_counts_from_the_last_infusion_has_no_gap_at_a_course() -> None:
    """The 12 January of the old grid gives way to the course's last day: without a check on that day nearly six
    months would lie between 12 October and 10 April.
    """
    rule = make_rule("thyroid", {"every": "3 months", "anchor": "last-infusion"}, (14, 14))
    checks = plan(make_protocol(rule, lasts="12 months"), NOBODY, infusions=given("2024-01-12", "2025-01-10")).checks
    assert due(checks, "thyroid") == [
        "2024-04-12", "2024-07-12", "2024-10-12", "2025-01-10", "2025-04-10", "2025-07-10", "2025-10-10", "2026-01-10",
    ]  # fmt: skip
    assert [check.number for check in checks] == list(range(1, 9))
    joint = checks[3]
    assert (joint.origin, joint.anchor_on, joint.step) == (Origin.GRID, date(2025, 1, 10), 0)


@pytest.mark.parametrize("taken", ["2024-12-13", "2024-12-20", "2025-01-15"])
def test_a_sample_for_the_day_that_gave_way_still_counts(taken: str) -> None:
    """The yearly check of 12 January, on time from 13 December, gives way to the course that ended on the 15th."""
    protocol = make_protocol(make_rule("skin", {"every": "1 year", "anchor": "last-infusion"}, (30, 30)))
    facts = Facts(samples=(Sample(1, "skin", date.fromisoformat(taken)),))
    one, two = (
        settle(protocol, plan(protocol, NOBODY, infusions=given(*days)), facts)[0]
        for days in (["2024-01-12"], ["2024-01-12", "2025-01-15"])
    )
    assert (str(one.check.due_on), one.settlement) == ("2025-01-12", Settlement.DONE)
    assert (str(two.check.due_on), two.settlement) == ("2025-01-15", Settlement.DONE)


def test_a_list_after_the_last_infusion_keeps_what_a_new_course_finds_done() -> None:
    protocol = make_protocol(make_rule("scan", {"at": ["2 months", "6 months"], "anchor": "last-infusion"}))
    checks = plan(protocol, NOBODY, infusions=given("2024-01-12", "2024-05-01")).checks
    assert [(check.number, str(check.due_on)) for check in checks] == [
        (1, "2024-03-12"), (3, "2024-07-01"), (4, "2024-11-01"),
    ]  # fmt: skip


def test_a_restart_takes_over_from_a_rhythm_that_never_ends() -> None:
    """Not two grids at once: from the restart on there is the weekly one alone, and numbers run on."""
    checks = plan(shipped("clozapine-us"), NOBODY, infusions=given("2024-01-01", "2025-06-02")).checks
    days = [check.due_on for check in checks if check.rule == "neutrophils"]
    assert days == sorted(set(days))
    assert [check.number for check in checks if check.rule == "neutrophils"] == list(range(1, len(days) + 1))
    restart = days.index(date(2025, 6, 2))
    assert [str(day) for day in days[restart - 1 : restart + 3]] == [
        "2025-05-01", "2025-06-02", "2025-06-09", "2025-06-16",
    ]  # fmt: skip


def test_a_rule_with_a_length_of_its_own_asks_for_nothing_in_its_breaks() -> None:
    """Else the second course would bring, a year late, checks for months in which nobody asked for any."""
    protocol = make_protocol(make_rule("liver", {"every": "1 month", "until": "3 months"}))
    one = plan(protocol, NOBODY, infusions=given("2024-01-12")).checks
    two = plan(protocol, NOBODY, infusions=given("2024-01-12", "2025-01-10")).checks
    assert due(one, "liver") == ["2024-02-12", "2024-03-12", "2024-04-12"]
    assert due(two, "liver") == [*due(one, "liver"), "2025-02-10", "2025-03-10", "2025-04-10"]


def test_a_length_longer_than_follow_up_is_one_stretch() -> None:
    protocol = make_protocol(make_rule("scan", {"every": "1 year", "until": "3 years"}, (30, 30)), lasts="6 months")
    checks = plan(protocol, NOBODY, infusions=given("2024-01-12", "2025-06-02")).checks
    assert due(checks, "scan") == ["2025-01-12", "2026-01-12", "2027-01-12", "2028-01-12", "2028-06-02"]


def test_two_temporary_rhythms_follow_each_other() -> None:
    temporary = [
        {"every": "3 months", "from_on": "2024-03-01", "until_on": "2024-05-31"},
        {"every": "2 weeks", "from_on": "2024-06-01", "until_on": "2024-06-30"},
    ]
    protocol = make_protocol(make_rule("count", {"every": "1 month", "temporary": temporary}), lasts="12 months")
    checks = plan(protocol, NOBODY, infusions=given("2024-01-12")).checks
    assert due(checks, "count")[:5] == ["2024-02-12", "2024-04-12", "2024-06-14", "2024-06-28", "2024-07-12"]


def test_monthly_orders_do_not_overlap_in_february_either() -> None:
    """From 1 January the first step has 31 days, but the one of February only 28."""
    protocol = make_protocol(make_rule("thyroid", {"every": "3 months"}, (14, 14)))
    order = Extra("thyroid-extra", 1, date(2025, 1, 1), Interval.parse("1 month"), 4)
    checks = plan(protocol, NOBODY, infusions=(), extras=[order]).checks
    assert due(checks, "thyroid-extra") == ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"]
    for earlier, later in pairwise(checks):
        assert timedelta(1) <= later.opens_on - earlier.closes_on <= timedelta(5)


def test_a_single_order_keeps_the_tail_of_its_rule() -> None:
    protocol = make_protocol(make_rule("scan", {"every": "1 year"}, (30, 30)))
    order = Extra("scan-extra", 7, date(2025, 1, 1), Interval.parse("1 week"), 1)
    (check,) = plan(protocol, NOBODY, infusions=(), extras=[order]).checks
    assert [str(day) for day in check[3:6]] == ["2025-01-01", "2025-01-01", "2025-01-31"]
