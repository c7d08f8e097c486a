"""Every check explains itself: day counted from, step, clamp, closing, window, visit, protocol and source."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from schedules.explaining import Explanation, explain, sentences
from schedules.intervals import Interval
from schedules.model import Away, Check, Course, Extra, Facts, Infusion, Origin, Person, Plan
from schedules.planning import plan
from schedules.protocol import Anchor, Protocol
from schedules.settling import settle
from schedules.working_days import Closed, Lost, working_days
from tests.schedules.strategies import shipped

SOURCE = {"key": "LABEL", "section": "4.4", "confidence": "verified"}


def _rule(rule_id: str, family: str, schedule: dict[str, Any], before: int, after: int, **more: Any) -> dict[str, Any]:
    window = {"before_days": before, "after_days": after, "confidence": "local-policy"}
    text = {"id": rule_id, "family": family, "title": {"en": rule_id}, "specimen": "blood", "place": "laboratory"}
    return {**text, "schedule": schedule, "window": window, "source": SOURCE, **more}


PROTOCOL = Protocol.model_validate(
    {
        "format": 1,
        "kind": "protocol",
        "id": "example",
        "version": "2026.1",
        "status": "ready",
        "title": {"en": "Example"},
        "summary": {"en": "Example"},
        "drug": "example",
        "jurisdiction": "none",
        "sources": {"LABEL": {"title": "The label", "edition": "2026"}},
        "courses": {"days": [5, 3], "source": SOURCE},
        "follow_up": {"lasts": "48 months", "source": SOURCE},
        "escalation": [],
        "rules": [
            _rule("blood-baseline", "blood", {"before_course": "each", "due": "7 days"}, 23, 7),
            _rule("platelets", "platelets", {"infusion_day": 3}, 0, 1),
            _rule("blood", "blood", {"every": "1 month"}, 7, 7),
            _rule("thyroid", "thyroid", {"every": "3 months"}, 14, 14),
            _rule("form", "form", {"every": "6 months", "anchor": "first-infusion"}, 30, 0),
            _rule("late", "late", {"at": ["2 months", "1 year"], "anchor": "course-end"}, 0, 0),
            _rule(
                "weekly",
                "weekly",
                {"phases": [{"every": "1 week", "until": "6 months"}, {"every": "2 weeks"}], "until": "12 months"},
                3,
                3,
            ),
            _rule(
                "relaxed",
                "relaxed",
                {
                    "every": "1 month",
                    "temporary": [{"every": "3 months", "from_on": "2024-06-01", "until_on": "2024-12-31"}],
                },
                7,
                7,
            ),
            _rule("swab", "swab", {"every": "1 year"}, 30, 30, only_for={"sex": "female"}),
        ],
    }
)


def _plan(*firsts: tuple[str, int], extras: Sequence[Extra] = ()) -> Plan:
    days = [date.fromisoformat(first) + timedelta(days=n) for first, count in firsts for n in range(count)]
    return plan(PROTOCOL, Person(), infusions=[Infusion(day) for day in days], extras=extras)


TWO = _plan(("2024-01-08", 5), ("2025-01-08", 3))


def _explain(whole: Plan, key: str, visit_on: date | None = None) -> Explanation:
    check = next(check for check in whole.checks if str(check.key) == key)
    return explain(PROTOCOL, check, courses=whole.courses, visit_on=visit_on)


FIRST_SENTENCES = [
    (
        "blood/12",
        "Counted from 12 January 2024, the last infusion day of the first course: the 12th month after it.",
        "Gezählt ab dem 12. Januar 2024, dem letzten Infusionstag der ersten Behandlungsphase: der 12. Monat danach.",
    ),
    (
        "blood/1",
        "Counted from 12 January 2024, the last infusion day of the first course: 1 month after it.",
        "Gezählt ab dem 12. Januar 2024, dem letzten Infusionstag der ersten Behandlungsphase: 1 Monat danach.",
    ),
    (
        "thyroid/4",
        "Counted from 12 January 2024, the last infusion day of the first course: "
        "12 months (4 times 3 months) after it.",
        "Gezählt ab dem 12. Januar 2024, dem letzten Infusionstag der ersten Behandlungsphase: "
        "12 Monate (4-mal 3 Monate) danach.",
    ),
    (
        "form/2",
        "Counted from 8 January 2024, the first infusion day of the first course: "
        "12 months (2 times 6 months) after it.",
        "Gezählt ab dem 8. Januar 2024, dem ersten Infusionstag der ersten Behandlungsphase: "
        "12 Monate (2-mal 6 Monate) danach.",
    ),
    (
        "blood/60",
        "The closing check: 48 months after the last infusion given (10 January 2025); "
        "an earlier sample does not count.",
        "Die Abschlusskontrolle: 48 Monate nach der letzten gegebenen Infusion (10. Januar 2025); "
        "eine frühere Probe zählt nicht.",
    ),
    (
        "blood-baseline/1",
        "Due 7 days before 8 January 2024, the first infusion day of the first course.",
        "Fällig 7 Tage vor dem 8. Januar 2024, dem ersten Infusionstag der ersten Behandlungsphase.",
    ),
    (
        "platelets/2",
        "On infusion day 3 of course 2, which begins on 8 January 2025.",
        "Am 3. Infusionstag der 2. Behandlungsphase, die am 8. Januar 2025 beginnt.",
    ),
    (
        "late/4",
        "Counted from 10 January 2025, the last infusion day of course 2: 1 year after it.",
        "Gezählt ab dem 10. Januar 2025, dem letzten Infusionstag der 2. Behandlungsphase: 1 Jahr danach.",
    ),
]


@pytest.mark.parametrize(("key", "english", "german"), FIRST_SENTENCES)
def test_how_a_check_was_counted(key: str, english: str, german: str):
    explanation = _explain(TWO, key)
    assert sentences(explanation, "en")[0] == english
    assert sentences(explanation, "de")[0] == german


def test_every_check_of_a_plan_explains_itself_in_both_languages():
    for check in TWO.checks:
        explanation = explain(PROTOCOL, check, courses=TWO.courses)
        assert explanation.counted or explanation.check.origin is Origin.IN_COURSE, check
        for language in ("en", "de"):
            said = sentences(explanation, language)
            assert len(said) >= 4
            assert all("{" not in sentence and sentence.endswith((".", ":")) for sentence in said)


def test_a_month_too_short_says_so():
    whole = _plan(("2024-01-31", 1))
    assert "April 2024 has no 31st, so the last day of the month holds." in sentences(_explain(whole, "blood/3"), "en")
    german = sentences(_explain(whole, "blood/13"), "de")
    assert "Februar 2025 hat keinen 31., darum gilt der letzte Tag des Monats." in german
    assert not _explain(whole, "blood/2").is_clamped


def test_a_later_phase_counts_from_its_own_beginning():
    first, begins, third = (_explain(TWO, f"weekly/{number}") for number in (25, 26, 28))
    assert first.counted
    assert first.counted.every == Interval.parse("1 week")
    assert first.counted.from_on == date(2024, 1, 12)
    assert sentences(begins, "en")[0] == (
        "From 12 July 2024 on it is every 2 weeks, counted from 12 January 2024, "
        "the last infusion day of the first course."
    )
    assert begins.counted
    assert begins.counted.times == 0
    assert sentences(third, "en")[1] == (
        "Counted from 12 July 2024, the day on which this rhythm begins: 4 weeks (2 times 2 weeks) after it."
    )


def test_a_temporary_rhythm_says_that_it_is_one():
    inside = next(one for one in TWO.checks if one.rule == "relaxed" and one.due_on == date(2024, 7, 12))
    said = sentences(explain(PROTOCOL, inside, courses=TWO.courses), "en")
    assert said[0] == "For a limited time it is every 3 months."
    assert "6 months (2 times 3 months) after it" in said[1]
    outside = next(one for one in TWO.checks if one.rule == "relaxed" and one.due_on == date(2025, 2, 12))
    assert not explain(PROTOCOL, outside).is_temporary


def test_a_new_episode_counts_from_its_own_first_course():
    whole = _plan(("2018-01-08", 5), ("2024-01-08", 3))
    check = next(one for one in whole.checks if one.rule == "blood" and one.due_on == date(2024, 2, 10))
    explanation = explain(PROTOCOL, check, courses=whole.courses)
    assert (explanation.course, explanation.anchor) == (2, Anchor.FIRST_COURSE_END)
    assert "the last infusion day of course 2" in sentences(explanation, "en")[0]


def test_extras_and_take_over_checks_say_who_asked():
    extra = Extra("blood", 1, date(2024, 3, 4), Interval.parse("1 week"), 3)
    whole = _plan(("2024-01-08", 5), extras=[extra])
    explanation = _explain(whole, "blood-extra/2")
    assert sentences(explanation, "en")[0] == (
        "An extra, ordered for this patient from 4 March 2024 on: the 2nd of the order."
    )
    taken = settle(PROTOCOL, TWO, Facts(followed_here_from=date(2025, 6, 2)))
    check = next(one.check for one in taken if one.check.rule == "blood-takeover")
    said = explain(PROTOCOL, check, courses=TWO.courses)
    assert said.anchor is None
    assert sentences(said, "en")[0] == (
        "Followed here from 2 June 2025: no recent sample is known, so that one is due on that day."
    )
    assert sentences(said, "de")[0].startswith("Hier betreut ab dem 2. Juni 2025:")


def test_windows_are_told_as_they_are():
    told = {key: next(s for s in sentences(_explain(TWO, key), "en") if s.startswith("On time")) for key in (
        "blood/12", "blood/60", "form/1", "late/1",
    )}  # fmt: skip
    assert told == {
        "blood/12": "On time from 5 January 2025 to 19 January 2025 "
        "(7 days before to 7 days after 12 January 2025; local policy).",
        "blood/60": "On time from 10 January 2029 to 17 January 2029 "
        "(up to 7 days after 10 January 2029; local policy).",
        "form/1": "On time from 8 June 2024 to 8 July 2024 (at most 30 days before 8 July 2024; local policy).",
        "late/1": "On time on 12 March 2024 only (local policy).",
    }


@pytest.mark.parametrize(
    ("key", "visit_on", "english", "german"),
    [
        (
            "blood/12",
            date(2025, 1, 13),
            "Suggested for Monday 13 January 2025, because 12 January 2025 is a Sunday.",
            "Vorgeschlagen für Montag, 13. Januar 2025, weil der 12. Januar 2025 ein Sonntag ist.",
        ),
        (
            "blood-baseline/1",
            date(2024, 1, 2),
            "Suggested for Tuesday 2 January 2024, because 1 January 2024 is a public holiday.",
            "Vorgeschlagen für Dienstag, 2. Januar 2024, weil der 1. Januar 2024 ein Feiertag ist.",
        ),
    ],
)
def test_a_visit_that_moved_says_why(key: str, visit_on: date, english: str, german: str):
    explanation = _explain(TWO, key, visit_on)
    assert english in sentences(explanation, "en")
    assert german in sentences(explanation, "de")


def test_a_visit_on_its_due_day_needs_no_words():
    check = next(one for one in TWO.checks if one.rule == "blood" and one.number == 1)
    assert explain(PROTOCOL, check, visit_on=check.due_on).moved_because is None


def test_protocol_overlays_source_and_doubt_stand_at_the_end():
    protocol = PROTOCOL.model_copy(update={"overlays": ("vitamin-d 2026.1",)})
    swab = next(one for one in TWO.checks if one.rule == "swab")
    said = sentences(explain(protocol, swab, courses=TWO.courses), "en")
    assert said[-3:] == [
        "Whether this check applies depends on sex or age, which are not known: a person must confirm it.",
        "Protocol example 2026.1, with vitamin-d 2026.1 laid over it.",
        "Source: The label (2026), section 4.4; confidence: verified.",
    ]


def test_without_courses_a_closing_check_names_no_day_and_invents_none():
    check: Check = next(one for one in TWO.checks if one.origin is Origin.CLOSING and one.rule == "blood")
    explanation = explain(PROTOCOL, check)
    assert explanation.counted is None
    assert "48 months after the last infusion given;" in sentences(explanation, "en")[0]


def test_an_unknown_language_is_told_in_english():
    assert sentences(_explain(TWO, "blood/12"), "fr") == sentences(_explain(TWO, "blood/12"), "en")


def test_a_day_moved_for_the_patient_s_sake_says_so_and_speaks_of_no_holiday() -> None:
    protocol = shipped("alemtuzumab-eu")
    course = Course(1, (Infusion(date(2024, 1, 12)),))
    check = next(one for one in plan(protocol, Person(), infusions=course.infusions).checks if one.key == ("liver", 6))
    assert check.due_on == date(2024, 7, 12)  # a Friday
    away = explain(protocol, check, visit_on=date(2024, 7, 11), away=[Away(check.due_on, check.due_on)])
    suits = explain(protocol, check, visit_on=date(2024, 7, 9), weekdays={1}, is_working_day=working_days("DE"))
    assert (away.moved_because, suits.moved_because) == ("away", "weekday")
    assert "Suggested for Thursday 11 July 2024, because the patient cannot come on 12 July 2024." in sentences(
        away, "en"
    )
    assert any("dieser Wochentag besser passt" in one for one in sentences(suits, "de"))


def test_a_day_on_which_the_clinic_is_closed_is_called_no_holiday() -> None:
    check = next(one for one in TWO.checks if str(one.key) == "blood/6")
    assert check.due_on == date(2024, 7, 12)  # a Friday, and no holiday
    moving_house = working_days("DE", None, None, (Closed(check.due_on, check.due_on),))
    closed = explain(
        PROTOCOL, check, visit_on=date(2024, 7, 11), is_working_day=moving_house,
        lost=Lost(check.due_on, "moving house", is_closure=True),
    )  # fmt: skip
    assert sentences(closed, "en")[2] == (
        "Suggested for Thursday 11 July 2024, because the clinic is closed on 12 July 2024 (moving house)."
    )
    assert sentences(closed, "de")[2] == (
        "Vorgeschlagen für Donnerstag, 11. Juli 2024, weil die Klinik am 12. Juli 2024 geschlossen ist (moving house)."
    )
    off = explain(PROTOCOL, check, visit_on=date(2024, 7, 11), is_working_day=working_days("DE", None, (0, 1, 2, 3)))
    assert sentences(off, "en")[2] == (
        "Suggested for Thursday 11 July 2024, because 12 July 2024 is a day of the week on which the clinic does not "
        "work."
    )
    assert "ein Wochentag ist, an dem die Klinik nicht arbeitet" in sentences(off, "de")[2]


def test_a_holiday_on_a_saturday_that_is_worked_is_a_holiday() -> None:
    check = next(one for one in TWO.checks if str(one.key) == "blood/8")
    saturday = check._replace(due_on=date(2024, 10, 12))
    lost = Lost(saturday.due_on, "an invented holiday", is_closure=False)
    told = explain(
        PROTOCOL, saturday, visit_on=date(2024, 10, 14), is_working_day=lambda _: False, lost=lost
    )  # fmt: skip
    assert told.moved_because == "holiday"
    assert told.closure is None
