"""Whatever people do in whatever order: the record is what its facts say, and both only grow."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table

from db import facts, tables
from db.checks import StoredCheck, list_checks
from db.dossiers import get_dossier
from db.history import list_deeds
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.booking import book, note_contact
from monitor.services.changing import follow_dossier
from monitor.services.deciding import discharge, order_extra, readmit, waive
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, add_infusions, assign, change_detail, correct_infusion, enrol
from monitor.services.recording import mark_seen, record_samples
from monitor.services.undoing import undo
from monitor.services.verifying import verify
from schedules.errors import NeedsConfirmation, Refusal
from schedules.intervals import Interval
from schedules.model import Infusion, Settlement
from schedules.protocol import Sex
from schedules.settling import by_family
from schedules.status import State, state_of
from tests.schedules.invented_patients import examples

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
FIRST_DAY = date(2024, 1, 8)
RULES = ("blood-count", "thyroid", "hpv", "platelets-day-3", "blood-count-extra")
TREATING = ("give", "plan", "correct", "withdraw", "take over", "sex")
DECIDING = ("waive", "extra", "discharge", "readmit")
ATTENDING = ("record", "record", "record with a number", "see", "book", "note", "undo", "undo")
references = count(1)


@dataclass(frozen=True)
class Act:
    """One thing that somebody tries to do; what it means for a patient is worked out when it is tried."""

    name: str
    rule: str
    nth: int
    days: int
    confirmed: bool

    def perform(self, desk: Desk, treatment: int) -> None:
        if self.name in TREATING:
            self._treat(desk, treatment)
        elif self.name in DECIDING:
            self._decide(desk, treatment)
        else:
            self._attend(desk, treatment)

    def _day(self, desk: Desk) -> date:
        return desk.today["north"] + timedelta(days=self.days)

    def _treat(self, desk: Desk, treatment: int) -> None:
        dossier, day = get_dossier(desk.connection, treatment), self._day(desk)
        infused_on = [one.infused_on for one in dossier.given_and_planned] or [day]
        some_infusion = infused_on[self.nth % len(infused_on)]
        why: dict[str, Any] = {"reason": "invented", "confirmed": self.confirmed}
        match self.name:
            case "give" | "plan":
                add_infusions(desk, treatment, [Infusion(day, planned=self.name == "plan")], **why)
            case "correct":
                moved = Infusion(some_infusion + timedelta(days=self.days % 41 - 20))
                correct_infusion(desk, treatment, some_infusion, becomes=moved, **why)
            case "withdraw":
                correct_infusion(desk, treatment, some_infusion, becomes=None, **why)
            case "take over":
                assign(desk, treatment, followed_here_from=day, **why)
            case "sex":
                changed = replace(dossier.detail, sex=(Sex.FEMALE, Sex.MALE, None)[self.nth % 3])
                change_detail(desk, treatment, changed, **why)

    def _decide(self, desk: Desk, treatment: int) -> None:
        day = self._day(desk)
        match self.name:
            case "waive":
                waive(desk, treatment, self.rule, self.nth + 1, reason="invented")
            case "extra":
                every = Interval.parse("2 weeks") if self.nth % 2 else None
                times = 3 if every else 1
                order_extra(desk, treatment, self.rule, starts_on=day, every=every, times=times, reason="invented")
            case "discharge":
                discharge(desk, treatment, on=min(day, desk.today["north"]), kind="moved", reason="invented")
            case "readmit":
                readmit(desk, treatment, reason="invented")

    def _attend(self, desk: Desk, treatment: int) -> None:
        day = self._day(desk)
        match self.name:
            case "record":
                record_samples(desk, treatment, [self.rule, "creatinine"], taken_on=day)
            case "record with a number":
                record_samples(desk, treatment, [self.rule], taken_on=day, number=self.nth + 1)
            case "see":
                mark_seen(desk, treatment, self.rule)
            case "book":
                book(desk, treatment, [self.rule], on=day)
            case "note":
                note_contact(desk, treatment, kind="note", text="invented")
            case "undo":
                undo(desk, treatment, self.rule, reason="invented", confirmed=self.confirmed)


acts = st.builds(
    Act,
    st.sampled_from(TREATING + DECIDING + ATTENDING),
    st.sampled_from(RULES),
    st.integers(0, 40),
    st.integers(-400, 60),
    st.booleans(),
)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_after_any_sequence_of_acts_the_record_is_what_its_facts_say(program: Program, clock: FixedClock) -> None:
    """Every patient of the run is in one database: what is done to one must not show in another's record, either."""

    @examples(10)
    @given(
        sequence=st.lists(st.tuples(acts, st.integers(0, 45)), min_size=4, max_size=10),
        followed_here_from=st.none() | st.dates(date(2024, 1, 1), date(2026, 11, 2)),
    )
    def people_do(sequence: list[tuple[Act, int]], followed_here_from: date | None) -> None:
        clock.advance(START - clock.now())
        treatment = enrol_somebody(program, followed_here_from)
        done = 1
        before = look(program, treatment)
        for act, pause in sequence:
            clock.advance(timedelta(days=pause, minutes=1))
            refusal = perform(program, treatment, act)
            now = look(program, treatment)
            done += refusal is None
            assert now.revisions == list(range(1, done + 1))
            assert_the_record_is_sound(before, now)
            if refusal is None:
                assert sum(map(len, now.trails.values())) > sum(map(len, before.trails.values()))
                assert_nothing_pressing_is_lost(before, now, act, clock.now().date())
            else:
                assert now == before
            before = now

    people_do()


def enrol_somebody(program: Program, followed_here_from: date | None) -> int:
    course = [Infusion(FIRST_DAY + timedelta(days=offset)) for offset in range(5)]
    reference = f"N-{next(references)}"
    with program.writing("dora") as desk:
        enrolment = Enrolment(
            "north", reference, "alemtuzumab-eu", infusions=course, followed_here_from=followed_here_from
        )
        return enrol(desk, enrolment)[0]


@dataclass(frozen=True)
class Look:
    """All that the record has of one treatment."""

    checks: dict[object, StoredCheck]
    trails: dict[str, list[dict[str, Any]]]
    revisions: list[int | None]
    faults: list[object]


def look(program: Program, treatment: int) -> Look:
    with program.reading("dora") as desk:
        dossier = get_dossier(desk.connection, treatment)
        assert_every_sample_has_one_check(desk, treatment)

        def trail(table: Table) -> list[dict[str, Any]]:
            owners = [dossier.patient_id if table.columns.keys()[1] == "patient_id" else treatment]
            if table is tables.seen:
                owners = [row["id"] for row in trail(tables.sample)]
            return [dict(row) for owner in owners for row in facts.list_trail(desk.connection, table, owner)]

        return Look(
            {row.key: row for row in list_checks(desk.connection, [treatment])[treatment]},
            {table.name: trail(table) for table in tables.FACTS},
            [deed.revision for deed in list_deeds(desk.connection, treatment)],
            list(verify(desk, [treatment])),
        )


def perform(program: Program, treatment: int, act: Act) -> Refusal | None:
    try:
        with program.writing("dora") as desk:
            act.perform(desk, treatment)
    except Refusal as refusal:
        return refusal
    return None


def assert_every_sample_has_one_check(desk: Desk, treatment: int) -> None:
    dossier = get_dossier(desk.connection, treatment)
    _, outcome = follow_dossier(desk, dossier)
    families = by_family(one.check for one in outcome.settled)
    owned = [sample for one in outcome.settled for sample in one.samples]
    for sample, _ in dossier.samples:
        first = min((check.opens_on for check in families.get(sample.family, ())), default=date.max)
        assert owned.count(sample) == (1 if sample.taken_on >= first else 0)


def assert_the_record_is_sound(before: Look, now: Look) -> None:
    """`rebuild == stored`; every row of a fact is as it was; no row of a check is ever deleted."""
    assert now.faults == []
    assert set(before.checks) <= set(now.checks)
    for name, rows in before.trails.items():
        kept = {row["id"]: row for row in now.trails[name]}
        assert [kept.get(row["id"]) for row in rows] == rows


def assert_nothing_pressing_is_lost(before: Look, now: Look, act: Act, today: date) -> None:
    """Promise 1: what was due or overdue goes only when a person confirmed it.

    Only the check of taking over goes by itself, when a sample becomes known that answers it.
    """
    for key, old in before.checks.items():
        if old.settlement is not Settlement.OPEN or state_of(old, today) not in {State.DUE, State.OVERDUE}:
            continue
        if now.checks[key].settlement in {Settlement.WITHDRAWN, Settlement.BEFORE_RECORD}:
            assert act.confirmed or (act.name.startswith("record") and old.rule.endswith("-takeover"))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_act_that_loses_a_due_check_is_refused_until_it_is_confirmed(
    desk_of: Callable[[str], AbstractContextManager[Desk]],
) -> None:
    """Taken over in June 2025 without a known sample; then the only course turns out to have been in October 2026."""
    with desk_of("ada") as desk:
        enrolment = Enrolment(
            "north", "N-TAKEN-OVER", "alemtuzumab-eu", infusions=[Infusion(date(2024, 1, 12))],
            followed_here_from=date(2025, 6, 1),
        )  # fmt: skip
        treatment, _ = enrol(desk, enrolment)
    becomes = Infusion(date(2026, 10, 12))
    with desk_of("ada") as desk, pytest.raises(NeedsConfirmation, match="blood-count-takeover/1"):
        correct_infusion(desk, treatment, date(2024, 1, 12), becomes=becomes, reason="the wrong year")
    with desk_of("ada") as desk:
        change = correct_infusion(
            desk, treatment, date(2024, 1, 12), becomes=becomes, reason="the wrong year", confirmed=True
        )
    assert "blood-count-takeover/1" in {str(key) for key, _ in change.losses}
