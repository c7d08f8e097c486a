"""The worklist on both databases: what presses, what a booking may not hide, and what was known on a past day."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db import tables
from db.checks import list_checks
from db.dossiers import get_dossier
from db.facts import add_fact
from db.worklists import list_pressing
from monitor.clock import FixedClock
from monitor.services.booking import book, note_contact
from monitor.services.deciding import discharge, waive
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, add_infusions, correct_infusion, enrol
from monitor.services.looking import compute_again
from monitor.services.recording import mark_seen, record_samples
from monitor.services.worklist import SEEN_WITHIN, clinics_of, lines_of, lines_of_clinic, list_lines
from schedules.errors import NotFound, Refusal, Unacceptable
from schedules.model import Infusion, Key, Settlement
from schedules.protocol import Role
from schedules.status import State, state_of
from schedules.worklists import Kind, Line, in_order

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
"""Counted from 16 January 2026: blood counts are due on the 16th, #9 on 16 October (open from the 9th to the 23rd)."""


def follow(desk: Desk, reference: str, clinic: str = "north", **more: object) -> int:
    """An invented patient taken over on 1 October, so that only #9 and the take-over's checks press."""
    enrolment = Enrolment(clinic, reference, "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1))
    return enrol(desk, replace(enrolment, **more))[0]  # type: ignore[arg-type]


def lines_for(desk: Desk, family: str, **asked: object) -> list[Line]:
    """The lines of open checks of one family."""
    lines = list_lines(desk, **asked)  # type: ignore[arg-type]
    return [line for line in lines if line.family == family and line.kind is Kind.CHECK]


def shown(lines: list[Line]) -> list[object]:
    """A line as it can be compared between two ways of making it."""
    return [replace(line, titles={}, title={}) for line in lines]


def recompute(desk: Desk, day: date) -> list[Line]:
    """The worklist from the facts alone."""
    lines: list[Line] = []
    for clinic in clinics_of(desk):
        for found in compute_again(desk, clinic, day):
            lines += lines_of(desk, found, day, seen_within=SEEN_WITHIN)
    return in_order(lines)


# --- What presses -----------------------------------------------------------------------------------


def test_a_missed_month_and_the_take_over_are_one_line_with_its_clock(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        follow(desk, "N-1")
        [line] = lines_for(desk, "blood-count")
    assert [str(check.rule) for check in line.checks] == ["blood-count-takeover", "blood-count"]
    assert (line.state, line.missed, line.days_overdue) == (State.OVERDUE, 2, 25)
    assert line.role is Role.CLINICIAN
    assert line.exposure is not None
    assert (line.exposure.days, line.exposure.limit_days, line.exposure.is_known) == (290, 45, False)
    assert line.next_visit_on == date(2026, 11, 16)


def test_one_sample_closes_the_present(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        record_samples(desk, treatment, ["blood-count"], taken_on=TODAY)
        assert lines_for(desk, "blood-count") == []


@pytest.mark.parametrize("on", [date(2026, 11, 5), date(2026, 12, 30)], ids=["inside", "outside every open window"])
def test_a_booking_hides_neither_due_nor_overdue(desk_of: DeskOf, on: date) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        book(desk, treatment, ["blood-count"], on=on)
        [line] = lines_for(desk, "blood-count")
        assert line.state is State.OVERDUE
        assert line.booked is not None
        assert (line.booked.booked_on, line.booked.has_passed) == (on, False)
        assert not [line for line in list_lines(desk, unbooked=True) if line.family == "blood-count"]


def test_a_booked_day_that_has_passed_asks_whether_it_happened(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        book(desk, treatment, ["blood-count"], on=date(2026, 11, 3))
    clock.advance(timedelta(days=2))
    with desk_of("ada") as desk:
        [line] = lines_for(desk, "blood-count")
        assert line.booked is not None
        assert line.booked.has_passed
        assert line.is_unbooked
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 11, 3))
        assert lines_for(desk, "blood-count") == []


def test_the_last_contact_note_stands_on_every_line(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        note_contact(desk, treatment, kind="reached")
        note_contact(desk, treatment, kind="unreachable", text="no answer")
        assert {(line.contact and line.contact.kind) for line in list_lines(desk)} == {"unreachable"}
        assert {(line.contact and line.contact.noted_on) for line in list_lines(desk)} == {TODAY}


def test_a_planned_infusion_whose_day_has_passed_has_a_line_until_somebody_confirms(
    desk_of: DeskOf, clock: FixedClock
) -> None:
    planned = (*COURSE, Infusion(date(2026, 11, 4), planned=True))
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1", infusions=planned)
        assert not [line for line in list_lines(desk) if line.kind is Kind.UNCONFIRMED]
        assert [line for line in list_lines(desk, as_of=date(2026, 11, 5)) if line.kind is Kind.UNCONFIRMED]
    clock.advance(timedelta(days=3))
    with desk_of("ada") as desk:
        [line] = list_lines(desk, state="unconfirmed")
        assert line.days == (date(2026, 11, 4),)
        add_infusions(desk, treatment, [Infusion(date(2026, 11, 4))], reason="given as planned")
        assert list_lines(desk, state="unconfirmed") == []


def test_a_result_that_nobody_has_seen_returns_after_five_working_days(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        record_samples(desk, treatment, ["blood-count"], taken_on=TODAY)
    for days, is_there in ((7, False), (8, True)):  # Monday the 9th is the fifth working day, Tuesday the sixth
        with desk_of("ada") as desk:
            assert bool(list_lines(desk, state="not-seen", as_of=TODAY + timedelta(days=days))) is is_there
    clock.advance(timedelta(days=8))
    with desk_of("ada") as desk:
        [line] = list_lines(desk, state="not-seen")
        assert (line.family, line.days) == ("blood-count", (TODAY,))
        assert list_lines(desk, state="not-seen", seen_within=7) == []
        mark_seen(desk, treatment, "blood-count")
        assert list_lines(desk, state="not-seen") == []


def test_samples_from_before_the_record_raise_no_alarm(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        for day in (date(2026, 9, 14), date(2026, 10, 14)):
            record_samples(desk, treatment, ["blood-count", "creatinine"], taken_on=day)
        assert list_lines(desk, state="not-seen") == []


def test_a_discharged_patient_has_no_line(desk_of: DeskOf) -> None:
    with desk_of("dora") as desk:
        treatment = follow(desk, "N-1", infusions=(*COURSE, Infusion(date(2026, 11, 4), planned=True)))
        discharge(desk, treatment, on=TODAY, kind="moved", reason="moved away")
        assert list_lines(desk) == []
        assert list_lines(desk, as_of=date(2026, 12, 24)) == []


def test_one_broken_patient_is_shown_and_hides_nobody(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        for reference in ("N-1", "N-2"):
            follow(desk, reference)
        broken = follow(desk, "N-3")
        add_broken_assignment(desk, broken)
        lines = list_lines(desk)
    assert lines[0].kind is Kind.FAILED
    assert (lines[0].patient, lines[0].failure) == ("N-3", "NotFound")
    assert {line.patient for line in lines[1:]} == {"N-1", "N-2"}


def add_broken_assignment(desk: Desk, treatment: int) -> None:
    """An overlay that the record does not keep, as after a damaged restore."""
    old = get_dossier(desk.connection, treatment).assignment
    add_fact(
        desk.connection, tables.assignment, treatment, stamp=desk.stamp(), fingerprint=old.fingerprint,
        overlays=["0" * 64], followed_here_from=old.followed_here_from,
    )  # fmt: skip


# --- Whose worklist ---------------------------------------------------------------------------------


def test_cy_sees_nothing_of_the_north(desk_of: DeskOf) -> None:
    with desk_of("dora") as desk:
        follow(desk, "N-1")
        follow(desk, "S-1", "south")
        assert {line.clinic for line in list_lines(desk)} == {"north", "south"}
        assert {line.clinic for line in list_lines(desk, clinic="south")} == {"south"}
    with desk_of("cy") as desk:
        assert list_lines(desk) == []
        with pytest.raises(NotFound, match="among yours"):
            list_lines(desk, clinic="north")


# --- Another day ------------------------------------------------------------------------------------


def test_a_past_day_shows_what_was_known_at_its_end(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        before = shown(list_lines(desk))
    clock.advance(timedelta(days=3))
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=TODAY)  # late typing, three days afterwards
        assert lines_for(desk, "blood-count") == []
        assert shown(list_lines(desk, as_of=TODAY)) == before
        with pytest.raises(Unacceptable, match="knew no patient yet"):
            list_lines(desk, as_of=TODAY - timedelta(days=1))


def test_the_end_of_a_day_is_the_clinics_own_midnight(desk_of: DeskOf, clock: FixedClock) -> None:
    clock.advance(datetime.fromisoformat("2026-11-02T22:59:00+00:00") - clock.now())  # 23:59 in Berlin
    with desk_of("ada") as desk:
        follow(desk, "N-1")
    clock.advance(timedelta(minutes=2))
    with desk_of("ada") as desk:
        follow(desk, "N-2")
        assert desk.today["north"] == date(2026, 11, 3)
        assert {line.patient for line in list_lines(desk, as_of=TODAY)} == {"N-1"}


def test_a_day_to_come_uses_todays_record(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        record_samples(desk, treatment, ["blood-count"], taken_on=TODAY)
        [line] = lines_for(desk, "blood-count", as_of=date(2026, 11, 16))
        assert line.state is State.DUE
        assert lines_for(desk, "blood-count", as_of=date(2026, 11, 24))[0].state is State.OVERDUE


# --- Properties -------------------------------------------------------------------------------------


ONE_DATABASE = settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # each example adds a patient; shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["sample", "book", "waive", "seen", "note", "plan", "withdraw", "late"]),
        st.integers(0, 60),
        st.sampled_from(["blood-count", "thyroid", "urinalysis", "skin"]),
    ),
    max_size=8,
)
COUNTER = iter(range(10_000))


def perform(desk: Desk, treatment: int, act: str, days: int, rule: str) -> None:
    match act:
        case "sample":
            record_samples(desk, treatment, [rule], taken_on=TODAY - timedelta(days=days))
        case "book":
            book(desk, treatment, [rule], on=TODAY + timedelta(days=days))
        case "waive":
            [first, *_] = [
                row
                for row in list_checks(desk.connection, [treatment])[treatment]
                if row.rule == rule and row.settlement is Settlement.OPEN
            ]
            waive(desk, treatment, rule, first.number, reason="not needed", decided_by="Dr. Dora Example")
        case "seen":
            mark_seen(desk, treatment, rule)
        case "note":
            note_contact(desk, treatment, kind="unreachable")
        case "plan":
            day = TODAY + timedelta(days=days - 30)
            add_infusions(desk, treatment, [Infusion(day, planned=True)], reason="next course", confirmed=True)
        case "withdraw":
            correct_infusion(desk, treatment, COURSE[-1].infused_on, becomes=None, reason="not given", confirmed=True)
        case "late":
            add_infusions(desk, treatment, [Infusion(TODAY - timedelta(days=days))], reason="late", confirmed=True)


@ONE_DATABASE
@given(acts=ACTS, offset=st.integers(0, 90))
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_stored_worklist_equals_the_one_computed_again(
    desk_of: DeskOf, look_as: DeskOf, acts: list[tuple[str, int, str]], offset: int
) -> None:
    with desk_of("dora") as desk:
        treatment = follow(desk, f"N-{next(COUNTER)}")
    for act, days, rule in acts:
        with desk_of("dora") as desk, suppress(Refusal, ValueError):  # an act that cannot be is none
            perform(desk, treatment, act, days, rule)
    with look_as("dora") as desk:
        for day in (TODAY, TODAY + timedelta(days=offset)):
            assert shown(list_lines(desk, as_of=day)) == shown(recompute(desk, day))


@ONE_DATABASE
@given(offset=st.integers(-400, 1600))
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_sieve_lets_through_exactly_what_state_of_calls_open_due_or_overdue(desk_of: DeskOf, offset: int) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, f"N-{next(COUNTER)}")
        own = list_checks(desk.connection, [treatment])[treatment]
        boundary = own[offset % len(own)]
        days = [TODAY + timedelta(days=offset)]
        for on in (boundary.opens_on, boundary.due_on, boundary.closes_on):
            days += [on - timedelta(days=1), on, on + timedelta(days=1)]
        for day in days:
            sieved = {
                Key(row.check.rule, row.check.number)
                for row in list_pressing(desk.connection, day, clinic_ids=["north"]).get(treatment, ())
            }
            wanted = {
                row.key for row in own if row.settlement is Settlement.OPEN and state_of(row, day) is not State.UPCOMING
            }
            assert sieved == wanted


def test_lines_of_a_clinic_can_be_foreseen_with_what_was_known_earlier(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        [north] = clinics_of(desk)
        foreseen = lines_of_clinic(desk, north, TODAY + timedelta(days=6), seen_within=5, known_on=TODAY)
    clock.advance(timedelta(days=20))
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=TODAY)
        again = lines_of_clinic(desk, north, TODAY + timedelta(days=6), seen_within=5, known_on=TODAY)
    assert shown(in_order(again)) == shown(in_order(foreseen))


def test_a_day_before_the_record_is_refused_and_never_shown_as_calm(look_as: DeskOf, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        enrol(desk, Enrolment("north", "N-FIRST", "alemtuzumab-eu", infusions=[Infusion(date(2026, 1, 12))]))
    with pytest.raises(Unacceptable, match="its first entry is of 2026-11-02"), look_as("ada") as desk:
        list_lines(desk, as_of=date(2026, 11, 1))
