"""Clinics: who changes settings and closures, and that suggested days follow and nothing else does."""

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db import clinic_days, history, tables
from db.checks import list_checks, list_visits
from db.engine import reading
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.jobs.suggesting import follow_changed_days
from monitor.render.calendar import CalendarEntry
from monitor.services import clinics
from monitor.services.address_feeds import state_of_feed
from monitor.services.addresses import issue_to_patient
from monitor.services.changing import moment_of
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.feeds import get_feed
from monitor.services.rulebook import Rulebook
from monitor.services.suggesting import Followed, follow_all, follow_days, list_waiting
from monitor.services.verifying import list_treatment_ids, verify
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
FROM_ON, UNTIL_ON = date(2026, 11, 9), date(2026, 11, 20)


@pytest.fixture
def treatments(desk_of: DeskOf) -> list[int]:
    """Five invented patients of the north and one of the west."""
    ids = []
    for number in range(6):
        login, clinic_id = ("cy", "west") if number == 5 else ("ada", "north")
        first = date(2026, 1, 12) + timedelta(days=5 * number)
        course = [Infusion(first + timedelta(days=offset)) for offset in range(5)]
        with desk_of(login) as desk:
            ids.append(enrol(desk, Enrolment(clinic_id, f"X-{number}", "alemtuzumab-eu", infusions=course))[0])
    return ids


def days_of(desk: Desk, ids: list[int]) -> Mapping[str, Any]:
    """Everything of visits and checks that no clinic may move, and the suggested days."""
    visits = [visit for found in list_visits(desk.connection, ids).values() for visit in found]
    return {
        "windows": {visit.id: (visit.due_on, visit.opens_on, visit.closes_on) for visit in visits},
        "checks": list_checks(desk.connection, ids),
        "suggested": {visit.id: visit.visit_on for visit in visits},
    }


def follow(program: Program, clinic_id: str = "north") -> int:
    return follow_all(program.writing_for_program, clinic_id)


def faults(program: Program) -> list[Any]:
    with program.reading("root-admin") as desk:
        return list(verify(desk, list_treatment_ids(desk)))


def test_after_a_closure_only_suggested_days_move_and_the_record_verifies(
    program: Program, desk_of: DeskOf, look_as: DeskOf, treatments: list[int]
) -> None:
    with look_as("ada") as desk:
        before = days_of(desk, treatments)
    with desk_of("root-admin") as desk:
        changed = clinics.close(desk, "north", from_on=FROM_ON, until_on=UNTIL_ON, name="Move to the new house")
    assert changed.shifts > 0
    assert follow(program) >= changed.shifts  # visits of the past are no news to anybody, and follow, too
    with look_as("ada") as desk:
        after = days_of(desk, treatments)
        deeds = history.list_deeds(desk.connection, treatments[0])
    assert (after["windows"], after["checks"]) == (before["windows"], before["checks"])
    moved = {one for one in before["suggested"] if before["suggested"][one] != after["suggested"][one]}
    assert moved
    for one in moved:
        due_on, opens_on, closes_on = after["windows"][one]
        assert opens_on <= after["suggested"][one] <= closes_on
        assert FROM_ON <= before["suggested"][one] <= UNTIL_ON
        assert due_on == before["windows"][one][0]
    assert deeds[-1].login == "root-admin"
    assert (deeds[-1].act, deeds[-1].reason) == ("replan", "Move to the new house")
    assert faults(program) == []


def test_what_was_taken_back_stands_again_as_it_was(
    program: Program, desk_of: DeskOf, look_as: DeskOf, treatments: list[int]
) -> None:
    with look_as("ada") as desk:
        before = days_of(desk, treatments)["suggested"]
    with desk_of("root-admin") as desk:
        clinics.close(desk, "north", from_on=FROM_ON, until_on=UNTIL_ON, name="Water damage")
    follow(program)
    with desk_of("root-admin") as desk:
        (closure,) = clinics.list_closures(desk, "north")
        clinics.reopen(desk, closure.id, reason="It dried early.")
    follow(program)
    with look_as("ada") as desk:
        assert days_of(desk, treatments)["suggested"] == before
        assert clinics.list_closures(desk, "north") == []
        rows = desk.connection.execute(select(tables.closure)).all()
    assert len(rows) == 2  # the closure, and the row that withdraws it
    assert faults(program) == []


@pytest.mark.parametrize(
    "change", [{"country": "GB"}, {"subdivision": "BY"}, {"working_weekdays": (1, 3)}, {"working_weekdays": (5, 6)}]
)
def test_other_working_days_are_followed_and_the_record_verifies(
    program: Program, desk_of: DeskOf, look_as: DeskOf, treatments: list[int], change: dict[str, Any]
) -> None:
    with look_as("ada") as desk:
        before = days_of(desk, treatments)
    with desk_of("root-admin") as desk:
        wanted = replace(clinics.get_clinic(desk, "north"), **change)
        clinics.change_clinic(desk, wanted, reason="Another contract.")
    assert follow(program) > 0
    assert faults(program) == []
    with look_as("ada") as desk:
        after = days_of(desk, treatments)
    assert (after["windows"], after["checks"]) == (before["windows"], before["checks"])


def test_a_preview_keeps_nothing(desk_of: DeskOf, look_as: DeskOf, treatments: list[int]) -> None:
    with desk_of("root-admin") as desk:
        seen = clinics.close(desk, "north", from_on=FROM_ON, until_on=UNTIL_ON, name="?", preview=True)
    assert seen.shifts > 0
    assert seen.deed_id is None
    with look_as("root-admin") as desk:
        assert clinics.list_closures(desk, "north") == []
        assert list_waiting(desk) == []


def test_another_process_knows_the_new_days_at_once(
    program: Program, desk_of: DeskOf, look_as: DeskOf, treatments: list[int]
) -> None:
    other = replace(program, rulebook=Rulebook())
    with other.reading("ada") as desk:
        assert moment_of(desk, "north").is_working_day(FROM_ON)
    with desk_of("root-admin") as desk:
        clinics.close(desk, "north", from_on=FROM_ON, until_on=UNTIL_ON, name="Move")
        wanted = replace(clinics.get_clinic(desk, "north"), time_zone="Pacific/Auckland")
        clinics.change_clinic(desk, wanted, reason="Entered wrongly.")
    with other.reading("ada") as desk:
        moment = moment_of(desk, "north")
        assert not moment.is_working_day(FROM_ON)
        assert moment.zone.key == "Pacific/Auckland"
        assert moment_of(replace(desk, today={"west": date(2026, 11, 2)}), "west").is_working_day(FROM_ON)


def test_a_large_clinic_follows_a_few_patients_at_a_time_and_goes_on_where_it_was(
    program: Program, desk_of: DeskOf, look_as: DeskOf, treatments: list[int]
) -> None:
    with desk_of("root-admin") as desk:
        clinics.close(desk, "north", from_on=FROM_ON, until_on=UNTIL_ON, name="Move")
    with program.writing_for_program() as desk:
        first = follow_days(desk, "north", at_once=2)
    assert (first.treatments, first.left) == (2, 3)
    with look_as("root-admin") as desk:
        ((pending, left),) = list_waiting(desk)
    assert (pending.clinic_id, left) == ("north", 3)
    follow_changed_days(program, "a replica")  # as after a crash: the job finds what is left
    with look_as("root-admin") as desk:
        assert list_waiting(desk) == []
    assert faults(program) == []
    with program.writing_for_program() as desk:
        assert follow_days(desk, "north") == Followed(0, 0, 0)


def test_a_new_name_or_time_zone_moves_no_suggested_day(
    desk_of: DeskOf, look_as: DeskOf, treatments: list[int]
) -> None:
    with desk_of("root-admin") as desk:
        wanted = replace(clinics.get_clinic(desk, "north"), name="North House", time_zone="Europe/Vienna")
        assert clinics.change_clinic(desk, wanted, reason="Renamed.").shifts == 0
    with look_as("root-admin") as desk:
        assert list_waiting(desk) == []
        days = clinic_days.find_days(desk.connection, "north")
    assert days is not None
    assert (days.time_zone, days.changes) == ("Europe/Vienna", 1)


def test_the_history_says_what_was_and_what_is(desk_of: DeskOf, program: Program) -> None:
    with desk_of("root-admin") as desk:
        wanted = replace(clinics.get_clinic(desk, "north"), working_weekdays=(0, 1, 2, 3))
        deed_id = clinics.change_clinic(desk, wanted, reason="  No Friday any more. ").deed_id
    assert deed_id is not None
    with reading(program.engine) as connection:
        deed = history.find_deed(connection, deed_id)
    assert deed is not None
    assert (deed.act, deed.subject, deed.reason) == (
        "clinic change", "north: working_weekdays", "No Friday any more.",
    )  # fmt: skip
    assert deed.details == {"working_weekdays": {"from": None, "to": [0, 1, 2, 3]}}


def test_two_administrators_at_once_do_not_overwrite_each_other(desk_of: DeskOf) -> None:
    with desk_of("root-admin") as desk:
        known = clinics.get_clinic(desk, "north")
        clinics.change_clinic(desk, replace(known, name="First"), reason="x", expected=clinics.mark_of(known))
    with pytest.raises(Conflict) as no, desk_of("root-admin") as desk:
        clinics.change_clinic(desk, replace(known, name="Second"), reason="x", expected=clinics.mark_of(known))
    assert no.value.code == "clinic-changed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "  "}, "clinic-name"),
        ({"time_zone": "Mars/Base"}, "zone-unknown"),
        ({"country": "XX"}, "country-unknown"),
        ({"subdivision": "ZZ"}, "subdivision-unknown"),
        ({"working_weekdays": ()}, "weekdays-none"),
        ({"working_weekdays": (7,)}, "weekdays-none"),
        ({}, "clinic-nothing-changes"),
        ({"working_weekdays": (0, 1, 2, 3, 4)}, "clinic-nothing-changes"),
    ],
)
def test_what_cannot_be_a_clinic_is_refused(desk_of: DeskOf, change: dict[str, Any], code: str) -> None:
    with pytest.raises(Unacceptable) as no, desk_of("root-admin") as desk:
        clinics.change_clinic(desk, replace(clinics.get_clinic(desk, "north"), **change), reason="why")
    assert no.value.code == code


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ((date(2026, 12, 2), date(2026, 12, 1)), "clinic-days-reversed"),
        ((date(2026, 12, 1), date(2028, 12, 1)), "closure-long"),
        ((date(2026, 12, 24), date(2026, 12, 24)), "closed-already"),
        ((date(2027, 1, 2), date(2027, 1, 5)), "closed-already"),
    ],
)
def test_days_that_cannot_be_a_closure_are_refused(desk_of: DeskOf, days: tuple[date, date], code: str) -> None:
    with desk_of("root-admin") as desk:
        clinics.close(desk, "north", from_on=date(2026, 12, 24), until_on=date(2027, 1, 2), name="Christmas")
        clinics.close(desk, "north", from_on=date(2027, 1, 6), until_on=date(2027, 1, 6), name="Epiphany")
    with pytest.raises((Unacceptable, Conflict)) as no, desk_of("root-admin") as desk:
        clinics.close(desk, "north", from_on=days[0], until_on=days[1], name="Again")
    assert no.value.code == code


def test_a_closure_is_taken_back_once(desk_of: DeskOf) -> None:
    with desk_of("root-admin") as desk:
        clinics.close(desk, "north", from_on=FROM_ON, until_on=UNTIL_ON, name="Move")
        (closure,) = clinics.list_closures(desk, "north")
        clinics.reopen(desk, closure.id, reason="Not after all.")
    with pytest.raises(NotFound), desk_of("root-admin") as desk:
        clinics.reopen(desk, closure.id, reason="Again.")


@pytest.mark.parametrize("login", ["ada", "dora"])
def test_only_an_administrator_changes_a_clinic(desk_of: DeskOf, login: str) -> None:
    with pytest.raises(NotAllowed), desk_of(login) as desk:
        clinics.close(desk, "north", from_on=FROM_ON, until_on=UNTIL_ON, name="Holiday")
    with pytest.raises(NotAllowed), desk_of(login) as desk:
        clinics.change_clinic(desk, replace(clinics.get_clinic(desk, "north"), name="Mine"), reason="x")


def test_another_clinic_is_as_unknown_as_none(look_as: DeskOf) -> None:
    for clinic_id in ("west", "nowhere"):
        with pytest.raises(NotFound), look_as("ada") as desk:
            clinics.list_closures(desk, clinic_id)


def test_calendars_are_made_anew_and_no_sequence_goes_back(
    program: Program, clock: FixedClock, desk_of: DeskOf, look_as: DeskOf, treatments: list[int]
) -> None:
    with desk_of("ada") as desk:
        _, issued = issue_to_patient(desk, "X-0", label="own phone", consented=True)

    def look() -> tuple[Hashable, Mapping[str, CalendarEntry]]:
        with look_as("ada") as desk:
            feed = get_feed(desk, program.config, "X-0")
            return state_of_feed(desk, issued.address), {one.uid: one for one in feed.entries}

    state, before = look()
    clock.advance(timedelta(hours=1))
    with desk_of("root-admin") as desk:
        clinics.close(desk, "north", from_on=date(2026, 10, 1), until_on=date(2026, 11, 13), name="Flood")
    changed, meanwhile = look()  # the suggested days have not followed yet
    assert changed != state
    follow(program)
    _, after = look()
    assert before.keys() == meanwhile.keys() == after.keys()
    for uid, entry in before.items():
        assert entry.sequence < meanwhile[uid].sequence <= after[uid].sequence
        assert entry.changed_at < meanwhile[uid].changed_at
    assert any(entry.visit_on != after[uid].visit_on for uid, entry in before.items())
