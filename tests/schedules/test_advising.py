"""Advice periods, the earliest next course, and departures that are flagged and never refused."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from schedules.advising import AdvicePeriod, advice_periods, earliest_next_course, flags, in_force
from schedules.model import Course, Infusion, Person
from schedules.parsing import parse_protocol
from schedules.planning import plan
from schedules.protocol import Protocol, Sex

FILES = Path(__file__).parents[2] / "schedules" / "protocols"


def _read(name: str) -> Protocol:
    parsed = parse_protocol((FILES / f"{name}.yaml").read_text(encoding="utf-8"), file=name)
    assert isinstance(parsed.protocol, Protocol)
    return parsed.protocol


EU, US = _read("alemtuzumab-eu"), _read("alemtuzumab-us")


def _days(first: str, count: int, *, planned: bool = False) -> list[Infusion]:
    return [Infusion(date.fromisoformat(first) + timedelta(days=n), planned) for n in range(count)]


def _courses(*infusions: list[Infusion]) -> tuple[Course, ...]:
    days = [infusion for some in infusions for infusion in some]
    return plan(EU, Person(), infusions=days).courses


def _advice(starts: dict[str, str], until: dict[str, str] | None, **more: Any) -> Protocol:
    """A protocol with one advice alone."""
    source = {"key": "LOCAL", "confidence": "local-policy"}
    one = {"id": "one", "title": {"en": "One"}, "text": {"en": "One"}, "starts": starts, "source": source, **more}
    return Protocol.model_validate({**EU.model_dump(), "advice": [{**one, "until": until}]})


def _periods(protocol: Protocol, *infusions: list[Infusion], person: Person | None = None) -> list[tuple[str, str]]:
    days = [infusion for some in infusions for infusion in some]
    whole = plan(protocol, person or Person(), infusions=days)
    found = advice_periods(protocol, person or Person(), whole)
    return [(str(one.starts_on), str(one.ends_on)) for one in found]


ONE, TWO = _days("2024-01-08", 5), _days("2025-01-13", 3)


def test_an_advice_of_each_course_has_a_period_for_each():
    protocol = _advice({"anchor": "course-start"}, {"anchor": "course-end", "after": "4 months"})
    assert _periods(protocol, ONE, TWO) == [("2024-01-08", "2024-05-12"), ("2025-01-13", "2025-05-15")]


def test_the_last_infusion_of_a_course_is_the_last_one_until_the_next():
    protocol = _advice({"anchor": "last-infusion"}, {"anchor": "last-infusion", "after": "1 month"})
    assert _periods(protocol, ONE, TWO) == [("2024-01-12", "2024-02-12"), ("2025-01-15", "2025-02-15")]


def test_periods_that_overlap_or_touch_are_one():
    protocol = _advice({"anchor": "course-start", "before": "2 weeks"}, {"anchor": "course-end", "after": "12 months"})
    assert _periods(protocol, ONE, TWO) == [("2023-12-25", "2026-01-15")]
    touching = _advice({"anchor": "course-start"}, {"anchor": "course-end", "after": "366 days"})
    assert _periods(touching, ONE, TWO) == [("2024-01-08", "2026-01-16")]
    apart = _advice({"anchor": "course-start"}, {"anchor": "course-end", "after": "365 days"})
    assert _periods(apart, ONE, TWO)[0] == ("2024-01-08", "2025-01-11")


def test_an_advice_from_the_first_infusion_to_the_end_is_one_period():
    protocol = _advice({"anchor": "first-infusion"}, {"anchor": "follow-up-end"})
    assert _periods(protocol, ONE, TWO) == [("2024-01-08", "2029-01-15")]


def test_an_advice_for_good_has_no_end_and_swallows_later_ones():
    protocol = _advice({"anchor": "course-start"}, None)
    assert _periods(protocol, ONE, TWO) == [("2024-01-08", "None")]


def test_a_planned_course_brings_its_advice_but_no_end_of_follow_up():
    planned = _days("2027-01-11", 5, planned=True)
    diet = _advice({"anchor": "course-start", "before": "2 weeks"}, {"anchor": "course-end", "after": "1 month"})
    assert _periods(diet, planned) == [("2026-12-28", "2027-02-15")]
    assert _periods(_advice({"anchor": "follow-up-end"}, None), planned) == []
    assert _periods(_advice({"anchor": "first-infusion"}, {"anchor": "follow-up-end"}), planned) == []


def test_planned_days_of_a_course_that_has_begun_still_count():
    begun = _days("2027-01-11", 3) + _days("2027-01-14", 2, planned=True)
    protocol = _advice({"anchor": "course-start"}, {"anchor": "course-end"})
    assert _periods(protocol, begun) == [("2027-01-11", "2027-01-15")]


@pytest.mark.parametrize(
    ("person", "only_for", "expected"),
    [
        (Person(Sex.FEMALE), {"sex": "female"}, [False]),
        (Person(Sex.MALE), {"sex": "female"}, []),
        (Person(), {"sex": "female"}, [True]),
        (Person(Sex.OTHER), {"sex": "female"}, [True]),
        (Person(born_on=date(1990, 1, 1)), {"age_to": 50}, [False]),
        (Person(born_on=date(1960, 1, 1)), {"age_to": 50}, []),
        (Person(born_on=date(2009, 1, 9)), {"age_from": 18}, []),
        (Person(born_on=date(2006, 5, 12)), {"age_from": 18}, [False]),
        (Person(), {"age_from": 18}, [True]),
    ],
)
def test_an_advice_is_for_whom_it_is_for_and_asks_where_that_is_not_known(
    person: Person, only_for: dict[str, Any], expected: list[bool]
):
    protocol = _advice({"anchor": "course-start"}, {"anchor": "course-end", "after": "4 months"}, only_for=only_for)
    found = advice_periods(protocol, person, plan(protocol, person, infusions=ONE))
    assert [one.confirm for one in found] == expected


def test_in_force_includes_both_ends():
    period = AdvicePeriod(EU.advice[0], date(2024, 1, 8), date(2024, 5, 12))
    for good in (date(2024, 1, 8), date(2024, 5, 12)):
        assert in_force([period], good) == (period,)
    for bad in (date(2024, 1, 7), date(2024, 5, 13)):
        assert in_force([period], bad) == ()
    assert in_force([period._replace(ends_on=None)], date(2099, 1, 1))


def test_the_next_course_counts_from_the_first_day_in_the_eu_and_from_the_last_dose_in_the_us():
    courses = _courses(ONE, TWO)
    assert earliest_next_course(EU, courses) == date(2026, 1, 13)
    assert earliest_next_course(US, courses) == date(2026, 1, 15)


def test_no_next_course_before_the_first_or_after_the_last_that_is_foreseen():
    assert earliest_next_course(EU, _courses(_days("2027-01-11", 5, planned=True))) is None
    four = _courses(ONE, TWO, _days("2026-02-02", 3), _days("2027-03-01", 3))
    assert earliest_next_course(EU, four) is None
    assert earliest_next_course(US, four) == date(2028, 3, 3)


def _ids(protocol: Protocol, *infusions: list[Infusion], today: date | None = None) -> list[tuple[str, int]]:
    return [(flag.id, flag.course) for flag in flags(protocol, _courses(*infusions), today=today)]


def test_courses_as_foreseen_raise_no_flag():
    assert _ids(EU, ONE, TWO) == []


def test_less_than_twelve_months_apart_is_flagged_by_each_labels_own_count():
    early, between = _days("2025-01-07", 3), _days("2025-01-08", 3)
    assert _ids(EU, ONE, early) == [("courses-too-close", 2)]
    assert _ids(EU, ONE, between) == []
    assert _ids(US, ONE, between) == [("courses-too-close", 2)]
    assert _ids(US, ONE, _days("2025-01-12", 3)) == []


def test_days_and_courses_beyond_the_protocol_are_flagged():
    assert _ids(EU, _days("2024-01-08", 6)) == [("too-many-days", 1)]
    assert _ids(EU, ONE, _days("2025-01-13", 4)) == [("too-many-days", 2)]
    five = [ONE, *(_days(f"{year}-02-{5 * (year - 2024):02}", 3) for year in (2025, 2026, 2027, 2028))]
    assert _ids(EU, *five) == [("too-many-courses", 5)]
    assert _ids(US, *five) == []


def test_an_interrupted_course_is_flagged_once_it_is_over():
    three = _days("2024-01-08", 3)
    assert _ids(EU, three) == [("course-interrupted", 1)]
    assert _ids(EU, three, today=date(2024, 1, 10)) == []
    assert _ids(EU, three, today=date(2024, 1, 11)) == [("course-interrupted", 1)]
    assert _ids(EU, three + _days("2024-01-11", 2, planned=True)) == []


def test_a_planned_course_that_is_too_early_is_flagged_too():
    assert _ids(EU, ONE, _days("2024-12-02", 3, planned=True)) == [("courses-too-close", 2)]


def test_flags_speak_both_languages_and_keep_their_facts():
    close, short = flags(EU, _courses(ONE, _days("2024-12-02", 2)))
    assert close.facts["permitted_on"] == date(2025, 1, 8)
    assert close.sentence("en") == (
        "Course 2 begins on 2 December 2024, 37 days early: the protocol asks for 12 months after the first day of "
        "the previous course, not before 8 January 2025."
    )
    assert close.sentence("de") == (
        "Behandlungsphase 2 beginnt am 2. Dezember 2024, 37 Tage zu früh: Das Protokoll verlangt 12 Monate Abstand, "
        "gezählt ab dem ersten Tag der vorigen, also frühestens den 8. Januar 2025."
    )
    assert short.sentence("en") == "Course 2 was interrupted: 2 of 3 infusion days were given."
    assert short.sentence("de") == "Behandlungsphase 2 wurde abgebrochen: Gegeben wurden 2 von 3 Infusionstagen."
