"""Escalations: which lines ask whom since when, who may say that they know, and that it closes nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.charts import get_chart, page_of
from monitor.services.deciding import waive
from monitor.services.desk import Desk
from monitor.services.escalating import list_escalations, mark_seen, take_back_seen
from monitor.services.recording import record_samples
from monitor.services.verifying import verify
from monitor.services.worklist import list_lines
from schedules.errors import Conflict, NotAllowed, NotFound, Refusal, Unacceptable
from schedules.protocol import Role
from tests.escalated import CLINICIAN, NURSE, TWICE, approve_steps, follow

DeskOf = Callable[[str], AbstractContextManager[Desk]]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def treatment(program: Program, clock: FixedClock) -> int:
    """On 18 November #1 is 14 days overdue: the nurse is asked since the 11th, the clinician since today."""
    approve_steps(program, NURSE, CLINICIAN, TWICE)
    treatment_id = follow(program, "N-1")
    clock.advance(timedelta(days=16))
    return treatment_id


@pytest.mark.usefixtures("treatment")
def test_a_line_says_who_is_asked_since_when_and_that_nobody_knows(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        [line] = list_escalations(desk)
    assert [(one.role, one.began_on) for one in line.raised] == [
        (Role.NURSE, date(2026, 11, 11)),
        (Role.CLINICIAN, date(2026, 11, 18)),
    ]
    assert (line.seen, line.unseen) == ((), line.raised)


def test_to_know_of_it_closes_nothing_and_stands_in_line_and_history(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        _, role, change = mark_seen(desk, treatment, "blood-count")
        assert role is Role.CLINICIAN
        assert change.difference.settled == ()
    with desk_of("ada") as desk:
        [line] = list_lines(desk, state="overdue")
        assert [(one.role, one.seen_by, one.seen_on) for one in line.seen] == [
            (Role.CLINICIAN, "Dr. Dora Example", date(2026, 11, 18))
        ]
        assert line.unseen == (), "a clinician sees for nurses, too"
        assert list_escalations(desk, unseen=True) == []
        assert len(list_escalations(desk)) == 1
        told = page_of(get_chart(desk, "N-1")).deeds[-1]
        assert told.what == "escalation seen blood-count/1, clinician: Dr. Dora Example"
        assert list(verify(desk, [treatment])) == []


def test_what_a_nurse_has_seen_leaves_the_clinician_asked(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        mark_seen(desk, treatment, "blood-count", role=Role.NURSE)
        [line] = list_escalations(desk, unseen=True)
        assert [one.role for one in line.unseen] == [Role.CLINICIAN]
    with pytest.raises(Conflict, match="A nurse knows of blood-count since 2026-11-18"), desk_of("bea") as desk:
        mark_seen(desk, treatment, "blood-count", role=Role.NURSE)


@pytest.mark.parametrize(
    ("by", "asked", "refusal", "said"),
    [
        ("ada", {}, NotAllowed, "mark the nurse's step with --role nurse"),
        ("root-admin", {}, Unacceptable, "--by-name"),
        ("root-admin", {"role": Role.NURSE}, Unacceptable, "--by-name"),
        ("dora", {"role": Role.ADMIN}, Unacceptable, "No step asks the admin yet"),
        ("dora", {"by_name": "x" * 101}, Unacceptable, "at most 100"),
        ("cy", {}, NotFound, "no treatment"),
    ],
)
@SQLITE
def test_who_may_not_speak_for_a_role_is_refused(
    desk_of: DeskOf, treatment: int, by: str, asked: dict[str, object], refusal: type[Refusal], said: str
) -> None:
    with pytest.raises(refusal) as no, desk_of(by) as desk:
        mark_seen(desk, treatment, "blood-count", **asked)  # type: ignore[arg-type]
    assert said in str(no.value)


@SQLITE
def test_an_administrator_enters_whom_the_clinician_was(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("root-admin") as desk:
        mark_seen(desk, treatment, "blood-count", by_name="  Dr. Dora   Example ")
        [line] = list_escalations(desk)
    assert line.seen[0].seen_by == "Dr. Dora Example"


@SQLITE
def test_the_next_oldest_check_asks_anew(desk_of: DeskOf, clock: FixedClock, treatment: int) -> None:
    with desk_of("dora") as desk:
        mark_seen(desk, treatment, "blood-count")
    clock.advance(timedelta(days=20))
    with desk_of("dora") as desk:
        [line] = list_escalations(desk)
        assert (line.missed, len(line.seen)) == (2, 1)
        waive(desk, treatment, "blood-count", 1, reason="done elsewhere")
    clock.advance(timedelta(days=5))
    with desk_of("ada") as desk:
        [line] = list_escalations(desk)
        assert (line.first.number, line.seen) == (2, ())
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 12, 13))
        assert list_escalations(desk) == []


def test_a_mark_is_taken_back_by_a_new_entry_and_past_days_keep_it(
    desk_of: DeskOf, clock: FixedClock, treatment: int
) -> None:
    with desk_of("dora") as desk:
        mark_seen(desk, treatment, "blood-count")
    clock.advance(timedelta(days=2))
    with pytest.raises(NotAllowed), desk_of("ada") as desk:
        take_back_seen(desk, treatment, "blood-count", reason="no")
    with desk_of("dora") as desk:
        gone, _ = take_back_seen(desk, treatment, "blood-count", reason="another patient was meant")
        assert gone.role is Role.CLINICIAN
        [line] = list_escalations(desk, unseen=True)
        assert line.seen == ()
        assert len(list_lines(desk, state="overdue", as_of=date(2026, 11, 19))[0].seen) == 1
        assert list_lines(desk, state="overdue", as_of=date(2026, 11, 17))[0].seen == ()
        with pytest.raises(NotFound, match="Nobody has marked"):
            take_back_seen(desk, treatment, "blood-count", reason="again")
        assert mark_seen(desk, treatment, "blood-count")[1] is Role.CLINICIAN


@SQLITE
def test_where_no_step_is_in_force_nothing_can_be_marked(program: Program, clock: FixedClock, desk_of: DeskOf) -> None:
    approve_steps(program, NURSE)
    treatment = follow(program, "N-1")
    for days, refusal in ((8, NotFound), (0, NotFound)):
        clock.advance(timedelta(days=days))
        with pytest.raises(refusal, match="Nothing is escalated"), desk_of("ada") as desk:
            mark_seen(desk, treatment, "blood-count")
    clock.advance(timedelta(days=1))
    with pytest.raises(NotFound, match="Did you mean 'blood-count'"), desk_of("ada") as desk:
        mark_seen(desk, treatment, "blood-cont")
    with desk_of("ada") as desk:
        mark_seen(desk, treatment, "blood-count")


@SQLITE
def test_a_rule_with_an_empty_list_of_its_own_asks_nobody(program: Program, clock: FixedClock, desk_of: DeskOf) -> None:
    approve_steps(program, NURSE, own=[])
    follow(program, "N-1")
    clock.advance(timedelta(days=30))
    with desk_of("ada") as desk:
        assert len(list_lines(desk, state="overdue")) == 1
        assert list_escalations(desk) == []


@SQLITE
@pytest.mark.usefixtures("treatment")
def test_cy_sees_no_escalation_of_another_clinic(desk_of: DeskOf) -> None:
    with desk_of("cy") as desk:
        assert list_escalations(desk) == []
        with pytest.raises(NotFound):
            list_escalations(desk, clinic="north")
