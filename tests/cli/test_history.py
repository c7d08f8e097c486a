"""`monitor history`, and what `monitor verify` says about the chain."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, insert, text

from db import tables
from db.engine import open_engine, writing
from db.sealing import Seal
from monitor.bootstrap import Program
from monitor.config import Config, ConfigRefused, load_config
from monitor.config.settings import History
from tests.conftest import Ran, run_command

Run = Callable[..., Ran]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
KEY, OTHER = "k" * 40, "o" * 40


def enter_by_hand(engine: Engine) -> None:
    with writing(engine) as connection:
        row = {"at": text("'2026-11-02 08:00:00'"), "person_id": 1, "act": "waive", "subject": "liver/4"}
        connection.execute(insert(tables.history).values(row))


def test_the_head_is_what_a_digest_prints_and_verify_compares_with_it(run: Run) -> None:
    assert run("history", "head", by="ada").out == "0:\n"
    assert run("verify", "--head", "0:", by="ada").code == 0
    run("person", "add", "eva", "--name", "Eva Example", "--role", "viewer", "--clinic", "north", by="root-admin")
    head = run("history", "head", by="ada").out.strip()
    position, _, mac = head.partition(":")
    assert (position.isdigit(), len(mac)) == (True, 16)
    assert run("verify", "--head", head, by="ada").code == 0
    cut = run("verify", "--head", f"{int(position) + 3}:{mac}", by="ada")
    assert (cut.code, "whoever kept that digest saw" in cut.out, "cut off" in cut.out) == (1, True, True)
    other = run("verify", "--head", f"{position}:{'0' * 16}", by="ada")
    assert other.code == 1
    refused = run("verify", "--head", "x", by="ada")
    assert (refused.code, "no head of a chain" in refused.err) == (1, True)


def test_the_list_tells_who_did_what_and_no_reason(run: Run) -> None:
    run("patient", "add", "N-1", "--clinic", "north", "--protocol", "alemtuzumab-eu", "--infusion", "2026-01-12",
        "--name", "Xaver Invented", by="ada")  # fmt: skip
    run("note", "N-1", "--kind", "reached", "--text", "secret note", by="bea")
    ran = run("history", "list", by="root-admin", width=160)
    assert (ran.code, "N-1" in ran.out, "enrol" in ran.out) == (0, True, True)
    assert "secret note" not in ran.out
    assert "Xaver" not in ran.out
    only = json.loads(run("history", "list", "--person", "ada", "--format", "json", by="root-admin").out)
    assert {one["person"] for one in only} == {"ada"}
    assert run("history", "list", "--act", "nothing", by="root-admin").out == "Nothing was done.\n"
    refused = run("history", "list", by="ada")
    assert (refused.code, "Only an administrator" in refused.err) == (1, True)


def test_lines_without_a_link_are_named_and_chained_by_an_act(run: Run, engine: Engine) -> None:
    nothing = run("history", "seal", "--reason", "upgrade", by="root-admin")
    assert nothing.out == "Every line of the history has its link; nothing was done.\n"
    enter_by_hand(engine)
    found = run("verify", by="ada")
    assert (found.code, "it has no link: an older version wrote it, or somebody by hand" in found.out) == (1, True)
    assert run("history", "seal", "--reason", "upgrade", by="ada").code == 1
    sealed = run("history", "seal", "--reason", "an older replica wrote it", by="root-admin")
    assert "Chained 1 line of the history" in sealed.out
    assert run("verify", by="ada").code == 0
    (deed,) = json.loads(run("history", "list", "--act", "seal", "--format", "json", by="root-admin").out)
    assert deed["subject"] == "1 lines without a link"


@pytest.fixture
def with_key(program: Program, database_url: str, request: pytest.FixtureRequest) -> Callable[..., Program]:
    def opened(key: str, *old: str) -> Program:
        engine = open_engine(database_url, seal=Seal(key.encode()))
        request.addfinalizer(engine.dispose)
        return replace(program, engine=engine, config=Config(history=History(key=key, old_keys=old)))

    return opened


@SQLITE
def test_a_lost_key_is_said_and_can_be_allowed(
    with_key: Callable[..., Program], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    def verify(program: Program, *options: str) -> Ran:
        return run_command(("verify", *options), capsys, monkeypatch, program=program, by="root-admin")

    def add(program: Program, login: str) -> Ran:
        args = ("person", "add", login, "--name", "X", "--role", "viewer", "--clinic", "north")
        return run_command(args, capsys, monkeypatch, program=program, by="root-admin")

    assert "No key is set" in verify(with_key("")).err
    add(with_key(""), "unkeyed")
    new = verify(with_key(KEY))
    assert (new.code, "none with the one that is set" in new.out) == (1, True)
    add(with_key(KEY), "keyed")
    assert verify(with_key(KEY)).code == 0
    lost = verify(with_key(OTHER))
    assert (lost.code, "made with a key that is not known here" in lost.out) == (1, True)
    assert verify(with_key(OTHER), "--allow-unknown-keys").code == 0
    assert verify(with_key(OTHER, KEY)).code == 0
    forgotten = add(with_key(""), "forgotten")
    assert (forgotten.code, "here none is set" in forgotten.err) == (1, True)
    doctor = run_command(("doctor",), capsys, monkeypatch, program=with_key(""), by="root-admin")
    assert "this process can enter nothing" in doctor.out.replace("\n ", "")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ConfigRefused) as refused:
        load_config(None, {"MONITOR_HISTORY__KEY": "short"})
    (problem,) = refused.value.problems
    assert "at least 32 characters" in str(problem)
    assert "short" not in str(problem)
