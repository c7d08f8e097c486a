"""On which day each escalation step begins, and who may have seen it for whom."""

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.escalating import LADDER, Raised, SeenStep, climb, find_beginning, is_seen
from schedules.fingerprint import fingerprint
from schedules.overlaying import escalate_after, remake
from schedules.protocol import Escalation, Role
from tests.schedules.strategies import make_protocol

TODAY = date(2026, 11, 2)


class Closed(NamedTuple):
    """A check whose window closed on a day; the rest of its window does not matter here."""

    closes_on: date
    opens_on: date = date.min
    due_on: date = date.min


OCTOBER, SEPTEMBER = Closed(date(2026, 10, 23)), Closed(date(2026, 9, 23))


@pytest.mark.parametrize(
    ("after_days", "begins"),
    [(0, date(2026, 10, 24)), (1, date(2026, 10, 24)), (2, date(2026, 10, 25)), (7, date(2026, 10, 30))],
)
def test_a_step_begins_so_many_days_after_the_window_closed(after_days: int, begins: date) -> None:
    step = Escalation(after_days=after_days, role=Role.NURSE)
    assert find_beginning(step, [OCTOBER]) == begins
    assert climb([step], [OCTOBER], begins - timedelta(days=1)) == ()
    assert climb([step], [OCTOBER], begins) == (Raised(Role.NURSE, begins),)


def test_two_in_a_row_begins_the_day_after_the_second_window_closed() -> None:
    step = Escalation(two_in_a_row=True, role=Role.CLINICIAN)
    assert find_beginning(step, [OCTOBER]) is None
    for overdue in ([SEPTEMBER, OCTOBER], [OCTOBER, SEPTEMBER, Closed(date(2026, 10, 30))]):
        assert find_beginning(step, overdue) == date(2026, 10, 24)


def test_nothing_overdue_begins_nothing() -> None:
    assert find_beginning(Escalation(after_days=0, role=Role.NURSE), []) is None


def test_a_role_is_asked_once_since_the_first_of_its_steps() -> None:
    steps = [
        Escalation(after_days=14, role=Role.CLINICIAN, at_once=True),
        Escalation(two_in_a_row=True, role=Role.CLINICIAN, at_once=True),
        Escalation(after_days=40, role=Role.CLINICIAN),
        Escalation(after_days=7, role=Role.NURSE),
    ]
    assert climb(steps, [SEPTEMBER, OCTOBER], TODAY) == (
        Raised(Role.NURSE, date(2026, 9, 30)),
        Raised(Role.CLINICIAN, date(2026, 10, 7), at_once_on=date(2026, 10, 24)),
    )


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=4),
    st.lists(st.integers(0, 80), max_size=4),
    st.integers(0, 90),
    st.integers(0, 90),
)
def test_a_step_that_has_begun_stays_begun_while_the_checks_stay_overdue(
    after: list[int], closed: list[int], days: int, more: int
) -> None:
    roles = [*LADDER, Role.CLINICIAN]
    steps = [Escalation(after_days=one, role=roles[number]) for number, one in enumerate(after)]
    overdue = [Closed(TODAY - timedelta(days=one)) for one in closed]
    earlier, later = TODAY + timedelta(days=days), TODAY + timedelta(days=days + more)
    assert {one.role for one in climb(steps, overdue, earlier)} <= {one.role for one in climb(steps, overdue, later)}
    assert all(one.began_on <= later for one in climb(steps, overdue, later))


@pytest.mark.parametrize(
    ("by", "asked", "seen"),
    [
        (Role.NURSE, Role.NURSE, True),
        (Role.NURSE, Role.CLINICIAN, False),
        (Role.CLINICIAN, Role.NURSE, True),
        (Role.CLINICIAN, Role.ADMIN, False),
        (Role.ADMIN, Role.CLINICIAN, True),
    ],
)
def test_who_stands_higher_sees_for_those_below(by: Role, asked: Role, seen: bool) -> None:
    assert is_seen(asked, [SeenStep(by, "Example", TODAY)]) is seen
    assert not is_seen(asked, [])


def test_a_step_without_the_new_key_keeps_every_older_approval() -> None:
    example = make_protocol()
    loud = remake(example, escalation=(Escalation(after_days=7, role=Role.NURSE, at_once=True),))
    quiet = remake(example, escalation=(Escalation(after_days=7, role=Role.NURSE),))
    assert "at_once" not in str(quiet.model_dump(mode="json", exclude_none=True))
    assert fingerprint(loud) != fingerprint(quiet)


def test_days_of_a_clinics_own_leave_a_step_as_loud_as_it_was() -> None:
    steps = (
        Escalation(after_days=7, role=Role.NURSE),
        Escalation(after_days=14, role=Role.CLINICIAN, at_once=True),
    )
    own = escalate_after(remake(make_protocol(), escalation=steps), [3, 5, 9]).escalation
    assert [(one.after_days, one.role, one.at_once) for one in own] == [
        (3, Role.NURSE, None),
        (5, Role.CLINICIAN, True),
        (9, Role.CLINICIAN, True),
    ]
