"""Whether anything was committed: noticed after every commit from anywhere, and after a restored file."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, text

from db import people
from db.backup import back_up, restore
from db.engine import open_engine, reading, writing
from db.migrate import sqlite_file
from db.people import Clinic
from db.versions import RecordVersion
from monitor.bootstrap import Program

ONLY_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def add_clinic(engine: Engine, name: str) -> None:
    with writing(engine) as connection:
        people.add_clinic(connection, Clinic(name, name, "Europe/Berlin", "DE"))


@pytest.mark.parametrize("kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_postgresql_does_not_say(engine):
    versions = RecordVersion(engine)
    assert versions.read() is None
    assert not versions.is_away()
    versions.close()


@ONLY_SQLITE
def test_every_commit_is_noticed_and_nothing_else(engine):
    versions = RecordVersion(engine)
    first = versions.read()
    assert first is not None
    with reading(engine) as connection:
        people.list_clinics(connection)
    with writing(engine) as connection:
        people.add_clinic(connection, Clinic("x", "x", "Europe/Berlin", "DE"))
        connection.rollback()
    assert [versions.read() for _ in range(3)] == [first] * 3
    seen = {first}
    for number in range(20):
        add_clinic(engine, f"clinic-{number}")
        seen.add(versions.read())
    assert len(seen) == 21
    versions.close()


@ONLY_SQLITE
def test_another_programs_commit_is_noticed(engine):
    versions = RecordVersion(engine)
    first = versions.read()
    other = open_engine(str(engine.url))
    thread = Thread(target=add_clinic, args=(other, "other"))
    thread.start()
    thread.join()
    assert versions.read() not in {first, None}
    other.dispose()
    versions.close()


@ONLY_SQLITE
def test_while_somebody_commits_it_is_unknown_and_nobody_waits(engine):
    versions = RecordVersion(engine)
    first = versions.read()
    with closing(sqlite3.connect(str(sqlite_file(engine)), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert versions.read() is None
        other.execute("ROLLBACK")
    assert versions.read() == first
    versions.close()


@ONLY_SQLITE
def test_a_restored_file_is_noticed(program: Program, tmp_path: Path):
    engine, versions = program.engine, RecordVersion(program.engine)
    back_up(engine, tmp_path / "backup.sqlite3")
    seen = {versions.read()}
    add_clinic(engine, "later")
    seen.add(versions.read())
    restore(engine, tmp_path / "backup.sqlite3", overwrite=True, at=program.clock.now())
    seen.add(versions.read())
    assert len(seen) == 3
    assert None not in seen
    with reading(engine) as connection:
        assert people.find_clinic(connection, "later") is None
    add_clinic(engine, "after")
    assert versions.read() not in seen, "the new file is the one that is watched"
    versions.close()


@ONLY_SQLITE
def test_a_file_that_is_away_is_unknown_and_not_made_anew(engine):
    versions, file = RecordVersion(engine), sqlite_file(engine)
    assert file
    first = versions.read()
    shutil.move(file, file.with_name("aside"))
    assert versions.read() is None
    assert versions.is_away()
    assert not file.exists()
    shutil.move(file.with_name("aside"), file)
    assert versions.read() not in {first, None}
    assert not versions.is_away()
    versions.close()


@ONLY_SQLITE
def test_a_file_that_is_no_database_is_unknown(engine):
    file = sqlite_file(engine)
    assert file
    file.write_bytes(b"no database at all" * 1000)
    versions = RecordVersion(engine)
    assert versions.read() is None
    with pytest.raises(sqlite3.DatabaseError), closing(sqlite3.connect(file)) as direct:
        direct.execute(str(text("SELECT 1 FROM sqlite_master")))
    versions.close()
