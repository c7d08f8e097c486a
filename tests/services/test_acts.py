"""What nurses and clinicians do to a check, on both databases: recorded, seen, booked, waived, taken back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, time, timedelta

import pytest

from db import facts, tables
from db.checks import list_checks
from db.dossiers import Dossier, get_dossier
from db.history import list_deeds
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.booking import book, note_contact
from monitor.services.changing import change, follow_dossier
from monitor.services.deciding import discharge, order_extra, readmit, waive
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, add_infusions, correct_infusion, enrol, get_treatment_id
from monitor.services.recording import mark_seen, record_samples
from monitor.services.undoing import undo
from schedules.errors import Conflict, NeedsConfirmation, NotAllowed, NotFound, Refusal, Unacceptable
from schedules.intervals import Interval
from schedules.model import Infusion, Key, Settlement

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
"""Counted from 16 January 2026: blood counts are due on the 16th, #9 on 16 October (open from the 9th to the 23rd)."""


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    """An invented patient of the north, ten months after the first course, of whom nothing was recorded yet."""
    with desk_of("ada") as desk:
        return enrol(desk, Enrolment("north", "N-TEST-1", "alemtuzumab-eu", infusions=COURSE))[0]


def settlements(desk: Desk, treatment: int, rule: str) -> dict[int, str]:
    rows = list_checks(desk.connection, [treatment])[treatment]
    return {row.number: str(row.settlement) for row in rows if row.rule == rule}


def dossier_of(desk: Desk, treatment: int) -> Dossier:
    return get_dossier(desk.connection, treatment)


# --- Recorded ---------------------------------------------------------------------------------------


def test_a_sample_settles_the_check_of_its_day_and_overtakes_the_missed_ones(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 12), performed_by="Practice Example")
    with desk_of("ada") as desk:
        found = settlements(desk, treatment, "blood-count")
        assert found[9] == "done"
        assert {found[number] for number in range(1, 9)} == {"superseded"}
        assert found[10] == "open"


def test_one_visit_is_recorded_partly_and_the_rest_stays_overdue(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count", "creatinine", "liver"], taken_on=date(2026, 10, 16))
    with desk_of("ada") as desk:
        assert settlements(desk, treatment, "liver")[9] == "done"
        assert settlements(desk, treatment, "urinalysis")[9] == "open"


def test_the_same_sample_twice_is_refused_and_says_who_was_first(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 12))
    with pytest.raises(Conflict, match=r"already recorded by ada on 2026-11-02 at 08:00"), desk_of("bea") as desk:
        record_samples(desk, treatment, ["liver", "blood-count"], taken_on=date(2026, 10, 12))
    with desk_of("ada") as desk:  # nothing of Bea's visit was half-written
        assert len(dossier_of(desk, treatment).samples) == 1


def test_a_further_sample_of_the_same_check_is_kept(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 12))
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 20))
    with desk_of("ada") as desk:
        _, outcome = follow_dossier(desk, dossier_of(desk, treatment))
        ninth = next(one for one in outcome.settled if one.check.key == Key("blood-count", 9))
        assert [sample.taken_on.day for sample in ninth.samples] == [12, 20]


def test_a_persons_word_holds_against_the_date_and_not_against_the_window(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 10), number=8)
        assert settlements(desk, treatment, "blood-count")[8] == "done"
        assert settlements(desk, treatment, "blood-count")[9] == "open"
    with pytest.raises(Unacceptable, match=r"blood-count/10 opens on 2026-11-09"), desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=TODAY, number=10)


@pytest.mark.parametrize(
    ("rule", "day", "refusal", "words"),
    [
        ("blod-count", date(2026, 10, 12), NotFound, "Did you mean 'blood-count'"),
        ("blood-count", date(2026, 11, 3), Unacceptable, "still to come"),
    ],
)
def test_what_cannot_be_is_refused(
    desk_of: DeskOf, treatment: int, rule: str, day: date, refusal: type[Refusal], words: str
) -> None:
    with pytest.raises(refusal, match=words), desk_of("ada") as desk:
        record_samples(desk, treatment, [rule], taken_on=day)


def test_cy_of_another_clinic_sees_nothing(desk_of: DeskOf, treatment: int) -> None:
    with pytest.raises(NotFound, match="no treatment"), desk_of("cy") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=TODAY)
    with pytest.raises(NotFound, match="no patient 'N-TEST-1' in your clinics"), desk_of("cy") as desk:
        get_treatment_id(desk, "N-TEST-1")


# --- Seen -------------------------------------------------------------------------------------------


def test_seen_belongs_to_the_sample_and_is_told_once(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 12))
        mark_seen(desk, treatment, "blood-count", seen_by="Dr. Dora Example", result="in range")
    with pytest.raises(Conflict, match="already marked as seen by ada"), desk_of("bea") as desk:
        mark_seen(desk, treatment, "blood-count", 9)
    with desk_of("ada") as desk:
        (seen,) = dossier_of(desk, treatment).seen.values()
        assert (seen.seen_by, seen.result) == ("Dr. Dora Example", "in range")


def test_without_a_sample_there_is_nothing_to_see(desk_of: DeskOf, treatment: int) -> None:
    with pytest.raises(Unacceptable, match="no sample yet"), desk_of("ada") as desk:
        mark_seen(desk, treatment, "blood-count", 9)


# --- Booked -----------------------------------------------------------------------------------------


def test_a_booking_hides_nothing_and_warns_outside_the_window(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        booked = book(desk, treatment, ["blood-count"], on=date(2026, 11, 4), at=time(9, 30))
        assert booked.outside == (Key("blood-count", 9),)
        assert booked.change.difference.is_empty
        assert settlements(desk, treatment, "blood-count")[9] == "open"
        assert book(desk, treatment, ["blood-count"], on=date(2026, 11, 12)).outside == ()


def test_a_booking_for_a_number_that_the_day_does_not_belong_to_is_refused(desk_of: DeskOf, treatment: int) -> None:
    with pytest.raises(Unacceptable, match=r"would settle blood-count/9, not blood-count/10"), desk_of("ada") as desk:
        book(desk, treatment, ["blood-count"], on=date(2026, 11, 4), number=10)
    with pytest.raises(Unacceptable, match="has passed"), desk_of("ada") as desk:
        book(desk, treatment, ["blood-count"], on=date(2026, 11, 1))


def test_a_contact_note_closes_nothing(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        assert note_contact(desk, treatment, kind="declines", text="wants to wait").difference.is_empty
        assert settlements(desk, treatment, "blood-count")[9] == "open"


# --- Waived -----------------------------------------------------------------------------------------


def test_a_waiver_needs_a_clinician_and_keeps_who_decided_and_who_entered(desk_of: DeskOf, treatment: int) -> None:
    with pytest.raises(Unacceptable, match="none was named"), desk_of("ada") as desk:
        waive(desk, treatment, "liver", 9, reason="abroad")
    with desk_of("ada") as desk:
        waive(desk, treatment, "liver", 9, reason="abroad", decided_by="Dr. Dora Example")
        assert settlements(desk, treatment, "liver")[9] == "waived"
        deed = list_deeds(desk.connection, treatment)[-1]
        assert (deed.login, deed.act, deed.reason) == ("ada", "waive", "abroad")
        (waiver,) = get_dossier(desk.connection, treatment).waivers
        assert deed.details == {
            "decided_by": "Dr. Dora Example", "due_on": "2026-10-16", "facts": [["waiver", waiver[1].row_id]],
        }  # fmt: skip


def test_a_done_check_cannot_be_waived(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["liver"], taken_on=date(2026, 10, 16))
    with pytest.raises(Conflict, match="liver/9 was already recorded as done by ada"), desk_of("dora") as desk:
        waive(desk, treatment, "liver", 9, reason="abroad")


def test_a_waived_check_that_was_done_after_all_is_done(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        waive(desk, treatment, "liver", 9, reason="abroad")
        record_samples(desk, treatment, ["liver"], taken_on=date(2026, 10, 20))
        assert settlements(desk, treatment, "liver")[9] == "done"


# --- Extra checks -----------------------------------------------------------------------------------


def test_an_extra_series_stands_beside_the_plan_and_survives_a_new_course(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        order_extra(
            desk, treatment, "blood-count", starts_on=date(2026, 11, 5), every=Interval.parse("1 week"), times=3,
            reason="platelets falling",
        )  # fmt: skip
        order_extra(desk, treatment, "blood-count", starts_on=date(2026, 12, 1), reason="once more")
    with desk_of("dora") as desk:
        assert set(settlements(desk, treatment, "blood-count-extra")) == {1, 2, 3, 4}
        add_infusions(desk, treatment, [Infusion(date(2026, 10, 29))], reason="course 2")
        assert set(settlements(desk, treatment, "blood-count-extra").values()) == {"open"}


def test_numbers_of_withdrawn_orders_are_not_given_out_again(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        order_extra(desk, treatment, "blood-count", starts_on=date(2026, 11, 5), reason="mistake")
        undo(desk, treatment, "blood-count-extra", 1, reason="wrong patient")
        order_extra(desk, treatment, "blood-count", starts_on=date(2026, 11, 6), reason="right one")
        assert settlements(desk, treatment, "blood-count-extra") == {1: "withdrawn", 2: "open"}


# --- Taken back -------------------------------------------------------------------------------------


def test_undo_takes_back_the_latest_entry_and_keeps_both_in_the_record(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        before = list_checks(desk.connection, [treatment])[treatment]
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 12))
        what, _ = undo(desk, treatment, "blood-count", 9, reason="wrong patient")
        assert what == "blood-count of 2026-10-12"
        assert list_checks(desk.connection, [treatment])[treatment] == before
        trail = facts.list_trail(desk.connection, tables.sample, treatment)
        assert [(row["is_void"], row["reason"]) for row in trail] == [(False, None), (True, "wrong patient")]


def test_undo_can_be_told_which_entry_is_meant(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 12))
        mark_seen(desk, treatment, "blood-count")
        assert (
            undo(desk, treatment, "blood-count", reason="wrong patient", what="sample")[0]
            == "blood-count of 2026-10-12"
        )
        assert settlements(desk, treatment, "blood-count")[9] == "open"
    with pytest.raises(NotFound, match="no waiver to take back for blood-count"), desk_of("ada") as desk:
        undo(desk, treatment, "blood-count", reason="?", what="waiver")


def test_undo_of_nothing_says_so(desk_of: DeskOf, treatment: int) -> None:
    with pytest.raises(NotFound, match="no entry to take back"), desk_of("ada") as desk:
        undo(desk, treatment, "liver", reason="none")


# --- Discharge --------------------------------------------------------------------------------------


def test_discharge_settles_what_is_open_and_readmission_opens_it_again(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        before = list_checks(desk.connection, [treatment])[treatment]
        discharge(
            desk, treatment, on=TODAY, kind="transferred", transferred_to="Farfield Example Hospital", reason="moved"
        )
        rows = list_checks(desk.connection, [treatment])[treatment]
        assert {row.settlement for row in rows} == {Settlement.DISCHARGED}
    with pytest.raises(Conflict, match="already discharged by dora"), desk_of("dora") as desk:
        discharge(desk, treatment, on=TODAY, kind="moved", reason="again")
    with desk_of("dora") as desk:
        readmit(desk, treatment, reason="came back")
        assert list_checks(desk.connection, [treatment])[treatment] == before


def test_a_transfer_names_the_place(desk_of: DeskOf, treatment: int) -> None:
    with pytest.raises(Unacceptable, match="place that takes over"), desk_of("dora") as desk:
        discharge(desk, treatment, on=TODAY, kind="transferred", reason="moved")


# --- Infusions --------------------------------------------------------------------------------------


def test_a_correction_that_postpones_overdue_checks_needs_a_confirmation_of_its_own(
    desk_of: DeskOf, treatment: int
) -> None:
    moved = Infusion(date(2026, 1, 20))
    with desk_of("ada") as desk:
        before = list_checks(desk.connection, [treatment])[treatment]
    with pytest.raises(NeedsConfirmation, match=r"blood-count/1 \(due 2026-02-16\)"), desk_of("ada") as desk:
        correct_infusion(desk, treatment, date(2026, 1, 16), becomes=moved, reason="typed wrongly")
    with desk_of("ada") as desk:
        shown = correct_infusion(
            desk, treatment, date(2026, 1, 16), becomes=moved, reason="typed wrongly", preview=True
        )
        assert shown.losses
        assert list_checks(desk.connection, [treatment])[treatment] == before
        assert [deed.act for deed in list_deeds(desk.connection, treatment)] == ["enrol"]
    with desk_of("ada") as desk:
        done = correct_infusion(
            desk, treatment, date(2026, 1, 16), becomes=moved, reason="typed wrongly", confirmed=True
        )
        assert done.losses == shown.losses
        lost = (list_deeds(desk.connection, treatment)[-1].details or {})["losses"]
        assert {"check": "blood-count/1", "due_on": "2026-02-16"} in lost


def test_a_planned_day_is_confirmed_and_an_unknown_one_refused(desk_of: DeskOf, treatment: int) -> None:
    planned = Infusion(date(2026, 11, 2), planned=True)
    with desk_of("ada") as desk:
        add_infusions(desk, treatment, [planned], reason="course 2 planned")
        ends_before = _end(desk, treatment)
        add_infusions(desk, treatment, [Infusion(date(2026, 11, 2))], reason="given")
        assert (ends_before, _end(desk, treatment)) == (date(2030, 1, 16), date(2030, 11, 2))
    with pytest.raises(Conflict, match="already in the record"), desk_of("ada") as desk:
        add_infusions(desk, treatment, [Infusion(date(2026, 11, 2))], reason="twice")
    with pytest.raises(NotFound, match="no infusion on 2026-03-01"), desk_of("ada") as desk:
        correct_infusion(desk, treatment, date(2026, 3, 1), becomes=None, reason="?")


def _end(desk: Desk, treatment: int) -> date | None:
    return follow_dossier(desk, dossier_of(desk, treatment))[1].plan.ends_on


def test_impossible_days_are_told_all_at_once(desk_of: DeskOf, treatment: int) -> None:
    days = [Infusion(date(2026, 11, 3)), Infusion(date(2026, 11, 3))]
    with pytest.raises(Unacceptable, match=r"in the future.*named twice"), desk_of("ada") as desk:
        add_infusions(desk, treatment, days, reason="?")


# --- Every act --------------------------------------------------------------------------------------


def test_an_act_on_an_old_revision_is_refused_with_what_happened_since(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["liver"], taken_on=date(2026, 10, 16))
    with pytest.raises(Conflict, match="ada: done liver of 2026-10-16"), desk_of("bea") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 16), expected_revision=1)


def test_an_act_that_changes_nothing_changes_nothing(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        before = list_checks(desk.connection, [treatment])[treatment]
        assert change(desk, treatment, "look again", lambda: None).difference.is_empty
        assert list_checks(desk.connection, [treatment])[treatment] == before


def test_what_was_known_on_a_past_day_can_be_asked(
    program: Program, desk_of: DeskOf, treatment: int, clock: FixedClock
) -> None:
    then = clock.now()
    clock.advance(timedelta(days=3))
    with program.writing("ada") as desk:
        record_samples(desk, treatment, ["liver"], taken_on=date(2026, 10, 16))
        undo(desk, treatment, "liver", reason="wrong")
        record_samples(desk, treatment, ["liver"], taken_on=date(2026, 10, 17))
        assert get_dossier(desk.connection, treatment, known_at=then).samples == ()
        assert [one.taken_on.day for one, _ in dossier_of(desk, treatment).samples] == [17]


def test_a_viewer_may_not_write(program: Program, treatment: int) -> None:
    from db.people import add_person

    with program.writing("root-admin") as desk:
        add_person(desk.connection, login="vi", name="Vi Example", role="viewer", clinic_ids=["north"])
    with pytest.raises(NotAllowed, match="may look"), program.writing("vi") as desk:
        note_contact(desk, treatment, kind="note", text="hello")
