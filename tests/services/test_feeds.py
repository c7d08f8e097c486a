"""A patient's calendar keeps its entries' identities whatever moves, and never shows office work."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from db import tables
from db.calendars import raise_all
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.render.calendar import CalendarEntry, Status
from monitor.services.booking import book
from monitor.services.changing import change
from monitor.services.deciding import discharge, readmit, waive
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, assign, correct_infusion, enrol, get_patient, start_treatment
from monitor.services.feeds import Feed, get_feed
from monitor.services.recording import record_samples
from monitor.services.rulebook import OwnSettings, Rulebook
from monitor.services.undoing import undo
from monitor.services.worklist_feed import get_worklist_feed
from schedules.errors import NotFound
from schedules.model import Infusion
from schedules.protocol import Place

DeskOf = Callable[[str], AbstractContextManager[Desk]]
CONFIG = Config()
TODAY = date(2026, 11, 2)
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
MONTHLY = ["blood-count", "creatinine", "urinalysis", "liver"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    """Followed from 1 September under the US protocol, which has a form for the office."""
    enrolment = Enrolment("north", "N-1", "alemtuzumab-us", infusions=COURSE, followed_here_from=date(2026, 9, 1))
    with desk_of("ada") as desk:
        return enrol(desk, enrolment)[0]


def at(feed: Feed, day: date) -> CalendarEntry:
    [entry] = [one for one in feed.entries if one.visit_on == day and one.place is Place.LABORATORY]
    return entry


def of(feed: Feed, uid: str) -> CalendarEntry:
    [entry] = [one for one in feed.entries if one.uid == uid]
    return entry


def test_the_same_record_gives_the_same_bytes_and_no_office_work(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        first, second = get_feed(desk, CONFIG, "N-1"), get_feed(desk, CONFIG, "N-1", treatment_id=treatment)
    assert first.render() == second.render()
    assert {one.place for one in first.entries} == {Place.LABORATORY, Place.CLINIC}
    uids = [one.uid for one in first.entries]
    assert len(uids) == len(set(uids))
    assert b"alemtuzumab" not in first.render().lower()
    assert b"blood" not in first.render().lower()


def test_an_entry_keeps_its_identity_when_booked_done_and_undone(
    desk_of: DeskOf, clock: FixedClock, treatment: int
) -> None:
    with desk_of("ada") as desk:
        planned = at(get_feed(desk, CONFIG, "N-1"), date(2026, 11, 16))
    clock.advance(timedelta(hours=1))
    with desk_of("ada") as desk:
        book(desk, treatment, MONTHLY, on=date(2026, 11, 17), at=time(9, 30))
        booked = at(get_feed(desk, CONFIG, "N-1"), date(2026, 11, 17))
    assert (booked.uid, booked.status, booked.booked_at) == (planned.uid, Status.BOOKED, time(9, 30))
    assert booked.sequence > planned.sequence
    assert booked.changed_at > planned.changed_at
    clock.advance(timedelta(days=16))
    with desk_of("ada") as desk:
        record_samples(desk, treatment, MONTHLY, taken_on=date(2026, 11, 18))
        done = of(get_feed(desk, CONFIG, "N-1"), planned.uid)
    assert (done.visit_on, done.status) == (date(2026, 11, 18), Status.DONE)
    assert done.sequence > booked.sequence
    clock.advance(timedelta(hours=1))
    with desk_of("ada") as desk:
        for rule in MONTHLY:
            undo(desk, treatment, rule, None, reason="wrong patient")
        undone = of(get_feed(desk, CONFIG, "N-1"), planned.uid)
    assert (undone.visit_on, undone.status) == (date(2026, 11, 17), Status.BOOKED)
    assert undone.sequence > done.sequence


def test_a_corrected_infusion_moves_entries_and_replaces_none(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        before = {one.uid: one for one in get_feed(desk, CONFIG, "N-1").entries if one.visit_on > TODAY}
        correct_infusion(
            desk, treatment, COURSE[-1].infused_on, becomes=Infusion(date(2026, 1, 17)), reason="typing error",
            confirmed=True,
        )  # fmt: skip
        after = {one.uid: one for one in get_feed(desk, CONFIG, "N-1").entries}
    assert before.keys() <= after.keys()
    moved = [uid for uid in before if before[uid].visit_on != after[uid].visit_on]
    assert len(moved) > 20
    assert all(after[uid].sequence > before[uid].sequence for uid in moved)


def test_what_was_waived_is_cancelled_and_leaves_thirty_days_after_the_act(
    desk_of: DeskOf, clock: FixedClock, treatment: int
) -> None:
    with desk_of("dora") as desk:
        uid = at(get_feed(desk, CONFIG, "N-1"), date(2026, 11, 16)).uid
        for rule in MONTHLY:
            waive(desk, treatment, rule, 10, reason="away")
        assert at(get_feed(desk, CONFIG, "N-1"), date(2026, 11, 16)).status is Status.WAIVED
    for days, is_there in ((30, True), (1, False)):
        clock.advance(timedelta(days=days))
        with desk_of("dora") as desk:
            assert (uid in {one.uid for one in get_feed(desk, CONFIG, "N-1").entries}) is is_there


def test_a_discharge_cancels_what_was_to_come(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        discharge(desk, treatment, on=TODAY, kind="moved", reason="moved away")
        entries = get_feed(desk, CONFIG, "N-1").entries
    assert {one.status for one in entries} == {Status.CANCELLED, Status.ENDED}
    assert [one.visit_on for one in entries if one.status is Status.ENDED] == [TODAY]


def test_whoever_goes_on_elsewhere_is_not_told_that_the_checks_end(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        [end] = [one for one in get_feed(desk, CONFIG, "N-1", names_tests=True).entries if one.status is Status.END]
        discharge(desk, treatment, on=TODAY, kind="transferred", transferred_to="Practice Example", reason="moved")
        entries = get_feed(desk, CONFIG, "N-1", names_tests=True).entries
    assert end.text
    assert [one.text for one in entries if one.status is Status.ENDED] == [""]


def test_cy_gets_no_calendar_of_the_north(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("cy") as desk, pytest.raises(NotFound, match="in your clinics"):
        get_feed(desk, CONFIG, "N-1")


# --- What is overdue ------------------------------------------------------------------------------------


def test_an_overdue_visit_moves_on_by_itself_and_a_later_act_goes_above_what_was_shown(
    desk_of: DeskOf, clock: FixedClock, treatment: int
) -> None:
    """Due on 16 November, its window closes on the 23rd: it stands on the 24th, then on 1 December, and so on."""
    with desk_of("ada") as desk:
        planned = at(get_feed(desk, CONFIG, "N-1"), date(2026, 11, 16))
    seen = [planned]
    for today, stands_on in (
        (date(2026, 11, 24), date(2026, 11, 24)),
        (date(2026, 11, 25), date(2026, 12, 1)),
        (date(2026, 12, 1), date(2026, 12, 1)),
        (date(2026, 12, 2), date(2026, 12, 8)),
    ):
        clock.advance(datetime.combine(today, time(8), UTC) - clock.now())
        with desk_of("ada") as desk:
            shown = of(get_feed(desk, CONFIG, "N-1"), planned.uid)
        assert (shown.status, shown.visit_on) == (Status.OVERDUE, stands_on)
        seen.append(shown)
    assert [one.sequence - planned.sequence for one in seen] == [0, 1, 2, 2, 3]
    assert [one.changed_at for one in seen] == sorted(one.changed_at for one in seen)
    clock.advance(timedelta(hours=1))
    with desk_of("ada") as desk:
        book(desk, treatment, MONTHLY, on=date(2026, 12, 4))
        booked = of(get_feed(desk, CONFIG, "N-1"), planned.uid)
    assert booked.status is Status.BOOKED
    assert booked.sequence > seen[-1].sequence
    assert booked.changed_at > seen[-1].changed_at
    clock.advance(timedelta(days=3))
    with desk_of("ada") as desk:
        missed = of(get_feed(desk, CONFIG, "N-1"), planned.uid)
    assert missed.status is Status.OVERDUE
    assert missed.sequence > booked.sequence
    assert missed.changed_at == datetime(2026, 12, 5, tzinfo=ZoneInfo("Europe/Berlin"))


def test_after_a_restore_every_entry_is_above_whatever_was_shown(
    desk_of: DeskOf, clock: FixedClock, treatment: int
) -> None:
    with desk_of("ada") as desk:
        before = {one.uid: one for one in get_feed(desk, CONFIG, "N-1").entries}
    clock.advance(timedelta(days=1))
    with desk_of("ada") as desk:
        raise_all(desk.connection, clock.now())
        after = {one.uid: one for one in get_feed(desk, CONFIG, "N-1").entries}
    assert before.keys() == after.keys()
    assert all(after[uid].sequence > before[uid].sequence + 500 for uid in before)
    assert all(after[uid].changed_at == clock.now() for uid in before)


def test_the_same_backup_restored_twice_goes_above_what_was_shown_between(
    desk_of: DeskOf, clock: FixedClock, treatment: int
) -> None:
    shown: dict[str, int] = {}
    for on in (date(2026, 11, 17), date(2026, 11, 18)):
        clock.advance(timedelta(hours=1))
        with desk_of("ada") as desk:
            desk.connection.execute(update(tables.visit).values(sequence=0))
            raise_all(desk.connection, clock.now())
            restored = {one.uid: one.sequence for one in get_feed(desk, CONFIG, "N-1").entries}
            book(desk, treatment, MONTHLY, on=on)
            assert all(restored[uid] > sequence for uid, sequence in shown.items())
            shown = {one.uid: one.sequence for one in get_feed(desk, CONFIG, "N-1").entries}


def test_what_left_the_calendar_does_not_return_when_days_are_computed_anew_or_restored(
    desk_of: DeskOf, clock: FixedClock
) -> None:
    """Some was settled long ago, some came as history, a minute after its infusions."""
    enrolment = Enrolment("north", "N-7", "alemtuzumab-eu", infusions=COURSE)
    with desk_of("ada") as desk:
        own, _ = enrol(desk, enrolment)
    clock.advance(timedelta(minutes=1))
    with desk_of("ada") as desk:
        record_samples(desk, own, MONTHLY, taken_on=date(2026, 7, 16))
    for days in (1, 40):
        clock.advance(timedelta(days=days))
        with desk_of("ada") as desk:
            record_samples(desk, own, ["blood-count"], taken_on=desk.today["north"])
        with desk_of("ada") as desk:
            shown = {one.uid for one in get_feed(desk, CONFIG, "N-7").entries}
            becomes = Infusion(date(2026, 1, 16 + days % 2))
            given = date(2026, 1, 16 + (days + 1) % 2)
            correct_infusion(desk, own, given, becomes=becomes, reason="typing error", confirmed=True)
            assert {one.uid for one in get_feed(desk, CONFIG, "N-7").entries} == shown
            raise_all(desk.connection, clock.now())
            assert {one.uid for one in get_feed(desk, CONFIG, "N-7").entries} == shown


def test_a_discharge_that_is_undone_is_the_later_one_though_the_clock_was_set_back(
    desk_of: DeskOf, clock: FixedClock, treatment: int
) -> None:
    clock.advance(timedelta(hours=2))
    with desk_of("dora") as desk:
        discharge(desk, treatment, on=TODAY, kind="moved", reason="moved away")
        [ended] = [one for one in get_feed(desk, CONFIG, "N-1").entries if one.status is Status.ENDED]
    clock.advance(-timedelta(hours=1))
    with desk_of("dora") as desk:
        readmit(desk, treatment, reason="stayed")
        end = of(get_feed(desk, CONFIG, "N-1"), ended.uid)
    assert (end.status, end.sequence > ended.sequence) == (Status.END, True)
    assert end.changed_at > ended.changed_at


def test_two_acts_in_one_second_are_two_seconds_to_a_calendar(desk_of: DeskOf, treatment: int) -> None:
    """Some programs skip an event whose LAST-MODIFIED, in whole seconds, did not grow."""
    with desk_of("ada") as desk:
        planned = at(get_feed(desk, CONFIG, "N-1"), date(2026, 11, 16))
        book(desk, treatment, MONTHLY, on=date(2026, 11, 17))
        first = of(get_feed(desk, CONFIG, "N-1"), planned.uid)
        book(desk, treatment, MONTHLY, on=date(2026, 11, 18))
        second = of(get_feed(desk, CONFIG, "N-1"), planned.uid)
    assert second.changed_at - first.changed_at >= timedelta(seconds=1)
    assert first.changed_at - planned.changed_at >= timedelta(seconds=1)


# --- A whole patient, and a whole clinic ------------------------------------------------------------------


def test_a_calendar_is_never_empty(desk_of: DeskOf, clock: FixedClock) -> None:
    """Programs take an empty calendar for a broken one, or wipe what they had."""
    with desk_of("ada") as desk:
        enrol(desk, Enrolment("north", "N-9", "alemtuzumab-eu"))
        [entry] = get_feed(desk, CONFIG, "N-9").entries
    assert entry.status is Status.NOTICE
    assert "N-9" not in entry.titles[0] + entry.text


def test_a_second_treatment_joins_the_same_calendar(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        before = {one.uid for one in get_feed(desk, CONFIG, "N-1").entries}
        patient_id = get_patient(desk, "N-1").id
        second = Enrolment("north", "N-1", "alemtuzumab-eu", infusions=[Infusion(date(2026, 10, 12))])
        start_treatment(desk, patient_id, second)
        after = {one.uid for one in get_feed(desk, CONFIG, "N-1").entries}
    assert before < after


def test_a_clinics_calendar_shows_what_is_open_or_booked_by_reference(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        book(desk, treatment, MONTHLY, on=date(2026, 12, 15), at=time(9))
        feed = get_worklist_feed(desk, CONFIG, "north", since=desk.at)
        mine = {one.uid for one in get_feed(desk, CONFIG, "N-1").entries}
    assert {one.reference for one in feed.entries} == {"N-1"}
    assert date(2026, 12, 15) in {one.visit_on for one in feed.entries if one.status is Status.BOOKED}
    assert all(one.opens_on <= TODAY for one in feed.entries if one.status is not Status.BOOKED)
    assert not mine & {one.uid for one in feed.entries}
    assert b"N-1: " in feed.render()
    assert Place.OFFICE in {one.place for one in feed.entries}
    with desk_of("cy") as desk:
        [nothing] = get_worklist_feed(desk, CONFIG, "west", since=desk.at).entries
    assert nothing.status is Status.NOTICE


def test_new_words_of_a_protocol_count_as_a_change_of_a_clinics_entries(
    desk_of: DeskOf, clock: FixedClock, treatment: int
) -> None:
    with desk_of("ada") as desk:
        before = {one.uid: one for one in get_worklist_feed(desk, CONFIG, "north", since=desk.at).entries}
    clock.advance(timedelta(minutes=1))
    with desk_of("dora") as desk:
        assign(desk, treatment, reason="the same days in other words")
        after = {one.uid: one for one in get_worklist_feed(desk, CONFIG, "north", since=desk.at).entries}
    assert all(one.sequence > before[uid].sequence for uid, one in after.items())
    assert all(one.changed_at > before[uid].changed_at for uid, one in after.items())


def test_what_an_import_brings_as_history_stays_out_and_what_is_done_later_comes_in(
    desk_of: DeskOf, clock: FixedClock
) -> None:
    """Past samples come in a second file, minutes after the infusions."""
    enrolment = Enrolment("north", "N-7", "alemtuzumab-eu", infusions=COURSE)
    with desk_of("ada") as desk:
        own, _ = enrol(desk, enrolment)
    clock.advance(timedelta(minutes=5))
    with desk_of("ada") as desk:
        record_samples(desk, own, MONTHLY, taken_on=date(2026, 7, 16))
        overdue = [one for one in get_feed(desk, CONFIG, "N-7").entries if one.status is Status.OVERDUE]
        assert Status.DONE not in {one.status for one in get_feed(desk, CONFIG, "N-7").entries}
    clock.advance(timedelta(days=1))
    with desk_of("ada") as desk:
        record_samples(desk, own, [*MONTHLY, "thyroid"], taken_on=date(2026, 11, 3))
        after = {one.uid: one.status for one in get_feed(desk, CONFIG, "N-7").entries}
    assert {after[one.uid] for one in overdue} <= {Status.DONE, Status.SUPERSEDED, Status.OVERDUE}
    assert Status.DONE in after.values()
    assert Status.SUPERSEDED in after.values()


def test_a_window_that_only_the_open_check_of_a_visit_has_changes_is_a_change_of_the_entry(
    program: Program, clock: FixedClock, treatment: int
) -> None:
    """Three of four checks are done; then the clinic gives the fourth more time. The visit's own days stay."""
    with program.writing("ada") as desk:
        planned = at(get_feed(desk, CONFIG, "N-1"), date(2026, 11, 16))
    clock.advance(timedelta(days=8))
    with program.writing("ada") as desk:
        record_samples(desk, treatment, MONTHLY[1:], taken_on=date(2026, 11, 10))
        before = of(get_feed(desk, CONFIG, "N-1"), planned.uid)
    longer = Rulebook({"north": {"blood-count": OwnSettings(before_days=7, after_days=12)}})
    with replace(program, rulebook=longer).writing("ada") as desk:
        change(desk, treatment, "replan", lambda: None, reason="longer window", confirmed=True)
        after = of(get_feed(desk, CONFIG, "N-1"), before.uid)
    assert after.closes_on > before.closes_on
    assert after.sequence > before.sequence
    assert after.changed_at > before.changed_at
