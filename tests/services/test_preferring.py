"""What suits a patient, on both databases: it moves the suggested day inside its window, and nothing else."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest

from db.checks import StoredVisit, list_checks, list_visits
from db.dossiers import Preference, get_dossier
from db.history import list_deeds
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol, get_patient
from monitor.services.preferring import prefer
from monitor.services.telling_away import find_away, take_back_away, tell_away
from monitor.services.verifying import list_treatment_ids, verify
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
TUESDAYS = Preference("Laboratory Example", (1,), "Dr. Invented, 1 Example Road")


@pytest.fixture(autouse=True)
def _both_databases(kind: str) -> None:
    """Each test on both."""


@pytest.fixture
def ours(desk_of: DeskOf) -> tuple[int, int]:
    """A treatment and its patient."""
    with desk_of("ada") as desk:
        treatment, _ = enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE))
        return treatment, get_patient(desk, "N-1").id


def visits(desk: Desk, treatment: int) -> dict[str, StoredVisit]:
    return {one.id: one for one in list_visits(desk.connection, [treatment])[treatment]}


def test_only_suggested_days_move_and_each_stays_in_its_window(desk_of: DeskOf, ours: tuple[int, int]) -> None:
    treatment, patient = ours
    with desk_of("ada") as desk:
        before, checks = visits(desk, treatment), list_checks(desk.connection, [treatment])
        prefer(desk, patient, TUESDAYS)
    with desk_of("ada") as desk:
        after = visits(desk, treatment)
        assert list_checks(desk.connection, [treatment]) == checks
        assert get_dossier(desk.connection, treatment).preference == TUESDAYS
        assert list(verify(desk, list_treatment_ids(desk))) == []
    assert after.keys() == before.keys()
    for one in after.values():
        old = before[one.id]
        assert (one.due_on, one.opens_on, one.closes_on) == (old.due_on, old.opens_on, old.closes_on)
        assert one.opens_on <= one.visit_on <= one.closes_on
    monthly = [one for one in after.values() if one.place == "laboratory" and one.opens_on < one.due_on]
    assert sum(one.visit_on.weekday() == 1 for one in monthly) > len(monthly) * 0.9
    assert sum(before[one.id].visit_on.weekday() == 1 for one in monthly) < len(monthly) * 0.5


def test_days_away_move_only_the_suggested_day_and_taking_them_back_returns_it(
    desk_of: DeskOf, ours: tuple[int, int]
) -> None:
    treatment, patient = ours
    due_on = date(2026, 12, 16)
    with desk_of("ada") as desk:
        before, checks = visits(desk, treatment), list_checks(desk.connection, [treatment])
        tell_away(desk, patient, date(2026, 12, 14), date(2026, 12, 18))
    with desk_of("ada") as desk:
        moved = [one for one in visits(desk, treatment).values() if one.visit_on != before[one.id].visit_on]
        assert list_checks(desk.connection, [treatment]) == checks
        assert {one.due_on for one in moved} == {due_on}
        assert all(one.opens_on <= one.visit_on <= one.closes_on for one in moved)
        away = find_away(desk.connection, patient, date(2026, 12, 14), date(2026, 12, 18))
        take_back_away(desk, patient, away.id)
    with desk_of("ada") as desk:
        days = {one.id: one.visit_on for one in visits(desk, treatment).values()}
    assert days == {one.id: one.visit_on for one in before.values()}


def test_the_last_word_holds_and_the_history_names_no_place(desk_of: DeskOf, ours: tuple[int, int]) -> None:
    treatment, patient = ours
    with desk_of("ada") as desk:
        prefer(desk, patient, TUESDAYS)
        prefer(desk, patient, Preference("Laboratory Example", (0, 4), None))
    with desk_of("ada") as desk:
        assert get_dossier(desk.connection, treatment).preference.weekdays == (0, 4)
        told = [
            (deed.login, deed.subject) for deed in list_deeds(desk.connection, treatment) if deed.act == "preference"
        ]
    assert told == [("ada", "sampling place, weekdays, practitioner"), ("ada", "weekdays, practitioner")]


def test_what_stands_there_already_and_what_no_week_has_is_refused(desk_of: DeskOf, ours: tuple[int, int]) -> None:
    _, patient = ours
    with desk_of("ada") as desk:
        prefer(desk, patient, TUESDAYS)
    with pytest.raises(Conflict), desk_of("ada") as desk:
        prefer(desk, patient, TUESDAYS)
    for weekdays in ((7,), (1, 1), (4, 0)):
        with pytest.raises(Unacceptable), desk_of("ada") as desk:
            prefer(desk, patient, Preference(weekdays=weekdays))


def test_another_clinic_knows_no_such_patient_and_a_viewer_may_not(desk_of: DeskOf, ours: tuple[int, int]) -> None:
    _, patient = ours
    with pytest.raises(NotFound), desk_of("cy") as desk:
        prefer(desk, patient, TUESDAYS)
    with pytest.raises(NotAllowed), desk_of("ada") as desk:
        prefer(replace(desk, actor=replace(desk.actor, role="viewer")), patient, TUESDAYS)
