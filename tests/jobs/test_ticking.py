"""Ticking: a step that fails keeps no other from its turn, and what failed is known without its text."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from db.engine import reading
from db.heartbeats import list_heartbeats
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import Jobs
from monitor.jobs.stopping import stoppable
from monitor.jobs.ticking import tick

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def fails(program: Program, replica: str) -> None:
    raise ValueError("Ada Example, platelets 40")


def heartbeat(program: Program):
    with reading(program.engine) as connection:
        (found,) = list_heartbeats(connection)
    return found


def test_a_step_that_fails_keeps_no_other_from_its_turn(
    program: Program, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    took = []

    def works(program: Program, replica: str) -> None:
        took.append(replica)

    tick(program, "one", [works, fails, works])
    assert took == ["one", "one"]
    found = heartbeat(program)
    assert (found.replica, found.ticked_at, found.fault) == ("one", clock.now(), "fails: ValueError")
    assert "platelets" not in caplog.text
    assert "fails failed: ValueError (" in caplog.text


def test_since_when_something_fails_is_kept_until_all_goes_well(program: Program, clock: FixedClock) -> None:
    began = clock.now()
    for _ in range(3):
        tick(program, "one", [fails])
        clock.advance(timedelta(minutes=1))
    assert heartbeat(program).failing_since == began
    tick(program, "one", [])
    assert (heartbeat(program).failing_since, heartbeat(program).fault) == (None, None)
    assert heartbeat(program).started_at == began


@SQLITE
def test_told_to_stop_it_takes_no_further_step(program: Program) -> None:
    told, took = threading.Event(), []

    def stops(program: Program, replica: str) -> None:
        took.append(replica)
        told.set()

    with stoppable(told):
        tick(program, "one", [stops, stops])
    assert took == ["one"]


@contextmanager
def watcher(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths that were called."""
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/secret-of-the-watcher", calls
        finally:
            server.shutdown()
            thread.join()


def pinging(program: Program, url: str) -> Program:
    return replace(program, config=Config(jobs=Jobs(ping_url=url)))


@SQLITE
def test_a_watcher_is_called_when_all_is_well_and_not_otherwise(program: Program) -> None:
    with watcher() as (url, calls):
        tick(pinging(program, url), "one", [fails])
        assert calls == []
        tick(pinging(program, url), "one", [])
        assert calls == ["/secret-of-the-watcher"]


@SQLITE
def test_a_watcher_that_fails_is_named_without_its_address(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with watcher(500) as (url, calls):
        tick(pinging(program, url), "one", [])
    assert len(calls) == 1
    assert "could not be called: HTTPError" in caplog.text
    assert "secret-of-the-watcher" not in caplog.text
