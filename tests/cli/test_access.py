"""Letting people in and out from the shell: links, no default password, and who is signed in."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from sqlalchemy import Engine

from db import people
from db.credentials import find_credential, list_holders
from db.engine import open_engine, reading, writing
from db.identities import list_identities
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.services.inviting import accept
from monitor.services.passwords import is_right
from monitor.services.sessions import begin_session
from schedules.errors import NotFound
from tests.conftest import Ran, run_command

Run = Callable[..., Ran]
GOOD = "vier gelbe Tassen im Regen"
INIT = ("init", "--login", "root-admin", "--name", "Root Example", "--clinic", "north")
LINK = re.compile(r"http://127\.0\.0\.1:8000/invitation/([\w-]{43})")
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def bare(
    empty_engine: Engine, clock: FixedClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """The command line before anything was set up."""
    program = Program(Config(), empty_engine, clock)
    return lambda *args, **options: run_command(args, capsys, monkeypatch, program=program, **options)


def token_in(ran: Ran) -> str:
    (token,) = LINK.findall(ran.out)
    return str(token)


def test_the_first_administrator_gets_a_link_and_no_password(
    bare: Run, empty_engine: Engine, clock: FixedClock
) -> None:
    ran = bare(*INIT)
    assert ran.code == 0
    assert "once, until 2026-11-05 08:00 UTC" in ran.err
    with reading(empty_engine) as connection:
        assert list_holders(connection) == set()
    with writing(empty_engine) as connection:
        assert accept(connection, token_in(ran), GOOD, clock.now()).login == "root-admin"
    assert LINK.search(bare(*INIT).out) is None, "a second run makes none"


def at_a_terminal(config_file: Path, *answers: str) -> tuple[int, str]:
    """`monitor init --password` as a person runs it, on a terminal of its own: the code, and what is seen."""
    ours, theirs = os.openpty()
    arguments = [sys.executable, "-m", "monitor", "--config", str(config_file), *INIT, "--password"]
    with subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, cwd=Path(__file__).parents[2]
    ) as process:
        os.close(theirs)
        seen, waiting = "", list(answers)
        while piece := read_some(ours):
            seen += piece
            if waiting and re.search(r"(Password of root-admin|Again): $", seen):
                os.write(ours, f"{waiting.pop(0)}\n".encode())
                seen += " "
        os.close(ours)
        return process.wait(30), seen


def read_some(terminal: int) -> str:
    try:
        return os.read(terminal, 4096).decode()
    except OSError:  # how Linux says that nobody is at the other end any more
        return ""


@SQLITE
def test_a_password_is_asked_for_twice_not_shown_and_again_when_it_is_weak(empty_url: str, tmp_path: Path) -> None:
    config_file = tmp_path / "config.yaml"
    config_file.write_text(yaml.safe_dump({"db": {"url": empty_url}}), encoding="utf-8")
    code, seen = at_a_terminal(config_file, "root-admin-1", "root-admin-1", GOOD, GOOD)
    assert code == 0, seen
    assert "among the first that a stranger would try" in seen
    assert GOOD not in seen
    assert LINK.search(seen) is None
    engine = open_engine(empty_url)
    with reading(engine) as connection:
        root = people.find_person(connection, "root-admin")
        assert root is not None
        found = find_credential(connection, root.id)
    engine.dispose()
    assert found is not None
    assert is_right(found.password_hash, GOOD)


@SQLITE
def test_without_an_answer_nobody_is_added(empty_url: str, tmp_path: Path) -> None:
    config_file = tmp_path / "config.yaml"
    config_file.write_text(yaml.safe_dump({"db": {"url": empty_url}}), encoding="utf-8")
    code, seen = at_a_terminal(config_file, "\x04")
    assert (code, "nobody was added" in seen) == (1, True), seen
    engine = open_engine(empty_url)
    with reading(engine) as connection:
        assert people.list_people(connection) == []
    engine.dispose()


def test_whoever_is_invited_anew_has_one_link_that_counts(run: Run, engine: Engine, clock: FixedClock) -> None:
    first, second = (token_in(run("person", "invite", "ada", by="root-admin")) for _ in range(2))
    with writing(engine) as connection, pytest.raises(NotFound):
        accept(connection, first, GOOD, clock.now())
    with writing(engine) as connection:
        accept(connection, second, GOOD, clock.now())
    with writing(engine) as connection, pytest.raises(NotFound):
        accept(connection, second, GOOD, clock.now())


def test_somebody_leaves_and_comes_back(run: Run) -> None:
    ran = run("person", "disable", "ada", "--reason", "moved away", by="root-admin")
    assert (ran.code, ran.out) == (0, "ada may not use the program any more.\n")
    assert "may not any more" in run("person", "list", by="root-admin").out
    listed = json.loads(run("person", "list", "--format", "json", by="root-admin").out)
    assert [one["login"] for one in listed if one["disabled"]] == ["ada"]
    refused = run("worklist", by="ada")
    assert (refused.code, "may not use the program any more" in refused.err) == (1, True)
    assert run("person", "invite", "ada", by="root-admin").code == 1
    assert run("person", "disable", "ada", by="root-admin").code == 1
    assert run("person", "enable", "ada", by="root-admin").code == 0
    assert run("worklist", by="ada").code == 0


@SQLITE
def test_a_role_and_clinics_change(run: Run) -> None:
    ran = run("person", "change", "ada", "--role", "clinician", by="root-admin")
    assert ran.out == "Changed ada: clinician, who sees: north.\n"
    ran = run("person", "change", "ada", "--clinic", "south", "--clinic", "west", by="root-admin")
    assert ran.out == "Changed ada: clinician, who sees: south, west.\n"
    assert run("person", "change", "ada", "--clinic", "wset", by="root-admin").code == 1
    for command in (("change", "root-admin", "--role", "nurse"), ("disable", "root-admin")):
        ran = run("person", *command, by="root-admin")
        assert (ran.code, "last administrator" in ran.err) == (1, True)


@SQLITE
@pytest.mark.parametrize(
    "command",
    [
        ("person", "invite", "cy"),
        ("person", "change", "cy", "--role", "admin"),
        ("person", "disable", "cy"),
        ("person", "enable", "cy"),
        ("person", "link", "cy", "u-1"),
        ("person", "unlink", "cy", "u-1"),
        ("session", "list"),
        ("session", "end", "cy"),
    ],
)
def test_only_an_administrator_may(run: Run, command: tuple[str, ...]) -> None:
    ran = run(*command, by="dora")
    assert (ran.code, ran.out) == (1, "")
    assert "Only an administrator" in ran.err


def test_sessions_are_listed_and_ended(run: Run, program: Program, clock: FixedClock) -> None:
    with writing(program.engine) as connection:
        for login in ("ada", "ada", "cy"):
            person = people.find_person(connection, login)
            assert person is not None
            begin_session(connection, person, at=clock.now(), device="Firefox, Linux")
    found = json.loads(run("session", "list", "--format", "json", by="root-admin").out)
    assert sorted(one["login"] for one in found) == ["ada", "ada", "cy"]
    one = next(each["id"] for each in found if each["login"] == "ada")
    assert run("session", "end", "ada", "--session", str(one), by="root-admin").out == "Ended 1 session of ada.\n"
    assert run("session", "end", "ada", "--session", str(one), by="root-admin").code == 1
    assert run("session", "end", "ada", by="root-admin").out == "Ended 1 session of ada.\n"
    assert "Firefox, Linux" in run("session", "list", "cy", by="root-admin").out
    assert run("session", "list", "ada", by="root-admin").out == "Nobody is signed in.\n"


@SQLITE
def test_an_id_of_the_sign_in_service_is_linked(
    program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    assert run("person", "link", "ada", "u-1", by="root-admin").code == 1, "no service is set"
    config = Config.model_validate({"sign_in": {"oidc": {"issuer": "https://login.hospital.example"}}})
    with_service = replace(program, config=config)

    def call(*args: str) -> Ran:
        return run_command(args, capsys, monkeypatch, program=with_service, by="root-admin")

    assert call("person", "link", "ada", "u-1").out == "Linked ada.\n"
    assert call("person", "link", "bea", "u-1").code == 1
    with reading(program.engine) as connection:
        assert [(one.issuer, one.subject) for one in list_identities(connection)] == [
            ("https://login.hospital.example", "u-1")
        ]
    assert call("person", "unlink", "ada", "u-1").out == "Unlinked ada.\n"
    assert call("person", "unlink", "ada", "u-1").code == 1


@SQLITE
def test_a_link_begins_with_the_public_address(
    program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config.model_validate({"web": {"public_url": "https://ward.example"}})
    ran = run_command(
        ("person", "invite", "ada"), capsys, monkeypatch, program=replace(program, config=config), by="root-admin"
    )
    assert urlsplit(ran.out.strip()).netloc == "ward.example"
