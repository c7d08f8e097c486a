"""Health: silence, lateness, refused letters and failed jobs make the program unwell; nothing else does."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from db import heartbeats, job_runs, people, recipients, tables
from db.engine import writing
from db.facts import Stamp, add_fact, void_fact
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import ClinicSettings, Mail
from monitor.services.health import list_ailments, list_cautions, summarise

MINUTE = timedelta(minutes=1)
TODAY = date(2026, 11, 2)


def ids(program: Program) -> list[str]:
    with program.reading_for_program() as desk:
        return [one.id for one in list_ailments(desk, program.config)]


def beat(program: Program, at: datetime | None = None, replica: str = "one") -> None:
    with writing(program.engine) as connection:
        heartbeats.beat(connection, replica, at or program.clock.now(), version="1")


@pytest.fixture
def alive(program: Program) -> Program:
    """With a heartbeat of this minute; whoever moves the clock beats again."""
    beat(program)
    return program


def join(program: Program, login: str = "ada", *, clinic: str = "north", at: datetime, confirmed: bool = True) -> int:
    """A recipient; the id of the row."""
    with writing(program.engine) as connection:
        person = people.find_person(connection, login)
        assert person is not None
        stamp = Stamp(person.id, at)
        row = add_fact(
            connection, tables.recipient, person.id, stamp=stamp, clinic_id=clinic, clinic_ids=[clinic],
            address=f"{login}@hospital.example", language="en", is_weekly=False, attaches_worklist=False,
            is_physician=False, code_sha256="0" * 64,
        )  # fmt: skip
        if confirmed:
            add_fact(connection, tables.confirmation, row, stamp=stamp)
    return row


def keep_letter(program: Program, day: date, state: str = "sent", *, login: str = "ada", **values: Any) -> int:
    at = program.clock.now()
    with writing(program.engine) as connection:
        person = people.find_person(connection, login)
        assert person is not None
        row = {
            "key": f"{day}/{login}/{state}/{values}"[:200], "kind": "daily", "person_id": person.id, "day": day,
            "clinic_id": "north", "address": f"{login}@hospital.example", "subject": "s", "message_id": "<m@h>",
            "body": b"b", "state": state, "planned_at": at, "not_before": at, "attempts": 1, "ended_at": at,
        }  # fmt: skip
        return int(
            connection.execute(insert(tables.letter).values(row | values).returning(tables.letter.c.id)).scalar_one()
        )


# --- Ticks ------------------------------------------------------------------------------------------


def test_jobs_that_never_ran_are_missing(program: Program) -> None:
    with program.reading_for_program() as desk:
        (found,) = list_ailments(desk, program.config)
    assert found.id == "tick-missing"
    assert "None ever has." in found.sentence


def test_three_missed_looks_are_silence(alive: Program, clock: FixedClock) -> None:
    clock.advance(3 * MINUTE)
    assert ids(alive) == []
    clock.advance(timedelta(seconds=1))
    assert ids(alive) == ["tick-missing"]
    beat(alive, replica="two")
    assert ids(alive) == [], "one of the replicas is enough"


def test_a_heartbeat_from_before_the_clock_was_set_back_proves_nothing(alive: Program, clock: FixedClock) -> None:
    clock.advance(timedelta(days=-1))
    assert ids(alive) == ["tick-missing"]


def test_a_step_that_fails_at_every_look_is_told(alive: Program, clock: FixedClock) -> None:
    for minutes in range(3):
        assert ids(alive) == [], f"after {minutes} minutes"
        with writing(alive.engine) as connection:
            heartbeats.note_outcome(connection, "one", clock.now(), fault="plan_letters: ValueError")
        clock.advance(MINUTE)
    assert ids(alive) == ["job-failed"]
    with writing(alive.engine) as connection:
        heartbeats.note_outcome(connection, "one", clock.now(), fault=None)
    assert ids(alive) == []


# --- Digests ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "sent", "is_late"),
    [
        (time(6, 59), TODAY - timedelta(days=1), False),
        (time(7, 59), TODAY - timedelta(days=1), False),
        (time(8, 0), TODAY - timedelta(days=1), True),
        (time(8, 0), TODAY, False),
        (time(7, 30), TODAY - timedelta(days=2), True),
        (time(7, 30), TODAY, False),
        (time(8, 0), None, True),
    ],
)
def test_a_digest_is_late_an_hour_after_its_hour(
    program: Program, clock: FixedClock, hour: time, sent: date | None, is_late: bool
) -> None:
    """In Berlin, where it goes out at seven; the clock stands at nine."""
    join(program, at=clock.now() - timedelta(days=30))
    if sent:
        keep_letter(program, sent)
    clock.advance(timedelta(hours=hour.hour - 9, minutes=hour.minute))
    beat(program)
    assert ids(program) == (["digest-late"] if is_late else [])


def test_a_letter_that_is_still_planned_is_late_too(alive: Program, clock: FixedClock) -> None:
    join(alive, at=clock.now() - timedelta(days=30))
    keep_letter(alive, TODAY, "planned", ended_at=None)
    keep_letter(alive, TODAY, "skipped", body=None)
    keep_letter(alive, TODAY, kind="weekly")
    assert ids(alive) == ["digest-late"]


def test_whoever_joined_after_the_hour_is_not_late(alive: Program, clock: FixedClock) -> None:
    join(alive, at=clock.now() - timedelta(hours=1))
    join(alive, "bea", at=clock.now() - timedelta(days=30), confirmed=False)
    assert ids(alive) == []


def test_another_choice_by_an_old_recipient_hides_no_lateness(alive: Program, clock: FixedClock) -> None:
    row = join(alive, at=clock.now() - timedelta(days=30))
    with writing(alive.engine) as connection:
        old = connection.execute(tables.recipient.select()).mappings().one()
        kept = {name: old[name] for name in ("clinic_id", "clinic_ids", "address", "is_weekly", "attaches_worklist",
                                             "is_physician", "code_sha256")}  # fmt: skip
        stamp = Stamp(old["person_id"], clock.now())
        add_fact(connection, tables.recipient, old["person_id"], stamp=stamp, replaces_id=row, language="de", **kept)
    assert ids(alive) == ["digest-late"]


def test_whoever_left_and_came_back_is_new(alive: Program, clock: FixedClock) -> None:
    row = join(alive, at=clock.now() - timedelta(days=30))
    with writing(alive.engine) as connection:
        person = people.find_person(connection, "ada")
        assert person is not None
        void_fact(connection, tables.recipient, row, stamp=Stamp(person.id, clock.now() - timedelta(days=3)))
    assert ids(alive) == [], "who left expects nothing"
    join(alive, at=clock.now() - timedelta(hours=1), confirmed=False)
    with writing(alive.engine) as connection:
        (again,) = recipients.list_recipients(connection)
    assert again.is_confirmed, "the address was confirmed before"
    assert ids(alive) == []


def test_each_clinic_has_its_own_hour_and_zone(alive: Program, clock: FixedClock) -> None:
    """At nine in Berlin it is eight in London: with an hour of 07:30 there, nothing is late yet."""
    join(alive, "cy", clinic="west", at=clock.now() - timedelta(days=30))
    keep_letter(alive, TODAY - timedelta(days=1), login="cy")
    later = replace(alive, config=Config(clinics={"west": ClinicSettings(digest_time=time(7, 30))}))
    assert ids(later) == []
    assert ids(alive) == ["digest-late"]


def test_what_is_late_is_said_in_one_sentence(alive: Program, clock: FixedClock) -> None:
    for login in ("ada", "bea"):
        join(alive, login, at=clock.now() - timedelta(days=30))
    keep_letter(alive, TODAY)
    with alive.reading_for_program() as desk:
        said = summarise(list_ailments(desk, alive.config))
    assert said.startswith("No digest went out today to 1 of 2 recipients: bea. Do not rely on the digest until")
    assert summarise([]) == ""


# --- Letters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["dead", "unknown"])
def test_a_letter_that_did_not_arrive_is_told_for_two_weeks(alive: Program, clock: FixedClock, state: str) -> None:
    keep_letter(alive, TODAY, state, fault="RCPT: 550 nobody here")
    assert ids(alive) == [f"letter-{state}"]
    clock.advance(timedelta(days=14))
    beat(alive)
    assert ids(alive) == [f"letter-{state}"]
    clock.advance(MINUTE)
    assert ids(alive) == []


def test_a_letter_that_somebody_settled_is_told_no_more(alive: Program, clock: FixedClock) -> None:
    keep_letter(alive, TODAY, "dead", settled_at=clock.now())
    assert ids(alive) == []


def test_a_later_digest_makes_up_for_a_dead_one(alive: Program, clock: FixedClock) -> None:
    keep_letter(alive, TODAY, "dead")
    clock.advance(MINUTE)
    keep_letter(alive, TODAY, kind="weekly")
    keep_letter(alive, TODAY, login="bea")
    keep_letter(alive, TODAY + timedelta(days=1), "planned", ended_at=None)
    assert ids(alive) == ["letter-dead"], "another kind, another person, and what is only planned do not"
    keep_letter(alive, TODAY + timedelta(days=1))
    assert ids(alive) == []


def test_no_escalation_makes_up_for_another(alive: Program, clock: FixedClock) -> None:
    keep_letter(alive, TODAY, "dead", kind="escalation")
    clock.advance(MINUTE)
    keep_letter(alive, TODAY, "sent", kind="escalation")
    assert ids(alive) == ["letter-dead"]


# --- Jobs of the day, and what is no fault yet ------------------------------------------------------


def test_a_failed_job_is_told_until_it_succeeds(alive: Program, clock: FixedClock) -> None:
    def write(act, **values) -> None:
        with writing(alive.engine) as connection:
            assert act(connection, "backup", TODAY, "one", clock.now(), **values)

    write(job_runs.take, lease=timedelta(minutes=30))
    assert ids(alive) == [], "it runs"
    write(job_runs.fail, fault="OSError")
    assert ids(alive) == ["job-failed"]
    clock.advance(timedelta(minutes=6))
    beat(alive)
    write(job_runs.take, lease=timedelta(minutes=30))
    write(job_runs.finish)
    assert ids(alive) == []


def cautions(program: Program) -> dict[str, str]:
    with program.reading_for_program() as desk:
        return {one.id: one.sentence for one in list_cautions(desk, program.config)}


def test_mail_that_reaches_nobody_is_told_once_there_are_recipients(program: Program, clock: FixedClock) -> None:
    assert cautions(program) == {}
    join(program, at=clock.now(), confirmed=False)
    assert cautions(program).keys() == {"mail-goes-nowhere"}
    assert cautions(replace(program, config=Config(mail=Mail(kind="smtp")))) == {}


def test_letters_that_are_still_being_tried_are_told(program: Program) -> None:
    values: dict[str, Any] = {"ended_at": None, "fault": "connecting: Connection refused"}
    letter_id = keep_letter(program, TODAY, "planned", **values, attempts=3)
    assert cautions(program) == {}
    with writing(program.engine) as connection:
        connection.execute(update(tables.letter).where(tables.letter.c.id == letter_id).values(attempts=4))
    assert "connecting: Connection refused" in cautions(program)["letter-retried"]
