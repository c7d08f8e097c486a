"""Golden feeds: three parsers that share no code with the writer agree on every field, and no text can break one."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.render.calendar import CalendarEntry, Style, render_calendar, render_event
from monitor.render.plan_calendar import render_plan_calendar
from monitor.render.plan_view import PlanView
from schedules.protocol import Place
from tests.render.calendar_examples import (
    BOOKED,
    EN,
    FEEDS,
    NOTICE,
    PLANNED,
    Feed,
    expected_end,
    expected_start,
)
from tests.render.calendar_readers import Events, Seen, SeenTime, with_ical, with_ical_js, with_vobject
from tests.render.conftest import Golden

ICAL_JS = "ical.js@2.2.1"
Reader = Callable[[bytes], Events]


@pytest.fixture(scope="session")
def ical_js(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JavaScript library, fetched into a directory of its own; where that cannot be, its tests are skipped."""
    where = tmp_path_factory.mktemp("ical-js")
    if not (shutil.which("node") and shutil.which("npm")):
        _do_without("node and npm are not installed")
    command = ["npm", "install", "--prefix", str(where), "--ignore-scripts", "--no-audit", "--no-fund", ICAL_JS]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        _do_without(f"npm could not fetch {ICAL_JS} in two minutes")
    if done.returncode:
        _do_without(f"npm could not fetch {ICAL_JS}")
    return where / "node_modules" / "ical.js" / "dist" / "ical.js"


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"ical.js must read the calendars here, but {reason}")
    pytest.skip(f"ical.js reads no calendar: {reason}")


def render(feed: Feed) -> bytes:
    return render_calendar(feed.entries, name=feed.shown_name, style=feed.style)


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_looks_as_agreed_and_is_well_formed(golden: Golden, name: str):
    content = render(FEEDS[name])
    golden(f"feed-{name}.ics", content)
    assert_well_formed(content)


def assert_well_formed(content: bytes) -> None:
    """What every client may rely on, byte by byte."""
    assert content.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert content.endswith(b"\r\nEND:VCALENDAR\r\n")
    for line in content.removesuffix(b"\r\n").split(b"\r\n"):
        assert line.strip()
        assert len(line) <= 75
        line.decode()  # no character stands on two lines
        assert (len(line) - len(line.rstrip(b"\\"))) % 2 == 0, "a fold between a backslash and its letter"
        assert not set(line) & {*range(32), 127}


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("reader", [with_ical, with_vobject])
def test_a_parser_finds_what_was_put_in(reader: Reader, name: str):
    feed = FEEDS[name]
    assert_found(reader(render(feed)), feed)


def test_a_parser_in_javascript_finds_what_was_put_in(ical_js: Path):
    found = with_ical_js(ical_js, [render(feed) for feed in FEEDS.values()])
    for (events, properties), feed in zip(found, FEEDS.values(), strict=True):
        assert_found(events, feed)
        zone = feed.style.zone
        assert properties == {
            "version": "2.0",
            "prodid": "-//Follow-up calendar//EN",
            "calscale": "GREGORIAN",
            "name": properties["x-wr-calname"],
            "x-wr-calname": _escaped(feed.shown_name),
            "x-wr-timezone": zone,
            "refresh-interval": "PT6H",
            "x-published-ttl": "PT6H",
        }


def _escaped(text: str) -> str:
    """ical.js leaves the properties of a calendar that it does not know as they stand."""
    return text.replace(",", "\\,").replace(";", "\\;")


def test_both_parsers_read_the_same_in_every_field(two_courses: PlanView):
    plan = render_plan_calendar(two_courses, language="de", detail=True, urine_advice=True)
    for content in (plan, *(render(feed) for feed in FEEDS.values())):
        assert with_ical(content) == with_vobject(content) != {}


def test_a_parser_in_javascript_reads_the_same_in_every_field(ical_js: Path, two_courses: PlanView):
    plan = render_plan_calendar(two_courses, language="de", detail=True, urine_advice=True)
    contents = [plan, *(render(feed) for feed in FEEDS.values())]
    for content, (events, _) in zip(contents, with_ical_js(ical_js, contents), strict=True):
        assert with_ical(content) == events


def assert_found(events: Events, feed: Feed) -> None:
    """Identity, age, days and hours: as given, and hours as the zone itself knows them."""
    entries = {one.uid: one for one in feed.entries if feed.style.for_staff or one.place is not Place.OFFICE}
    assert events.keys() == entries.keys()
    for uid, entry in entries.items():
        seen = events[uid]
        assert seen.sequence == entry.sequence
        assert seen.said["dtstamp"] == seen.said["last-modified"] == _utc(entry.changed_at)
        assert seen.said["created"] == _utc(entry.created_at)
        assert seen.said["class"] == "PRIVATE"
        assert_days(seen, entry, feed.style)


def assert_days(seen: Seen, entry: CalendarEntry, style: Style) -> None:
    for found, expected in ((seen.start, expected_start(entry)), (seen.end, expected_end(entry))):
        if isinstance(expected, datetime):
            assert style.zone
            instant = expected.replace(tzinfo=ZoneInfo(style.zone))
            assert found == SeenTime(expected.isoformat(), style.zone, int(instant.timestamp()))
        else:
            assert found == SeenTime(expected.isoformat(), None, None)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


SPECIAL = "\\;,:\"'\nNn=<>^🩸\u200dé\u0301ß\xa0 "
ANY = st.characters(exclude_categories=())
PLAIN = st.one_of(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Cn")), st.sampled_from(SPECIAL))


@given(text=st.text(PLAIN, max_size=400))
@example(text="C:\\NOTES\\notes \\N \\n \\\\n \\, \\; \\")
def test_whatever_people_write_survives_two_parsers(text: str):
    """The angles keep spaces at the ends, which are stripped otherwise."""
    said = f"<{text}>"
    content = render_calendar(
        [_saying(said), BOOKED], name=said, style=Style("en", "Europe/Berlin", contact=said, telephone=said)
    )
    assert_well_formed(content)
    one_line = said.replace("\n", " ")
    for reader in (with_ical, with_vobject):
        events = reader(content)
        assert events.keys() == {NOTICE.uid, BOOKED.uid}
        assert events[NOTICE.uid].said["summary"] == one_line
        assert events[NOTICE.uid].said["description"] == f"{said}\nContact: {said}\nTelephone: {said}"


@given(text=st.text(ANY, max_size=200))
def test_nothing_that_people_paste_breaks_a_calendar_or_garbles_what_stands_beside_it(text: str):
    detailed = Style("de", "Europe/Berlin", contact=text, telephone=text, detail=True)
    content = render_calendar([_saying(text), PLANNED, BOOKED], name=text, style=detailed)
    assert_well_formed(content)
    assert not set("\u202e\u2066\u2028\u2029\x85\ufeff") & set(content.decode())
    events = with_ical(content)
    assert events == with_vobject(content)
    assert events.keys() == {NOTICE.uid, PLANNED.uid, BOOKED.uid}
    assert events[PLANNED.uid].said["summary"] == "Erinnerung: bitte Termin vereinbaren (Blut, Urin)"


def _saying(text: str) -> CalendarEntry:
    return replace(NOTICE, titles=(text,), text=text)


def test_every_shift_of_the_fold_survives_javascript_too(ical_js: Path):
    texts = [f"{'x' * shift}{mark * 60}" for shift in range(9) for mark in ("🩸", "\\N", ";", "ß,", "a\n")]
    contents = [render_calendar([_saying(f"<{text}>")], name="x", style=Style("en")) for text in texts]
    for text, (events, _) in zip(texts, with_ical_js(ical_js, contents), strict=True):
        assert events[NOTICE.uid].said["description"] == f"<{text}>"


def test_in_the_nights_of_the_clock_change_no_entry_ends_before_it_begins(ical_js: Path):
    """02:30 on 28 March 2027 does not exist in Berlin; on 31 October there are two, and parsers choose either."""
    nights = [
        replace(BOOKED, uid=f"{day} {hour:02}{minute:02}", visit_on=day, booked_at=time(hour, minute))
        for day in (date(2027, 3, 28), date(2027, 10, 31))
        for hour in range(5)
        for minute in (0, 30, 45)
    ]
    content = render_calendar(nights, name="x", style=EN)
    [(events, _)] = with_ical_js(ical_js, [content])
    found = [events, with_ical(content), with_vobject(content)]
    for uid in (one.uid for one in nights):
        seen = [of[uid] for of in found]
        assert len({(one.start.shown, one.end.shown) for one in seen}) == 1
        assert all((one.start.seconds or 0) < (one.end.seconds or 0) for one in seen)
        if "T02:" not in seen[0].start.shown + seen[0].end.shown:
            assert seen[0] == seen[1] == seen[2]
    assert (events["2027-03-28 0230"].start.shown, events["2027-03-28 0230"].end.shown) == (
        "2027-03-28T03:30:00",
        "2027-03-28T04:00:00",
    )


def test_two_visits_of_one_day_differ_in_more_than_their_uid() -> None:
    """vdirsyncer names an event by a hash of all but its UID and its stamps, and would show one of the two."""
    at = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    day = date(2026, 11, 12)
    twins = [
        CalendarEntry(uid=uid, visit_on=day, opens_on=day, closes_on=day, sequence=0, changed_at=at, created_at=at)
        for uid in ("a" * 32, "b" * 32)
    ]
    style = Style("en", day_before_at=None, same_day_at=None)
    first, second = (render_event(one, style).splitlines() for one in twins)
    assert {line for line in first if not line.startswith(b"UID")} != {
        line for line in second if not line.startswith(b"UID")
    }
