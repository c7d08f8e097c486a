"""The clients themselves, against calendars written by hand: what a real client shows after each kind of answer."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.clients.feed_server import FeedServer, serving
from tests.clients.reading import read_events
from tests.clients.shown import Client, Shown, as_kept_by

pytestmark = pytest.mark.clients

ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
END:VTIMEZONE"""
NEWLINE = "\n"
REMINDER = """BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Reminder
TRIGGER:-PT15H
END:VALARM"""


def event(uid: str, day: str, *, title: str = "Reminder", sequence: int = 0, lines: str = "") -> str:
    """An all-day event, unless `lines` say when it is."""
    when = "" if "DTSTART" in lines else f"DTSTART;VALUE=DATE:{day}\nDTEND;VALUE=DATE:{int(day) + 1}\n"
    return (
        f"BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20261102T0800{sequence:02}Z\nLAST-MODIFIED:20261102T0800{sequence:02}Z\n"
        f"SEQUENCE:{sequence}\nSUMMARY:{title}\n{when}{lines and lines + NEWLINE}{REMINDER}\nEND:VEVENT"
    )


def calendar(*parts: str) -> str:
    lines = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//EN", *parts, "END:VCALENDAR", ""])
    return lines.replace("\n", "\r\n")


FIRST = calendar(
    ZONE,
    event("a@invented", "20261201"),
    event("b@invented", "20270104", title="Termin: Prüfung\\, nüchtern 🩺"),
    event(
        "c@invented", "", lines="DTSTART;TZID=Europe/Berlin:20270601T093000\nDTEND;TZID=Europe/Berlin:20270601T100000"
    ),
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving() as server:
        server.calendar = FIRST
        yield server


@pytest.fixture
def subscribed(client: Client, server: FeedServer) -> Client:
    client.subscribe(server.url)
    assert client.refresh() == ""
    return client


def test_days_hours_titles_and_alarms_are_shown_and_stay(subscribed: Client, server: FeedServer) -> None:
    alarms = (timedelta(hours=-15),)
    half_past_nine = datetime(2027, 6, 1, 7, 30, tzinfo=UTC)
    wanted = [
        Shown("a@invented", "Reminder", date(2026, 12, 1), date(2026, 12, 2), alarms=alarms),
        Shown("b@invented", "Termin: Prüfung, nüchtern 🩺", date(2027, 1, 4), date(2027, 1, 5), alarms=alarms),
        Shown("c@invented", "Reminder", half_past_nine, half_past_nine + timedelta(minutes=30), alarms=alarms),
    ]
    assert subscribed.events() == as_kept_by(subscribed, wanted)
    assert read_events(FIRST) == wanted
    asked = len(server.answers)
    assert subscribed.refresh() == ""
    assert len(server.answers) > asked
    assert subscribed.events() == as_kept_by(subscribed, wanted)


def test_what_moved_is_shown_once_and_what_went_is_gone(subscribed: Client, server: FeedServer) -> None:
    server.calendar = calendar(
        event("a@invented", "20261208", sequence=1, lines="STATUS:CANCELLED"), event("d@invented", "20270301")
    )
    assert subscribed.refresh() == ""
    shown = subscribed.events()
    assert [(one.starts, one.sequence, one.status) for one in shown] == [
        (date(2026, 12, 8), 1, "CANCELLED"),
        (date(2027, 3, 1), 0, ""),
    ]
    assert [one.uid for one in shown] == (["a@invented", "d@invented"] if subscribed.keeps_uids else ["", ""])


def test_a_refusal_is_reported_and_what_was_there_stays(subscribed: Client, server: FeedServer) -> None:
    before = subscribed.events()
    for code in (404, 410, 429, 503):
        server.code = code
        assert subscribed.refresh() != "", code
        assert server.answers[-1] == code
    assert subscribed.events() == before
    server.code = 200
    server.calendar = calendar(event("z@invented", "20270801"))
    assert subscribed.refresh() == ""
    assert [one.day for one in subscribed.events()] == [date(2027, 8, 1)]


def test_a_notice_replaces_everything(subscribed: Client, server: FeedServer) -> None:
    """So a withdrawn feed is answered: an empty calendar would leave all that was there."""
    server.calendar = calendar(event("notice@invented", "20261103", title="This calendar is no longer kept up"))
    assert subscribed.refresh() == ""
    assert [one.summary for one in subscribed.events()] == ["This calendar is no longer kept up"]


def test_events_that_differ_in_their_uid_alone_are_one_to_khal(subscribed: Client, server: FeedServer) -> None:
    """Two visits of one day need something else that tells them apart."""
    server.calendar = calendar(event("a@invented", "20261201"), event("b@invented", "20261201"))
    assert subscribed.refresh() == ""
    assert len(subscribed.events()) == (2 if subscribed.keeps_uids else 1)
