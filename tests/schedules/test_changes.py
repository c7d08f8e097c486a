"""A finding keeps its identity while it stands, so that only what is new is called new."""

from dataclasses import replace
from datetime import date

import pytest

from schedules.changes import Look, count_gone, count_new, mark, stages_of
from schedules.findings import Change, Finding, Section

DAY = date(2026, 11, 2)
LATE = Finding(Section.NEWLY, "N-1", "thyroid", on=date(2026, 10, 1), days=1)


def look(*findings: Finding) -> Look:
    return Look(DAY, stages_of(findings))


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (None, LATE, Change.NEW),
        (LATE, replace(LATE, days=2, section=Section.OVERDUE), Change.SAME),
        (LATE, replace(LATE, days=7, section=Section.ESCALATED, role="nurse"), Change.RAISED),
        (replace(LATE, section=Section.ESCALATED, role="nurse"), replace(LATE, section=Section.ESCALATED, role="nurse",
                                                                       days=9), Change.SAME),
        (replace(LATE, section=Section.ESCALATED, role="nurse"), replace(LATE, section=Section.ESCALATED,
                                                                       role="clinician"), Change.RAISED),
        (LATE, replace(LATE, on=date(2026, 11, 1)), Change.NEW),
        (LATE, replace(LATE, patient="N-2"), Change.NEW),
        (LATE, replace(LATE, section=Section.NOT_SEEN), Change.NEW),
        (None, replace(LATE, section=Section.LONGEST), Change.SAME),
    ],
    ids=["new", "a day later", "escalated", "still escalated", "a higher role", "another check", "another patient",
         "another section", "a ranking"],
)  # fmt: skip
def test_how_a_finding_compares(before: Finding | None, now: Finding, change: Change) -> None:
    [found] = mark([now], look(*([before] if before else [])))
    assert found.change is change
    assert count_new([found]) == (change is not Change.SAME)


def test_without_an_earlier_look_nothing_is_new() -> None:
    assert mark([LATE], None) == [LATE]


def test_gone_is_what_somebody_settled_and_not_what_the_calendar_took() -> None:
    passing = [replace(LATE, section=one) for one in (Section.WEEK, Section.DISCHARGED, Section.FINISHING)]
    before = look(LATE, replace(LATE, patient="N-2"), *passing)
    assert count_gone([replace(LATE, section=Section.ESCALATED, days=9)], before) == 1


def test_two_losses_of_one_patient_and_day_are_two() -> None:
    losses = [replace(LATE, section=Section.LOSSES, family="", word=f"thyroid/{number}") for number in (1, 2)]
    assert len(stages_of(losses)) == 2
