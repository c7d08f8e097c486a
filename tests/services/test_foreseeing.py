"""What an act would change is foreseen without writing anything, and is what saving it then changes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db.dossiers import Detail, get_dossier
from db.history import find_deed
from monitor.clock import FixedClock
from monitor.services.deciding import discharge, readmit
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, add_infusions, correct_infusions, enrol
from monitor.services.foreseeing import (
    Foreseen,
    foresee_added,
    foresee_corrected,
    foresee_detail,
    foresee_discharge,
    recall,
    require_revision,
)
from monitor.services.patients import change_patient
from monitor.services.recording import record_samples
from schedules.errors import Conflict, NotFound, Unacceptable
from schedules.model import Infusion
from schedules.protocol import Sex

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)


def days(first: date, count: int, *, planned: bool = False) -> tuple[Infusion, ...]:
    return tuple(Infusion(first + timedelta(days=offset), planned) for offset in range(count))


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    """Course 1 in October 2025, course 2 planned for three days of which one has passed."""
    with desk_of("ada") as desk:
        infusions = (*days(date(2025, 10, 20), 5), *days(date(2026, 11, 1), 3, planned=True))
        enrolment = Enrolment(
            "north", "N-1", "alemtuzumab-eu", detail=Detail(sex=Sex.FEMALE, born_on=date(1990, 5, 17)),
            infusions=infusions, followed_here_from=date(2026, 6, 1),
        )  # fmt: skip
        return enrol(desk, enrolment)[0]


def told(foreseen: Foreseen) -> tuple[object, object]:
    return foreseen.difference, foreseen.losses


@pytest.mark.parametrize("becomes", [
    {date(2025, 10, 24): Infusion(date(2025, 10, 25))},
    {date(2026, 11, 1): None},
    {date(2026, 11, day): Infusion(date(2026, 11, day + 14), planned=True) for day in (1, 2, 3)},
    {date(2026, 11, day): Infusion(date(2026, 11, day + 1), planned=True) for day in (1, 2, 3)},
])  # fmt: skip
def test_a_correction_changes_what_was_foreseen(
    desk_of: DeskOf, look_as: DeskOf, treatment: int, becomes: dict[date, Infusion | None]
) -> None:
    with look_as("ada") as desk:
        foreseen = foresee_corrected(desk, treatment, becomes)
    with desk_of("ada") as desk:
        change = correct_infusions(desk, treatment, becomes, reason="it was another day", confirmed=True)
    assert told(foreseen) == (change.difference, change.losses)
    assert not change.difference.is_empty


def test_a_course_that_is_put_off_is_one_act_and_keeps_its_distances(desk_of: DeskOf, treatment: int) -> None:
    becomes = {date(2026, 11, day): Infusion(date(2026, 11, day + 1), planned=True) for day in (1, 2, 3)}
    with desk_of("ada") as desk:
        change = correct_infusions(desk, treatment, becomes, reason="a cold", confirmed=True)
        dossier = get_dossier(desk.connection, treatment)
        assert change.deed_id is not None
        deed = find_deed(desk.connection, change.deed_id)
    assert [one.infused_on.day for one in dossier.given_and_planned[5:]] == [2, 3, 4]
    assert dossier.revision == 2
    assert deed is not None
    assert deed.subject == "2026-11-01 -> 2026-11-02, 2026-11-02 -> 2026-11-03, 2026-11-03 -> 2026-11-04"


def test_what_is_confirmed_moves_the_end_of_follow_up(desk_of: DeskOf, look_as: DeskOf, treatment: int) -> None:
    given = [Infusion(date(2026, 11, 1))]
    with look_as("ada") as desk:
        foreseen = foresee_added(desk, treatment, given)
    with desk_of("ada") as desk:
        change = add_infusions(desk, treatment, given, reason="given as planned")
    assert told(foreseen) == (change.difference, change.losses)
    assert (foreseen.ended_on, foreseen.ends_on) == (date(2029, 10, 24), date(2030, 11, 1))


def test_a_changed_sex_is_foreseen_for_each_treatment_of_the_patient(
    desk_of: DeskOf, look_as: DeskOf, treatment: int
) -> None:
    detail = Detail(sex=Sex.MALE, born_on=date(1990, 5, 17))
    with look_as("ada") as desk:
        (foreseen,) = foresee_detail(desk, treatment, detail)
    with desk_of("ada") as desk:
        change = change_patient(desk, treatment, {"sex": Sex.MALE}, reason="a slip", confirmed=True)
    assert told(foreseen) == (change.difference, change.losses)
    assert {key.rule for key, _ in foreseen.difference.withdrawn} == {"hpv", "pregnancy-test"}


def test_a_discharge_and_the_way_back_are_foreseen(desk_of: DeskOf, look_as: DeskOf, treatment: int) -> None:
    with look_as("dora") as desk:
        foreseen = foresee_discharge(desk, treatment, TODAY)
    with desk_of("dora") as desk:
        change = discharge(desk, treatment, on=TODAY, kind="moved", reason="moved away")
    assert told(foreseen) == (change.difference, change.losses)
    with look_as("dora") as desk:
        back = foresee_discharge(desk, treatment, None)
    with desk_of("dora") as desk:
        change = readmit(desk, treatment, reason="came back")
    assert told(back) == (change.difference, change.losses)


def test_two_previews_have_one_mark_until_something_changes(desk_of: DeskOf, look_as: DeskOf, treatment: int) -> None:
    with look_as("ada") as desk:
        first = foresee_corrected(desk, treatment, {date(2026, 11, 1): None}).mark
        again = foresee_corrected(desk, treatment, {date(2026, 11, 1): None}).mark
        other = foresee_corrected(desk, treatment, {date(2026, 11, 2): None}).mark
    with desk_of("bea") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 26))
    with look_as("ada") as desk:
        later = foresee_corrected(desk, treatment, {date(2026, 11, 1): None}).mark
    assert first == again
    assert len({first, other, later}) == 3


def test_an_act_is_recalled_with_what_it_changed(desk_of: DeskOf, clock: FixedClock, treatment: int) -> None:
    clock.advance(timedelta(minutes=5))
    with desk_of("ada") as desk:
        change = correct_infusions(
            desk, treatment, {date(2025, 10, 24): Infusion(date(2025, 10, 25))}, reason="a slip", confirmed=True
        )
    clock.advance(timedelta(minutes=5))
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 26))
        assert change.deed_id is not None
        deed = find_deed(desk.connection, change.deed_id)
        assert deed is not None
        recalled = recall(desk, deed)
    assert recalled is not None
    assert recalled.difference == change.difference
    assert recalled.ends_on == date(2029, 10, 25)


def test_what_cannot_be_is_refused_before_it_is_saved(look_as: DeskOf, treatment: int) -> None:
    with look_as("ada") as desk:
        with pytest.raises(Conflict) as known:
            foresee_added(desk, treatment, [Infusion(date(2025, 10, 20))])
        with pytest.raises(Unacceptable) as to_come:
            foresee_added(desk, treatment, [Infusion(date(2026, 12, 1))])
        with pytest.raises(NotFound) as unknown:
            foresee_corrected(desk, treatment, {date(2025, 1, 1): None})
        with pytest.raises(Conflict) as taken:
            foresee_corrected(desk, treatment, {date(2026, 11, 1): Infusion(date(2026, 11, 2), planned=True)})
    codes = [one.value.code for one in (known, to_come, unknown, taken)]
    assert codes == ["infusion-known", "infusion-to-come", "infusion-unknown", "infusion-known"]


def test_nobody_looks_at_another_clinics_patient(look_as: DeskOf, desk_of: DeskOf, treatment: int) -> None:
    with look_as("cy") as desk, pytest.raises(NotFound):
        foresee_corrected(desk, treatment, {date(2026, 11, 1): None})
    with desk_of("cy") as desk, pytest.raises(NotFound):
        require_revision(desk, treatment, 1)


def test_whoever_acts_on_an_older_revision_learns_who_was_faster(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("bea") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 26))
    with desk_of("ada") as desk, pytest.raises(Conflict, match="bea: done"):
        require_revision(desk, treatment, 1)
