"""Job runs and heartbeats: once a day by one replica, taken over after a crash, tried again after a failure."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

from sqlalchemy import Engine

from db import heartbeats, job_runs
from db.engine import reading, writing
from monitor.clock import FixedClock

DAY, LEASE = date(2026, 11, 2), timedelta(minutes=30)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def take(engine: Engine, replica: str, at, day: date = DAY) -> bool:
    with writing(engine) as connection:
        return job_runs.take(connection, "backup", day, replica, at, LEASE)


def fail(engine: Engine, replica: str, at) -> bool:
    with writing(engine) as connection:
        return job_runs.fail(connection, "backup", DAY, replica, at, fault="the disk is full")


def finish(engine: Engine, replica: str, at) -> bool:
    with writing(engine) as connection:
        return job_runs.finish(connection, "backup", DAY, replica, at)


def test_of_four_replicas_one_does_it(engine: Engine, clock: FixedClock) -> None:
    start = Barrier(4)

    def work(name: int) -> bool:
        start.wait(30)
        return take(engine, f"replica {name}", clock.now())

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == [False, False, False, True]


def test_done_is_done_for_that_day(engine: Engine, clock: FixedClock) -> None:
    at = clock.now()
    assert take(engine, "one", at)
    assert finish(engine, "one", at + MINUTE)
    assert not take(engine, "two", at + timedelta(hours=5))
    assert take(engine, "two", at, DAY + timedelta(days=1))
    with reading(engine) as connection:
        (latest,) = job_runs.list_latest(connection)
    assert (latest.day, latest.replica) == (DAY + timedelta(days=1), "two")


def test_what_a_crash_left_is_taken_over_after_its_lease(engine: Engine, clock: FixedClock) -> None:
    at = clock.now()
    assert take(engine, "one", at)
    assert not take(engine, "two", at + LEASE)
    later = at + LEASE + SECOND
    assert take(engine, "two", later)
    assert not finish(engine, "one", later), "it was slow, not dead; the other one decides by now"
    assert not fail(engine, "one", later)
    assert finish(engine, "two", later)


def test_what_failed_is_tried_again_after_a_pause_that_grows(engine: Engine, clock: FixedClock) -> None:
    at = clock.now()
    for minutes in (5, 10, 20, 40, 80, 120, 120):
        assert take(engine, "one", at)
        assert fail(engine, "one", at)
        pause = timedelta(minutes=minutes)
        assert not take(engine, "two", at + pause)
        at += pause + SECOND
    with reading(engine) as connection:
        (run,) = job_runs.list_latest(connection)
    assert (run.state, run.fault, run.attempts) == ("failed", "the disk is full", 7)
    assert take(engine, "two", at)
    assert finish(engine, "two", at)
    with reading(engine) as connection:
        (run,) = job_runs.list_latest(connection)
    assert (run.state, run.fault) == ("done", None)


def test_a_clock_that_was_set_back_holds_nobody(engine: Engine, clock: FixedClock) -> None:
    assert take(engine, "one", clock.now())
    assert take(engine, "two", clock.now() - timedelta(days=1))


def test_a_heartbeat_follows_the_clock_even_backwards(engine: Engine, clock: FixedClock) -> None:
    began = clock.now()
    with writing(engine) as connection:
        heartbeats.beat(connection, "one", began, version="1")
        heartbeats.beat(connection, "one", began - timedelta(days=1), version="1")
        heartbeats.beat(connection, "two", began - timedelta(days=2), version="1")
        found = heartbeats.list_heartbeats(connection)
    assert [one.replica for one in found] == ["one", "two"]
    assert (found[0].started_at, found[0].ticked_at) == (began, began - timedelta(days=1))
