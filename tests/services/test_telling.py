"""What patients tell us, on both databases: it closes nothing, moves only a suggestion, and can be taken back."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

import pytest

from db import feeds
from db.checks import StoredVisit, list_checks, list_visits
from db.dossiers import get_dossier
from db.feeds import Wishes
from db.history import list_deeds
from db.patients import list_treatments
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.render.site.names import Trouble
from monitor.services.booking import book
from monitor.services.changing import follow_dossier
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol, get_patient, start_treatment
from monitor.services.recording import record_samples
from monitor.services.telling import NotTold, lock_wishes, set_wishes
from monitor.services.telling_away import MOST, find_away, list_away, take_back_away, tell_away
from monitor.services.telling_done import LONGEST_PLACE, take_back_done, tell_done
from monitor.services.undoing import undo
from monitor.services.verifying import list_treatment_ids, verify
from schedules.errors import NotAllowed, NotFound
from schedules.model import Infusion, Settlement

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
"""Counted from 16 January 2026: monthly checks are due on the 16th, #9 on 16 October (open 9th to 23rd)."""
MONTHLY = ["blood-count", "creatinine", "urinalysis", "liver"]
AT_THE_LABORATORY = [*MONTHLY, "thyroid"]
"""What is due on 16 October; the thyroid is due again in January."""


@dataclass(frozen=True)
class Ours:
    """An invented patient of the north, and the desk of their own page."""

    program: Program
    patient: int
    treatment: int

    @contextmanager
    def page(self) -> Iterator[Desk]:
        with self.program.writing_for_patient("north") as desk:
            yield desk

    def visit(self, desk: Desk, due_on: date) -> StoredVisit:
        """The visit to the laboratory that is due on a day."""
        found = list_visits(desk.connection, [self.treatment])[self.treatment]
        return next(one for one in found if one.due_on == due_on and one.place == "laboratory")

    def visits(self, desk: Desk) -> list[StoredVisit]:
        return list_visits(desk.connection, [self.treatment])[self.treatment]


@pytest.fixture
def ours(program: Program, desk_of: DeskOf) -> Ours:
    """Nobody has recorded anything of them since they were taken over on 1 October."""
    with desk_of("ada") as desk:
        enrolment = Enrolment(
            "north", "N-TOLD-1", "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1)
        )
        treatment, _ = enrol(desk, enrolment)
        return Ours(program, get_patient(desk, "N-TOLD-1").id, treatment)


OCTOBER, NOVEMBER = date(2026, 10, 16), date(2026, 11, 16)


def states(desk: Desk, ours: Ours, number: int) -> set[Settlement]:
    rows = list_checks(desk.connection, [ours.treatment])[ours.treatment]
    return {row.settlement for row in rows if row.rule in MONTHLY and row.number == number}


# --- "I had this done" --------------------------------------------------------------------------------


def test_the_word_of_a_patient_closes_nothing_and_stands_on_the_visit(ours: Ours) -> None:
    with ours.page() as desk:
        before = ours.visit(desk, OCTOBER)
        tell_done(desk, ours.patient, before.id, done_on=date(2026, 10, 20), place="  Laboratory\nExample ")
    with ours.page() as desk:
        after = ours.visit(desk, OCTOBER)
        assert states(desk, ours, 9) == {Settlement.OPEN}
        assert after.reported_on == date(2026, 10, 20)
        assert after.sequence > before.sequence
        dossier = get_dossier(desk.connection, ours.treatment)
        assert {report.family for report, _ in dossier.reports} == set(AT_THE_LABORATORY)
        assert {report.place for report, _ in dossier.reports} == {"Laboratory Example"}
        deed = list_deeds(desk.connection, ours.treatment)[-1]
        assert (deed.login, deed.act) == ("(patient)", "report")
        assert "Example" not in str(deed)
    with ours.program.reading("ada") as desk:
        assert list(verify(desk, list_treatment_ids(desk))) == []


def test_a_sample_answers_it_and_what_is_taken_back_is_gone(ours: Ours, desk_of: DeskOf) -> None:
    with ours.page() as desk:
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=date(2026, 10, 20))
    with desk_of("ada") as desk:
        record_samples(desk, ours.treatment, ["blood-count", "liver"], taken_on=date(2026, 10, 20))
        assert ours.visit(desk, OCTOBER).reported_on == date(2026, 10, 20)  # the urine is still open
        record_samples(desk, ours.treatment, ["creatinine", "urinalysis", "thyroid"], taken_on=date(2026, 10, 20))
        assert ours.visit(desk, OCTOBER).reported_on is None


def test_a_patient_takes_back_what_one_form_said_and_nothing_else(ours: Ours, clock: FixedClock) -> None:
    with ours.page() as desk:
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=date(2026, 10, 20))
    clock.advance(timedelta(days=10))
    with ours.page() as desk:
        tell_done(desk, ours.patient, ours.visit(desk, NOVEMBER).id, done_on=date(2026, 11, 10))
        first = get_dossier(desk.connection, ours.treatment).reports[0][0]
        take_back_done(desk, ours.patient, first.id)
        assert ours.visit(desk, OCTOBER).reported_on is None
        assert ours.visit(desk, NOVEMBER).reported_on == date(2026, 11, 10)
        with pytest.raises(NotFound):
            take_back_done(desk, ours.patient, first.id)
        assert list_deeds(desk.connection, ours.treatment)[-1].act == "report taken back"


def test_a_word_for_an_earlier_visit_speaks_of_the_check_that_a_sample_would_settle(
    ours: Ours, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=10))
    with ours.page() as desk:
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=date(2026, 11, 10))
        _, outcome = follow_dossier(desk, get_dossier(desk.connection, ours.treatment))
        assert {str(key) for key in outcome.reported} == {*(f"{rule}/10" for rule in MONTHLY), "thyroid/3"}


@pytest.mark.parametrize(
    ("done_on", "trouble"),
    [
        (date(2026, 11, 3), Trouble.DAY_TO_COME),
        (date(2026, 9, 30), Trouble.DAY_TOO_EARLY),
        (date(1926, 10, 16), Trouble.DAY_TOO_EARLY),
        (date.min, Trouble.DAY_TOO_EARLY),
        (date.max, Trouble.DAY_TO_COME),
    ],
)
def test_a_day_that_cannot_be_is_refused(ours: Ours, done_on: date, trouble: Trouble) -> None:
    with ours.page() as desk:
        visit = ours.visit(desk, OCTOBER)
    with pytest.raises(NotTold) as refused, ours.page() as desk:
        tell_done(desk, ours.patient, visit.id, done_on=done_on)
    assert refused.value.trouble is trouble


def test_today_and_the_first_day_of_the_window_are_accepted(ours: Ours) -> None:
    for day in (TODAY, date(2026, 10, 9)):
        with ours.page() as desk:
            tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=day)
            assert ours.visit(desk, OCTOBER).reported_on == day
            take_back_done(desk, ours.patient, get_dossier(desk.connection, ours.treatment).reports[0][0].id)


def test_a_settled_visit_another_patients_and_the_same_word_again_are_refused(ours: Ours, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        other, _ = enrol(desk, Enrolment("north", "N-TOLD-2", "alemtuzumab-eu", infusions=COURSE))
        theirs = list_visits(desk.connection, [other])[other][-1]
        record_samples(desk, ours.treatment, AT_THE_LABORATORY, taken_on=date(2026, 10, 12))
        settled = ours.visit(desk, OCTOBER)
        overdue = next(one for one in ours.visits(desk) if one.place == "laboratory" and one.due_on < OCTOBER)
    for visit in (settled.id, theirs.id, overdue.id if overdue.closes_on < date(2026, 10, 1) else "x" * 32, "", "'"):
        with pytest.raises(NotTold) as refused, ours.page() as desk:
            tell_done(desk, ours.patient, visit, done_on=TODAY)
        assert refused.value.trouble is Trouble.VISIT_GONE


def test_the_same_word_twice_is_refused(ours: Ours) -> None:
    with ours.page() as desk:
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=date(2026, 10, 20))
    with pytest.raises(NotTold) as refused, ours.page() as desk:
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=date(2026, 10, 21))
    assert refused.value.trouble is Trouble.ALREADY_REPORTED


def test_a_place_is_one_short_line_without_control_characters(ours: Ours) -> None:
    with pytest.raises(NotTold) as refused, ours.page() as desk:
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=TODAY, place="x" * (LONGEST_PLACE + 1))
    assert refused.value.trouble is Trouble.TOO_LONG
    with ours.page() as desk:
        hostile = "\x1b[31mLab\x00\u202eexample\u2028ÄÖ 🧪\ud800"
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=TODAY, place=hostile)
        assert get_dossier(desk.connection, ours.treatment).reports[0][0].place == "[31mLab example ÄÖ 🧪"


def test_a_nurse_takes_back_a_report_only_by_its_name(ours: Ours, desk_of: DeskOf) -> None:
    with ours.page() as desk:
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=date(2026, 10, 20))
    with desk_of("ada") as desk:
        with pytest.raises(NotFound, match="no entry to take back"):
            undo(desk, ours.treatment, "blood-count", reason="no such visit")
        taken, _ = undo(desk, ours.treatment, "blood-count", 9, what="report", reason="no such visit")
        assert taken == "report of blood-count done on 2026-10-20"
        assert "blood-count" not in {one.family for one, _ in get_dossier(desk.connection, ours.treatment).reports}


# --- Away ---------------------------------------------------------------------------------------------


def test_away_moves_the_suggested_day_alone_and_back_again(ours: Ours) -> None:
    with ours.page() as desk:
        before = ours.visit(desk, NOVEMBER)
        assert before.visit_on == NOVEMBER
        tell_away(desk, ours.patient, date(2026, 11, 14), date(2026, 11, 18))
        after = ours.visit(desk, NOVEMBER)
        assert after.visit_on == date(2026, 11, 13)
        assert (after.due_on, after.opens_on, after.closes_on) == (before.due_on, before.opens_on, before.closes_on)
        assert (after.id, after.sequence > before.sequence) == (before.id, True)
    with ours.page() as desk:
        [noted] = list_away(desk.connection, ours.patient, today=TODAY)
        take_back_away(desk, ours.patient, noted.id)
        assert ours.visit(desk, NOVEMBER).visit_on == NOVEMBER
        acts = [deed.act for deed in list_deeds(desk.connection, ours.treatment)]
        assert acts[-2:] == ["away", "away taken back"]
        with pytest.raises(NotFound):
            take_back_away(desk, ours.patient, noted.id)
    with ours.program.reading("ada") as desk:
        assert list(verify(desk, list_treatment_ids(desk))) == []


def test_what_was_booked_stays_where_it_was_agreed(ours: Ours, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        book(desk, ours.treatment, MONTHLY, on=NOVEMBER, at=time(9, 30))
    with ours.page() as desk:
        tell_away(desk, ours.patient, date(2026, 11, 9), date(2026, 11, 20))
        visit = ours.visit(desk, NOVEMBER)
        assert (visit.booked_on, visit.booked_at) == (NOVEMBER, time(9, 30))


def test_every_treatment_of_the_patient_follows_and_the_fact_stands_once(ours: Ours, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        enrolment = Enrolment("north", "N-TOLD-1", "alemtuzumab-us", infusions=COURSE)
        second, _ = start_treatment(desk, ours.patient, enrolment)
    with ours.page() as desk:
        tell_away(desk, ours.patient, date(2026, 11, 14), date(2026, 11, 18))
        assert len(list_away(desk.connection, ours.patient, today=TODAY)) == 1
        for treatment in list_treatments(desk.connection, patient_id=ours.patient):
            visits = list_visits(desk.connection, [treatment.id])[treatment.id]
            moved = [one for one in visits if one.due_on == NOVEMBER and one.place == "laboratory"]
            assert {one.visit_on for one in moved} == {date(2026, 11, 13)}
            assert list_deeds(desk.connection, treatment.id)[-1].act == "away"
    assert second != ours.treatment
    with ours.program.reading("ada") as desk:
        assert list(verify(desk, list_treatment_ids(desk))) == []


@pytest.mark.parametrize(
    ("from_on", "until_on", "trouble"),
    [
        (date(2026, 11, 10), date(2026, 11, 9), Trouble.UNTIL_BEFORE_FROM),
        (date(2026, 10, 1), date(2026, 11, 1), Trouble.DAY_PAST),
        (date(2026, 11, 2), date(2027, 11, 3), Trouble.TOO_LONG_AWAY),
        (date(2126, 11, 2), date(2126, 11, 3), Trouble.DAY_TOO_FAR),
        (date.min, date.max, Trouble.TOO_LONG_AWAY),
        (date.max, date.max, Trouble.DAY_TOO_FAR),
    ],
)
def test_days_that_cannot_be_are_refused(ours: Ours, from_on: date, until_on: date, trouble: Trouble) -> None:
    with pytest.raises(NotTold) as refused, ours.page() as desk:
        tell_away(desk, ours.patient, from_on, until_on)
    assert refused.value.trouble is trouble


def test_one_day_a_whole_year_and_one_that_began_are_accepted(ours: Ours) -> None:
    with ours.page() as desk:
        tell_away(desk, ours.patient, date(2026, 10, 20), TODAY)
        tell_away(desk, ours.patient, date(2026, 11, 3), date(2026, 11, 3))
        tell_away(desk, ours.patient, date(2026, 11, 4), date(2027, 11, 4))  # 366 days
        assert len(list_away(desk.connection, ours.patient, today=TODAY)) == 3


def test_days_noted_already_and_more_than_there_can_be_are_refused(ours: Ours) -> None:
    with ours.page() as desk:
        for number in range(MOST):
            day = date(2027, 1, 1) + timedelta(days=10 * number)
            tell_away(desk, ours.patient, day, day)
    for day, trouble in ((date(2027, 1, 1), Trouble.AWAY_OVERLAPS), (date(2028, 1, 1), Trouble.TOO_MANY)):
        with pytest.raises(NotTold) as refused, ours.page() as desk:
            tell_away(desk, ours.patient, day, day)
        assert refused.value.trouble is trouble


def test_of_two_who_note_the_same_days_at_once_one_is_told_that_they_are_noted(ours: Ours) -> None:
    def note(_: int) -> Trouble | None:
        try:
            with ours.page() as desk:
                tell_away(desk, ours.patient, date(2026, 11, 14), date(2026, 11, 18))
        except NotTold as no:
            return no.trouble
        return None

    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(note, range(4)))
    assert Counter(said) == {None: 1, Trouble.AWAY_OVERLAPS: 3}
    with ours.page() as desk:
        assert len(list_away(desk.connection, ours.patient, today=TODAY)) == 1


def test_nobody_of_another_clinic_notes_or_takes_back_anything(ours: Ours, desk_of: DeskOf) -> None:
    with ours.page() as desk:
        tell_away(desk, ours.patient, date(2026, 11, 14), date(2026, 11, 18))
        [noted] = list_away(desk.connection, ours.patient, today=TODAY)
        visit = ours.visit(desk, OCTOBER)
    with desk_of("cy") as desk:
        for act in (
            lambda: tell_away(desk, ours.patient, date(2027, 1, 1), date(2027, 1, 2)),
            lambda: take_back_away(desk, ours.patient, noted.id),
            lambda: tell_done(desk, ours.patient, visit.id, done_on=TODAY),
            lambda: set_wishes(desk, ours.patient, Wishes(names_drug=True)),
            lambda: lock_wishes(desk, ours.patient, True),
        ):
            with pytest.raises(NotFound):
                act()


def test_a_page_of_another_patient_takes_nothing_back(ours: Ours, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        enrol(desk, Enrolment("north", "N-TOLD-2", "alemtuzumab-eu", infusions=COURSE))
        stranger = get_patient(desk, "N-TOLD-2").id
    with ours.page() as desk:
        tell_away(desk, ours.patient, date(2026, 11, 14), date(2026, 11, 18))
        tell_done(desk, ours.patient, ours.visit(desk, OCTOBER).id, done_on=TODAY)
        [noted] = list_away(desk.connection, ours.patient, today=TODAY)
        report = get_dossier(desk.connection, ours.treatment).reports[0][0]
    with ours.page() as desk:
        with pytest.raises(NotFound):
            take_back_away(desk, stranger, noted.id)
        with pytest.raises(NotFound):
            take_back_done(desk, stranger, report.id)


def test_an_entry_is_found_by_its_days(ours: Ours, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:  # a nurse hears it on the telephone
        tell_away(desk, ours.patient, date(2026, 11, 14), date(2026, 11, 18))
        assert find_away(desk.connection, ours.patient, date(2026, 11, 14), date(2026, 11, 18)).id
        with pytest.raises(NotFound, match="Noted: 2026-11-14 to 2026-11-18"):
            find_away(desk.connection, ours.patient, date(2026, 11, 14), date(2026, 11, 19))


# --- Wishes -------------------------------------------------------------------------------------------


def test_wishes_are_kept_and_stand_in_the_history_once(ours: Ours) -> None:
    wished = Wishes("de", names_tests=True, day_before_at=time(18), same_day_at=None)
    for _ in range(2):
        with ours.page() as desk:
            set_wishes(desk, ours.patient, wished)
    with ours.page() as desk:
        assert feeds.get_wishes(desk.connection, ours.patient) == wished
        deeds = [deed for deed in list_deeds(desk.connection, ours.treatment) if deed.act == "wishes"]
    assert [(deed.login, deed.subject) for deed in deeds] == [
        ("(patient)", "language, names_tests, day_before_at, same_day_at")
    ]


def test_the_clinic_locks_and_unlocks_and_a_page_cannot(ours: Ours, desk_of: DeskOf) -> None:
    wished = Wishes("de", names_drug=True)
    with ours.page() as desk:
        set_wishes(desk, ours.patient, wished)
    with desk_of("ada") as desk:
        lock_wishes(desk, ours.patient, True)
    for wish in (Wishes(), replace(wished, is_locked=False)):
        with pytest.raises(NotAllowed, match="The clinic has fixed these settings"), ours.page() as desk:
            set_wishes(desk, ours.patient, wish)
    with pytest.raises(NotAllowed), ours.page() as desk:
        lock_wishes(desk, ours.patient, False)
    with desk_of("ada") as desk:
        assert feeds.get_wishes(desk.connection, ours.patient) == replace(wished, is_locked=True)
        lock_wishes(desk, ours.patient, False)
        acts = [deed.act for deed in list_deeds(desk.connection, ours.treatment)]
        assert acts[-2:] == ["wishes locked", "wishes unlocked"]
    with ours.page() as desk:
        set_wishes(desk, ours.patient, replace(Wishes(), is_locked=True))  # a page cannot lock either
        assert feeds.get_wishes(desk.connection, ours.patient) == Wishes()
