"""Two people at once, on both databases, with real threads: one wins, the other is told who did what and when."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db import tables
from db.checks import list_checks, list_visits
from db.dossiers import get_dossier
from db.facts import add_fact
from db.history import list_deeds
from db.patients import list_treatments
from monitor.bootstrap import Program
from monitor.services.changing import change
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, add_infusions, correct_infusion, enrol
from monitor.services.verifying import verify
from schedules.errors import Conflict, NeedsConfirmation, NotAllowed, NotFound
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
COURSE = [Infusion(date(2024, 1, 8) + timedelta(days=offset)) for offset in range(5)]


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    """An invented patient of the north, followed here since October 2026."""
    with desk_of("ada") as desk:
        enrolment = Enrolment(
            "north", "N-TEST-1", "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1)
        )
        return enrol(desk, enrolment)[0]


def note(desk: Desk, treatment: int, text: str, *, expected_revision: int | None = None) -> None:
    """An act that changes no plan."""

    def enter() -> None:
        add_fact(desk.connection, tables.contact_note, treatment, stamp=desk.stamp(), kind="note", text=text)

    change(desk, treatment, "note", enter, subject="note", expected_revision=expected_revision)


def revision_of(desk: Desk, treatment: int) -> int:
    return get_dossier(desk.connection, treatment).revision


def test_of_two_people_who_saw_the_same_one_wins_and_the_other_is_told(program: Program, treatment: int) -> None:
    """Ada and Bea look, think, and enter at the same moment what contradicts what the other enters."""
    with program.reading("ada") as desk:
        seen = revision_of(desk, treatment)
    start = threading.Barrier(2)
    told: dict[str, str] = {}

    def act(login: str) -> None:
        start.wait()
        try:
            with program.writing(login) as desk:
                note(desk, treatment, f"by {login}", expected_revision=seen)
        except Conflict as conflict:
            told[login] = conflict.sentence

    threads = [threading.Thread(target=act, args=(login,)) for login in ("ada", "bea")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    loser = next(iter(told))
    winner = {"ada": "bea", "bea": "ada"}[loser]
    assert (
        told[loser] == f"Somebody was faster: {winner}: note note at 2026-11-02 08:00 UTC. Nothing of yours was saved."
    )
    with program.reading("ada") as desk:
        assert [one.text for one in get_dossier(desk.connection, treatment).notes] == [f"by {winner}"]
        assert revision_of(desk, treatment) == seen + 1


def test_of_two_who_correct_one_infusion_one_wins(program: Program, treatment: int) -> None:
    start = threading.Barrier(2)
    outcome: dict[str, object] = {}

    def act(login: str, day: date) -> None:
        with program.reading(login) as desk:
            seen = revision_of(desk, treatment)
        start.wait()
        try:
            with program.writing(login) as desk:
                outcome[login] = correct_infusion(
                    desk, treatment, date(2024, 1, 12), becomes=Infusion(day), reason="typing error", confirmed=True,
                    expected_revision=seen,
                )  # fmt: skip
        except (Conflict, NotFound) as refusal:
            outcome[login] = refusal

    days = {"ada": date(2024, 1, 13), "bea": date(2024, 1, 14)}
    threads = [threading.Thread(target=act, args=pair) for pair in days.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [login for login, one in outcome.items() if not isinstance(one, Exception)]
    assert len(winners) == 1
    with program.reading("ada") as desk:
        last = get_dossier(desk.connection, treatment).given_and_planned[-1]
        assert last.infused_on == days[winners[0]]
        assert list(verify(desk, [treatment])) == []


def test_many_acts_at_once_are_all_kept_when_nobody_insists(program: Program, treatment: int) -> None:
    with program.reading("ada") as desk:
        before = revision_of(desk, treatment)
    faults: list[Exception] = []

    def act(login: str) -> None:
        try:
            for number in range(5):
                with program.writing(login) as desk:
                    note(desk, treatment, f"{login} {number}")
        except Exception as fault:  # noqa: BLE001  # whatever a thread met is what the test is about
            faults.append(fault)

    threads = [threading.Thread(target=act, args=(login,)) for login in ("ada", "bea", "dora")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with program.reading("ada") as desk:
        assert revision_of(desk, treatment) == before + 15
        assert len(get_dossier(desk.connection, treatment).notes) == 15
        deeds = list_deeds(desk.connection, treatment)
        assert [one.revision for one in deeds] == list(range(1, before + 16))


def test_a_preview_keeps_nothing(desk_of: DeskOf, look_as: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        preview = add_infusions(desk, treatment, [Infusion(date(2025, 1, 13))], reason="course 2", preview=True)
    assert preview.difference.added
    with look_as("ada") as desk:
        assert len(get_dossier(desk.connection, treatment).infusions) == 5
        assert revision_of(desk, treatment) == 1
        assert [one.act for one in list_deeds(desk.connection, treatment)] == ["enrol"]


def test_a_preview_and_the_act_show_the_same_difference(desk_of: DeskOf, treatment: int) -> None:
    course = [Infusion(date(2025, 1, 13))]
    with desk_of("ada") as desk:
        preview = add_infusions(desk, treatment, course, reason="course 2", preview=True)
        act = add_infusions(desk, treatment, course, reason="course 2", confirmed=True)
    assert preview == act


def test_a_due_or_overdue_check_does_not_go_without_a_confirmation(desk_of: DeskOf, treatment: int) -> None:
    """Counted from 12 January, checks are due and overdue in November 2026; from the 20th they would be postponed."""
    later = Infusion(date(2024, 1, 20))
    with desk_of("ada") as desk, pytest.raises(NeedsConfirmation, match=r"withdraw or postpone.*Nothing was saved"):
        correct_infusion(desk, treatment, date(2024, 1, 12), becomes=later, reason="typing error")
    with desk_of("ada") as desk:
        made = correct_infusion(
            desk, treatment, date(2024, 1, 12), becomes=later, reason="typing error", confirmed=True
        )
        deed = list_deeds(desk.connection, treatment)[-1]
    assert deed.details is not None
    assert len(deed.details["losses"]) == len(made.losses) > 0


def test_an_act_without_a_difference_leaves_checks_and_visits_alone(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        before = list_checks(desk.connection, [treatment]), list_visits(desk.connection, [treatment])
        note(desk, treatment, "called")
        assert (list_checks(desk.connection, [treatment]), list_visits(desk.connection, [treatment])) == before


def test_cy_of_another_clinic_can_do_nothing_and_learns_nothing(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("cy") as desk:
        with pytest.raises(NotFound, match="no treatment"):
            note(desk, treatment, "hello")
        with pytest.raises(NotFound, match="no treatment"):
            note(desk, treatment + 1000, "hello")
        assert list_treatments(desk.connection, clinic_ids=sorted(desk.actor.clinic_ids)) == []


def test_a_stranger_is_not_let_to_a_desk(program: Program) -> None:
    with pytest.raises(NotAllowed, match="nobody with the login 'eve'"), program.writing("eve"):
        pass
    with pytest.raises(NotAllowed, match="Nobody was named"), program.reading(None):
        pass
