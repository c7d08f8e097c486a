"""The digest proves that it looked, names what needs somebody, and lets no patient hide another."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db import tables
from db.dossiers import get_dossier
from db.facts import add_fact
from monitor.clock import FixedClock
from monitor.render.digest_parts import ClinicPart
from monitor.services.booking import book
from monitor.services.deciding import discharge
from monitor.services.desk import Desk
from monitor.services.digest import make_digest
from monitor.services.enrolling import Enrolment, add_infusions, assign, correct_infusion, enrol
from monitor.services.recording import record_samples
from schedules.findings import Finding, Section
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
"""Counted from 16 January 2026: #9 of the monthly checks is on time from 9 to 23 October, #10 is due on 16 November."""

MONTHLY = ["blood-count", "creatinine", "urinalysis", "liver"]
ALL = [*MONTHLY, "thyroid", "skin"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def follow(desk: Desk, reference: str, clinic: str = "north", *, infusions: tuple[Infusion, ...] = COURSE) -> int:
    enrolment = Enrolment(
        clinic, reference, "alemtuzumab-eu", infusions=infusions, followed_here_from=date(2026, 10, 1)
    )
    return enrol(desk, enrolment)[0]


def north(desk: Desk, day: date | None = None) -> ClinicPart:
    [part] = make_digest(desk, clinic="north", day=day)
    return part


def found(part: ClinicPart, section: Section) -> list[Finding]:
    return list(part.findings.get(section, ()))


def test_it_proves_that_it_looked_even_where_all_is_well(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, follow(desk, "N-1"), [*ALL, "hpv"], taken_on=date(2026, 10, 20))
        part = north(desk)
    assert part.followed == 1
    assert part.checks > 100
    assert part.findings.keys() == {Section.LONGEST}


def test_newly_overdue_is_what_was_on_time_until_yesterday(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        record_samples(desk, treatment, [*ALL, "hpv"], taken_on=date(2026, 10, 20))
        assert not found(north(desk, date(2026, 11, 23)), Section.NEWLY)
        newly = found(north(desk, date(2026, 11, 24)), Section.NEWLY)
        assert {one.family for one in newly} == set(MONTHLY)
        later = north(desk, date(2026, 11, 26))
        assert not found(later, Section.NEWLY)
        assert {one.family for one in found(later, Section.OVERDUE)} == set(MONTHLY)
        escalated = found(north(desk, date(2026, 11, 30)), Section.ESCALATED)
        assert {(one.family, one.role) for one in escalated} == {(family, "nurse") for family in MONTHLY}


def test_every_overdue_line_stands_in_exactly_one_section(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        follow(desk, "N-1")
        for offset in range(0, 60, 7):
            part = north(desk, TODAY + timedelta(days=offset))
            overdue = [one for key in (Section.NEWLY, Section.ESCALATED, Section.OVERDUE) for one in found(part, key)]
            families = [one.family for one in overdue]
            assert sorted(families) == sorted(set(families))
            assert set(MONTHLY) <= set(families)


def test_what_is_due_this_week_and_whether_a_day_is_agreed(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        record_samples(desk, treatment, [*ALL, "hpv"], taken_on=date(2026, 10, 20))
        assert not found(north(desk, date(2026, 11, 9)), Section.WEEK)  # the 16th is the eighth day
        book(desk, treatment, ["blood-count"], on=date(2026, 11, 17))
        week = found(north(desk, date(2026, 11, 10)), Section.WEEK)
    assert {(one.family, one.is_unbooked) for one in week} == {
        ("blood-count", False), ("creatinine", True), ("urinalysis", True), ("liver", True),
    }  # fmt: skip


def test_a_booked_day_without_a_sample_and_a_planned_day_are_asked_about(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1", infusions=(*COURSE, Infusion(date(2026, 11, 4), planned=True)))
        book(desk, treatment, ["blood-count"], on=date(2026, 11, 3))
    clock.advance(timedelta(days=3))
    with desk_of("ada") as desk:
        part = north(desk)
    assert [one.on for one in found(part, Section.BOOKING_PASSED)] == [date(2026, 11, 3)]
    assert [one.on for one in found(part, Section.UNCONFIRMED)] == [date(2026, 11, 4)]


def test_losses_of_a_re_plan_stand_in_the_digest_of_that_day_and_the_next(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        assign(desk, treatment, followed_here_from=date(2026, 10, 30), reason="typing error", confirmed=True)
        assert "blood-count/9" in {one.word for one in found(north(desk), Section.LOSSES)}
    for days, is_told in ((1, True), (2, False)):
        with desk_of("ada") as desk:
            assert bool(found(north(desk, TODAY + timedelta(days=days)), Section.LOSSES)) is is_told


def test_discharges_are_told_and_then_the_patient_is_followed_no_more(desk_of: DeskOf) -> None:
    with desk_of("dora") as desk:
        treatment = follow(desk, "N-1")
        discharge(desk, treatment, on=TODAY, kind="transferred", transferred_to="Elsewhere", reason="moved")
        part = north(desk)
    assert [(one.patient, one.word) for one in found(part, Section.DISCHARGED)] == [("N-1", "transferred")]
    assert part.followed == 0
    assert not found(part, Section.ESCALATED)


def test_who_finishes_follow_up_this_month(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        long_ago = tuple(Infusion(date(2022, 11, 14) + timedelta(days=offset)) for offset in range(5))
        follow(desk, "N-1", infusions=long_ago)
        follow(desk, "N-2")
        part = north(desk)
        assert [(one.patient, one.on) for one in found(part, Section.FINISHING)] == [("N-1", date(2026, 11, 18))]
        after = north(desk, date(2027, 1, 20))
        assert [one.patient for one in found(after, Section.NOT_CLOSED)] == ["N-1"]


def test_a_patient_whom_nothing_would_bring_to_notice_is_an_orphan(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        follow(desk, "N-1", infusions=())
        lonely = follow(desk, "N-2")
        assert [one.patient for one in found(north(desk), Section.NO_PLAN)] == ["N-1"]
        empty_record(desk, lonely, family="thyroid")
        assert [(one.patient, one.family) for one in found(north(desk), Section.NO_NEXT)] == [("N-2", "thyroid")]
        empty_record(desk, lonely)
        told = {one.patient: one.word for one in found(north(desk), Section.NO_PLAN)}
    assert told == {"N-1": "", "N-2": "infusions"}


def empty_record(desk: Desk, treatment: int, *, family: str | None = None) -> None:
    """Damage that must not happen: stored checks are gone although the infusions are there."""
    check = tables.check
    damage = check.delete().where(check.c.treatment_id == treatment)
    desk.connection.execute(damage.where(check.c.family == family) if family else damage)


def test_one_patients_failure_is_in_the_digest_and_hides_nobody(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        for reference in ("N-1", "N-2"):
            follow(desk, reference)
        break_protocol(desk, follow(desk, "N-3"))
        part = north(desk)
    assert [one.patient for one in found(part, Section.FAILED)] == ["N-3"]
    assert {one.patient for one in found(part, Section.ESCALATED)} == {"N-1", "N-2"}
    assert part.followed == 3


def break_protocol(desk: Desk, treatment: int) -> None:
    """A treatment whose stored protocol text no longer parses."""
    version = tables.protocol_version
    old = get_dossier(desk.connection, treatment).assignment
    desk.connection.execute(
        version.insert().values(
            fingerprint="b" * 64, protocol_id="broken", version="2026.1", kind="protocol", text="kind: [",
            stored_at=desk.at,
        )
    )  # fmt: skip
    add_fact(
        desk.connection, tables.assignment, treatment, stamp=desk.stamp(), fingerprint="b" * 64, overlays=[],
        followed_here_from=old.followed_here_from,
    )  # fmt: skip


def test_a_past_digest_tells_what_was_known_then(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        then = north(desk)
    clock.advance(timedelta(days=5))
    with desk_of("ada") as desk:
        record_samples(desk, treatment, MONTHLY, taken_on=TODAY)
        correct_infusion(
            desk, treatment, COURSE[0].infused_on, becomes=Infusion(date(2026, 1, 11)), reason="typing error",
            confirmed=True,
        )  # fmt: skip
        add_infusions(desk, treatment, [Infusion(date(2027, 2, 1), planned=True)], reason="next course")
        again = north(desk, TODAY)
    assert again == then


def test_cy_gets_a_digest_of_the_west_alone(desk_of: DeskOf) -> None:
    with desk_of("dora") as desk:
        follow(desk, "N-1")
        follow(desk, "S-1", "south")
        assert [part.clinic for part in make_digest(desk)] == ["north", "south"]
    with desk_of("cy") as desk:
        [part] = make_digest(desk)
    assert (part.clinic, part.followed, part.checks, dict(part.findings)) == ("west", 0, 0, {})
