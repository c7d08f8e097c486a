"""A database server that restarts or ends connections costs no acknowledged act, and the next act works."""

import random
import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from db import tables
from db.engine import IDLE_SECONDS, open_engine, reading, writing
from db.failures import FAILURES, LOST, explain, reason_of
from db.migrate import NotReady, require_current, upgrade
from db.people import Clinic, add_clinic
from tests.postgres import Server, find_programs, running

pytestmark = pytest.mark.postgres
POSTGRES = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


def add(engine: Engine, name: str, *, half_way: Callable[[], object] = int) -> None:
    """Two rows in one transaction: both have to be there, or neither."""
    with writing(engine) as connection:
        add_clinic(connection, Clinic(name, f"{name} (invented)", "Europe/Berlin", "DE"))
        half_way()
        row = {"login": name, "name": "Ada Example", "role": "nurse"}
        connection.execute(insert(tables.person).values(**row))


def list_added(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        clinics = set(connection.execute(select(tables.clinic.c.id)).scalars())
        people = set(connection.execute(select(tables.person.c.login)).scalars())
    assert clinics == {one for one in people if not one.startswith("(")}, "half of an act is there"
    return sorted(clinics)


def database_of(engine: Engine) -> str:
    return str(engine.url.database)


@POSTGRES
def test_connections_that_ended_between_two_acts_are_opened_anew(engine: Engine, server: Server) -> None:
    add(engine, "one")
    assert server.end_connections(database_of(engine)) > 0
    add(engine, "two")
    server.end_connections(database_of(engine))
    assert list_added(engine) == ["one", "two"]


@POSTGRES
def test_an_act_whose_connection_ends_is_not_there_at_all(engine: Engine, server: Server) -> None:
    with pytest.raises(FAILURES) as failure:
        add(engine, "half", half_way=lambda: server.end_connections(database_of(engine)))
    assert explain(failure.value) == LOST
    assert list_added(engine) == []
    add(engine, "whole")
    assert list_added(engine) == ["whole"]


@POSTGRES
def test_whatever_was_acknowledged_is_there_while_connections_end_at_random(engine: Engine, server: Server) -> None:
    """Two writers, and somebody who ends their connections a hundred times while they write."""
    kept: list[str] = []
    lost: list[str] = []
    faults: list[BaseException] = []
    is_over = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            name = f"w{writer}-{number}"
            try:
                add(engine, name)
            except FAILURES as failure:
                lost.append(name)
                if explain(failure) is None:
                    faults.append(failure)
            else:
                kept.append(name)

    writers = [threading.Thread(target=write, args=(one,)) for one in range(2)]
    for one in writers:
        one.start()
    pauses, never = random.Random(4), threading.Event()
    ended = 0
    for _ in range(100):
        never.wait(pauses.uniform(0.001, 0.015))  # so long nobody disturbs them
        ended += server.end_connections(database_of(engine))
    is_over.set()
    for one in writers:
        one.join()
    assert faults == []
    assert ended > 50
    assert len(kept) > 50
    there = set(list_added(engine))
    assert set(kept) <= there
    assert there <= set(kept) | set(lost)  # a connection may end after the commit and before the answer


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that may crash: one that answers for what it said it had kept."""
    programs = find_programs()
    if programs is None:
        pytest.skip("the server programs of PostgreSQL are not installed")
    with running(programs, "synchronous_commit=on") as server:
        yield server


def test_a_crash_of_the_server_loses_nothing_that_was_acknowledged(own_server: Server) -> None:
    engine = open_engine(own_server.url(own_server.create()))
    upgrade(engine)
    for number in range(3):
        add(engine, f"before-{number}")
        with pytest.raises(FAILURES) as failure:
            add(engine, f"half-{number}", half_way=lambda: own_server.stop(signal.SIGQUIT))
        assert explain(failure.value) == LOST
        with pytest.raises(NotReady, match="does not answer: No such file or directory"):
            require_current(engine)
        own_server.start()
        require_current(engine)
        add(engine, f"after-{number}")
    assert list_added(engine) == sorted([f"{when}-{number}" for when in ("before", "after") for number in range(3)])
    engine.dispose()


# --- Limits ---------------------------------------------------------------------------------------------


@POSTGRES
def test_a_question_that_takes_too_long_is_broken_off(database_url: str) -> None:
    engine = open_engine(database_url, statement_timeout_seconds=1)
    with pytest.raises(OperationalError) as failure, reading(engine) as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    assert explain(failure.value) == (
        "The database took too long and broke it off.",
        "Try again; see db.statement_timeout_seconds.",
    )
    engine.dispose()


@POSTGRES
def test_no_more_connections_are_opened_than_the_pool_may_hold(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.engine.POOL_SECONDS", 0.1)
    engine = open_engine(database_url, pool_size=2)
    with reading(engine), reading(engine):
        with pytest.raises(NoFreeConnection) as failure, reading(engine):
            pass
        assert explain(failure.value) == ("Every connection to the database is in use.", "Try again; see db.pool_size.")
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(tables.clinic)).scalar_one() == 0
    engine.dispose()


@POSTGRES
def test_a_frozen_transaction_holds_its_locks_for_minutes_at_most(engine: Engine) -> None:
    with reading(engine) as connection:
        setting = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one()
    assert setting == f"{IDLE_SECONDS // 60}min"


# --- What is said -----------------------------------------------------------------------------------------


def test_a_bug_is_explained_by_nobody(engine: Engine) -> None:
    for statement in ("SELECT nothing FROM nowhere", "INSERT INTO person_clinic VALUES (1, 'nowhere')"):
        with pytest.raises(DBAPIError) as failure, writing(engine) as connection:
            connection.exec_driver_sql(statement)
        assert isinstance(failure.value, (IntegrityError, OperationalError, ProgrammingError))
        assert explain(failure.value) is None
    assert explain(ZeroDivisionError()) is None


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_file_that_may_only_be_read_is_explained(engine: Engine) -> None:
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA query_only=ON"))
    with pytest.raises(OperationalError) as failure:
        add(engine, "half")
    assert explain(failure.value) == (
        "The database can only be read.",
        "Check the rights of the file and of its folder.",
    )


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_full_disk_is_explained_although_taking_back_fails_too(engine: Engine) -> None:
    """SQLite ends the whole transaction, so that the savepoint, which every act has, is gone as well."""

    def fill_the_disk() -> None:
        with writing(engine) as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            with connection.begin_nested():
                row = {"login": "x", "name": "x" * 1_000_000, "role": "nurse"}
                connection.execute(insert(tables.person).values(**row))

    with pytest.raises(OperationalError, match="no such savepoint") as failure:
        fill_the_disk()
    assert explain(failure.value) == ("The disk is full.", "Make room. Nothing of this was saved.")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql+psycopg://ada:geheim@127.0.0.1:9/record", "Connection refused"),
        ("postgresql+psycopg://ada:geheim@/record?host=/nowhere", "No such file or directory"),
    ],
)
def test_why_no_connection_came_about_is_said_without_the_password(url: str, reason: str) -> None:
    engine = open_engine(url)
    with pytest.raises(OperationalError) as failure:
        engine.connect()
    assert reason_of(failure.value) == reason
    assert explain(failure.value) == (
        f"The database does not answer: {reason}.",
        "Check that the server runs, and db.url.",
    )
    engine.dispose()
