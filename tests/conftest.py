"""What tests share: both databases, a clock that stands still, an invented clinic, and the command line.

`engine` is a migrated, empty database of each kind in turn; `program` puts the invented people into it. A test
that needs one kind only says `@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)`.

People: Ada and Bea, nurses of `north`; Dora, clinician of `north` and `south`; `root-admin`, administrator of all;
Cy, nurse of `west`, who must see nothing of the others.
"""

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from db import people
from db.engine import open_engine, writing
from db.migrate import upgrade
from db.people import Clinic
from monitor.bootstrap import Program, mailer_of
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.services.approving import Candidate, approve
from monitor.services.desk import Desk
from monitor.services.rulebook import Rulebook
from schedules.parsing import parse_protocol
from tests.postgres import Server, find_programs, running

# Whole follow-ups take milliseconds each, and machines that run tests are busy: no deadline for a property.
# `HYPOTHESIS_PROFILE=thorough` tries far more examples.
settings.register_profile("quick", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

APPROVED = ("alemtuzumab-eu", "alemtuzumab-us")
CLINICS = (
    Clinic("north", "North Clinic (invented)", "Europe/Berlin", "DE"),
    Clinic("south", "South Clinic (invented)", "Europe/Berlin", "DE"),
    Clinic("west", "West Clinic (invented)", "Europe/London", "GB"),
)
PEOPLE = (
    ("ada", "Ada Example", "nurse", ["north"]),
    ("bea", "Bea Example", "nurse", ["north"]),
    ("dora", "Dr. Dora Example", "clinician", ["north", "south"]),
    ("root-admin", "Root Example", "admin", ["north", "south", "west"]),
    ("cy", "Cy Example", "nurse", ["west"]),
)


# --- Databases --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL. Where it is not installed its tests are left out, but never in continuous integration."""
    programs = find_programs()
    if programs is None:
        reason = "the server programs of PostgreSQL are not installed (Debian: apt install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running(programs) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(server: Server) -> str:
    """The PostgreSQL database of which each test gets a copy, ten times as fast as migrating."""
    name = server.create()
    engine = open_engine(server.url(name))
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file of which each test gets a copy."""
    file = tmp_path_factory.mktemp("migrated") / "record.sqlite3"
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on; each test on both unless it says otherwise."""
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which there is nothing yet."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server: Server = request.getfixturevalue("server")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database."""
    if kind == "sqlite":
        file = tmp_path / "record.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    server: Server = request.getfixturevalue("server")
    name = server.create(request.getfixturevalue("migrated_database"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated, empty database, new for each test."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def empty_engine(empty_url: str) -> Iterator[Engine]:
    """A database that nobody has set up."""
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


# --- The invented clinic ----------------------------------------------------------------------------


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2 November 2026, 9 o'clock in Berlin."""
    return FixedClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def candidates() -> tuple[Candidate, ...]:
    """The protocols that the invented clinics use, read once."""
    return tuple(_read_candidate(name) for name in APPROVED)


@pytest.fixture(scope="session")
def shared_rulebook() -> Rulebook:
    """A version never changes, so all tests may read each one once; without settings of a clinic's own."""
    return Rulebook()


@pytest.fixture
def program(
    engine: Engine, clock: FixedClock, candidates: tuple[Candidate, ...], shared_rulebook: Rulebook, tmp_path: Path
) -> Program:
    """The program with three clinics, five people and two protocols (their approval is invented).

    What it mails becomes files in the test's own folder.
    """
    config = Config.model_validate({"mail": {"folder": tmp_path / "outbox"}})
    program = Program(config, engine, clock, shared_rulebook, mailer_of(config))
    with writing(engine) as connection:
        for clinic in CLINICS:
            people.add_clinic(connection, clinic)
        for login, name, role, clinic_ids in PEOPLE:
            people.add_person(connection, login=login, name=name, role=role, clinic_ids=clinic_ids)
    with program.writing("root-admin") as desk:
        for candidate in candidates:
            approve(desk, candidate, approved_by="Dr. Invented Example", is_invented=True)
    return program


DeskOf = Callable[[str], AbstractContextManager[Desk]]


@pytest.fixture
def desk_of(program: Program) -> DeskOf:
    """`with desk_of("ada") as desk:` a desk at which Ada acts; the end of the block commits."""
    return program.writing


@pytest.fixture
def look_as(program: Program) -> DeskOf:
    """`with look_as("ada") as desk:` a desk at which Ada only looks."""
    return program.reading


def _read_candidate(name: str) -> Candidate:
    file = Path(__file__).parents[1] / "schedules" / "protocols" / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    parsed = parse_protocol(text, file=file.name)
    assert parsed.protocol is not None, parsed.problems
    return Candidate(text, parsed.protocol)


# --- The command line -------------------------------------------------------------------------------


@pytest.fixture
def config_file(database_url: str, tmp_path: Path) -> Path:
    """A configuration that names the test's database."""
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump({"db": {"url": database_url}}), encoding="utf-8")
    return file


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """`run("worklist", "--format", "json", by="ada")`: a command in the invented clinic, at the fixed time."""
    return lambda *args, **options: run_command(args, capsys, monkeypatch, program=program, **options)


def run_command(
    args: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    program: Program | None = None,
    by: str | None = None,
    answers: str = "",
    width: int = 100,
) -> Ran:
    """Run a command as the shell would; `answers` are what a person types. Without `program` it opens its own."""
    from monitor.cli import main

    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.delenv("MONITOR_BY", raising=False)
    capsys.readouterr()
    code = 0
    with closing(io.StringIO(answers)) as typed, monkeypatch.context() as patched:
        patched.setattr(sys, "stdin", typed)
        try:
            main([*(["--by", by] if by else []), *args], obj={"program": program} if program else {})
        except SystemExit as stop:
            code = int(stop.code or 0)
    said = capsys.readouterr()
    return Ran(code, said.out, said.err)
