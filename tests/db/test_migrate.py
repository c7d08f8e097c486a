"""Migrations: what they make is what the program expects, on both databases, and a killed one leaves no trace."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from db import tables
from db.engine import open_engine, reading, writing
from db.facts import add_fact
from db.history import add_deed
from db.migrate import HEAD, NotReady, current_revision, require_current, upgrade
from faults.schemas import describe, list_triggers
from tests.db.conftest import Ward

ONLY_ADDED_TO = {
    *(table.name for table in tables.FACTS), "history", "approval", "protocol_version", "feed", "feed_end",
    "digest_look", "chain_link",
}  # fmt: skip


def test_the_migrated_schema_is_that_of_the_tables(engine: Engine, empty_engine: Engine) -> None:
    with writing(empty_engine) as connection:
        tables.metadata.create_all(connection)
    migrated = {name: one for name, one in describe(engine).items() if not name.startswith("trigger ")}
    assert migrated == describe(empty_engine)
    assert set(inspect(engine).get_table_names()) == {*tables.metadata.tables, "alembic_version"}


def test_what_is_only_added_to_is_guarded(engine: Engine) -> None:
    assert list_triggers(engine) == {(table, act) for table in ONLY_ADDED_TO for act in ("UPDATE", "DELETE")}


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_nobody_rewrites_a_fact_or_the_history(engine: Engine, ward: Ward, statement: str) -> None:
    with writing(engine) as connection:
        add_fact(connection, tables.detail, ward.patient_id, stamp=ward.stamp(), name="Patient Example")
        add_deed(connection, at=ward.at, person_id=ward.person_id, act="enrol")
    for table in ("detail", "history"):
        with pytest.raises(DBAPIError, match=f"{table} is only ever added to"), writing(engine) as connection:
            connection.execute(text(statement.format(table)))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM detail")).scalar_one() == 1
        assert connection.execute(text("SELECT count(*) FROM history")).scalar_one() == 1


@pytest.mark.parametrize("kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_nobody_empties_the_history_at_one_stroke(engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="history is only ever added to"), writing(engine) as connection:
        connection.execute(text("TRUNCATE history CASCADE"))


def test_head_is_known_without_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", "db:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_asking_for_the_revision_does_not_import_alembic() -> None:
    code = "import sys, db.migrate; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_empty_database_is_refused_until_it_is_set_up(empty_engine: Engine) -> None:
    with pytest.raises(NotReady, match=r"not been set up. Run `monitor init`"):
        require_current(empty_engine)
    upgrade(empty_engine)
    require_current(empty_engine)
    upgrade(empty_engine)
    assert current_revision(empty_engine) == HEAD


@pytest.mark.parametrize(("revision", "sentence"), [("0000", "older version.*backup"), ("9999", "newer version")])
def test_another_version_is_refused_by_name(engine: Engine, revision: str, sentence: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    with pytest.raises(NotReady, match=sentence):
        require_current(engine)


def test_asking_for_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    file = tmp_path / "none.sqlite3"
    assert current_revision(open_engine(f"sqlite:///{file}")) is None
    assert not file.exists()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letter.sqlite3"
    file.write_text("Dear Ada, " * 1000)
    with pytest.raises(NotReady, match="cannot be read as a database"):
        require_current(open_engine(f"sqlite:///{file}"))


def test_a_server_that_does_not_answer_is_refused_without_its_password() -> None:
    engine = open_engine("postgresql+psycopg://ada:geheim@127.0.0.1:9/record")
    with pytest.raises(NotReady, match="does not answer") as refusal:
        require_current(engine)
    assert "geheim" not in str(refusal.value)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_new_file_is_for_its_owner_alone(empty_engine: Engine, tmp_path: Path) -> None:
    upgrade(empty_engine)
    assert (tmp_path / "empty.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"folder .*nowhere for the database does not exist"):
        upgrade(open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'record.sqlite3'}"))


def test_two_replicas_may_start_at_once(empty_url: str) -> None:
    faults: list[Exception] = []

    def start() -> None:
        engine = open_engine(empty_url)
        try:
            upgrade(engine)
            require_current(engine)
        except Exception as fault:  # noqa: BLE001  # whatever a replica met is what the test is about
            faults.append(fault)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from db.engine import open_engine
from db.migrate import upgrade

seen = 0

def die(connection, cursor, statement, parameters, context, executemany):
    global seen
    seen += statement.lstrip().startswith("CREATE TABLE")
    if seen == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "after_cursor_execute", die)
upgrade(open_engine(sys.argv[1]))
"""


@pytest.mark.parametrize("after_tables", [2, 12])
def test_a_migration_killed_half_way_leaves_nothing(empty_url: str, empty_engine: Engine, after_tables: int) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, empty_url, str(after_tables)], check=False, env=os.environ)
    assert died.returncode == -signal.SIGKILL
    assert current_revision(empty_engine) is None
    assert inspect(empty_engine).get_table_names() == []
    upgrade(empty_engine)
    require_current(empty_engine)


# --- From release to release --------------------------------------------------------------------------


def test_a_record_of_the_first_release_is_upgraded_with_every_row(empty_engine: Engine) -> None:
    upgrade(empty_engine, to="0001")
    with writing(empty_engine) as connection:
        for statement in FIRST_RELEASE:
            connection.execute(text(statement))
    upgrade(empty_engine)
    require_current(empty_engine)
    with reading(empty_engine) as connection:
        people = connection.execute(text("SELECT login, role FROM person ORDER BY id")).all()
        visit = connection.execute(text("SELECT id, sequence, booked_on, reported_on FROM visit")).all()
        clinics = connection.execute(text("SELECT count(*) FROM person_clinic")).scalar_one()
    assert [tuple(row) for row in people] == [("ada", "nurse"), ("(patient)", "patient"), ("(program)", "program")]
    assert ([tuple(row) for row in visit], clinics) == ([("v1", 3, None, None)], 1)


FIRST_RELEASE = (
    "INSERT INTO clinic (id, name, time_zone, country) VALUES ('north', 'North (invented)', 'Europe/Berlin', 'DE')",
    "INSERT INTO person (login, name, role) VALUES ('ada', 'Ada Example', 'nurse')",
    "INSERT INTO person_clinic (person_id, clinic_id) VALUES (1, 'north')",
    "INSERT INTO patient (clinic_id, reference, entered_at) VALUES ('north', 'N-1', '2026-01-01 08:00:00')",
    "INSERT INTO treatment (patient_id, clinic_id, revision, entered_at) VALUES (1, 'north', 1, '2026-01-01 08:00:00')",
    "INSERT INTO visit (id, treatment_id, due_on, place, opens_on, closes_on, visit_on, sequence, is_withdrawn,"
    " created_at, changed_at) VALUES ('v1', 1, '2026-02-12', 'laboratory', '2026-02-05', '2026-02-19', '2026-02-12',"
    " 3, false, '2026-01-01 08:00:00', '2026-01-02 08:00:00')",
)
