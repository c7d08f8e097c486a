"""A database that goes away while a command runs is told in one clear sentence, and nothing half-done stays."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from db import tables
from db.engine import reading
from monitor.bootstrap import Program
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion
from tests.conftest import run_command
from tests.postgres import Server

POSTGRES = pytest.mark.parametrize("kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
DONE = ("check", "done", "N-1", "blood-count", "--on", "2026-10-16")


@pytest.fixture
def patient(program: Program) -> None:
    days = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
    with program.writing("ada") as desk:
        enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=days, followed_here_from=date(2026, 9, 1)))


def lose_at(engine: Engine, server: Server, beginning: str) -> None:
    """Ends all connections, once, just before a statement that begins so."""
    database = str(engine.url.database)
    ended: list[int] = []

    def end(connection, cursor, statement, parameters, context, executemany) -> None:
        if statement.startswith(beginning) and not ended:
            ended.append(server.end_connections(database))

    event.listen(engine, "before_cursor_execute", end)


def samples(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(tables.sample.c.id)).all())


@POSTGRES
@pytest.mark.parametrize("beginning", ["SELECT", "INSERT INTO sample", "INSERT INTO history", "UPDATE treatment"])
def test_an_act_that_was_broken_off_is_not_there_and_can_be_done_again(
    engine: Engine, server: Server, patient: None, run, beginning: str
) -> None:
    lose_at(engine, server, beginning)
    broken = run(*DONE, by="ada")
    assert (broken.code, broken.out) == (1, "")
    assert broken.err.splitlines() == [
        "The connection to the database was lost.",
        "Whatever was not saved by then is not there at all. "
        "Look (`monitor patient show REF`) before you enter it again.",
    ]
    assert samples(engine) == 0
    assert run(*DONE, by="ada").code == 0
    assert samples(engine) == 1


@POSTGRES
def test_a_server_that_is_not_there_is_told_with_its_reason(
    engine: Engine, config_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text("db: {url: 'postgresql+psycopg://ada:geheim@127.0.0.1:9/record'}", encoding="utf-8")
    for command in (["worklist"], ["verify"], ["init"], ["backup"], ["serve", "--port", "0"]):
        ran = run_command(("--config", str(config_file), *command), capsys, monkeypatch, by="ada")
        assert ran.code == 1, command
        assert ran.err.splitlines()[0] == "The database does not answer: Connection refused.", command
        assert "geheim" not in ran.out + ran.err


def test_a_bug_keeps_its_trace(program: Program, run) -> None:
    def spoil(*args: object) -> None:
        raise ZeroDivisionError

    event.listen(program.engine, "begin", spoil)
    with pytest.raises(ZeroDivisionError):
        run("worklist", by="ada")
