"""The worklist by patient and visit: what is shown together, found by a name, counted, and what no filter hides."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from schedules.grouping import Choice, Face, Sort, choose_groups, fold, group_lines
from schedules.status import expose
from schedules.worklists import Booked, Kind, Line, Pressing, in_order

TODAY = date(2026, 11, 2)


def check(family: str, closes: int, number: int = 1) -> Pressing:
    """A check whose window of a fortnight closes so many days from today."""
    closes_on = TODAY + timedelta(days=closes)
    return Pressing(family, number, family, closes_on - timedelta(days=14), closes_on - timedelta(days=7), closes_on)


def line(treatment: int, family: str = "blood-count", closes: int = -3, **more: object) -> Line:
    made = Line(
        kind=Kind.CHECK, patient=f"N-{treatment}", clinic="north", treatment_id=treatment, today=TODAY, family=family,
        checks=(check(family, closes),), title={"en": family},
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def face(treatment: int, name: str | None = None, nurse: int | None = None) -> Face:
    return Face(treatment, treatment * 10, 1, name, nurse)


FAILED = Line(
    kind=Kind.FAILED, patient="N-9", clinic="north", treatment_id=9, today=TODAY, failure="KeyError"
)  # fmt: skip


def chosen(lines: list[Line], choice: Choice, *faces: Face) -> list[str]:
    found = choose_groups(in_order(lines), {one.treatment_id: one for one in faces}, choice)
    return [group.patient for group in found.groups]


def test_the_tests_of_one_visit_are_one_trip_and_another_visit_is_another() -> None:
    group = group_lines([line(1, "blood-count"), line(1, "liver"), line(1, "thyroid", closes=-1)], None)
    assert group is not None
    assert [trip.families for trip in group.trips] == [("blood-count", "liver"), ("thyroid",)]
    assert group.find_trip("liver") is group.trips[0]


def test_a_day_agreed_for_some_tests_alone_makes_them_a_trip_of_their_own() -> None:
    booked = Booked(TODAY, time(9), is_outside=True, has_passed=False)
    group = group_lines([line(1, "blood-count", booked=booked), line(1, "liver")], None)
    assert group is not None
    assert [trip.families for trip in group.trips] == [("blood-count",), ("liver",)]


@pytest.mark.parametrize(
    ("words", "found"),
    [("muller", True), ("MÜLLER zoe", True), ("n-1", True), ("zoe n-1", True), ("zoe n-2", False), ("moller", False)],
)
def test_a_search_ignores_case_and_accents_and_wants_every_word(words: str, found: bool) -> None:
    assert bool(chosen([line(1)], Choice(words=words), face(1, "Zoë Müller"))) is found


def test_sharp_s_is_found_as_people_type_it() -> None:
    assert fold("Weiß") == "weiss"


def test_a_filter_by_state_keeps_the_lines_of_it_and_says_how_many_others_there_are() -> None:
    lines = [line(1, "blood-count", closes=-3), line(1, "thyroid", closes=5)]
    [group] = choose_groups(lines, {}, Choice(state="overdue")).groups
    assert ([one.family for one in group.lines], group.others) == (["blood-count"], 1)


def test_patients_are_counted_once_a_state_whatever_state_is_asked_for() -> None:
    booked = Booked(TODAY, None, is_outside=False, has_passed=False)
    lines = [line(1), line(1, "liver"), line(2, closes=5), line(3, closes=5, booked=booked), FAILED]
    counts = choose_groups(lines, {}, Choice(state="due")).counts
    assert counts == {
        "overdue": 1, "due": 2, "open": 0, "booked": 1, "not-seen": 0, "unconfirmed": 0, "failed": 1,
    }  # fmt: skip


def test_whoever_could_not_be_computed_stays_whatever_state_or_test_is_asked_for() -> None:
    lines = [line(1), FAILED]
    for choice in (Choice(state="due"), Choice(rule="skin"), Choice(unbooked=True, state="open")):
        assert "N-9" in chosen(lines, choice)
    assert chosen(lines, Choice(words="n-1")) == ["N-1"]


def test_a_booked_day_that_has_passed_is_no_longer_booked() -> None:
    passed = Booked(TODAY - timedelta(days=1), None, is_outside=False, has_passed=True)
    coming = Booked(TODAY, None, is_outside=False, has_passed=False)
    lines = [line(1, booked=passed), line(2, booked=coming)]
    assert chosen(lines, Choice(state="booked")) == ["N-2"]
    assert chosen(lines, Choice(unbooked=True)) == ["N-1"]


def test_my_patients_are_those_whose_nurse_i_am() -> None:
    lines = [line(1), line(2), line(3)]
    assert chosen(lines, Choice(mine=7), face(1, nurse=7), face(2, nurse=8), face(3)) == ["N-1"]


def test_the_order_can_be_chosen_and_whoever_could_not_be_computed_stays_on_top() -> None:
    def clock(days: int):
        since = TODAY - timedelta(days=days)
        return expose("blood-count", last_on=since, treated_on=since, limit_days=38, today=TODAY)

    lines = [line(2, exposure=clock(20)), line(10, closes=-40, exposure=clock(90)), line(1, closes=4), FAILED]
    assert chosen(lines, Choice()) == ["N-9", "N-10", "N-2", "N-1"]
    assert chosen(lines, Choice(sort=Sort.PATIENT)) == ["N-9", "N-1", "N-10", "N-2"]
    assert chosen(lines, Choice(sort=Sort.DUE)) == ["N-9", "N-10", "N-2", "N-1"]
    assert chosen(lines, Choice(sort=Sort.SAMPLE)) == ["N-9", "N-10", "N-2", "N-1"]
