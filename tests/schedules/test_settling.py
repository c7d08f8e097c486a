"""Which sample, waiver and booking belongs to which check, at the borders of every rule."""

from datetime import date, timedelta

import pytest

from schedules.model import Booking, Check, Extra, Facts, Infusion, Key, Origin, Person, Sample, Settlement, Waiver
from schedules.planning import plan
from schedules.settling import (
    assign_bookings,
    assign_samples,
    assign_waivers,
    by_family,
    find_check_for,
    in_settling_order,
    is_outside,
    settle,
)
from tests.schedules.strategies import make_protocol, make_rule

MONTHLY = make_protocol(make_rule("blood-count", {"every": "1 month"}), lasts="12 months")
GIVEN = [Infusion(date(2024, 1, 12))]
PLAN = plan(MONTHLY, Person(), infusions=GIVEN)  # due on the 12th of each month, on time from the 5th to the 19th


def day(written: str) -> date:
    return date.fromisoformat(written)


def sample(number: int, taken: str, said_to_be: str = "") -> Sample:
    rule, _, check = said_to_be.partition("/")
    return Sample(number, "blood-count", day(taken), Key(rule, int(check)) if check else None)


def settled(*samples: Sample, extras: tuple[Extra, ...] = (), **facts: object) -> dict[str, Settlement]:
    made = plan(MONTHLY, Person(), infusions=GIVEN, extras=extras)
    answer = settle(MONTHLY, made, Facts(samples=samples, **facts))  # type: ignore[arg-type]
    return {str(one.check.key): one.settlement for one in answer}


# --- Samples ----------------------------------------------------------------------------------------


def test_of_several_samples_the_first_is_the_day_on_which_the_check_was_done() -> None:
    found = settle(MONTHLY, PLAN, Facts(samples=(sample(2, "2024-02-20"), sample(1, "2024-02-13"))))
    assert [one.id for one in found[0].samples] == [1, 2]
    assert found[0].settled_on == day("2024-02-13")
    assert found[1].settled_on is None


def test_the_sweep_agrees_with_the_definition_on_every_day() -> None:
    """Also where windows do not open in the order of their due days, as with a baseline or an order."""
    members = in_settling_order(
        [*PLAN.checks, Check("baseline", 2, "blood-count", day("2024-03-20"), day("2024-04-13"), day("2024-04-20"),
         Origin.BASELINE, day("2024-04-20"), -1, False)]
    )  # fmt: skip
    for offset in range(420):
        taken = sample(1, str(day("2024-01-12") + timedelta(days=offset)))
        check = find_check_for(members, taken.taken_on)
        assert assign_samples(members, [taken]) == ({check.key: [taken]} if check else {})


@pytest.mark.parametrize(
    ("said_to_be", "done"),
    [
        ("blood-count/2", "blood-count/2"),
        ("blood-count/3", "blood-count/3"),
        ("blood-count/4", "blood-count/3"),
        ("blood-count/99", "blood-count/3"),
    ],
    ids=["an earlier check", "the same", "one that was not open yet", "one that is not planned"],
)
def test_a_persons_word_holds_while_it_can_be_true(said_to_be: str, done: str) -> None:
    found = settled(sample(1, "2024-04-20", said_to_be))
    assert [key for key, settlement in found.items() if settlement is Settlement.DONE] == [done]


def test_what_a_person_said_to_be_an_earlier_check_leaves_the_present_open() -> None:
    found = settled(sample(1, "2024-04-13", "blood-count/2"))
    assert [found[f"blood-count/{number}"] for number in (1, 2, 3)] == [
        Settlement.SUPERSEDED, Settlement.DONE, Settlement.OPEN,
    ]  # fmt: skip


def test_blood_from_before_an_order_does_not_answer_it() -> None:
    """Ordered for the 10th; blood of the 9th is for the check of the 12th. That of the 11th overtakes the order."""
    order = (Extra("blood-count-extra", 1, day("2024-05-10")),)
    early = settled(sample(1, "2024-05-09"), extras=order)
    assert (early["blood-count/4"], early["blood-count-extra/1"]) == (Settlement.DONE, Settlement.OPEN)
    later = settled(sample(1, "2024-05-09"), sample(2, "2024-05-11"), extras=order)
    assert (later["blood-count/4"], later["blood-count-extra/1"]) == (Settlement.DONE, Settlement.SUPERSEDED)


def test_an_order_on_a_grid_day_leaves_the_sample_to_the_grid() -> None:
    found = settled(sample(1, "2024-05-12"), extras=(Extra("blood-count-extra", 1, day("2024-05-12")),))
    assert (found["blood-count/4"], found["blood-count-extra/1"]) == (Settlement.DONE, Settlement.SUPERSEDED)


def test_a_sample_of_another_family_settles_nothing_and_is_no_error() -> None:
    assert set(settled(Sample(1, "thyroid", day("2024-05-12"))).values()) == {Settlement.OPEN}


# --- Waivers and bookings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waived", "key"),
    [
        ("2024-03-12", Key("blood-count", 2)),
        ("2024-03-19", Key("blood-count", 2)),
        ("2024-03-05", Key("blood-count", 2)),
        ("2024-03-20", None),
        ("2024-03-04", None),
    ],
    ids=["the day itself", "a tail later", "a tail earlier", "one day more", "one day less"],
)
def test_a_waiver_reaches_as_far_as_the_windows_tail(waived: str, key: Key | None) -> None:
    waiver = Waiver(1, "blood-count", day(waived))
    assert assign_waivers(PLAN.checks, [waiver]) == ({key: waiver} if key else {})


def test_of_two_equally_near_checks_the_earlier_is_waived_and_of_two_waivers_the_later_holds() -> None:
    weekly = plan(make_protocol(make_rule("count", {"every": "2 weeks"}, (7, 7))), Person(), infusions=GIVEN).checks
    between = Waiver(1, "count", day("2024-02-02"))
    assert list(assign_waivers(weekly, [between])) == [Key("count", 1)]
    again = Waiver(2, "count", day("2024-01-26"))
    assert assign_waivers(weekly, [again, between]) == {Key("count", 1): again}


def test_a_waiver_is_for_one_rule_and_a_sample_outweighs_it() -> None:
    assert assign_waivers(PLAN.checks, [Waiver(1, "thyroid", day("2024-03-12"))]) == {}
    waiver = Waiver(1, "blood-count", day("2024-03-12"))
    assert settled(waivers=(waiver,))["blood-count/2"] is Settlement.WAIVED
    assert settled(sample(1, "2024-03-12"), waivers=(waiver,))["blood-count/2"] is Settlement.DONE
    assert settled(waivers=(waiver,), discharged_on=day("2024-02-01"))["blood-count/2"] is Settlement.WAIVED


@pytest.mark.parametrize(
    ("booked", "number", "outside"),
    [("2024-03-04", 1, True), ("2024-03-05", 2, False), ("2024-03-19", 2, False), ("2023-01-01", 1, True)],
)
def test_a_booking_belongs_to_the_check_that_its_sample_would_settle(booked: str, number: int, outside: bool) -> None:
    booking = Booking(1, "blood-count", day(booked))
    (key,) = assign_bookings(PLAN.checks, [booking])
    assert key.number == number
    (check,) = (one for one in PLAN.checks if one.key == key)
    assert is_outside(booking, check) is outside


def test_the_latest_booking_of_a_check_holds() -> None:
    first, second = Booking(1, "blood-count", day("2024-03-12")), Booking(2, "blood-count", day("2024-03-08"))
    assert assign_bookings(PLAN.checks, [second, first]) == {Key("blood-count", 2): second}
    assert assign_bookings(PLAN.checks, [Booking(1, "thyroid", day("2024-03-12"))]) == {}


# --- Taking over ------------------------------------------------------------------------------------

TAKEN_OVER = "blood-count-takeover/1"


def test_a_sample_known_from_long_before_the_next_check_is_no_reason_for_calm() -> None:
    """45 days are the most that may pass. The sample of 20 July lies 44 days back on 2 September, but the check of
    12 August closed in between: without one now, the next is due 84 days after that sample.
    """
    found = settled(sample(1, "2024-07-20"), followed_here_from=day("2024-09-02"))
    assert found["blood-count/7"] is Settlement.BEFORE_RECORD
    assert found[TAKEN_OVER] is Settlement.OPEN


@pytest.mark.parametrize(
    ("from_on", "added"),
    [("2024-08-20", True), ("2024-08-19", False), ("2024-06-01", False), ("2024-02-01", False)],
    ids=["a check has closed", "it is still open", "the sample reaches on", "nothing has closed yet"],
)
def test_a_known_sample_must_reach_to_the_next_check(from_on: str, added: bool) -> None:
    """Samples of 10 May and 29 July: the second reaches to 12 September exactly, so that one day less does not."""
    samples = (sample(1, "2024-05-10"), sample(2, "2024-07-28"))
    found = settled(*(one for one in samples if one.taken_on < day(from_on)), followed_here_from=day(from_on))
    assert (TAKEN_OVER in found) is added


def test_the_sample_that_just_reaches_is_enough() -> None:
    found = settled(sample(1, "2024-07-29"), followed_here_from=day("2024-08-20"))
    assert TAKEN_OVER not in found


def test_a_sample_of_the_first_day_settles_the_check_of_taking_over() -> None:
    found = settled(sample(1, "2024-06-01"), followed_here_from=day("2024-06-01"))
    assert found[TAKEN_OVER] is Settlement.DONE


@pytest.mark.parametrize(("from_on", "added"), [("2025-01-20", True), ("2025-03-05", True), ("2025-03-06", False)])
def test_a_follow_up_that_ended_long_ago_raises_no_alarm(from_on: str, added: bool) -> None:
    """It closed on 19 January 2025; 45 days later nobody asks any more."""
    assert (TAKEN_OVER in settled(followed_here_from=day(from_on))) is added


def test_a_course_after_the_first_day_here_raises_no_alarm_about_the_years_before() -> None:
    """The first follow-up ended in January 2025, the patient came in June 2026, and a course followed in 2027."""
    made = plan(MONTHLY, Person(), infusions=[*GIVEN, Infusion(day("2027-02-01"))])
    answer = settle(MONTHLY, made, Facts(followed_here_from=day("2026-06-01")))
    assert TAKEN_OVER not in {str(one.check.key) for one in answer}
    assert {one.settlement for one in answer[12:]} == {Settlement.OPEN}


# --- Order ------------------------------------------------------------------------------------------


def test_discharge_settles_what_is_open_and_nothing_else() -> None:
    found = settled(sample(1, "2024-03-12"), followed_here_from=day("2024-02-20"), discharged_on=day("2024-04-01"))
    assert [found[f"blood-count/{number}"] for number in (1, 2, 3)] == [
        Settlement.BEFORE_RECORD, Settlement.DONE, Settlement.DISCHARGED,
    ]  # fmt: skip


def test_families_keep_the_order_of_the_day_with_the_grid_last() -> None:
    extra = plan(MONTHLY, Person(), infusions=GIVEN, extras=[Extra("blood-count-extra", 1, day("2024-02-12"))])
    members = by_family(in_settling_order(reversed(extra.checks)))["blood-count"]
    assert [str(check.key) for check in members[:3]] == ["blood-count-extra/1", "blood-count/1", "blood-count/2"]
