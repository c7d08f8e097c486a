"""The protocol's checklists: answers are facts, contraindications are shown, nothing is blocked."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest

from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, add_infusions, enrol
from monitor.services.recording import record_samples
from monitor.services.screening import Place, answer, get_screening
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
STROKE = Place("before-treatment", "stroke")
SMOKING = Place("before-treatment", "smoking")
ECG = Place("before-each-course", "ecg-done")


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    with desk_of("ada") as desk:
        infusions = (Infusion(date(2025, 10, 20)), Infusion(date(2026, 11, 16), planned=True))
        return enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=infusions))[0]


def test_every_course_and_the_next_have_checklists_and_only_the_first_those_before_treatment(
    look_as: DeskOf, treatment: int
) -> None:
    with look_as("ada") as desk:
        ids = {
            number: [one.checklist.id for one in get_screening(desk, treatment, number).lists] for number in (1, 2, 3)
        }
        latest = get_screening(desk, treatment)
        with pytest.raises(NotFound):
            get_screening(desk, treatment, 4)
    assert ids[1] == ["before-treatment", "before-each-course", "infusion-day"]
    assert ids[2] == ids[3] == ["before-each-course", "infusion-day"]
    assert (latest.number, list(latest.numbers)) == (2, [1, 2, 3])


def test_a_changed_answer_replaces_the_old_one_which_stays_to_be_seen(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        answer(desk, treatment, 1, {STROKE: ("unknown", None), SMOKING: ("no", None)})
    with desk_of("bea") as desk:
        answer(desk, treatment, 1, {STROKE: ("yes", "2011, see letter"), SMOKING: ("no", None)})
        (stroke,) = [one for one in get_screening(desk, treatment, 1).lists[0].questions if one.question.id == "stroke"]
    assert stroke.answer is not None
    assert (stroke.answer.said, stroke.answer.note, stroke.answer.entered_by) == ("yes", "2011, see letter", "bea")
    assert [(one.said, one.entered_by) for one in stroke.earlier] == [("unknown", "ada")]


def test_a_contraindication_answered_with_yes_is_shown_for_every_course_and_blocks_nothing(
    desk_of: DeskOf, treatment: int
) -> None:
    with desk_of("ada") as desk:
        answer(desk, treatment, 1, {STROKE: ("yes", None), SMOKING: ("yes", None)})
        concerns = [one.question.id for one in get_screening(desk, treatment, 2).concerns]
        added = add_infusions(desk, treatment, [Infusion(date(2026, 11, 17), planned=True)], reason="as agreed")
    assert concerns == ["stroke"]
    assert added.deed_id


def test_answers_belong_to_their_course(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        answer(desk, treatment, 1, {ECG: ("yes", None)})
        answered = {
            number: sum(own.answered for own in get_screening(desk, treatment, number).lists) for number in (1, 2)
        }
    assert answered == {1: 1, 2: 0}


def test_the_last_samples_before_a_course_are_told_with_their_distance(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 26))
        samples = {one.family: one for one in get_screening(desk, treatment, 2).samples}
    assert (samples["blood-count"].taken_on, samples["blood-count"].days_before) == (date(2026, 10, 26), 21)
    assert samples["ecg"].taken_on is None


@pytest.mark.parametrize(("answers", "code"), [
    ({STROKE: ("", "a note alone")}, "note-alone"),
    ({STROKE: ("maybe", None)}, "question-unknown"),
    ({Place("before-treatment", "horoscope"): ("yes", None)}, "question-unknown"),
    ({}, "nothing-answered"),
])  # fmt: skip
def test_what_is_no_answer_is_refused(
    desk_of: DeskOf, treatment: int, answers: dict[Place, tuple[str, str | None]], code: str
) -> None:
    with desk_of("ada") as desk, pytest.raises((Unacceptable, NotFound)) as refused:
        answer(desk, treatment, 1, answers)
    assert refused.value.code == code


def test_two_who_answer_at_once_do_not_both_win(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        answer(desk, treatment, 1, {STROKE: ("no", None)}, expected_revision=1)
    with desk_of("bea") as desk, pytest.raises(Conflict):
        answer(desk, treatment, 1, {STROKE: ("yes", None)}, expected_revision=1)


def test_nobody_else_sees_or_answers_them(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("cy") as desk:
        with pytest.raises(NotFound):
            get_screening(desk, treatment)
        with pytest.raises((NotFound, NotAllowed)):
            answer(desk, treatment, 1, {STROKE: ("yes", None)})
