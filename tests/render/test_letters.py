"""The letters are what people agreed to: on quiet and on bad days, with gaps, cover and names, in two languages."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from db import tables
from db.dossiers import Detail
from db.facts import add_fact
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import ClinicSettings
from monitor.jobs.planning import plan_letters
from monitor.services.booking import book
from monitor.services.deciding import discharge
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, assign, enrol
from monitor.services.recording import record_samples
from schedules.model import Infusion
from tests.invented_letters import add_recipient, end_letters, letters_of, part_of, read_letter, send_away

DeskOf = Callable[[str], AbstractContextManager[Desk]]
Golden = Callable[[str, str | bytes], None]
MONTHLY = ["blood-count", "creatinine", "urinalysis", "liver"]
ALL = [*MONTHLY, "thyroid", "skin", "hpv"]
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))


def follow(desk: Desk, reference: str, clinic: str = "north", *more: Infusion) -> int:
    """A patient whose name must stand in no letter but those of a clinic that wants names."""
    enrolment = Enrolment(
        clinic, reference, "alemtuzumab-eu", detail=Detail(name=f"Secret {reference}"), infusions=(*COURSE, *more),
        followed_here_from=date(2026, 10, 1),
    )  # fmt: skip
    return enrol(desk, enrolment)[0]


def at(clock: FixedClock, day: int, hour: int = 6) -> None:
    """November 2026, by the hour in UTC; Berlin is an hour ahead."""
    clock.advance(datetime(2026, 11, day, hour, 0, tzinfo=UTC) - clock.now())


def look(program: Program) -> None:
    """A process looks, and plans what is due."""
    with program.engine.begin() as connection:
        beat = tables.heartbeat
        now = program.clock.now()
        connection.execute(beat.delete())
        connection.execute(
            beat.insert(),
            [{"replica": name, "started_at": now, "ticked_at": now, "version": "1"} for name in ("one", "two")],
        )
    plan_letters(program, "one")


def text_of(program: Program, key: str) -> str:
    return part_of(read_letter(letters_of(program)[key].body), "plain")


def history(desk: Desk, position: int) -> None:
    """A backup in the night, and the head of the chain."""
    add = tables.history.insert().values(at=desk.at - timedelta(hours=4), person_id=desk.actor.id, act="backup")
    desk.connection.execute(add)
    head = tables.chain_head.update().values(position=position, mac="0123456789abcdef" * 4)
    desk.connection.execute(head)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_quiet_day(program: Program, desk_of: DeskOf, clock: FixedClock, golden: Golden) -> None:
    with desk_of("dora") as desk:
        for reference in ("N-1", "N-2"):
            treatment = follow(desk, reference)
            record_samples(desk, treatment, ALL, taken_on=date(2026, 10, 20))
            desk.connection.execute(
                tables.seen.insert(),
                [
                    {"sample_id": row.id, "seen_by": "Dora", "is_void": False, "entered_by": desk.actor.id,
                     "entered_at": desk.at}
                    for row in desk.connection.execute(tables.sample.select())
                    if row.treatment_id == treatment
                ],
            )  # fmt: skip
    people = {language: add_recipient(program, login, "north", language=language) for login, language in
              (("ada", "en"), ("bea", "de"))}  # fmt: skip
    for day in (3, 4):
        at(clock, day)
        with desk_of("root-admin") as desk:
            history(desk, 40 + day)
        look(program)
        end_letters(program)
    for language, person in people.items():
        golden(f"letter-quiet-{language}.txt", text_of(program, f"daily/2026-11-04/{person}"))


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_bad_day(program: Program, desk_of: DeskOf, clock: FixedClock, golden: Golden) -> None:
    """Somebody away, letters missing, names wanted, an escalation that one person knows of, and changes since."""
    program = replace(program, config=Config(clinics={"south": ClinicSettings(names_in_digest=True)}))
    with desk_of("dora") as desk:
        late = follow(desk, "N-1")
        follow(desk, "N-2", "north", Infusion(date(2026, 10, 30), planned=True))
        leaves = follow(desk, "N-3")
        moved = follow(desk, "N-4")
        good = follow(desk, "S-1", "south")
        record_samples(desk, good, ALL, taken_on=date(2026, 10, 20))
        add_fact(
            desk.connection, tables.escalation_seen, late, stamp=desk.stamp(), rule="blood-count-takeover", number=1,
            role="clinician", seen_by="Dr. Dora Example",
        )  # fmt: skip
    readers = {
        "en": add_recipient(program, "root-admin", "north", at=datetime(2026, 10, 1, tzinfo=UTC)),
        "de": add_recipient(program, "ada", "north", language="de"),
    }
    add_recipient(program, "dora", "south", "north")
    at(clock, 3)
    look(program)
    end_letters(program)
    at(clock, 4)
    look(program)
    end_letters(program, "dead", fault="550 5.1.1 no such user here")
    at(clock, 8)
    with desk_of("dora") as desk:
        record_samples(desk, late, ["thyroid"], taken_on=date(2026, 11, 6))
        discharge(desk, leaves, on=date(2026, 11, 6), kind="transferred", transferred_to="Elsewhere", reason="moved")
        assign(desk, moved, followed_here_from=date(2026, 11, 1), reason="typing error", confirmed=True)
        book(desk, late, ["blood-count"], on=date(2026, 11, 9))
        add_fact(
            desk.connection, tables.report, moved, stamp=desk.stamp(), family="blood-count", done_on=date(2026, 11, 7)
        )
    send_away(program, "dora", date(2026, 11, 9), date(2026, 11, 13), "root-admin")
    send_away(program, "ada", date(2026, 11, 9), date(2026, 11, 20))
    at(clock, 10)
    with desk_of("root-admin") as desk:
        history(desk, 120)
    look(program)
    for language, person in readers.items():
        golden(f"letter-bad-{language}.txt", text_of(program, f"daily/2026-11-10/{person}"))
    for row in letters_of(program).values():
        assert b"Secret N" not in (row.body or b"")
        assert "Secret" not in row.subject


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_week(program: Program, desk_of: DeskOf, clock: FixedClock, golden: Golden) -> None:
    with desk_of("dora") as desk:
        _, leaves, late = (follow(desk, f"N-{number}") for number in range(1, 4))
        long_ago = tuple(Infusion(date(2022, 12, 5) + timedelta(days=offset)) for offset in range(5))
        enrol(desk, Enrolment("north", "N-9", "alemtuzumab-eu", infusions=long_ago,
                              followed_here_from=date(2026, 11, 1)))  # fmt: skip
    readers = {
        language: add_recipient(program, login, "north", language=language, is_weekly=True)
        for login, language in (("ada", "en"), ("bea", "de"))
    }
    for day in range(3, 10):
        if day == 6:
            continue
        at(clock, day)
        if day == 5:
            with desk_of("dora") as desk:
                record_samples(desk, late, ALL, taken_on=date(2026, 11, 4))
                discharge(desk, leaves, on=date(2026, 11, 5), kind="moved", reason="moved away")
        look(program)
        end_letters(program)
    for language, person in readers.items():
        golden(f"letter-week-{language}.txt", text_of(program, f"weekly/2026-11-09/{person}"))
