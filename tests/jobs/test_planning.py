"""Each recipient gets one letter a day, whatever clocks, crashes, replicas and other people's failures do."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, select, text

from db import tables
from db.engine import Connection, writing
from db.recipients import Recipient
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import ClinicSettings, Digest, Web
from monitor.jobs.planning import plan_letters
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion
from tests.invented_letters import (
    Page,
    add_recipient,
    change_recipient,
    end_letters,
    letters_of,
    part_of,
    read_letter,
    send_away,
)

DeskOf = Callable[[str], AbstractContextManager[Desk]]
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
ONE_KIND = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def utc(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def move(clock: FixedClock, to: datetime) -> None:
    clock.advance(to - clock.now())


def plan(program: Program, **more: object) -> list[str]:
    """One look; the keys of all letters afterwards."""
    plan_letters(program, "one", **more)  # type: ignore[arg-type]
    return list(letters_of(program))


def text_of(program: Program, key: str) -> str:
    return part_of(read_letter(letters_of(program)[key].body), "plain")


def follow(desk: Desk, reference: str, clinic: str = "north") -> None:
    enrol(desk, Enrolment(clinic, reference, "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1)))


def spoil(program: Program, act: str) -> None:
    """Whoever reads a treatment of the north has this happen; the cost makes PostgreSQL look at it last."""
    with writing(program.engine) as connection:
        connection.execute(text(
            "CREATE FUNCTION spoil(clinic text) RETURNS boolean AS "
            f"$$ BEGIN IF clinic = 'north' THEN {act} END IF; RETURN true; END $$ LANGUAGE plpgsql COST 1000000"
        ))  # fmt: skip
        connection.execute(text("ALTER TABLE treatment RENAME TO real_treatment"))
        connection.execute(text("CREATE VIEW treatment AS SELECT * FROM real_treatment WHERE spoil(clinic_id)"))


class TestWhen:
    def test_the_letter_is_there_at_seven_and_not_a_minute_before(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 5, 59))
        assert plan(program) == []
        move(clock, utc(11, 3, 6, 0))
        assert plan(program) == [f"daily/2026-11-03/{ada}"]

    def test_twice_is_once(self, program: Program, clock: FixedClock) -> None:
        add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 6))
        assert plan(program) == plan(program)
        first = letters_of(program)
        clock.advance(timedelta(hours=3))
        plan(program)
        assert letters_of(program) == first

    @ONE_KIND
    def test_whoever_confirms_after_the_hour_begins_with_the_next(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north")  # at nine o'clock on Monday
        assert plan(program) == []
        clock.advance(timedelta(days=1))
        assert plan(program) == [f"daily/2026-11-03/{ada}"]
        assert "This is your first letter." in text_of(program, f"daily/2026-11-03/{ada}")

    @ONE_KIND
    def test_nobody_unconfirmed_gets_a_letter(self, program: Program, clock: FixedClock) -> None:
        add_recipient(program, "ada", "north", confirmed=False)
        clock.advance(timedelta(days=2))
        assert plan(program) == []

    @ONE_KIND
    def test_each_home_clinic_has_its_own_hour_and_zone(self, program: Program, clock: FixedClock) -> None:
        program = replace(program, config=Config(clinics={"north": ClinicSettings(digest_time=time(5, 30))}))
        ada, cy = add_recipient(program, "ada", "north"), add_recipient(program, "cy", "west")
        move(clock, utc(11, 3, 4, 30))
        assert plan(program) == [f"daily/2026-11-03/{ada}"]
        move(clock, utc(11, 3, 7, 0))  # 07:00 in London
        assert plan(program)[-1] == f"daily/2026-11-03/{cy}"

    @ONE_KIND
    @pytest.mark.parametrize("hour", [time(0, 30), time(2, 30), time(7)])
    @pytest.mark.parametrize("night", [utc(10, 24, 12), utc(3, 27, 12, year=2027)])
    def test_nights_in_which_clocks_change_give_one_letter_a_day(
        self, program: Program, clock: FixedClock, night: datetime, hour: time
    ) -> None:
        program = replace(program, config=Config(digest=Digest(time=hour)))
        move(clock, night)
        ada = add_recipient(program, "ada", "north")
        for _ in range(48 * 4):
            clock.advance(timedelta(minutes=15))
            plan(program)
        days = [night.date() + timedelta(days=number) for number in (1, 2)]
        assert list(letters_of(program)) == [f"daily/{day}/{ada}" for day in days]

    @ONE_KIND
    def test_a_clock_that_is_set_back_doubles_nothing(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north")
        for step in (timedelta(days=2), -timedelta(hours=1), -timedelta(days=1), timedelta(days=1, hours=2)):
            clock.advance(step)
            plan(program)
        keys = list(letters_of(program))
        assert sorted(keys) == sorted(set(keys)) == [f"daily/2026-11-0{day}/{ada}" for day in (3, 4)]


class TestGaps:
    @pytest.mark.parametrize(
        ("down", "skipped", "told"),
        [
            (timedelta(minutes=1), [], "No day without a letter to you since Tue 3 Nov."),
            (timedelta(hours=1), [], "No day without a letter to you since Tue 3 Nov."),
            (timedelta(hours=26), ["2026-11-04"], "Wed 4 Nov: the program did not run"),
            (
                timedelta(days=8), [f"2026-11-{day:02}" for day in range(4, 11)],
                "Wed 4 Nov to Tue 10 Nov (7 days): the program did not run",
            ),
        ],
        ids=["1 min", "1 h", "26 h", "8 d"],
    )  # fmt: skip
    def test_after_any_downtime_there_is_one_letter_and_it_names_the_gap(
        self, program: Program, clock: FixedClock, down: timedelta, skipped: list[str], told: str
    ) -> None:
        ada = add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 6))
        plan(program)
        end_letters(program)
        move(clock, utc(11, 4, 5, 59))
        plan(program)
        clock.advance(max(down, timedelta(minutes=1)))
        plan(program)
        letters = letters_of(program)
        new = [one for one in letters.values() if one.state == "planned"]
        assert len(new) == 1
        assert [str(one.day) for one in letters.values() if one.state == "skipped"] == skipped
        assert {one.fault for one in letters.values() if one.state == "skipped"} <= {"the program did not run"}
        assert told in text_of(program, new[0].key)
        assert new[0].person_id == ada

    @ONE_KIND
    def test_more_than_thirty_days_are_a_number(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 6))
        plan(program)
        end_letters(program)
        move(clock, utc(12, 31, 6))
        plan(program)
        said = text_of(program, f"daily/2026-12-31/{ada}")
        assert "57 days since Tue 3 Nov" in said
        assert "27 days further back" in said
        assert "Tue 1 Dec to Wed 30 Dec (30 days): the program did not run" in said
        assert sum(one.state == "skipped" for one in letters_of(program).values()) == 30

    @ONE_KIND
    def test_what_no_server_took_is_given_up_and_what_it_said_stays(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 6))
        plan(program)
        end_letters(program, "planned", fault="421 try later")
        clock.advance(timedelta(days=1))
        plan(program)
        assert letters_of(program)[f"daily/2026-11-03/{ada}"].state == "skipped"
        assert "Tue 3 Nov: not sent so far; this one takes its place (421 try later)" in text_of(
            program, f"daily/2026-11-04/{ada}"
        )
        clock.advance(timedelta(days=1))
        plan(program)
        said = text_of(program, f"daily/2026-11-05/{ada}")
        assert "Without a letter to you: 2 days; none has arrived yet, see below." in said
        assert "Tue 3 Nov: could not be sent; this one takes its place (421 try later)" in " ".join(said.split())

    @ONE_KIND
    @pytest.mark.parametrize(
        ("state", "told"),
        [("dead", "the mail server refused it"), ("unknown", "handed over and never answered: it may have arrived")],
    )
    def test_a_letter_that_died_is_told_in_the_next(
        self, program: Program, clock: FixedClock, state: str, told: str
    ) -> None:
        ada = add_recipient(program, "ada", "north")
        for day in (3, 4, 5):
            move(clock, utc(11, day, 6))
            plan(program)
            end_letters(program, state if day == 4 else "sent", fault="550 no such user" if day == 4 else None)
        assert f"Wed 4 Nov: {told} (550 no such user)" in " ".join(text_of(program, f"daily/2026-11-05/{ada}").split())
        move(clock, utc(11, 6, 6))
        plan(program)
        assert "No day without a letter to you since Thu 5 Nov." in text_of(program, f"daily/2026-11-06/{ada}")

    @ONE_KIND
    def test_days_without_a_confirmed_address_are_told_as_such(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 6))
        plan(program)
        end_letters(program)
        change_recipient(program, "ada", address="new@hospital.example")
        move(clock, utc(11, 5, 8))
        assert len(plan(program)) == 1
        with writing(program.engine) as connection:
            row = connection.execute(select(tables.recipient.c.id).order_by(tables.recipient.c.id.desc())).scalar()
            connection.execute(
                tables.confirmation.insert().values(recipient_id=row, entered_by=ada, entered_at=clock.now())
            )
        assert len(plan(program)) == 1
        move(clock, utc(11, 6, 6))
        plan(program)
        assert "Wed 4 Nov to Thu 5 Nov (2 days): your address was not confirmed" in text_of(
            program, f"daily/2026-11-06/{ada}"
        )


class TestReplicas:
    def test_a_clinic_is_worked_out_once_however_many_read_it(self, program: Program, clock: FixedClock) -> None:
        asked: list[str] = []
        event.listen(program.engine, "before_cursor_execute", lambda to, cursor, statement, *_: asked.append(statement))
        counts = []
        for day, login in enumerate(("ada", "bea", "dora"), start=3):
            add_recipient(program, login, "north")
            move(clock, utc(11, day, 8))
            asked.clear()
            plan_letters(program, "some replica")
            counts.append(sum("FROM sample" in one for one in asked))
        assert counts[0] > 0
        assert counts == [counts[0]] * 3

    def test_two_replicas_at_once_make_one_letter_each(self, program: Program, clock: FixedClock) -> None:
        """Thirty letters: six days, five recipients, two that look at the same instant."""
        for login, clinics in (("ada", ["north"]), ("bea", ["north"]), ("dora", ["south", "north"]),
                               ("root-admin", ["north", "south", "west"]), ("cy", ["west"])):  # fmt: skip
            add_recipient(program, login, *clinics)
        days, faults = 6, []
        gate = Barrier(2)

        def look() -> None:
            for _ in range(days):
                gate.wait()
                try:
                    plan_letters(program, "some replica")
                except Exception as fault:  # noqa: BLE001
                    faults.append(fault)
                if gate.wait() == 0:
                    clock.advance(timedelta(days=1))
                gate.wait()

        move(clock, utc(11, 3, 8))
        threads = [Thread(target=look) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert faults == []
        letters = letters_of(program)
        assert len(letters) == days * 5
        assert len({one.message_id for one in letters.values()}) == days * 5
        with program.engine.connect() as connection:
            looks = connection.execute(select(tables.digest_look)).all()
        assert len(looks) == days * 3


class TestFailures:
    def test_one_recipients_failure_is_nobody_elses_and_never_silence(
        self, program: Program, clock: FixedClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        def leave_token(connection: Connection, recipient: Recipient) -> str | None:
            if recipient.login == "ada":
                raise RuntimeError("Secret Name")
            return None

        program = replace(program, config=Config(web=Web(public_url="https://calendar.hospital.example")))
        ada, bea = (add_recipient(program, login, "north") for login in ("ada", "bea"))
        move(clock, utc(11, 3, 6))
        with caplog.at_level(logging.ERROR):
            plan(program, leave_token=leave_token)
        failed, whole = (letters_of(program)[f"daily/2026-11-03/{person}"] for person in (ada, bea))
        assert failed.subject == "Follow-up digest for Tue 3 Nov 2026: COULD NOT BE COMPUTED"
        said = " ".join(part_of(read_letter(failed.body), "plain").split())
        assert "`monitor worklist`" in said
        assert "`monitor verify`" in said
        assert whole.subject == "Follow-up digest for Tue 3 Nov 2026: 0 overdue"
        assert "RuntimeError (monitor/jobs/planning.py:" in caplog.text
        assert "Secret" not in caplog.text
        assert b"Secret" not in failed.body
        plan(program)
        assert len(letters_of(program)) == 2

    @pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
    @pytest.mark.postgres
    def test_a_database_that_was_away_for_a_moment_costs_nobody_the_digest(
        self, program: Program, clock: FixedClock
    ) -> None:
        def cut(connection: Connection, recipient: Recipient) -> str | None:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            return None

        program = replace(program, config=Config(web=Web(public_url="https://calendar.hospital.example")))
        add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 6))
        assert plan(program, leave_token=cut) == []
        clock.advance(timedelta(minutes=1))
        [key] = plan(program)
        assert letters_of(program)[key].subject.endswith("0 overdue")

    @pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
    @pytest.mark.postgres
    def test_a_clinic_that_the_database_refuses_leaves_the_others_whole(
        self, program: Program, desk_of: DeskOf, clock: FixedClock
    ) -> None:
        """PostgreSQL answers nothing more in a transaction after a failure, except behind a savepoint."""
        with desk_of("dora") as desk:
            follow(desk, "N-1", "north")
            follow(desk, "S-1", "south")
        dora = add_recipient(program, "dora", "north", "south", attaches_worklist=True)
        spoil(program, "PERFORM 1 / 0;")
        move(clock, utc(11, 3, 6))
        plan(program)
        letter = letters_of(program)[f"daily/2026-11-03/{dora}"]
        assert letter.subject == "Follow-up digest for Tue 3 Nov 2026: 5 overdue, 1 could not be computed"
        [file] = read_letter(letter.body).iter_attachments()
        assert "S-1" in file.get_content()

    @pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
    @pytest.mark.postgres
    def test_a_connection_that_is_lost_within_a_clinic_is_no_failure_of_that_clinic(
        self, program: Program, desk_of: DeskOf, clock: FixedClock
    ) -> None:
        with desk_of("dora") as desk:
            follow(desk, "N-1", "north")
        add_recipient(program, "dora", "north", "south")
        spoil(program, "PERFORM pg_terminate_backend(pg_backend_pid());")
        move(clock, utc(11, 3, 6))
        assert plan(program) == []
        with writing(program.engine) as connection:
            connection.execute(text("CREATE OR REPLACE FUNCTION spoil(clinic text) RETURNS boolean AS 'SELECT true' "
                                    "LANGUAGE sql"))  # fmt: skip
        [key] = plan(program)
        assert letters_of(program)[key].subject.endswith("5 overdue")

    @pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
    @pytest.mark.postgres
    def test_one_that_stays_away_is_told(self, program: Program, clock: FixedClock) -> None:
        def cut(connection: Connection, recipient: Recipient) -> str | None:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            return None

        program = replace(program, config=Config(web=Web(public_url="https://calendar.hospital.example")))
        add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 6, 30))
        [key] = plan(program, leave_token=cut)
        assert letters_of(program)[key].subject.endswith("COULD NOT BE COMPUTED")

    def test_a_clinic_that_cannot_be_computed_says_so_and_leaves_the_others_whole(
        self, program: Program, desk_of: DeskOf, clock: FixedClock
    ) -> None:
        with desk_of("dora") as desk:
            follow(desk, "S-1", "south")
            look = tables.digest_look.insert().values(
                clinic_id="north", day=date(2026, 11, 1), looked_at=desk.at, followed=0, checks=0, overdue=0,
                findings=5, chain_position=0, chain_mac="",
            )  # fmt: skip
            desk.connection.execute(look)  # damage: nobody can compare with this
            follow(desk, "N-1", "north")
        dora = add_recipient(program, "dora", "north", "south", attaches_worklist=True)
        move(clock, utc(11, 3, 6))
        plan(program)
        letter = letters_of(program)[f"daily/2026-11-03/{dora}"]
        assert letter.subject == "Follow-up digest for Tue 3 Nov 2026: 5 overdue, 1 could not be computed"
        said = part_of(read_letter(letter.body), "plain")
        assert "THIS CLINIC COULD NOT BE COMPUTED (TypeError)" in said
        assert "S-1: " in said
        with program.engine.connect() as connection:
            days = connection.execute(select(tables.digest_look.c.clinic_id, tables.digest_look.c.day)).all()
        assert ("south", date(2026, 11, 3)) in days
        assert ("north", date(2026, 11, 3)) not in days


class TestCover:
    def test_a_deputys_letter_contains_that_of_whoever_is_away(self, program: Program, clock: FixedClock) -> None:
        ada, dora = add_recipient(program, "ada", "north"), add_recipient(program, "dora", "south")
        send_away(program, "dora", date(2026, 11, 3), date(2026, 11, 4), "root-admin")
        admin = add_recipient(program, "root-admin", "west")
        for day, is_away in ((3, True), (4, True), (5, False)):
            move(clock, utc(11, day, 8))
            plan(program)
            said = text_of(program, f"daily/2026-11-0{day}/{admin}")
            assert ("For Dr. Dora Example, away until Wed 4 Nov." in said) is is_away
            assert ("South Clinic" in said) is is_away
            assert "North Clinic" not in said
            assert f"daily/2026-11-0{day}/{dora}" in letters_of(program)
            assert "South" not in text_of(program, f"daily/2026-11-0{day}/{ada}")

    @pytest.mark.parametrize(
        ("deputy", "told"),
        [
            (None, "no deputy is named"),
            ("bea", "Bea Example stands in and gets no digest"),
            ("cy", "Cy Example stands in and may not see every clinic"),
            ("dora", "Dr. Dora Example stands in and is away, too"),
            ("root-admin", ""),
        ],
    )
    def test_nobody_who_stands_in_is_told_to_administrators_alone(
        self, program: Program, clock: FixedClock, deputy: str | None, told: str
    ) -> None:
        ada, cy = add_recipient(program, "ada", "north"), add_recipient(program, "cy", "west")
        admin = add_recipient(program, "root-admin", "north", "south")
        dora = add_recipient(program, "dora", "south")
        send_away(program, "ada", date(2026, 11, 3), date(2026, 11, 13), deputy)
        if deputy == "dora":
            send_away(program, "dora", date(2026, 11, 1), date(2026, 11, 3), "root-admin")
        move(clock, utc(11, 3, 8))
        plan(program)
        said = " ".join(text_of(program, f"daily/2026-11-03/{admin}").split())
        assert ("Ada Example: away until Fri 13 Nov" in said) is bool(told)
        assert told in said
        assert "For Ada Example" not in text_of(program, f"daily/2026-11-03/{dora}")
        for other in (ada, cy):
            assert "nobody stands in" not in text_of(program, f"daily/2026-11-03/{other}")
        assert "North" not in text_of(program, f"daily/2026-11-03/{cy}")


@ONE_KIND
class TestWhatItSays:
    def test_administrators_are_told_of_a_clinic_that_is_in_nobodys_digest(
        self, program: Program, desk_of: DeskOf, clock: FixedClock
    ) -> None:
        with desk_of("cy") as desk:
            follow(desk, "W-1", "west")
        admin, ada = add_recipient(program, "root-admin", "north"), add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 8))
        plan(program)
        assert "West Clinic (invented): 187 open checks" in text_of(program, f"daily/2026-11-03/{admin}")
        assert "West" not in text_of(program, f"daily/2026-11-03/{ada}")
        add_recipient(program, "cy", "west")
        clock.advance(timedelta(days=1))
        plan(program)
        assert "every clinic is in a digest" in " ".join(text_of(program, f"daily/2026-11-04/{admin}").split())

    def test_the_worklist_goes_with_it_where_it_was_asked_for(
        self, program: Program, desk_of: DeskOf, clock: FixedClock, run: Callable[..., object]
    ) -> None:
        with desk_of("ada") as desk:
            follow(desk, "N-1")
        people = {wants: add_recipient(program, login, "north", attaches_worklist=wants)
                  for login, wants in (("ada", True), ("bea", False))}  # fmt: skip
        move(clock, utc(11, 3, 8))
        plan(program)
        with_it, without = (
            read_letter(letters_of(program)[f"daily/2026-11-03/{people[wants]}"].body) for wants in (True, False)
        )
        assert list(without.iter_attachments()) == []
        [file] = with_it.iter_attachments()
        assert file.get_filename() == "worklist-2026-11-03.csv"
        ran = run("worklist", "--format", "csv", by="ada")
        assert file.get_content().replace("\r\n", "\n") == ran.out  # type: ignore[attr-defined]
        assert "N-1" in ran.out  # type: ignore[attr-defined]

    def test_page_and_text_say_the_same(self, program: Program, desk_of: DeskOf, clock: FixedClock) -> None:
        with desk_of("ada") as desk:
            follow(desk, "N-<1>")
        people = [add_recipient(program, login, "north", language=language)
                  for login, language in (("ada", "en"), ("bea", "de"))]  # fmt: skip
        move(clock, utc(11, 3, 8))
        plan(program)
        for person in people:
            message = read_letter(letters_of(program)[f"daily/2026-11-03/{person}"].body)
            page = Page(part_of(message, "html"))
            words = [word for word in part_of(message, "plain").split() if set(word) not in ({"="}, {"-"})]
            assert page.words == words
            assert page.loads == []
            assert page.title == message["Subject"]
            assert "N-<1>:" in words

    @pytest.mark.parametrize(
        ("address", "token", "headers"),
        [
            ("https://calendar.hospital.example", "7.abc", ["<https://calendar.hospital.example/r/7.abc/leave>",
                                                          "List-Unsubscribe=One-Click"]),
            ("http://calendar.hospital.example", "7.abc", ["<http://calendar.hospital.example/r/7.abc/leave>", None]),
            ("https://calendar.hospital.example", None, [None, None]),
            ("http://127.0.0.1:8000", "7.abc", [None, None]),
        ],
        ids=["https", "http", "the last one may not leave", "this machine"],
    )  # fmt: skip
    def test_who_may_leave_can_leave_by_the_letter(
        self, program: Program, clock: FixedClock, address: str, token: str | None, headers: list[str | None]
    ) -> None:
        program = replace(program, config=Config(web=Web(public_url=address)))
        add_recipient(program, "ada", "north")
        move(clock, utc(11, 3, 8))
        [key] = plan(program, leave_token=lambda connection, recipient: token)
        message = read_letter(letters_of(program)[key].body)
        assert [message["List-Unsubscribe"], message["List-Unsubscribe-Post"]] == headers

    def test_whoever_may_see_no_clinic_any_more_is_told(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north")
        with writing(program.engine) as connection:
            connection.execute(tables.person_clinic.delete().where(tables.person_clinic.c.person_id == ada))
        move(clock, utc(11, 3, 8))
        [key] = plan(program)
        assert "You are responsible for no clinic any more" in text_of(program, key)


class TestWeekly:
    def test_it_goes_to_whoever_wants_it_on_its_day(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north", is_weekly=True)
        add_recipient(program, "bea", "north")
        for day in range(3, 17):
            move(clock, utc(11, day, 8))
            plan(program)
            end_letters(program)
        weekly = [key for key in letters_of(program) if key.startswith("weekly")]
        assert weekly == [f"weekly/2026-11-09/{ada}", f"weekly/2026-11-16/{ada}"]
        assert len(letters_of(program)) == 14 * 2 + 2
        assert "A daily letter went to you on each of the seven days." in text_of(program, weekly[1])

    def test_whoever_chooses_it_late_hears_of_no_weeks_before(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north")
        clock.advance(timedelta(days=60))
        change_recipient(program, "ada", is_weekly=True)
        plan(program)
        assert not [key for key in letters_of(program) if key.startswith("weekly")]
        move(clock, utc(1, 4, 8, year=2027))
        plan(program)
        assert [key for key in letters_of(program) if key.startswith("weekly")] == [f"weekly/2027-01-04/{ada}"]

    def test_a_missed_week_is_kept_as_skipped(self, program: Program, clock: FixedClock) -> None:
        ada = add_recipient(program, "ada", "north", is_weekly=True)
        move(clock, utc(11, 9, 8))
        plan(program)
        end_letters(program)
        move(clock, utc(11, 24, 8))
        plan(program)
        states = {key: one.state for key, one in letters_of(program).items() if one.kind == "weekly"}
        assert states == {
            f"weekly/2026-11-09/{ada}": "sent", f"weekly/2026-11-16/{ada}": "skipped",
            f"weekly/2026-11-23/{ada}": "planned",
        }  # fmt: skip
