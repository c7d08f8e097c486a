"""The scheduler: looks at once and again, never twice at the same time, and waits for what is in flight."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from db.engine import reading
from db.heartbeats import list_heartbeats
from monitor.bootstrap import Program
from monitor.config import Config
from monitor.config.settings import Jobs
from monitor.jobs.scheduler import EACH, SteadyStore, name_replica, running_jobs

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def every_second(program: Program) -> Program:
    return replace(program, config=Config(jobs=Jobs(tick_seconds=1)))


@SQLITE
def test_it_is_alive_before_it_begins_and_looks_at_once_and_again(program: Program) -> None:
    looked = threading.Semaphore(0)

    def step(program: Program, replica: str) -> None:
        looked.release()

    with running_jobs(every_second(program), steps=[step], slow_steps=[]) as replica:
        with reading(program.engine) as connection:
            assert [one.replica for one in list_heartbeats(connection)] == [replica]
        assert looked.acquire(timeout=30)
        assert looked.acquire(timeout=30)


@SQLITE
def test_the_end_waits_for_what_is_in_flight_and_begins_nothing(program: Program) -> None:
    began, go_on, done = threading.Event(), threading.Event(), []

    def long_step(program: Program, replica: str) -> None:
        began.set()
        go_on.wait(30)
        done.append("the letter in flight")

    def next_step(program: Program, replica: str) -> None:
        done.append("another letter")

    with running_jobs(program, steps=[long_step, next_step], slow_steps=[]):
        assert began.wait(30)
        threading.Timer(0.2, go_on.set).start()
    assert done == ["the letter in flight"]


@SQLITE
def test_a_slow_step_holds_up_no_letter(program: Program) -> None:
    go_on, sent = threading.Event(), threading.Event()

    def copies(program: Program, replica: str) -> None:
        assert sent.wait(30), "the letter goes out while the copy is made"
        go_on.set()

    def sends(program: Program, replica: str) -> None:
        sent.set()

    with running_jobs(program, steps=[sends], slow_steps=[copies]):
        assert go_on.wait(30)


@SQLITE
def test_a_look_that_fails_as_a_whole_is_not_the_last(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    looked = threading.Semaphore(0)

    def steps_on(program: Program, replica: str) -> None:
        looked.release()
        raise ValueError("Ada Example, platelets 40")

    with running_jobs(every_second(program), steps=[steps_on], slow_steps=[steps_on]):
        for _ in range(4):
            assert looked.acquire(timeout=30)
    assert "platelets" not in caplog.text


def test_a_clock_that_was_set_back_does_not_stop_the_looks() -> None:
    """The library would wait until the clock on the wall shows the old time again: a day, if it was a day."""
    now = datetime(2026, 11, 2, 8, tzinfo=UTC)
    store, scheduler = SteadyStore(), BackgroundScheduler(timezone=UTC, job_defaults=EACH)
    scheduler.add_jobstore(store, "default")
    scheduler.start(paused=True)
    try:
        job = scheduler.add_job(len, IntervalTrigger(seconds=60, timezone=UTC), [""], next_run_time=now)
        assert store.get_due_jobs(now - timedelta(seconds=30)) == [], "a minute ahead is as it should be"
        back = now - timedelta(days=1)
        assert store.get_due_jobs(back) == [job]
        assert job._get_run_times(back) == [back]
    finally:
        scheduler.shutdown()


def test_two_processes_that_look_alike_are_still_two() -> None:
    names = {name_replica() for _ in range(100)}
    assert len(names) == 100
    assert all(len(one) <= 80 for one in names)
