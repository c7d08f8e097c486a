"""Feeds over HTTP: one calendar from `monitor serve`, beside Radicale, an empty Starlette route, and icalendar anew.

Server on one core, client on the other where there are two, eight connections that stay open. The servers take
turns in rounds, and the median of the rounds' ratios counts.
"""

import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import yaml
from icalendar import Calendar

from benchmarks import Row
from benchmarks.load import Line, fetch, header, on_core, request, requests_a_second
from benchmarks.servers import SERVER_CORE, serving_empty, serving_ours, serving_radicale
from db import people
from db.engine import open_engine, writing
from db.migrate import upgrade
from monitor.bootstrap import Program
from monitor.clock import SystemClock, today_in
from monitor.config import load_config
from monitor.protocols import load_files
from monitor.render.calendar import make_event
from monitor.services.addresses import issue_to_patient
from monitor.services.approving import Candidate, approve
from monitor.services.booking import book
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.feeds import Feed, get_feed
from schedules.model import Infusion

ZONE = "Europe/Berlin"
CLIENT_CORE = 1
ROUNDS = 5
SHORT_ROUNDS = 15
CHANGES = 20
TIMES_RADICALE, TIMES_EMPTY, TIMES_ANEW = 40.0, 0.5, 10.0


class Made(NamedTuple):
    """The record to serve: where it is, the address of one calendar, and what that one holds."""

    config: Path
    program: Program
    treatment_id: int
    path: str
    content: bytes
    events: int


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, on_core(CLIENT_CORE):
        folder = Path(name)
        made = make_record(folder)
        with serving_ours(made.config) as ours:
            with serving_radicale(folder, made.content) as radicale:
                rows = [compare_whole(made, ours, radicale)]
            with serving_empty(folder) as empty:
                rows.append(compare_unchanged(made, ours, empty))
            rows.append(compare_changed(made, ours))
        made.program.engine.dispose()
    return rows


# --- The three comparisons ----------------------------------------------------------------------------


def compare_whole(made: Made, ours: int, radicale: int) -> Row:
    """The whole calendar, unpacked, as Radicale sends it too."""
    mine, theirs = request(made.path), request("/ward/calendar/")
    requests_a_second(ours, mine, status=200, answers=1_000)
    pairs = [
        (
            requests_a_second(ours, mine, status=200, answers=5_000),
            requests_a_second(radicale, theirs, status=200, answers=100),
        )
        for _ in range(ROUNDS)
    ]
    return row_of(
        f"whole feed, {made.events} events, {len(made.content) // 1000} kB ({{:,.0f}} a second) : Radicale ({{:,.0f}})",
        pairs,
        TIMES_RADICALE,
    )


def compare_unchanged(made: Made, ours: int, empty: int) -> Row:
    with closing(Line(ours)) as line:
        etag = header(fetch(line, request(made.path)), "etag")
    mine = request(made.path, [f"If-None-Match: {etag}", "User-Agent: benchmark"])
    theirs = request("/", [f"If-None-Match: {etag}", "User-Agent: benchmark"])
    requests_a_second(empty, theirs, status=200, answers=1_000)
    pairs = [
        (
            requests_a_second(ours, mine, status=304, answers=2_000),
            requests_a_second(empty, theirs, status=200, answers=2_000),
        )
        for _ in range(SHORT_ROUNDS)
    ]
    return row_of("unchanged, 304 ({:,.0f} a second) : empty route of Starlette ({:,.0f})", pairs, TIMES_EMPTY)


def compare_changed(made: Made, ours: int) -> Row:
    """From the request to the whole answer, after an act; beside all events made by icalendar, without any reading."""
    plain = request(made.path)
    pairs = []
    with closing(Line(ours)) as line:
        last = header(fetch(line, plain), "etag")
        for number in range(CHANGES):
            with made.program.writing("ada") as desk:
                on = today_in(ZONE, made.program.clock) + timedelta(days=30 + number)
                book(desk, made.treatment_id, ["blood-count"], on=on)
                feed = get_feed(desk, made.program.config, "INV-1")
            started = time.perf_counter()
            etag = header(fetch(line, plain), "etag")
            changed = time.perf_counter() - started
            assert etag != last, "the calendar did not change"
            last = etag
            with on_core(SERVER_CORE):
                started = time.perf_counter()
                make_anew(feed)
                anew = time.perf_counter() - started
            pairs.append((1 / changed, 1 / anew))
    ratio = median(one / other for one, other in pairs)
    milliseconds = [1000 / median(one[at] for one in pairs) for at in (0, 1)]
    what = f"after one change ({milliseconds[0]:.1f} ms) : the feed made anew with icalendar ({milliseconds[1]:.1f} ms)"
    return Row(what, f"{ratio:.1f}×", f"at least {TIMES_ANEW:.0f}×", ratio >= TIMES_ANEW)


def row_of(what: str, pairs: list[tuple[float, float]], at_least: float) -> Row:
    ratio = median(one / other for one, other in pairs)
    figures = (median(one for one, _ in pairs), median(other for _, other in pairs))
    digits = 0 if at_least > 1 else 2
    return Row(what.format(*figures), f"{ratio:.2f}×", f"at least {at_least:.{digits}f}×", ratio >= at_least)


def make_anew(feed: Feed) -> bytes:
    """The same events as anybody would make them with icalendar, who keeps nothing of the last time."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//benchmark//EN")
    for entry in feed.entries:
        calendar.add_component(make_event(entry, feed.style))
    return bytes(calendar.to_ical(sorted=False))


# --- The record ---------------------------------------------------------------------------------------


def make_record(folder: Path) -> Made:
    """One invented patient with two courses, all of whose visits are still to come or open."""
    url = f"sqlite:///{folder / 'record.sqlite3'}"
    config = folder / "config.yaml"
    settings = {"db": {"url": url}, "feed": {"requests_per_minute": 1_000_000, "contact": "Day clinic (invented)"}}
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    program = Program(load_config(config, {}), open_engine(url), SystemClock())
    upgrade(program.engine)
    with writing(program.engine) as connection:
        people.add_clinic(connection, people.Clinic("north", "North Clinic (invented)", ZONE, "DE"))
        people.add_person(connection, login="ada", name="Ada Example", role="admin", clinic_ids=["north"])
    entry = load_files().get("alemtuzumab-eu")
    today = today_in(ZONE, program.clock)
    first = today - timedelta(days=375)
    infusions = [Infusion(first + timedelta(days=day)) for day in (0, 1, 2, 3, 4, 370, 371, 372)]
    with program.writing("ada") as desk:
        approve(desk, Candidate(entry.text, entry.protocol), approved_by="Dr. Invented Example", is_invented=True)
        treatment_id, _ = enrol(desk, Enrolment("north", "INV-1", "alemtuzumab-eu", infusions=infusions))
        _, calendar = issue_to_patient(desk, "INV-1", label="benchmark", consented=True)
        content = get_feed(desk, program.config, "INV-1").render()
    return Made(config, program, treatment_id, calendar.path, content, content.count(b"BEGIN:VEVENT"))
