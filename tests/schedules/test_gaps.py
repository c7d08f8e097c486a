"""No day without a letter goes unexplained: what became of it, or that the program did not run."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from schedules.gaps import NOT_RUN, OVERTAKEN, Gap, Past, Why, find_gaps, in_stretches, list_missed

BERLIN = ZoneInfo("Europe/Berlin")


def day(number: int) -> date:
    return date(2026, 11, number)


def why(past: list[Past], due: int, starts: int = 1) -> list[tuple[int, Why]]:
    return [(gap.day.day, gap.why) for gap in find_gaps(past, day(due), starts_on=day(starts), zone=BERLIN).told]


@pytest.mark.parametrize(
    ("state", "fault", "reason"),
    [
        ("skipped", NOT_RUN, Why.NOT_RUN),
        ("skipped", OVERTAKEN, Why.OVERTAKEN),
        ("skipped", "421 later", Why.OVERTAKEN),
        ("dead", "550 no", Why.REFUSED),
        ("unknown", None, Why.UNANSWERED),
        ("handoff", None, Why.UNANSWERED),
        ("planned", "421 later", Why.UNSENT),
        ("claimed", None, Why.UNSENT),
    ],
)
def test_every_state_of_an_earlier_letter_has_a_reason(state: str, fault: str | None, reason: Why) -> None:
    past = [Past(day(2), "sent", None), Past(day(3), state, fault)]
    found = find_gaps(past, day(4), starts_on=day(1), zone=BERLIN)
    assert [(gap.day, gap.why) for gap in found.told] == [(day(3), reason)]
    assert found.told[0].said == ("" if fault in {NOT_RUN, OVERTAKEN, None} else fault)
    assert (found.last_on, found.unplanned) == (day(2), ())


def test_days_that_nobody_planned_are_told_and_kept() -> None:
    found = find_gaps([Past(day(2), "sent", None)], day(6), starts_on=day(1), zone=BERLIN)
    assert found.unplanned == (day(3), day(4), day(5))
    assert in_stretches(found.told) == [(Gap(day(3), Why.NOT_RUN), day(5), 3)]


def test_the_first_letter_has_no_gaps_and_a_late_first_one_has() -> None:
    assert why([], 5, starts=5) == []
    assert why([], 5, starts=3) == [(3, Why.NOT_RUN), (4, Why.NOT_RUN)]


def test_before_the_address_was_confirmed_the_reason_is_that() -> None:
    past = [Past(day(2), "sent", None)]
    assert why(past, 6, starts=5) == [(3, Why.UNCONFIRMED), (4, Why.UNCONFIRMED), (5, Why.NOT_RUN)]
    assert find_gaps(past, day(6), starts_on=day(5), zone=BERLIN).unplanned == (day(5),)


def test_a_day_that_a_zone_never_had_is_no_gap() -> None:
    past = [Past(date(2011, 12, 29), "sent", None)]
    found = find_gaps(past, date(2011, 12, 31), starts_on=date(2011, 1, 1), zone=ZoneInfo("Pacific/Apia"))
    assert found.told == ()


def test_a_week_names_the_days_that_later_letters_made_good() -> None:
    past = [Past(day(2), "sent", None), Past(day(3), "dead", "550"), Past(day(4), "sent", None)]
    missed = list_missed(past, day(2), day(6), zone=BERLIN)
    assert [(gap.day, gap.why) for gap in missed] == [(day(3), Why.REFUSED), (day(5), Why.NOT_RUN)]
