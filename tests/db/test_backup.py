"""Backups: whole while others write, refused when damaged, and put back without a moment of neither."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from db import tables
from db.backup import back_up, check_file, restore, suggest_name
from db.engine import open_engine, reading, writing
from db.history import add_deed
from db.integrity import list_damages, list_orphans
from db.migrate import HEAD, NotReady, require_current
from schedules.errors import Conflict, NotFound, Unacceptable
from tests.db.conftest import Ward

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)


def enter(engine: Engine, ward: Ward, act: str) -> None:
    with writing(engine) as connection:
        add_deed(connection, at=ward.at, person_id=ward.person_id, act=act)


def acts(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(tables.history.c.act).order_by(tables.history.c.id)).scalars())


def test_a_backup_comes_back_as_it_was(engine: Engine, ward: Ward, tmp_path: Path) -> None:
    """The drill: enter, copy, enter more, put the copy back, and find what was there when it was made."""
    enter(engine, ward, "before")
    file = tmp_path / "copy"
    back_up(engine, file)
    enter(engine, ward, "after")
    with pytest.raises(Conflict, match="Say --yes-overwrite"):
        restore(engine, file, overwrite=False, at=ward.at)
    assert acts(engine) == ["before", "after"]
    restore(engine, file, overwrite=True, at=ward.at)
    engine.dispose()
    assert acts(engine) == ["before"]
    require_current(engine)
    enter(engine, ward, "again")
    with pytest.raises(Exception, match="only ever added to"), writing(engine) as connection:
        connection.execute(text("DELETE FROM history"))


def test_a_backup_goes_into_an_empty_place(engine: Engine, ward: Ward, empty_engine: Engine, tmp_path: Path) -> None:
    enter(engine, ward, "before")
    back_up(engine, tmp_path / "copy")
    assert restore(empty_engine, tmp_path / "copy", overwrite=False, at=ward.at) is None
    assert acts(empty_engine) == ["before"]
    with reading(empty_engine) as connection:
        assert list_damages(connection) == []
        assert [str(one) for one in list_orphans(connection)] == [f"treatment {ward.treatment_id}: no protocol"]


def test_a_copy_is_whole_whatever_is_written_meanwhile(engine: Engine, ward: Ward, tmp_path: Path) -> None:
    """A writer adds two lines a transaction, so that a copy with an odd number of them would be torn."""
    stop, faults = threading.Event(), []

    def write() -> None:
        try:
            while not stop.is_set():
                with writing(engine) as connection:
                    for act in ("one", "two"):
                        add_deed(connection, at=ward.at, person_id=ward.person_id, act=act)
        except Exception as fault:  # noqa: BLE001  # whatever the writer met is what the test is about
            faults.append(fault)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [tmp_path / f"copy-{number}" for number in range(3)]
        for copy in copies:
            back_up(engine, copy)
    finally:
        stop.set()
        writer.join()
    assert faults == []
    written = len(acts(engine))
    assert written > 0
    restore(engine, copies[-1], overwrite=True, at=ward.at)
    engine.dispose()
    restored = len(acts(engine))
    assert restored % 2 == 0
    assert restored <= written


def test_a_copy_is_for_its_owner_alone_and_leaves_nothing_beside_it(engine: Engine, ward: Ward, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    back_up(engine, folder / "copy")
    assert [one.name for one in folder.iterdir()] == ["copy"]
    assert (folder / "copy").stat().st_mode & 0o777 == 0o600


def test_no_file_is_overwritten_by_a_copy(engine: Engine, ward: Ward, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    file.write_text("somebody's letter")
    with pytest.raises(Conflict, match="is there already"):
        back_up(engine, file)
    assert file.read_text() == "somebody's letter"


def test_what_is_not_there_is_said(engine: Engine, empty_engine: Engine, ward: Ward, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no database to back up"):
        back_up(empty_engine, tmp_path / "copy")
    with pytest.raises(NotFound, match="no file"):
        restore(engine, tmp_path / "copy", overwrite=True, at=ward.at)
    with pytest.raises(NotFound, match="folder"):
        back_up(engine, tmp_path / "nowhere" / "copy")


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def scribble(file: Path) -> None:
    with file.open("r+b") as out:
        out.seek(file.stat().st_size // 3)
        out.write(os.urandom(20_000))


def empty(file: Path) -> None:
    os.truncate(file, 0)


def replace_by_a_letter(file: Path) -> None:
    file.write_text("Dear Ada, " * 500)


@pytest.mark.parametrize("damage", [cut_in_half, scribble, empty, replace_by_a_letter])
def test_a_damaged_backup_is_refused_and_the_record_untouched(
    engine: Engine, ward: Ward, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    enter(engine, ward, "before")
    file = tmp_path / "copy"
    back_up(engine, file)
    damage(file)
    with pytest.raises(Unacceptable):
        restore(engine, file, overwrite=True, at=ward.at)
    assert acts(engine) == ["before"]
    require_current(engine)


@SQLITE
def test_the_old_file_is_set_aside_and_can_be_read(engine: Engine, ward: Ward, tmp_path: Path) -> None:
    back_up(engine, tmp_path / "copy")
    enter(engine, ward, "after")
    aside = restore(engine, tmp_path / "copy", overwrite=True, at=ward.at)
    assert aside is not None
    assert aside.name == "record.sqlite3.before-20261102-080000"
    assert acts(open_engine(f"sqlite:///{aside}")) == ["after"]
    assert acts(engine) == []


@SQLITE
def test_a_damaged_database_can_be_replaced_and_is_not_copied(engine: Engine, ward: Ward, tmp_path: Path) -> None:
    enter(engine, ward, "before")
    back_up(engine, tmp_path / "copy")
    scribble(tmp_path / "record.sqlite3")
    with pytest.raises((Unacceptable, NotReady)):
        back_up(engine, tmp_path / "second")
    assert not (tmp_path / "second").exists()
    restore(engine, tmp_path / "copy", overwrite=True, at=ward.at)
    assert acts(engine) == ["before"]


@SQLITE
def test_a_database_in_use_is_not_pulled_away(
    engine: Engine, ward: Ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.backup.BUSY_SECONDS", 0.2)
    back_up(engine, tmp_path / "copy")
    with writing(engine) as connection:
        connection.execute(select(func.count()).select_from(tables.history))
        with pytest.raises(Conflict, match="in use"):
            restore(engine, tmp_path / "copy", overwrite=True, at=ward.at)
    assert acts(engine) == []


@SQLITE
def test_a_backup_of_something_else_or_of_tomorrow_is_refused(engine: Engine, ward: Ward, tmp_path: Path) -> None:
    other, newer = tmp_path / "other.sqlite3", tmp_path / "newer.sqlite3"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE letter (text)")
    with pytest.raises(Unacceptable, match="not one of this program"):
        check_file(other)
    back_up(engine, newer)
    assert check_file(newer) == HEAD
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unacceptable, match="newer version of this program"):
        restore(engine, newer, overwrite=True, at=ward.at)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from db import backup
from db.engine import open_engine

flush, calls = backup._flush, 0

def die(path):
    global calls
    calls += 1
    if calls == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    flush(path)

backup._flush = die
backup.restore(open_engine(sys.argv[1]), Path(sys.argv[2]), overwrite=True, at=datetime(2026, 11, 2, tzinfo=UTC))
"""


@SQLITE
@pytest.mark.parametrize(("at_flush", "found"), [(1, ["before", "after"]), (2, ["before"])])
def test_a_restore_killed_at_any_moment_leaves_the_old_or_the_new(
    engine: Engine, database_url: str, ward: Ward, tmp_path: Path, at_flush: int, found: list[str]
) -> None:
    enter(engine, ward, "before")
    back_up(engine, tmp_path / "copy")
    enter(engine, ward, "after")
    arguments = [database_url, str(tmp_path / "copy"), str(at_flush)]
    died = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert died.returncode == -signal.SIGKILL
    assert acts(engine) == found


@POSTGRESQL
def test_the_server_programs_never_see_the_password_as_an_argument(engine: Engine) -> None:
    from db.pg_programs import _connection

    other = open_engine("postgresql+psycopg://ada:geheim@db.example:5433/record?sslmode=require")
    conninfo, environment = _connection(other)
    assert "geheim" not in conninfo
    assert environment["PGPASSWORD"] == "geheim"
    assert {"host=db.example", "port=5433", "dbname=record", "sslmode=require"} <= set(conninfo.split())
    other.dispose()


@POSTGRESQL
def test_a_missing_program_is_named(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.pg_programs.Path.glob", lambda *_: [])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unacceptable, match=r"pg_dump is not installed.*postgresql-client"):
        back_up(engine, tmp_path / "copy")


def test_a_suggested_name_tells_the_moment(engine: Engine, ward: Ward) -> None:
    assert suggest_name(engine, ward.at).stem == "record-20261102-080000"
