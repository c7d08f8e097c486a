"""`monitor letter`: what was mailed can be seen, sent again and settled, by administrators, and the history knows."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from db import tables
from db.engine import reading, writing
from db.letters import LetterState
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.jobs.sending import send_letters
from tests.conftest import Ran
from tests.jobs.conftest import FakeMailer, plan_letter, row_of

Run = Callable[..., Ran]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def end(program: Program, letter_id: int, state: str, fault: str | None = None) -> None:
    with writing(program.engine) as connection:
        connection.execute(
            update(tables.letter)
            .where(tables.letter.c.id == letter_id)
            .values(state=state, ended_at=program.clock.now(), attempts=1, fault=fault)
        )


def history_of(program: Program) -> list[tuple[str, str, str | None]]:
    with reading(program.engine) as connection:
        deeds = connection.execute(select(tables.history).where(tables.history.c.act.startswith("letter")))
        return [(row.act, row.subject, row.reason) for row in deeds]


@SQLITE
def test_the_list_names_what_became_of_each(program: Program, run: Run) -> None:
    first, second = plan_letter(program, number=1), plan_letter(program, "bea", number=2)
    end(program, first, "dead", "RCPT: 550 nobody here")
    ran = run("letter", "list", by="root-admin")
    assert [line.split() for line in ran.out.splitlines()[2:]] == [
        [str(second), "2026-11-02", "daily", "bea", "planned", "11-02", "08:00", "s"],
        [str(first), "2026-11-02", "daily", "ada", "dead", "11-02", "08:00", "RCPT:", "550", "nobody", "here"],
    ]
    (only,) = json.loads(run("letter", "list", "--state", "dead", "--format", "json", by="root-admin").out)
    assert (only["id"], only["login"], only["fault"]) == (first, "ada", "RCPT: 550 nobody here")


@SQLITE
def test_the_list_reaches_back_so_many_days(program: Program, run: Run, clock: FixedClock) -> None:
    plan_letter(program)
    clock.advance(timedelta(days=15))
    assert run("letter", "list", by="root-admin").out == "No letter was planned in the last 14 days.\n"
    assert "daily" in run("letter", "list", "--days", "16", by="root-admin").out


@SQLITE
def test_a_letter_is_shown_as_its_reader_sees_it(program: Program, run: Run) -> None:
    letter_id = plan_letter(program)
    ran = run("letter", "show", str(letter_id), by="root-admin")
    assert ran.out.startswith("From: monitor@localhost\nTo: ada@hospital.example\n")
    assert ran.out.endswith("\n\nletter 1\n")
    assert ran.err == f"Letter {letter_id} (daily, 2026-11-02) for ada: planned.\n"
    raw = run("letter", "show", str(letter_id), "--raw", by="root-admin").out
    assert "Content-Transfer-Encoding" in raw


def test_a_dead_letter_goes_out_again_byte_for_byte(program: Program, run: Run) -> None:
    letter_id, mailer = plan_letter(program), FakeMailer()
    end(program, letter_id, "dead", "RCPT: 550 nobody here")
    before = row_of(program, letter_id)
    ran = run("letter", "send", str(letter_id), "--reason", "the address works again", by="root-admin")
    assert ran.out == f"Letter {letter_id} for ada, which was dead, goes out again with the next look.\n"
    assert history_of(program) == [("letter send", f"letter {letter_id}: {before['key']}", "the address works again")]
    send_letters(replace(program, mailer=mailer), "one")
    after = row_of(program, letter_id)
    assert after["state"] == LetterState.SENT
    assert (after["message_id"], mailer.sent[0][1]) == (before["message_id"], before["body"])


def test_a_settled_letter_is_no_ailment_any_more(program: Program, run: Run) -> None:
    letter_id = plan_letter(program)
    end(program, letter_id, "unknown")
    assert "letter-unknown" in run("doctor", by="root-admin").out
    ran = run("letter", "settle", str(letter_id), "--reason", "Ada has it", by="root-admin")
    assert ran.out == f"Letter {letter_id} for ada is settled; it stays unknown.\n"
    assert "letter-unknown" not in run("doctor", by="root-admin").out
    assert history_of(program)[0][2] == "Ada has it"
    again = run("letter", "settle", str(letter_id), "--reason", "Ada has it", by="root-admin")
    assert (again.code, again.err.splitlines()[0]) == (1, f"Letter {letter_id} was settled before.")


@SQLITE
@pytest.mark.parametrize("state", ["planned", "skipped"])
def test_what_has_not_ended_is_neither_sent_nor_settled(program: Program, run: Run, state: str) -> None:
    letter_id = plan_letter(program)
    end(program, letter_id, state)
    for args in (("send",), ("settle", "--reason", "r")):
        ran = run("letter", args[0], str(letter_id), *args[1:], by="root-admin")
        assert ran.code == 1
        assert ran.err.startswith(f"Letter {letter_id} is {state}")
    assert row_of(program, letter_id)["state"] == state
    assert history_of(program) == []


@SQLITE
def test_a_text_that_was_pruned_cannot_be_sent_again(program: Program, run: Run) -> None:
    letter_id = plan_letter(program)
    end(program, letter_id, "sent")
    with writing(program.engine) as connection:
        connection.execute(update(tables.letter).values(body=None))
    for act in ("show", "send"):
        ran = run("letter", act, str(letter_id), by="root-admin")
        assert (ran.code, ran.err) == (
            1, f"The text of letter {letter_id} is kept no longer (digest.keep_letters_days).\n"
        )  # fmt: skip


@SQLITE
@pytest.mark.parametrize("args", [("list",), ("show", "1"), ("send", "1"), ("settle", "1", "--reason", "r")])
def test_only_an_administrator_may(program: Program, run: Run, args: tuple[str, ...]) -> None:
    plan_letter(program)
    ran = run("letter", *args, by="ada")
    assert (ran.code, ran.err) == (1, "Only an administrator may do this; 'ada' is none.\n")


@SQLITE
def test_a_number_that_no_letter_has_is_refused(program: Program, run: Run) -> None:
    assert run("letter", "show", "77", by="root-admin").err.splitlines()[0] == "There is no letter 77."


@SQLITE
def test_the_worklist_tells_an_administrator_that_something_is_wrong(program: Program, run: Run) -> None:
    assert run("worklist", by="ada").err == ""
    ran = run("worklist", "--format", "json", by="root-admin")
    assert json.loads(ran.out) == []
    assert ran.err.startswith("No process runs the jobs, so that no digest is planned or sent.")
