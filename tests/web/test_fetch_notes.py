"""Who fetched and when is written down after the answer, seldom, and never at its cost."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from db.engine import reading, writing
from db.feeds import Fetch, list_fetches
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.web.app import make_app

ONLY_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def fetches(program: Program, feed_id: int) -> list[Fetch]:
    with reading(program.engine) as connection:
        return list_fetches(connection, [feed_id])[feed_id]


def wait_until(is_so: Callable[[], object]) -> None:
    for _ in range(250):
        if is_so():
            return
        time.sleep(0.02)
    raise AssertionError("it was not written down")


def test_each_family_is_noted_at_once_and_then_every_quarter_of_an_hour(
    program: Program, client: TestClient, clock: FixedClock, given
) -> None:
    feed_id, path = given.calendar.address.id, given.calendar.path
    begun = clock.now()
    client.get(path, headers={"user-agent": "vdirsyncer/0.21.0"})
    client.get(path, headers={"user-agent": "Google-Calendar-Importer"})
    both = [Fetch("Google Calendar", begun), Fetch("vdirsyncer", begun)]
    wait_until(lambda: fetches(program, feed_id) == both)
    clock.advance(timedelta(minutes=14, seconds=59))
    client.get(path, headers={"user-agent": "vdirsyncer/0.22.0"})
    clock.advance(timedelta(seconds=1))
    client.get(path, headers={"user-agent": "Google-Calendar-Importer"})
    later = Fetch("Google Calendar", begun + timedelta(minutes=15))
    wait_until(lambda: later in fetches(program, feed_id))
    assert fetches(program, feed_id) == [later, Fetch("vdirsyncer", begun)]


@ONLY_SQLITE
def test_a_304_is_a_fetch_and_a_look_is_none(program: Program, client: TestClient, given) -> None:
    feed_id, path = given.calendar.address.id, given.calendar.path
    etag = client.head(path, headers={"user-agent": "Thunderbird/153"}).headers["etag"]
    client.get(path, headers={"user-agent": "Evolution/3.46", "if-none-match": etag})
    wait_until(lambda: fetches(program, feed_id))
    assert [one.client for one in fetches(program, feed_id)] == ["Evolution"]


@ONLY_SQLITE
def test_what_is_under_way_is_written_before_the_end(program: Program, given) -> None:
    with TestClient(make_app(program, only_feeds=True)) as client:
        for agent in ("vdirsyncer", "KOrganizer", "Evolution", "Thunderbird", "Ada's own"):
            client.get(given.calendar.path, headers={"user-agent": agent})
    noted = [one.client for one in fetches(program, given.calendar.address.id)]
    assert noted == ["Evolution", "KOrganizer", "Other program", "Thunderbird", "vdirsyncer"]


@ONLY_SQLITE
def test_a_note_that_fails_costs_no_calendar(
    program: Program, client: TestClient, given, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(program.engine) as connection:
        connection.execute(text("ALTER TABLE feed_fetch RENAME TO hidden"))
    assert client.get(given.calendar.path).status_code == 200
    wait_until(lambda: "could not be written down: OperationalError" in caplog.text)
    assert client.get(given.calendar.path).status_code == 200
