"""The engine: writers take turns, readers see one moment, and a vulnerable SQLite never runs in WAL mode."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from db import tables
from db.engine import keep_open, open_engine, reading, wal_is_safe, writing
from db.facts import add_fact
from db.people import Clinic, add_clinic
from schedules.errors import Unacceptable
from tests.db.conftest import Ward

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_no_write_is_lost_and_none_is_refused_by_a_lock(engine: Engine, ward: Ward) -> None:
    """Four writers read a number and write it plus one, fifty times each: 200, and nobody heard "locked"."""
    table, faults = tables.treatment, []

    def count() -> None:
        try:
            for _ in range(50):
                with writing(engine) as connection:
                    mine = table.c.id == ward.treatment_id
                    now = connection.execute(select(table.c.revision).where(mine).with_for_update()).scalar_one()
                    connection.execute(update(table).where(mine).values(revision=now + 1))
        except Exception as fault:  # noqa: BLE001  # whatever a thread met is what the test is about
            faults.append(fault)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with reading(engine) as connection:
        assert connection.execute(select(table.c.revision)).scalar_one() == 200


def test_reading_sees_one_moment_whatever_others_write(engine: Engine, ward: Ward) -> None:
    if engine.dialect.name == "sqlite" and not wal_is_safe():
        pytest.skip("in TRUNCATE mode the writer waits for the reader instead, see the next test")
    with reading(engine) as looking:
        before = looking.execute(select(tables.treatment.c.revision)).scalar_one()
        with writing(engine) as connection:
            connection.execute(update(tables.treatment).values(revision=7))
        assert looking.execute(select(tables.treatment.c.revision)).scalar_one() == before


@SQLITE
def test_in_truncate_mode_a_writer_waits_for_the_reader(engine: Engine, ward: Ward) -> None:
    if wal_is_safe():
        pytest.skip("this SQLite may run in WAL mode")
    done = threading.Event()

    def write() -> None:
        with writing(engine) as connection:
            connection.execute(update(tables.treatment).values(revision=7))
        done.set()

    writer = threading.Thread(target=write)
    with reading(engine) as looking:
        before = looking.execute(select(tables.treatment.c.revision)).scalar_one()
        writer.start()
        assert not done.wait(0.3)
        assert looking.execute(select(tables.treatment.c.revision)).scalar_one() == before
    writer.join()
    assert done.is_set()


def test_a_transaction_that_only_looks_keeps_nothing(engine: Engine, ward: Ward) -> None:
    with reading(engine) as connection:
        connection.execute(update(tables.treatment).values(revision=9))
    with reading(engine) as connection:
        assert connection.execute(select(tables.treatment.c.revision)).scalar_one() == 0


def test_an_exception_leaves_nothing_behind(engine: Engine, ward: Ward) -> None:
    facts: dict[str, Any] = {"family": "liver", "taken_on": date(2026, 1, 5)}
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        _ = add_fact(connection, tables.sample, ward.treatment_id, stamp=ward.stamp(), **facts) / 0
    with reading(engine) as connection:
        assert connection.execute(select(tables.sample)).all() == []


def test_foreign_keys_hold(engine: Engine) -> None:
    row = insert(tables.person_clinic).values(person_id=1, clinic_id="nowhere")
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(row)


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_wal_mode_only_where_the_reset_bug_is_mended(version: tuple[int, int, int], is_safe: bool) -> None:
    assert wal_is_safe(version) is is_safe


@SQLITE
def test_the_file_is_set_up_as_promised(engine: Engine) -> None:
    with reading(engine) as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
        assert mode == ("wal" if wal_is_safe() else "truncate")
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2


@pytest.mark.parametrize("url", ["mysql://ada@localhost/record", "ada:geheim@record", "sqlite+aiosqlite:///x"])
def test_other_addresses_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Unacceptable, match=r"db\.url") as refusal:
        open_engine(url)
    assert "geheim" not in str(refusal.value)


def test_sqlite_files_are_closed_between_transactions(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    with reading(engine) as connection:
        connection.execute(text("SELECT 1"))
    assert engine.pool.status() == "NullPool"


# --- Connections that stay open -------------------------------------------------------------------------


def count_clinics(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT count(*) FROM clinic")).scalar_one())


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_open_connection_follows_its_file(engine: Engine, tmp_path: Path) -> None:
    """A restore puts another file in place of the one that a server has open."""
    kept = keep_open(engine)
    file = Path(engine.url.database or "")
    assert count_clinics(kept) == 0
    shutil.copy(file, tmp_path / "other.sqlite3")
    other = open_engine(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    with writing(other) as connection:
        add_clinic(connection, Clinic("north", "North (invented)", "Europe/Berlin", "DE"))
    other.dispose()
    (tmp_path / "other.sqlite3").replace(file)
    assert count_clinics(kept) == 1
    file.rename(tmp_path / "away.sqlite3")
    with pytest.raises(DBAPIError):
        count_clinics(kept)
    assert not file.exists()
    (tmp_path / "away.sqlite3").rename(file)
    assert count_clinics(kept) == 1
    kept.dispose()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_open_connections_refuse_lost_updates_as_others_do(engine: Engine) -> None:
    """Four threads that read, then write: each waits for its turn, and none fails."""
    kept = keep_open(engine)
    with writing(kept) as connection:
        add_clinic(connection, Clinic("north", "0", "Europe/Berlin", "DE"))

    def count_up(_: int) -> None:
        for _ in range(25):
            with writing(kept) as connection:
                number = int(connection.execute(text("SELECT name FROM clinic")).scalar_one())
                connection.execute(text("UPDATE clinic SET name = :name"), {"name": str(number + 1)})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_up, range(4)))
    with reading(kept) as connection:
        assert connection.execute(text("SELECT name FROM clinic")).scalar_one() == "100"
    kept.dispose()
