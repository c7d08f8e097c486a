"""A patient's calendar keeps its entries' identities whatever moves, and never shows office work."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, time, timedelta

import pytest

from monitor.clock import FixedClock
from monitor.config import Config
from monitor.render.calendar import CalendarEntry, Status
from monitor.services.booking import book
from monitor.services.deciding import discharge, waive
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, correct_infusion, enrol
from monitor.services.feeds import Feed, get_feed
from monitor.services.recording import record_samples
from monitor.services.undoing import undo
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


def test_cy_gets_no_calendar_of_the_north(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("cy") as desk, pytest.raises(NotFound, match="in your clinics"):
        get_feed(desk, CONFIG, "N-1")
