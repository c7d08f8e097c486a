"""Letters about escalations: at once where a step says so, up to the physician, once each, and never for a backlog."""

from datetime import date, timedelta
from threading import Barrier, Event, Thread, current_thread

import pytest
from sqlalchemy import event, select

from db import tables
from db.engine import reading
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.jobs.escalating import plan_escalations
from monitor.services.confirming import confirm
from monitor.services.covering import add_cover
from monitor.services.escalating import mark_seen
from monitor.services.noticing import Notice, by_treatment, list_notices, plan_notices
from monitor.services.recipients import leave
from monitor.services.recording import record_samples
from schedules.protocol import Role
from tests.escalated import AT_ONCE, CLINICIAN, NURSE, TITLES, TWICE, approve_steps, follow
from tests.recipients import add, add_confirmed, latest_code, mails, text_of

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
LOUD = [{**NURSE, **AT_ONCE}, {**CLINICIAN, **AT_ONCE}, {**TWICE, **AT_ONCE}]


def keys(program: Program) -> list[str]:
    """The letters about escalations, with logins in place of people's numbers."""
    letter, person = tables.letter, tables.person
    query = (
        select(letter.c.key, person.c.login)
        .join(person, person.c.id == letter.c.person_id)
        .where(letter.c.kind == "escalation")
        .order_by(letter.c.id)
    )
    with reading(program.engine) as connection:
        found = [(row.key.split("/"), row.login) for row in connection.execute(query)]
    return ["/".join([*parts[1:5], login]) for parts, login in found]


def outbox(program: Program, login: str) -> list[tuple[str, str, str | None]]:
    """What of a person's letters is kept: check and role, state, and why it was skipped."""
    letter, person = tables.letter, tables.person
    query = (
        select(letter.c.key, letter.c.state, letter.c.fault)
        .join(person, person.c.id == letter.c.person_id)
        .where(letter.c.kind == "escalation", person.c.login == login)
        .order_by(letter.c.id)
    )
    with reading(program.engine) as connection:
        return [("/".join(row.key.split("/")[2:5]), row.state, row.fault) for row in connection.execute(query)]


def notices_of(program: Program) -> list[Notice]:
    with program.reading_for_program() as desk:
        return list_notices(desk, program.config, set(desk.today))


def seen_commands(mail: object) -> list[str]:
    return [one.strip() for one in text_of(mail).splitlines() if "escalation seen" in one]  # type: ignore[arg-type]


def tick(program: Program, clock: FixedClock, until: date) -> None:
    """A look each morning up to a day, and one more: nothing may come twice."""
    while clock.now().date() < until:
        clock.advance(timedelta(days=1))
        plan_escalations(program, "replica-1")
    plan_escalations(program, "replica-2")


@pytest.fixture
def staff(program: Program) -> None:
    """Two nurses, the responsible physician and an administrator, confirmed on 2 November."""
    for login in ("ada", "bea", "root-admin"):
        add_confirmed(program, login)
    add_confirmed(program, "dora", is_physician=True, language="de")


@pytest.mark.usefixtures("staff")
def test_a_step_that_asks_at_once_writes_to_its_role_on_the_day_it_begins_and_never_again(
    program: Program, clock: FixedClock
) -> None:
    approve_steps(program, *LOUD)
    follow(program, "N-1")
    tick(program, clock, date(2026, 11, 10))
    assert keys(program) == []
    tick(program, clock, date(2026, 11, 11))
    first = ["1/blood-count/1/nurse/ada", "1/blood-count/1/nurse/bea"]
    assert keys(program) == first
    tick(program, clock, date(2026, 11, 13))
    assert keys(program) == first
    mail = mails(program.engine, "escalation")[0]
    assert mail["To"] == "ada@hospital.example"
    assert mail["Subject"] == "Follow-up: N-1 is 7 days overdue (for the nurse)"
    assert "monitor escalation seen N-1 blood-count --role nurse" in text_of(mail)


@pytest.mark.usefixtures("staff")
def test_what_nobody_has_seen_for_three_days_reaches_the_physician_step_by_step(
    program: Program, clock: FixedClock
) -> None:
    approve_steps(program, NURSE, CLINICIAN)
    follow(program, "N-1")
    tick(program, clock, date(2026, 11, 13))
    assert keys(program) == []
    tick(program, clock, date(2026, 11, 14))
    assert keys(program) == ["1/blood-count/1/nurse/dora"]
    assert "verantwortliche Ärztin" in text_of(mails(program.engine, "escalation")[0])
    tick(program, clock, date(2026, 11, 20))
    assert len(keys(program)) == 1
    tick(program, clock, date(2026, 11, 22))
    assert keys(program) == ["1/blood-count/1/nurse/dora", "1/blood-count/1/clinician/dora"]


@pytest.mark.usefixtures("staff")
def test_what_was_seen_or_done_in_time_needs_no_letter(program: Program, clock: FixedClock) -> None:
    approve_steps(program, NURSE, {**CLINICIAN, **AT_ONCE})
    seen, done = follow(program, "N-1"), follow(program, "N-2")
    tick(program, clock, date(2026, 11, 13))
    with program.writing("ada") as desk:
        mark_seen(desk, seen, "blood-count", role=Role.NURSE)
        record_samples(desk, done, ["blood-count"], taken_on=date(2026, 11, 13))
    tick(program, clock, date(2026, 11, 17))
    assert keys(program) == []
    tick(program, clock, date(2026, 11, 18))
    assert keys(program) == ["1/blood-count/1/clinician/dora"]


def test_a_clinic_that_begins_with_a_backlog_gets_it_in_the_digest_alone(program: Program, clock: FixedClock) -> None:
    approve_steps(program, *LOUD)
    for number in range(3):
        follow(program, f"N-{number}")
    clock.advance(timedelta(days=20))  # 22 November: both steps have begun
    for login in ("ada", "root-admin"):
        add_confirmed(program, login)
    add_confirmed(program, "dora", is_physician=True)
    plan_escalations(program, "replica-1")
    clock.advance(timedelta(days=11))
    tick(program, clock, date(2026, 12, 5))
    assert keys(program) == []
    tick(program, clock, date(2026, 12, 6))  # two in a row since today
    assert keys(program) == [f"{number}/blood-count/1/clinician/dora" for number in range(1, 4)]


@pytest.mark.usefixtures("staff")
def test_patients_who_come_with_a_backlog_are_left_to_the_digest(program: Program, clock: FixedClock) -> None:
    approve_steps(program, *LOUD)
    clock.advance(timedelta(days=20))
    follow(program, "N-1")
    plan_escalations(program, "replica-1")
    clock.advance(timedelta(days=12))
    tick(program, clock, date(2026, 12, 5))
    assert keys(program) == []


@pytest.mark.usefixtures("staff")
def test_one_visit_that_is_overdue_comes_to_each_reader_in_one_letter(program: Program, clock: FixedClock) -> None:
    approve_steps(program, {**NURSE, **AT_ONCE}, families=list(TITLES))
    follow(program, "N-1")
    follow(program, "N-2")
    tick(program, clock, date(2026, 11, 11))
    sent = mails(program.engine, "escalation")
    assert [(mail["To"].split("@")[0], mail["Subject"]) for mail in sent] == [
        (login, f"Follow-up: {patient} is 7 days overdue, Blood count and 3 other tests (for the nurse)")
        for patient in ("N-1", "N-2")
        for login in ("ada", "bea")
    ]
    assert seen_commands(sent[0]) == [
        "monitor escalation seen N-1 blood-count,creatinine,liver,urinalysis --role nurse"
    ]
    assert outbox(program, "ada")[:4] == [
        ("blood-count/1/nurse", "planned", None),
        ("creatinine/1/nurse", "skipped", "N-1: creatinine/1 is told in the letter about blood-count/1"),
        ("liver/1/nurse", "skipped", "N-1: liver/1 is told in the letter about blood-count/1"),
        ("urinalysis/1/nurse", "skipped", "N-1: urinalysis/1 is told in the letter about blood-count/1"),
    ]
    tick(program, clock, date(2026, 11, 13))
    assert len(mails(program.engine, "escalation")) == 4
    tick(program, clock, date(2026, 11, 14))
    assert [state for _, state, _ in outbox(program, "dora")] == ["planned", "skipped", "skipped", "skipped"] * 2


@pytest.mark.usefixtures("staff")
def test_what_was_told_before_is_not_told_again_with_what_is_new(program: Program, clock: FixedClock) -> None:
    approve_steps(program, {**CLINICIAN, **AT_ONCE}, families=["blood-count", "creatinine", "liver"])
    follow(program, "N-1")
    clock.advance(timedelta(days=16))
    notices = notices_of(program)
    for some in (notices[:1], notices, notices):
        with program.writing_for_program() as desk:
            plan_notices(desk, program.config, some)
    assert [(what, state) for what, state, _ in outbox(program, "dora")] == [
        ("blood-count/1/clinician", "planned"),
        ("creatinine/1/clinician", "planned"),
        ("liver/1/clinician", "skipped"),
    ]
    first, second = mails(program.engine, "escalation")
    assert first["Message-ID"] != second["Message-ID"]
    assert "Blutbild" not in text_of(second)
    assert seen_commands(second) == ["monitor escalation seen N-1 creatinine,liver --role clinician"]


@pytest.mark.usefixtures("staff")
def test_of_two_replicas_at_once_each_reader_gets_one_letter_a_patient(program: Program, clock: FixedClock) -> None:
    approve_steps(program, {**NURSE, **AT_ONCE}, families=list(TITLES))
    for number in range(5):
        follow(program, f"N-{number}")
    clock.advance(timedelta(days=9))
    ready = Barrier(2)

    def look() -> None:
        notices = notices_of(program)
        ready.wait(30)
        for some in by_treatment(notices):
            with program.writing_for_program() as desk:
                plan_notices(desk, program.config, some)

    threads = [Thread(target=look) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(mails(program.engine, "escalation")) == 10
    assert len(keys(program)) == 40


@pytest.mark.usefixtures("staff")
def test_a_replica_that_comes_second_tells_only_what_the_first_did_not(program: Program, clock: FixedClock) -> None:
    approve_steps(program, {**CLINICIAN, **AT_ONCE}, families=["blood-count", "creatinine", "liver"])
    follow(program, "N-1")
    clock.advance(timedelta(days=16))
    notices = notices_of(program)
    is_waiting = Event()

    def second() -> None:
        with program.writing_for_program() as desk:
            plan_notices(desk, program.config, notices)

    thread = Thread(target=second)

    def watch(_connection, _cursor, statement, *_rest):
        if current_thread() is thread and ("FOR UPDATE" in statement or "BEGIN IMMEDIATE" in statement):
            is_waiting.set()

    event.listen(program.engine, "before_cursor_execute", watch)
    with program.writing_for_program() as desk:
        plan_notices(desk, program.config, notices[1:2])
        thread.start()
        assert is_waiting.wait(30)
    thread.join(60)
    event.remove(program.engine, "before_cursor_execute", watch)
    assert [(what, state) for what, state, _ in outbox(program, "dora")] == [
        ("creatinine/1/clinician", "planned"),
        ("blood-count/1/clinician", "planned"),
        ("liver/1/clinician", "skipped"),
    ]
    assert [seen_commands(mail) for mail in mails(program.engine, "escalation")] == [
        ["monitor escalation seen N-1 creatinine --role clinician"],
        ["monitor escalation seen N-1 blood-count,liver --role clinician"],
    ]


@SQLITE
def test_where_nobody_has_the_role_the_next_one_up_is_asked_and_told_so(program: Program, clock: FixedClock) -> None:
    approve_steps(program, {**NURSE, **AT_ONCE})
    add_confirmed(program, "dora")
    add_confirmed(program, "root-admin")
    follow(program, "N-1")
    tick(program, clock, date(2026, 11, 11))
    assert keys(program) == ["1/blood-count/1/nurse/dora"]
    assert "nobody in the role “nurse”" in text_of(mails(program.engine, "escalation")[0]).replace("\n", " ")


@SQLITE
def test_without_a_physician_administrators_hear_of_what_nobody_sees(program: Program, clock: FixedClock) -> None:
    approve_steps(program, CLINICIAN)
    for login in ("ada", "dora", "root-admin"):
        add_confirmed(program, login)
    follow(program, "N-1")
    tick(program, clock, date(2026, 11, 21))
    assert keys(program) == ["1/blood-count/1/clinician/root-admin"]
    text = text_of(mails(program.engine, "escalation")[0])
    assert "no responsible physician" in text.replace("\n", " ")
    assert "--role clinician --by-name NAME" in text


@SQLITE
@pytest.mark.usefixtures("staff")
def test_who_is_away_hears_through_the_deputy(program: Program, clock: FixedClock) -> None:
    approve_steps(program, {**CLINICIAN, **AT_ONCE})
    follow(program, "N-1")
    with program.writing("root-admin") as desk:
        add_cover(desk, "dora", from_on=date(2026, 11, 18), until_on=date(2026, 11, 30), deputy="root-admin")
    tick(program, clock, date(2026, 11, 18))
    assert keys(program) == ["1/blood-count/1/clinician/root-admin"]
    assert "You stand in for dora" in text_of(mails(program.engine, "escalation")[0])
    tick(program, clock, date(2026, 11, 30))
    assert len(keys(program)) == 1


@SQLITE
def test_where_everybody_is_away_all_are_told(program: Program, clock: FixedClock) -> None:
    approve_steps(program, {**CLINICIAN, **AT_ONCE})
    add_confirmed(program, "dora", is_physician=True)
    follow(program, "N-1")
    with program.writing("dora") as desk:
        add_cover(desk, "dora", from_on=date(2026, 11, 2), until_on=date(2026, 11, 30))
    tick(program, clock, date(2026, 11, 18))
    assert keys(program) == ["1/blood-count/1/clinician/dora"]


@SQLITE
def test_no_letter_leaves_the_clinic(program: Program, clock: FixedClock) -> None:
    approve_steps(program, *LOUD)
    add_confirmed(program, "cy", "west")
    add(program, "ada")
    follow(program, "N-1")
    tick(program, clock, date(2026, 12, 10))
    assert keys(program) == [], "Cy gets nothing of north, and Ada has not confirmed"


@SQLITE
@pytest.mark.usefixtures("staff")
def test_a_quiet_minute_works_nothing_out_and_every_act_is_noticed(program: Program, clock: FixedClock) -> None:
    approve_steps(program, NURSE, CLINICIAN)
    treatment = follow(program, "N-1")
    clock.advance(timedelta(days=10))
    every = ["north", "south", "west"]
    assert worked_out(program) == every
    assert worked_out(program) == []
    with program.writing("ada") as desk:
        mark_seen(desk, treatment, "blood-count", role=Role.NURSE)
    assert worked_out(program) == ["north"]
    clock.advance(timedelta(minutes=14))
    assert worked_out(program) == []
    clock.advance(timedelta(minutes=1))
    assert worked_out(program) == every, "once in a while everything, whatever was missed"
    with program.writing("root-admin") as desk:
        leave(desk, "bea", reason="moves")
    assert worked_out(program) == every
    clock.advance(timedelta(hours=14, minutes=40))
    assert worked_out(program) == every
    clock.advance(timedelta(minutes=6))  # past midnight in Berlin, not in London
    assert worked_out(program) == ["north", "south"]


def worked_out(program: Program) -> list[str]:
    """The clinics whose open checks one tick reads."""
    found: set[str] = set()

    def watch(_connection, _cursor, statement, parameters, *_rest):
        if 'FROM "check"' in statement:
            found.update({"north", "south", "west"} & {str(one) for one in parameters})

    event.listen(program.engine, "before_cursor_execute", watch)
    plan_escalations(program, "replica-1")
    event.remove(program.engine, "before_cursor_execute", watch)
    return sorted(found)


@SQLITE
def test_the_configured_days_count(program: Program, clock: FixedClock) -> None:
    config = Config.model_validate({"digest": {"physician_after_days": 1}})
    eager = Program(config, program.engine, clock, program.rulebook)
    approve_steps(program, NURSE)
    add_confirmed(program, "dora", is_physician=True)
    follow(program, "N-1", by="dora")
    tick(eager, clock, date(2026, 11, 12))
    assert keys(program) == ["1/blood-count/1/nurse/dora"]


@SQLITE
def test_confirming_later_brings_only_what_begins_later(program: Program, clock: FixedClock) -> None:
    approve_steps(program, {**NURSE, **AT_ONCE}, {**CLINICIAN, **AT_ONCE})
    add(program, "dora")
    follow(program, "N-1")
    tick(program, clock, date(2026, 11, 12))
    with program.writing("dora") as desk:
        assert confirm(desk, "dora", latest_code(program.engine))
    tick(program, clock, date(2026, 11, 17))
    assert keys(program) == []
    tick(program, clock, date(2026, 11, 18))
    assert keys(program) == ["1/blood-count/1/clinician/dora"]
