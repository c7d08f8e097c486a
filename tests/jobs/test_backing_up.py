"""The nightly backup: one a night over all replicas, whole or not there, and never anybody else's file deleted."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, select

from db import job_runs, tables
from db.engine import reading
from monitor.bootstrap import Program, assemble
from monitor.clock import FixedClock
from monitor.config import Config, load_config
from monitor.config.settings import Backups
from monitor.jobs.backing_up import back_up_nightly
from monitor.services.enrolling import Enrolment, enrol
from schedules.errors import NotFound
from schedules.model import Infusion
from tests.conftest import Ran, run_command
from tests.postgres import Server

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "copies"
    made.mkdir()
    return made


@pytest.fixture
def nightly(program: Program, folder: Path) -> Program:
    return replace(program, config=Config(backup=Backups(folder=folder)))


def at(program: Program, moment: datetime) -> Program:
    return replace(program, clock=FixedClock(moment))


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def deeds(engine: Engine) -> list[tuple[str, str | None]]:
    query = select(tables.person.c.login, tables.history.c.subject).join(tables.history)
    with reading(engine) as connection:
        found = connection.execute(query.where(tables.history.c.act == "backup").order_by(tables.history.c.id)).all()
    return [(login, subject) for login, subject in found]


def test_one_copy_a_night_entered_by_the_program(nightly: Program, folder: Path) -> None:
    ending = "sqlite3" if nightly.engine.dialect.name == "sqlite" else "dump"
    back_up_nightly(nightly, "one")
    back_up_nightly(nightly, "two")
    assert names(folder) == [f"record-20261102-080000.{ending}"]
    assert deeds(nightly.engine) == [("(program)", f"record-20261102-080000.{ending}")]
    back_up_nightly(at(nightly, datetime(2026, 11, 3, 0, 59, tzinfo=UTC)), "one")  # 01:59 in Berlin
    assert len(names(folder)) == 1
    back_up_nightly(at(nightly, datetime(2026, 11, 3, 1, 0, tzinfo=UTC)), "two")
    assert len(names(folder)) == 2


def test_no_folder_no_copy(program: Program) -> None:
    back_up_nightly(program, "one")
    with reading(program.engine) as connection:
        assert job_runs.find_latest(connection, "backup") is None


def test_three_replicas_at_once_make_one(nightly: Program, folder: Path) -> None:
    faults: list[Exception] = []

    def work(name: str) -> None:
        try:
            back_up_nightly(nightly, name)
        except Exception as fault:  # noqa: BLE001  # whatever a replica met is what the test is about
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(names(folder)) == len(deeds(nightly.engine)) == 1


def test_what_failed_is_kept_tried_again_and_named_by_the_doctor(
    nightly: Program, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.rmdir()
    with pytest.raises(NotFound, match="does not exist"):
        back_up_nightly(nightly, "one")
    said = run_command(("doctor",), capsys, monkeypatch, program=nightly, by="root-admin").out
    assert "backup-failed" in said
    assert "The backup of 2026-11-02 failed" in said
    folder.mkdir()
    now = nightly.clock.now()
    back_up_nightly(at(nightly, now + timedelta(minutes=5)), "one")
    assert names(folder) == []  # it pauses first
    back_up_nightly(at(nightly, now + HOUR), "two")
    assert len(names(folder)) == 1
    well = run_command(("doctor",), capsys, monkeypatch, program=nightly, by="root-admin").out
    assert "backup-failed" not in well
    assert "backup-none" not in well


def test_the_doctor_misses_a_copy_after_26_hours(
    nightly: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(program: Program) -> str:
        return run_command(("doctor",), capsys, monkeypatch, program=program, by="root-admin").out

    assert "There is no backup in" in look(nightly)
    back_up_nightly(nightly, "one")
    now = nightly.clock.now()
    assert "backup-failed" not in look(at(nightly, now + 26 * HOUR))
    assert "there should be one each night" in look(at(nightly, now + 27 * HOUR))


def test_older_copies_go_and_nobody_elses_file(nightly: Program, folder: Path) -> None:
    theirs = ["letter.txt", "record-20250101-020000.sqlite3.old", "myrecord-20250101-020000.sqlite3", "record.sqlite3"]
    ours = [f"record-{date(2026, 9, 1) + number * DAY:%Y%m%d}-020000.sqlite3" for number in range(60)]
    unfinished = [".record-20261025-020000.sqlite3.77.partial", ".record-20261025-020000.sqlite3.77.partial-journal"]
    fresh = ".record-20261102-070000.sqlite3.78.partial"
    for name in [*theirs, *ours, *unfinished, fresh, "record-20269999-020000.dump"]:
        (folder / name).write_text("invented")
    for name in unfinished:
        os.utime(folder / name, (0, 0))
    now = nightly.clock.now().timestamp()
    os.utime(folder / fresh, (now, now))
    back_up_nightly(nightly, "one")
    left = names(folder)
    assert {*theirs, fresh, "record-20269999-020000.dump"} <= set(left)
    assert not {*unfinished} & set(left)
    kept = [name for name in left if name in ours or name.startswith("record-20261102-080000")]
    assert [name[7:15] for name in kept] == [
        "20260930", "20261018", "20261025", "20261026", "20261027", "20261028", "20261029", "20261030", "20261102",
    ]  # fmt: skip


def test_a_backup_by_hand_goes_into_the_same_folder(
    nightly: Program, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "record-20261102-010000.dump").write_text("invented")
    ran = run_command(("backup",), capsys, monkeypatch, program=nightly, by="root-admin")
    assert f"Backup written to {folder}" in ran.out
    assert "Deleted 1 older: record-20261102-010000.dump." in ran.out
    assert len(names(folder)) == 1


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from db import backup, backup_folder
from db.engine import open_engine
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import Backups
from monitor.jobs import backing_up

url, folder, when, place = sys.argv[1:]

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

module, name = {"copying": (backup, "_flush"), "renamed": (backing_up, "enter_backup"),
                "entered": (backing_up, "rotate_copies")}[place]
setattr(module, name, die)
config = Config(backup=Backups(folder=Path(folder)))
program = Program(config, open_engine(url), FixedClock(datetime.fromisoformat(when)))
backing_up.back_up_nightly(program, "dying")
"""


@pytest.mark.parametrize(("place", "left_there"), [("copying", 0), ("renamed", 1), ("entered", 1)])
def test_killed_at_any_moment_the_old_copies_are_there_and_no_half_one(
    nightly: Program, database_url: str, folder: Path, place: str, left_there: int
) -> None:
    old = "record-20261101-010000.dump"
    (folder / old).write_text("invented")
    now = nightly.clock.now()
    arguments = [database_url, str(folder), now.isoformat(), place]
    died = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert died.returncode == -signal.SIGKILL
    assert old in names(folder)
    finished = [name for name in names(folder) if not name.startswith(".") and name != old]
    assert len(finished) == left_there
    back_up_nightly(at(nightly, now + 3 * HOUR), "other")  # the lease of the dead one is over
    back_up_nightly(at(nightly, now + 30 * HOUR), "other")
    with reading(nightly.engine) as connection:
        run = job_runs.find_latest(connection, "backup")
    assert run is not None
    assert (run.state, run.day) == ("done", date(2026, 11, 3))
    assert f"record-{now + 30 * HOUR:%Y%m%d-%H%M%S}" in {Path(name).stem for name in names(folder)}


@pytest.fixture
def empty_machine(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database on a machine where nothing has ever been."""
    if kind == "sqlite":
        (tmp_path / "machine").mkdir()
        return f"sqlite:///{tmp_path / 'machine' / 'record.sqlite3'}"
    server: Server = request.getfixturevalue("server")
    return server.url(server.create())


def test_the_drill(
    nightly: Program,
    folder: Path,
    empty_machine: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Last night's copy on an empty machine shows the same worklist, and every check of the record passes there."""
    for number in (1, 2):
        course = [Infusion(date(2024, 11, 4 * number) + offset * DAY) for offset in range(5)]
        with nightly.writing("ada") as desk:
            enrol(desk, Enrolment("north", f"N-{number}", "alemtuzumab-eu", infusions=course,
                                  followed_here_from=date(2026, 8, 1)))  # fmt: skip
    before = run_command(("worklist", "--format", "json"), capsys, monkeypatch, program=nightly, by="ada").out
    assert '"overdue"' in before
    back_up_nightly(nightly, "one")
    (copy,) = folder.iterdir()

    config = tmp_path / "new-config.yaml"
    config.write_text(yaml.safe_dump({"db": {"url": empty_machine}}), encoding="utf-8")
    moved = replace(assemble(load_config(config, {}), clock=nightly.clock), rulebook=nightly.rulebook)

    def there(*args: str, by: str) -> Ran:
        return run_command(args, capsys, monkeypatch, program=moved, by=by)

    restored = there("restore", str(copy), by="root-admin")
    assert (restored.code, "Restored the database" in restored.out) == (0, True), restored.err
    assert there("worklist", "--format", "json", by="ada").out == before
    verified = there("verify", by="root-admin")
    assert (verified.code, "as entered" in verified.out) == (0, True), verified.out
    refused = there("restore", str(copy), by="root-admin")
    assert (refused.code, "--yes-overwrite" in refused.err) == (1, True)
    moved.engine.dispose()
