"""What a re-plan of many patients would do is known before, without writing, and is what then happens."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.replanning import foresee, list_outdated_ids, replan
from monitor.services.verifying import list_treatment_ids, verify
from schedules.errors import Conflict, NeedsApproval, NeedsConfirmation
from schedules.model import Infusion
from tests.later_versions import approve_text, narrower, without_liver

DeskOf = Callable[[str], AbstractContextManager[Desk]]


def course(first: date) -> tuple[Infusion, ...]:
    return tuple(Infusion(first + timedelta(days=offset)) for offset in range(5))


@pytest.fixture
def treatments(desk_of: DeskOf, clock: FixedClock) -> list[int]:
    """Three of the north - the first owes tests, the last has none due - and one of the west; then a minute passes."""
    with desk_of("ada") as desk:
        ids = [
            enrol(desk, Enrolment("north", f"N-{number}", "alemtuzumab-eu", infusions=course(first)))[0]
            for number, first in enumerate((date(2025, 11, 3), date(2026, 1, 12), date(2026, 10, 26)))
        ]
    with desk_of("cy") as desk:
        ids.append(enrol(desk, Enrolment("west", "W-1", "alemtuzumab-eu", infusions=course(date(2025, 11, 3))))[0])
    clock.advance(timedelta(minutes=1))
    return ids


def test_who_follows_an_older_version_is_listed_for_each_persons_own_clinics(
    program: Program, look_as: DeskOf, treatments: list[int]
) -> None:
    with look_as("ada") as desk:
        assert list_outdated_ids(desk, "alemtuzumab-eu") == []
    approve_text(program, narrower())
    with look_as("ada") as desk:
        assert list_outdated_ids(desk, "alemtuzumab-eu") == treatments[:3]
        assert list_outdated_ids(desk, "alemtuzumab-us") == []
        with pytest.raises(NeedsApproval):
            list_outdated_ids(desk, "vitamin-d")
        assert [one.reference for one in foresee(desk, treatments)] == ["N-0", "N-1", "N-2"]
    with look_as("root-admin") as desk:
        assert list_outdated_ids(desk, "alemtuzumab-eu", ["west"]) == treatments[3:]


@pytest.mark.parametrize("text", [narrower(), without_liver()], ids=["narrower", "without liver"])
def test_what_was_foreseen_is_what_happens_and_foreseeing_writes_nothing(
    program: Program, desk_of: DeskOf, look_as: DeskOf, treatments: list[int], text: str
) -> None:
    approve_text(program, text)
    with look_as("ada") as desk:
        foreseen = list(foresee(desk, treatments[:3]))
    with look_as("ada") as desk:
        assert list(verify(desk, list_treatment_ids(desk))) == []
        assert [one.revision for one in foresee(desk, treatments[:3])] == [one.revision for one in foreseen]
    for one in foreseen:
        with desk_of("ada") as desk:
            done = replan(
                desk, one.treatment_id, reason="a new version", confirmed=True, expected_revision=one.revision
            )
        assert done.change is not None
        assert (done.change.difference, done.change.losses) == (one.difference, one.losses)
        assert one.new_versions == ("alemtuzumab-eu 2026.2",)
    with look_as("ada") as desk:
        assert list_outdated_ids(desk, "alemtuzumab-eu") == []
        assert list(verify(desk, list_treatment_ids(desk))) == []


def test_losses_are_foreseen_and_need_a_confirmation(
    program: Program, desk_of: DeskOf, look_as: DeskOf, treatments: list[int]
) -> None:
    approve_text(program, without_liver())
    with look_as("ada") as desk:
        late, _, new = foresee(desk, treatments[:3])
    assert {key.rule for key, _ in late.losses} == {"liver"}
    assert (len(late.losses), new.losses) == (11, ())  # due on the 7th of December 2025 to October 2026
    with desk_of("ada") as desk, pytest.raises(NeedsConfirmation):
        replan(desk, late.treatment_id, reason="a new version")


def test_whoever_acted_meanwhile_is_not_overwritten(
    program: Program, desk_of: DeskOf, look_as: DeskOf, treatments: list[int]
) -> None:
    approve_text(program, narrower())
    with look_as("ada") as desk:
        foreseen = next(foresee(desk, treatments[:1]))
    with desk_of("bea") as desk:
        replan(desk, foreseen.treatment_id, reason="first")
    with desk_of("ada") as desk, pytest.raises(Conflict, match="bea: assign"):
        replan(desk, foreseen.treatment_id, reason="second", expected_revision=foreseen.revision)
