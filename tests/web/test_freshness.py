"""What is kept in memory is never older than the record: whatever changes is there at the next fetch."""

import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from starlette.testclient import TestClient

from db.backup import back_up, restore
from db.engine import reading, writing
from db.feeds import list_fetches
from db.migrate import sqlite_file
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.booking import book
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.feeds import get_feed
from monitor.web.answers import FIRM
from monitor.web.app import make_app
from monitor.web.fetching import Fetcher
from monitor.web.kept import OVERHEAD, Shelf
from tests.web.conftest import COURSE

DeskOf = Callable[[str], AbstractContextManager[Desk]]
ONLY_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def now_shown(program: Program) -> bytes:
    """What the record says, made without anything that was kept over HTTP."""
    with program.reading("ada") as desk:
        return get_feed(desk, program.config, "N-1").render()


def changed_at(answer) -> datetime:
    return parsedate_to_datetime(answer.headers["last-modified"])


def settle(program: Program, client: TestClient, given):
    """The calendar, fetched until it comes from memory: each first fetch is written down in the background."""
    client.get(given.calendar.path)
    feed_id, now = given.calendar.address.id, program.clock.now()
    for _ in range(250):
        with reading(program.engine) as connection:
            if any(one.fetched_at == now for one in list_fetches(connection, [feed_id])[feed_id]):
                return client.get(given.calendar.path)
        time.sleep(0.02)
    raise AssertionError("no fetch was written down")


def book_on(desk_of: DeskOf, treatment_id: int, day: date) -> None:
    with desk_of("ada") as desk:
        book(desk, treatment_id, ["blood-count"], on=day)


def test_each_act_is_seen_at_the_next_fetch_and_no_date_goes_back(
    program: Program, client: TestClient, clock: FixedClock, desk_of: DeskOf, given
) -> None:
    last = client.get(given.calendar.path)
    assert last.content == now_shown(program)
    tags = {last.headers["etag"]}
    for number in range(6):
        # Some acts follow within the second, and one puts back what was before.
        clock.advance(timedelta(milliseconds=300 if number % 2 else 90_000))
        book_on(desk_of, given.treatment_id, date(2026, 11, 16 + number % 3))
        for path_to in ({"if-none-match": last.headers["etag"]}, {"if-modified-since": changed_on(last)}):
            young = client.get(given.calendar.path, headers=path_to)
            assert young.status_code == 200
            assert young.content == now_shown(program)
            assert "last-modified" not in young.headers
        clock.advance(timedelta(seconds=5))
        by_day = client.get(given.calendar.path, headers={"if-modified-since": changed_on(last)})
        assert by_day.status_code == 200
        assert changed_at(by_day) > changed_at(last)
        tags.add(by_day.headers["etag"])
        last = by_day
        for asked in ({"if-none-match": last.headers["etag"]}, {"if-modified-since": changed_on(last)}):
            assert client.get(given.calendar.path, headers=asked).status_code == 304
    assert len(tags) == 7


@pytest.mark.parametrize("kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_an_act_that_ends_after_a_later_one_is_seen(
    program: Program, client: TestClient, desk_of: DeskOf, given
) -> None:
    """Its line of the history has the lower number then."""
    with desk_of("ada") as desk:
        other = enrol(desk, Enrolment("north", "N-2", "alemtuzumab-eu", infusions=COURSE))[0]
    with desk_of("ada") as desk:
        book(desk, given.treatment_id, ["blood-count"], on=date(2026, 11, 17))
        book_on(desk_of, other, date(2026, 11, 18))
        between = client.get(given.staff.path)
    after = client.get(given.staff.path)
    assert b"20261117" not in between.content
    assert b"20261117" in after.content


def changed_on(answer) -> str:
    return str(answer.headers["last-modified"])


def test_an_act_for_somebody_else_changes_nothing(
    client: TestClient, clock: FixedClock, desk_of: DeskOf, given
) -> None:
    first = client.get(given.calendar.path)
    clock.advance(timedelta(hours=1))
    with desk_of("ada") as desk:
        enrol(desk, Enrolment("north", "N-2", "alemtuzumab-eu", infusions=COURSE))
    again = client.get(given.calendar.path)
    assert (again.content, again.headers) == (first.content, first.headers)


def test_midnight_at_the_clinic_needs_no_commit(program: Program, client: TestClient, clock: FixedClock, given) -> None:
    """Overdue visits stand on a working day that is not past: the next morning they stand elsewhere."""
    monday = client.get(given.calendar.path)
    # 4 November, 23:59:59 in Berlin; entries stand on Wednesday the 4th.
    clock.advance(datetime(2026, 11, 4, 22, 59, 59, tzinfo=UTC) - clock.now())
    evening = settle(program, client, given)
    assert evening.content == now_shown(program)
    clock.advance(timedelta(seconds=1))
    morning = client.get(given.calendar.path, headers={"if-none-match": evening.headers["etag"]})
    assert morning.status_code == 200
    assert morning.content == now_shown(program)
    assert len({monday.content, evening.content, morning.content}) >= 2
    assert morning.content != evening.content
    clock.advance(timedelta(seconds=5))
    assert changed_at(client.get(given.calendar.path)) == datetime(2026, 11, 4, 23, tzinfo=UTC) > changed_at(evening)


def test_a_new_process_says_the_same(program: Program, client: TestClient, clock: FixedClock, given) -> None:
    """Two replicas, or the same program after a restart an hour later."""
    first = client.get(given.calendar.path)
    clock.advance(timedelta(hours=1))
    with TestClient(make_app(program, only_feeds=False)) as other:
        again = other.get(given.calendar.path, headers={"accept-encoding": "identity"})
        assert (again.content, again.headers) == (first.content, first.headers)


def test_a_shelf_without_room_serves_the_same(program: Program, given) -> None:
    with TestClient(make_app(program, only_feeds=True, shelf=Shelf(OVERHEAD))) as client:
        answers = [client.get(given.calendar.path) for _ in range(2)]
    assert answers[0].content == answers[1].content == now_shown(program)
    assert answers[0].headers["last-modified"] == answers[1].headers["last-modified"]


@ONLY_SQLITE
def test_what_is_unchanged_is_answered_without_the_record(program: Program, client: TestClient, given) -> None:
    """From memory alone: nothing opens the database."""
    from sqlalchemy import event

    whole = settle(program, client, given)
    opened: list[object] = []
    event.listen(program.engine, "checkout", lambda *args: opened.append(args))
    assert client.get(given.calendar.path).content == whole.content
    asked = {"if-none-match": whole.headers["etag"]}
    assert client.get(given.calendar.path, headers=asked).status_code == 304
    assert opened == []


@ONLY_SQLITE
def test_a_restored_record_is_served_at_once(
    program: Program, client: TestClient, clock: FixedClock, desk_of: DeskOf, given, tmp_path: Path
) -> None:
    before = client.get(given.calendar.path)
    client.get(given.calendar.path)
    back_up(program.engine, tmp_path / "backup.sqlite3")
    clock.advance(timedelta(hours=1))
    book_on(desk_of, given.treatment_id, date(2026, 11, 17))
    booked = client.get(given.calendar.path)
    assert booked.content != before.content
    restore(program.engine, tmp_path / "backup.sqlite3", overwrite=True, at=clock.now())
    restored = client.get(given.calendar.path)
    assert restored.content == now_shown(program) != booked.content


def test_many_at_once_while_the_record_changes(program: Program, clock: FixedClock, desk_of: DeskOf, given) -> None:
    """Readers on several threads, a writer beside them: each tag has one day, and later fetches no earlier day."""
    versions = RecordVersion(program.engine)
    fetcher = Fetcher(program, versions, "appointments", list(FIRM))
    stop, failures = Event(), []
    seen: dict[bytes, set[datetime]] = {}

    def read() -> None:
        kept, last = None, None
        for _ in range(500):
            if stop.is_set():
                break
            kept = fetcher.fetch(given.calendar.token, kept, versions.read(), clock.now())
            assert kept
            assert kept.calendar
            if last and kept.calendar.changed_at < last:
                failures.append((last, kept.calendar.changed_at))
            last = kept.calendar.changed_at
            seen.setdefault(kept.calendar.identity.etag, set()).add(last)

    readers = [Thread(target=read) for _ in range(3)]
    for one in readers:
        one.start()
    for number in range(5):
        clock.advance(timedelta(seconds=2))
        book_on(desk_of, given.treatment_id, date(2026, 11, 16 + number))
    stop.set()
    for one in readers:
        one.join(60)
    assert failures == []
    final = fetcher.fetch(given.calendar.token, None, versions.read(), clock.now())
    assert final
    assert final.calendar
    assert final.calendar.identity.whole.body == now_shown(program)
    assert final.calendar.changed_at >= max(max(days) for days in seen.values())
    versions.close()


@ONLY_SQLITE
def test_a_file_that_is_away_gives_503_and_comes_back(program: Program, client: TestClient, given) -> None:
    whole, file = settle(program, client, given), sqlite_file(program.engine)
    assert file
    shutil.move(file, file.with_name("aside"))
    for path in (given.calendar.path, given.staff.path, "/healthz"):
        answer = client.get(path, headers={"if-none-match": whole.headers["etag"]})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30"), path
        assert b"VCALENDAR" not in answer.content
    assert not file.exists()
    shutil.move(file.with_name("aside"), file)
    assert client.get(given.calendar.path).content == whole.content


def test_a_record_without_its_tables_gives_503(program: Program, client: TestClient, given) -> None:
    from sqlalchemy import text

    whole = client.get(given.calendar.path)
    with writing(program.engine) as connection:
        connection.execute(text("ALTER TABLE feed RENAME TO hidden"))
    answers = [client.get(given.calendar.path, headers={"if-none-match": whole.headers["etag"]}) for _ in range(2)]
    answers.append(client.get(given.staff.path))
    assert [one.status_code for one in answers] == [503] * 3
    assert len({one.content for one in answers}) == 1
    assert answers[0].headers["retry-after"] == "30"
    assert answers[0].headers["cache-control"] == "no-store"
    with writing(program.engine) as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO feed"))
    assert client.get(given.calendar.path).content == whole.content
