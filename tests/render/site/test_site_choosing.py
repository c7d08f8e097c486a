"""What a patient sees first: decided by state, booking and the patient's own word, never losing a visit."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from monitor.render.site.choosing import choose, needs_a_call, next_twelve_months
from monitor.render.site.speaking import speaker
from monitor.render.site.telling import instruct, tell
from monitor.render.site.template import dial
from monitor.render.site.values import Reported, VisitShown, VisitState
from schedules.protocol import Place, Specimen

TODAY = date(2026, 5, 14)
SAY = speaker("en")
MAY = VisitShown(
    id="may", day=date(2026, 5, 12), opens_on=date(2026, 5, 5), closes_on=date(2026, 5, 19), state=VisitState.DUE,
    titles=("Full blood count",), specimens=(Specimen.BLOOD,),
)  # fmt: skip
APRIL = replace(
    MAY, id="april", day=date(2026, 4, 12), opens_on=date(2026, 4, 5), closes_on=date(2026, 4, 19),
    state=VisitState.OVERDUE,
)  # fmt: skip
JUNE = replace(
    MAY, id="june", day=date(2026, 6, 12), opens_on=date(2026, 6, 5), closes_on=date(2026, 6, 19),
    state=VisitState.UPCOMING,
)  # fmt: skip
WORD = Reported(id=1, visit_id="may", titles=MAY.titles, done_on=date(2026, 5, 11))


def test_overdue_then_next_then_the_rest():
    choice = choose([JUNE, MAY, APRIL], TODAY)
    assert choice.overdue == (APRIL,)
    assert choice.following == MAY
    assert choice.to_arrange == ()


def test_a_booking_never_hides_overdue():
    booked = replace(APRIL, booked_on=TODAY + timedelta(days=3), booked_at=time(8, 30))
    choice = choose([booked, MAY], TODAY)
    assert choice.overdue == (booked,)
    said = tell(booked, SAY, TODAY)
    assert said == [
        "The last day on time was Sun 19 Apr 2026, 25 days ago.",
        "Agreed with you: Sun 17 May 2026, 08:30.",
    ]


def test_the_patients_word_never_hides_overdue_and_closes_nothing():
    told = replace(APRIL, reported=WORD)
    assert choose([told], TODAY).overdue == (told,)
    assert "Your clinic will confirm it" in " ".join(tell(told, SAY, TODAY))


def test_what_was_reported_waits_by_itself_and_the_next_is_another():
    told = replace(MAY, reported=WORD)
    choice = choose([told, JUNE], TODAY)
    assert (choice.reported, choice.following) == ((told,), JUNE)


def test_a_booked_day_that_passed_is_open_again():
    passed = replace(MAY, booked_on=TODAY - timedelta(days=1))
    assert needs_a_call(passed, TODAY)
    assert not needs_a_call(replace(MAY, booked_on=TODAY), TODAY)
    assert "has not recorded yet" in " ".join(tell(passed, SAY, TODAY))


@pytest.mark.parametrize(
    ("booked_on", "expected"),
    [(date(2026, 5, 19), None), (date(2026, 5, 20), "later than"), (date(2026, 6, 4), None), (date(2026, 5, 4), None)],
)
def test_a_booking_after_the_window_warns(booked_on: date, expected: str | None):
    visit = replace(MAY if booked_on.month == 5 else JUNE, booked_on=booked_on)
    said = " ".join(tell(visit, SAY, TODAY))
    assert ("later than the last day on time" in said) == (expected is not None)


def test_a_booking_before_the_window_warns():
    assert "earlier than the first day on time (Fri 5 Jun 2026)" in " ".join(
        tell(replace(JUNE, booked_on=date(2026, 6, 4)), SAY, TODAY)
    )
    assert "earlier" not in " ".join(tell(replace(JUNE, booked_on=date(2026, 6, 5)), SAY, TODAY))


def test_what_is_done_at_home_needs_no_call():
    home = replace(MAY, place=Place.HOME, to_arrange=False)
    said = tell(home, SAY, TODAY)
    assert said[-1] == "You do this at home. No call is needed."
    assert not needs_a_call(home, TODAY)


def test_several_that_wait_for_a_call():
    other = replace(MAY, id="skin", day=date(2026, 5, 13))
    choice = choose([MAY, other, JUNE], TODAY)
    assert (choice.following, choice.to_arrange) == (MAY, (other,))


def test_a_past_year_counts_what_was_done_and_leaves_out_what_was_not_needed():
    done = replace(MAY, id="a", day=date(2025, 3, 1), done_on=date(2025, 3, 2), state=VisitState.DONE)
    missed = replace(done, id="b", done_on=None, state=VisitState.MISSED)
    dropped = replace(missed, id="c", state=VisitState.NOT_NEEDED)
    first, second = choose([JUNE, dropped, missed, done], TODAY).years
    assert (first.year, first.is_past, first.done, len(first.counted), len(first.visits)) == (2025, True, 1, 2, 3)
    assert (second.year, second.is_past) == (2026, False)


def test_every_visit_stands_in_the_plan_once():
    visits = [JUNE, MAY, APRIL, replace(MAY, id="x", state=VisitState.NOT_NEEDED)]
    assert sorted(one.id for year in choose(visits, TODAY).years for one in year.visits) == sorted(
        one.id for one in visits
    )


def test_twelve_months_hold_the_same_day_next_year_and_what_is_overdue_first():
    last, over = replace(JUNE, id="l", day=date(2027, 5, 14)), replace(JUNE, id="o", day=date(2027, 5, 15))
    assert next_twelve_months([over, last, MAY, APRIL], TODAY) == [APRIL, MAY, last]


def test_urine_advice_only_for_whom_it_is():
    urine = replace(MAY, specimens=(Specimen.URINE,), instructions=("Drink water.", "Drink water."))
    assert instruct(urine, SAY, urine_advice=False) == ["Drink water."]
    assert "menstrual" in instruct(urine, SAY, urine_advice=True)[1]
    assert instruct(MAY, SAY, urine_advice=True) == []


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("+49 (0)30 / 1234-56", "+4930123456"),
        ("030 1234 567", "0301234567"),
        ("0049 (0) 30 12", "00493012"),
        ("030 1234, ext. 77", "0301234"),
        ("(030) 12 34", "0301234"),
        ("ask next door", ""),
        ("next door: 030 12", "03012"),
        ("", ""),
    ],
)
def test_what_a_telephone_dials(written: str, dialled: str):
    assert dial(written) == dialled


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        (0, "today", "heute"),
        (1, "tomorrow", "morgen"),
        (-1, "yesterday", "gestern"),
        (3, "in 3 days", "in 3 Tagen"),
        (-2, "2 days ago", "vor 2 Tagen"),
    ],
)
def test_distances(days: int, english: str, german: str):
    on = TODAY + timedelta(days=days)
    assert (SAY.distance(on, TODAY), speaker("de").distance(on, TODAY)) == (english, german)
