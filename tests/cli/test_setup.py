"""`init`, `person`, `clinic` and `protocol approve`: from nothing to a clinic that may begin."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from db import history, people, tables
from db.engine import reading, writing
from db.migrate import HEAD
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from tests.conftest import Ran, run_command

Run = Callable[..., Ran]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def bare(
    empty_engine: Engine, clock: FixedClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """The command line before anything was set up."""
    program = Program(Config(), empty_engine, clock)
    return lambda *args, **options: run_command(args, capsys, monkeypatch, program=program, **options)


INIT = ("init", "--login", "root-admin", "--name", "Root Example", "--clinic", "north")


def test_init_makes_the_database_an_administrator_and_a_clinic(bare: Run) -> None:
    ran = bare(*INIT, "--clinic-name", "North Clinic")
    assert ran.code == 0
    assert f"(revision {HEAD})" in ran.out
    assert "Added the administrator root-admin." in ran.out
    assert "Added clinic north: Europe/Berlin, public holidays of DE." in ran.out
    assert "monitor --by root-admin protocol approve alemtuzumab-eu --by" in ran.out
    assert "root-admin   Root Example   admin   north" in bare("person", "list").out
    assert "North Clinic" in bare("clinic", "list").out


def test_init_again_changes_nothing(bare: Run, empty_engine: Engine) -> None:
    bare(*INIT)
    for again in (INIT, ("init",)):
        ran = bare(*again)
        assert (ran.code, ran.err) == (0, "")
        assert "up to date" in ran.out
        assert "Administrators: root-admin." in ran.out
    with reading(empty_engine) as connection:
        assert [one.login for one in people.list_people(connection)] == ["root-admin"]
        assert connection.execute(tables.history.select()).all()[0].act == "init"


def test_init_refuses_a_second_first_administrator(bare: Run) -> None:
    bare(*INIT)
    ran = bare("init", "--login", "eve", "--name", "Eve Example")
    assert ran.code == 1
    assert "There is an administrator already: root-admin. 'eve' was not added." in ran.err
    assert "monitor --by root-admin person add" in ran.err


@SQLITE
def test_init_asks_for_what_was_not_said(bare: Run) -> None:
    ran = bare("init", answers="root-admin\nRoot Example\n")
    assert ran.code == 0
    assert "Login of the first administrator" in ran.err
    assert "clinic add north" in ran.out


@SQLITE
def test_init_without_an_answer_says_how_to_go_on(bare: Run) -> None:
    ran = bare("init")
    assert ran.code == 1
    assert "nobody may use it yet" in ran.err
    assert bare(*INIT).code == 0


@SQLITE
def test_init_refuses_a_database_of_a_newer_program(bare: Run, empty_engine: Engine) -> None:
    bare(*INIT)
    with writing(empty_engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ran = bare("init")
    assert ran.code == 1
    assert "newer version of this program" in ran.err


@SQLITE
def test_the_history_tells_who_let_whom_in(run: Run, engine: Engine) -> None:
    ran = run("person", "add", "eli", "--name", "Eli  Example", "--role", "nurse", "--clinic", "west", by="root-admin")
    said, link = ran.out.splitlines()
    assert said == "Added eli (nurse), who sees: west."
    assert link.startswith("  http://127.0.0.1:8000/invitation/")
    with reading(engine) as connection:
        deed = connection.execute(tables.history.select().where(tables.history.c.act == "person add")).one()
        eli = people.find_person(connection, "eli")
    assert deed.subject == "eli: nurse in west"
    assert eli is not None
    assert (eli.name, eli.clinic_ids) == ("Eli Example", frozenset({"west"}))


@SQLITE
@pytest.mark.parametrize("by", ["ada", "dora", "cy"])
@pytest.mark.parametrize(
    "command",
    [
        ("person", "add", "eli", "--name", "Eli", "--role", "nurse", "--clinic", "north"),
        ("person", "list"),
        ("clinic", "add", "east", "--name", "East"),
        ("protocol", "approve", "alemtuzumab-eu", "--by", "Dr. Eve Example"),
        ("backup",),
    ],
)
def test_only_an_administrator_may(run: Run, by: str, command: tuple[str, ...]) -> None:
    ran = run(*command, by=by)
    assert ran.code == 1
    assert ran.out == ""
    assert "Only an administrator" in ran.err


@SQLITE
def test_each_sees_her_own_clinics(run: Run) -> None:
    assert "North" in run("clinic", "list", by="ada").out
    cy = run("clinic", "list", by="cy").out
    assert "West" in cy
    assert "North" not in cy


@SQLITE
@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("clinic", "add", "east", "--name", "E", "--time-zone", "Europe/Berln"), "Did you mean 'Europe/Berlin'?"),
        (("clinic", "add", "east", "--name", "E", "--country", "Dee"), "public holidays of 'Dee' are not known"),
        (("clinic", "add", "east", "--name", "E", "--country", "GB", "--subdivision", "SCO"), "Did you mean 'SCT'?"),
        (("clinic", "add", "east", "--name", "E", "--country", "de"), "Did you mean 'DE'?"),
        (("clinic", "add", "East Side", "--name", "E"), "cannot be the id of a clinic"),
        (("clinic", "add", "north", "--name", "E"), "is in the record already"),
        (("person", "add", "eli", "--name", "E", "--role", "nurse", "--clinic", "nort"), "Did you mean 'north'?"),
        (("person", "add", "eli", "--name", "E", "--role", "nurse"), "would see nothing"),
        (("person", "add", "ADA", "--name", "E", "--role", "nurse", "--clinic", "north"), "'ada' is taken"),
        (("person", "add", "eli a", "--name", "E", "--role", "nurse", "--clinic", "north"), "cannot be used"),
        (("person", "add", "eli", "--name", " ", "--role", "nurse", "--clinic", "north"), "needs a name"),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(run: Run, command: tuple[str, ...], sentence: str) -> None:
    ran = run(*command, by="root-admin")
    assert ran.code == 1
    assert ran.out == ""
    assert sentence in ran.err


@SQLITE
def test_a_new_clinic_is_seen_by_the_administrators(run: Run) -> None:
    ran = run("clinic", "add", "east", "--name", "East Clinic", "--country", "AT", by="root-admin")
    assert "Added clinic east: Europe/Berlin, public holidays of AT." in ran.out
    assert "East Clinic" in run("clinic", "list", by="root-admin").out
    assert "East Clinic" not in run("clinic", "list", by="ada").out


@SQLITE
def test_an_approval_shows_what_is_unverified_and_what_it_means(
    run: Run, program: Program, clock: FixedClock, engine: Engine
) -> None:
    clock.advance(timedelta(days=1))
    ran = run("protocol", "approve", "alemtuzumab-eu", "--by", "Dr. Dora Example", "--invented", by="root-admin")
    assert ran.code == 0
    assert "platelets-day-3" in ran.out
    assert "needs-check" in ran.out
    assert "Approving means: Dr. Dora Example has read this version" in ran.err
    assert "by Dr. Dora Example (an invented approval); entered by root-admin." in ran.out
    with reading(engine) as connection:
        row = connection.execute(tables.approval.select().order_by(tables.approval.c.id.desc())).first()
    assert row is not None
    assert (row.approved_by, row.is_invented) == ("Dr. Dora Example", True)
    assert "hpv" in row.unverified


@SQLITE
def test_a_draft_is_not_approved(run: Run) -> None:
    ran = run("protocol", "approve", "cladribine", "--by", "Dr. Dora Example", by="root-admin")
    assert ran.code == 1
    assert ran.out == ""
    assert "a draft cannot be approved" in ran.err


@SQLITE
def test_the_history_of_an_empty_record_is_empty(engine: Engine) -> None:
    with reading(engine) as connection:
        assert history.list_deeds(connection, 1) == []
