"""`recipient`, `cover` and `escalation` as people type them: the whole story from an address to a mark."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.jobs.escalating import plan_escalations
from tests.conftest import Ran
from tests.escalated import AT_ONCE, CLINICIAN, NURSE, approve_steps, follow
from tests.recipients import add_confirmed, latest_code, mails, text_of

Run = Callable[..., Ran]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
ADD_ADA = ("recipient", "add", "ada", "--address", "ada@hospital.example", "--home", "north")


def test_from_an_address_to_a_confirmed_recipient_and_out_again(run: Run, program: Program) -> None:
    added = run(*ADD_ADA, "--weekly", "--lang", "de", by="root-admin")
    assert (added.code, added.out) == (0, "Added ada: north; home north.\n")
    assert "monitor recipient confirm ada CODE" in added.err
    assert "ada@hospital.example" not in added.out + added.err
    assert "NOT YET" in run("recipient", "list", by="ada").out
    wrong = run("recipient", "confirm", "ada", "AAAA-AAAA-AAAA", by="ada")
    assert (wrong.code, wrong.err.splitlines()[0]) == (1, "This is not the code that was sent for 'ada'.")
    right = run("recipient", "confirm", "ada", latest_code(program.engine), by="ada")
    assert (right.code, right.out) == (0, "Confirmed: ada gets the digest from now on.\n")
    [listed] = json.loads(run("recipient", "list", "--format", "json", by="bea").out)
    assert listed == {
        "login": "ada", "address": "ada@hospital.example", "home": "north", "clinics": ["north"], "language": "de",
        "weekly": True, "attach_worklist": False, "physician": False, "confirmed": True,
        "confirmed_at": "2026-11-02 08:00:00+00:00", "last_sent_at": None,
    }  # fmt: skip
    stays = run("recipient", "leave", "ada", "--reason", "moves", by="root-admin")
    assert stays.code == 1
    assert "last confirmed recipient of north" in stays.err
    add_confirmed(program, "bea")
    assert run("recipient", "leave", "ada", "--reason", "moves", by="ada").out == "ada gets no digest any more.\n"
    assert json.loads(run("recipient", "list", "--format", "json", by="cy").out) == []


@SQLITE
@pytest.mark.parametrize("how", [(), ("--raw",)])
def test_the_code_of_a_confirmation_is_shown_by_no_command(run: Run, program: Program, how: tuple[str, ...]) -> None:
    run(*ADD_ADA, by="root-admin")
    code = latest_code(program.engine)
    shown = run("letter", "show", "1", *how, by="root-admin")
    assert (shown.code, shown.err.splitlines()[0]) == (1, "The text of letter 1 is for ada alone.")
    listed = [run("letter", "list", *table, by="root-admin") for table in ((), ("--format", "json"))]
    history = run("history", "list", by="root-admin")
    assert all(one.code == 0 for one in (*listed, history))
    assert all(code not in one.out + one.err for one in (shown, *listed, history))


@SQLITE
def test_ten_wrong_codes_are_remembered_although_each_was_refused(run: Run, program: Program) -> None:
    run(*ADD_ADA, by="root-admin")
    for _ in range(10):
        assert run("recipient", "confirm", "ada", "AAAA-AAAA-AAAA", by="ada").code == 1
    ran = run("recipient", "confirm", "ada", latest_code(program.engine), by="ada")
    assert (ran.code, "10 wrong codes" in ran.err) == (1, True)
    assert run("recipient", "resend-code", "ada", by="ada").code == 0
    assert run("recipient", "confirm", "ada", latest_code(program.engine), by="ada").code == 0


@SQLITE
def test_a_change_says_what_holds_now_and_asks_again_only_for_another_address(run: Run, program: Program) -> None:
    run(*ADD_ADA, by="root-admin")
    ran = run("recipient", "change", "ada", "--attach-worklist", by="root-admin")
    assert (ran.out, ran.err) == ("Changed ada: north, home north, en, worklist attached.\n", "")
    assert len(mails(program.engine)) == 1
    ran = run("recipient", "change", "ada", "--no-attach-worklist", "--address", "a@b.example", by="root-admin")
    assert "monitor recipient confirm ada" in ran.err
    assert len(mails(program.engine)) == 2
    assert run("recipient", "change", "ada", "--weekly", by="ada").code == 1


@SQLITE
def test_a_cover_from_its_entry_to_its_end(run: Run, program: Program) -> None:
    for login in ("ada", "bea"):
        add_confirmed(program, login)
    days = ("--from", "2026-11-09", "--until", "2026-11-20")
    alone = run("cover", "add", "bea", "--from", "2026-11-20", "--until", "2026-11-20", by="bea")
    assert "NOBODY stands in" in alone.out
    refused = run("cover", "add", "ada", *days, "--deputy", "bea", by="ada")
    assert (refused.code, "'bea' is away on 2026-11-20, too." in refused.err) == (1, True)
    assert run("cover", "undo", "1", "--reason", "stays", by="bea").out.startswith("Taken back: bea is not away")
    assert "digest comes with that of bea" in run("cover", "add", "ada", *days, "--deputy", "bea", by="ada").out
    [listed] = json.loads(run("cover", "list", "--format", "json", by="bea").out)
    assert listed == {"id": 3, "login": "ada", "from": "2026-11-09", "until": "2026-11-20", "deputy": "bea"}
    late = run("cover", "add", "bea", "--from", "2026-11-12", "--until", "2026-11-12", by="bea")
    assert "Name another deputy for ada." in late.err
    assert run("cover", "list", by="cy").out == "Nobody is noted as away.\n"


def test_an_escalation_from_its_letter_to_a_mark_that_everybody_sees(
    run: Run, program: Program, clock: FixedClock
) -> None:
    approve_steps(program, NURSE, {**CLINICIAN, **AT_ONCE})
    for login in ("ada", "dora"):
        add_confirmed(program, login)
    follow(program, "N-1")
    clock.advance(timedelta(days=16))
    plan_escalations(program, "replica-1")
    [mail] = mails(program.engine, "escalation")
    assert mail["To"] == "dora@hospital.example"
    table = run("escalation", "list", by="ada").out
    assert "NOBODY" in table
    refused = run("escalation", "seen", "N-1", "blood-count", by="ada")
    assert (refused.code, "--role nurse" in refused.err) == (1, True)
    nurse = run("escalation", "seen", "N-1", "blood-count", "--role", "nurse", by="ada")
    assert "Marked: a nurse knows of blood-count of N-1, 14 days overdue." in nurse.out
    assert nurse.err == "Still asked: clinician.\n"
    assert run("escalation", "seen", "N-1", "blood-count", by="dora").err == ""
    [listed] = json.loads(run("escalation", "list", "--format", "json", by="bea").out)
    assert (listed["patient"], listed["family"], listed["rule"], listed["number"], listed["days_overdue"]) == (
        "N-1", "blood-count", "blood-count", 1, 14,
    )  # fmt: skip
    assert listed["steps"] == [
        {"role": "nurse", "since": "2026-11-11", "at_once": False, "unseen": False},
        {"role": "clinician", "since": "2026-11-18", "at_once": True, "unseen": False},
    ]
    assert [one["by"] for one in listed["seen"]] == ["Ada Example", "Dr. Dora Example"]
    assert "Nothing is escalated that nobody knows of." in run("escalation", "list", "--unseen", by="bea").out
    assert "Dr. Dora Example" in run("patient", "show", "N-1", by="ada").out
    worklist = run("worklist", by="ada").out
    assert "clinician knows: Dr. Dora Example" in " ".join(worklist.split())
    assert "overdue" in worklist
    [row] = [one for one in json.loads(run("worklist", "--format", "json", by="ada").out) if one["state"] == "overdue"]
    assert (row["escalation_since"], row["escalation_seen_by"]) == ("2026-11-18", "Ada Example, Dr. Dora Example")
    undone = run("escalation", "undo", "N-1", "blood-count", "--reason", "the wrong patient", by="dora")
    assert undone.out == "Taken back: that a clinician knows of blood-count/1 of N-1.\n"
    assert "Nothing is escalated." in run("escalation", "list", by="cy").out


@SQLITE
def test_what_one_letter_tells_is_marked_and_recorded_with_the_lines_it_gives(
    run: Run, program: Program, clock: FixedClock
) -> None:
    approve_steps(program, {**NURSE, **AT_ONCE}, {**CLINICIAN, **AT_ONCE}, families=["blood-count", "creatinine"])
    for login in ("ada", "dora"):
        add_confirmed(program, login)
    follow(program, "N-1")
    clock.advance(timedelta(days=16))
    plan_escalations(program, "replica-1")
    [mail] = [one for one in mails(program.engine, "escalation") if one["To"] == "dora@hospital.example"]
    record, seen = [one.split()[1:] for one in text_of(mail).splitlines() if one.startswith("  monitor ")]
    unknown = run("escalation", "seen", "N-1", "creatinine,liver", by="dora")
    assert (unknown.code, "'liver'" in unknown.err) == (1, True)
    assert "NOBODY" in run("escalation", "list", by="ada").out, "all or none"
    nurse = run("escalation", "seen", "N-1", "blood-count,creatinine", "--role", "nurse", by="ada")
    assert nurse.err == "Still asked for blood-count: clinician.\nStill asked for creatinine: clinician.\n"
    marked = run(*seen, by="dora")
    assert (marked.code, marked.err) == (0, "")
    assert marked.out.splitlines() == [
        f"Marked: a clinician knows of {family} of N-1, 14 days overdue." for family in ("blood-count", "creatinine")
    ]
    assert run("escalation", "seen", "N-1", " , ", by="dora").code == 2
    assert run(*[one.replace("DAY", "2026-11-18") for one in record], by="dora").code == 0
    assert "Nothing is escalated." in run("escalation", "list", by="ada").out
    listed = json.loads(run("letter", "list", "--state", "skipped", "--format", "json", by="root-admin").out)
    where = "N-1: creatinine/1 is told in the letter about blood-count/1"
    assert {one["fault"] for one in listed} == {where}
    for act in ("show", "send"):
        assert f"Nothing was ever made of it: {where}." in " ".join(
            run("letter", act, str(listed[0]["id"]), by="root-admin").err.split()
        )
    assert run("doctor", by="root-admin").out.count("letter-dead") == 0
