"""Calendars: read by two parsers, discreet by default, the same bytes twice."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from ical.alarm import Alarm
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from monitor.render.calendar import CalendarEntry, Status, render_calendar
from monitor.render.plan_calendar import render_plan_calendar
from monitor.render.plan_view import PlanView
from monitor.render.zones import describe_zone
from schedules.model import Person
from schedules.protocol import Place, Protocol, Sex, Specimen
from tests.render.conftest import Golden, days, view_plan

ENTRY = CalendarEntry(
    uid="b3f1",
    visit_on=date(2027, 5, 14),
    opens_on=date(2027, 5, 7),
    closes_on=date(2027, 5, 21),
    sequence=3,
    changed_at=datetime(2026, 11, 2, 8, 30, 15, 999_999, tzinfo=UTC),
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    specimens=(Specimen.BLOOD, Specimen.URINE, Specimen.BLOOD),
    titles=("Full blood count", "Urinalysis"),
    instructions=("Drink something.",),
)
BOOKED = replace(ENTRY, uid="b3f2", status=Status.BOOKED, booked_at=time(9, 30), visit_on=date(2027, 5, 18))
CANCELLED = replace(ENTRY, uid="b3f3", status=Status.CANCELLED, visit_on=date(2027, 6, 14))
END = replace(ENTRY, uid="b3f4", status=Status.END, visit_on=date(2027, 1, 1))
HOME = replace(ENTRY, uid="b3f5", place=Place.HOME, to_arrange=False, visit_on=date(2027, 7, 1))
OFFICE = replace(ENTRY, uid="b3f6", place=Place.OFFICE)
DONE = replace(ENTRY, uid="b3f7", status=Status.DONE, visit_on=date(2027, 4, 13))
ALL = (ENTRY, BOOKED, CANCELLED, END, HOME, OFFICE, DONE)


def _render(*entries: CalendarEntry, language: str = "en", **style: object) -> bytes:
    chosen = {"name": "Follow-up checks", "zone": "Europe/Berlin"} | style
    return render_calendar(entries, language=language, **chosen)  # type: ignore[arg-type]


def _read(content: bytes) -> Calendar:
    """With the second parser, which shares no code with the writer."""
    return IcsCalendarStream.calendar_from_ics(content.decode())


def _lines(content: bytes) -> list[bytes]:
    return content.removesuffix(b"\r\n").split(b"\r\n")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_plan_looks_as_agreed(short: PlanView, golden: Golden, language: str):
    golden(f"plan-short-{language}.ics", render_plan_calendar(short, language=language))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_feed_with_everything_looks_as_agreed(golden: Golden, language: str):
    content = _render(
        *ALL, language=language, contact="Ambulanz, Tel. 030 1234; werktags", detail=True, urine_advice=True
    )
    golden(f"feed-detail-{language}.ics", content)


def test_both_parsers_read_the_same_in_every_field(two_courses: PlanView):
    content = render_plan_calendar(two_courses, language="de", detail=True, urine_advice=True)
    ours = {str(event["UID"]): event for event in icalendar.Calendar.from_ical(content).walk("VEVENT")}
    theirs = {event.uid: event for event in _read(content).events}
    assert len(ours) == len(theirs) == sum(visit.place is not Place.OFFICE for visit in two_courses.visits) + 1
    for uid, event in theirs.items():
        twin = ours[str(uid)]
        assert event.summary == str(twin["SUMMARY"])
        assert event.description == str(twin["DESCRIPTION"])
        assert event.dtstart == twin.decoded("DTSTART")
        assert event.dtend == twin.decoded("DTEND")
        assert event.dtstamp == twin.decoded("DTSTAMP")
        assert event.last_modified == twin.decoded("LAST-MODIFIED")
        assert event.created == twin.decoded("CREATED")
        assert event.sequence == twin.decoded("SEQUENCE")
        assert event.transparency == str(twin["TRANSP"])
        assert event.status == str(twin["STATUS"])
        assert [alarm.trigger for alarm in event.alarm] == [alarm.decoded("TRIGGER") for alarm in twin.walk("VALARM")]


def test_the_second_parser_finds_what_was_put_in():
    events = {event.uid: event for event in _read(_render(*ALL, contact="Tel. 030; 1,2")).events}
    assert events.keys() == {"b3f1", "b3f2", "b3f3", "b3f4", "b3f5", "b3f7"}
    planned = events["b3f1"]
    assert planned.summary == "Reminder: please arrange"
    assert planned.description == (
        "Any day from Fri 7 May 2027 to Fri 21 May 2027 is on time. Please arrange a day with your clinic.\n"
        "Contact: Tel. 030; 1,2"
    )
    assert (planned.dtstart, planned.dtend) == (date(2027, 5, 14), date(2027, 5, 15))
    assert planned.dtstamp == planned.last_modified == datetime(2026, 11, 2, 8, 30, 15, tzinfo=UTC)
    assert planned.sequence == 3
    assert _triggers(planned) == [timedelta(hours=-15), timedelta(hours=9)]
    booked = events["b3f2"]
    assert booked.dtstart == datetime(2027, 5, 18, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (booked.summary, booked.transparency) == ("Appointment", "OPAQUE")
    assert (events["b3f3"].status, _triggers(events["b3f3"])) == ("CANCELLED", [])
    assert (events["b3f7"].summary, events["b3f7"].status, _triggers(events["b3f7"])) == ("Done", "CONFIRMED", [])
    assert (events["b3f4"].summary, _triggers(events["b3f4"])) == ("Follow-up ends", [])
    assert events["b3f5"].summary == "Reminder"


def _triggers(event: Event) -> list[timedelta]:
    alarms: list[Alarm] = event.alarm
    assert all(alarm.action == "DISPLAY" and alarm.description == event.summary for alarm in alarms)
    return [trigger for alarm in alarms if isinstance(trigger := alarm.trigger, timedelta)]


def test_the_end_of_follow_up_stands_last_and_the_rest_in_order_of_the_day():
    found = [line for line in _lines(_render(*ALL)) if line.startswith(b"UID:b3f") and line.count(b"-") == 0]
    assert found == [b"UID:b3f7", b"UID:b3f1", b"UID:b3f2", b"UID:b3f3", b"UID:b3f5", b"UID:b3f4"]


def test_the_same_entries_give_the_same_bytes_in_any_order(two_courses: PlanView):
    shuffled = list(ALL)
    random.Random(7).shuffle(shuffled)
    assert _render(*ALL) == _render(*shuffled) == _render(*ALL)
    assert render_plan_calendar(two_courses, language="de") == render_plan_calendar(two_courses, language="de")


def test_the_calendar_itself_has_no_identity_no_method_and_no_address():
    head = _render(*ALL).split(b"BEGIN:VEVENT")[0]
    for name in (b"METHOD", b"\r\nUID", b"SOURCE", b"URL", b"ORGANIZER", b"ATTENDEE"):
        assert name not in head
    assert b"NAME:Follow-up checks\r\nX-WR-CALNAME:Follow-up checks\r\nX-WR-TIMEZONE:Europe/Berlin\r\n" in head
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\nX-PUBLISHED-TTL:PT6H\r\n" in head


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_tells_a_stranger_anything(two_courses: PlanView, language: str):
    content = render_plan_calendar(two_courses, language=language, reference="Ada Example")
    text = content.replace(b"\r\n ", b"").decode().lower()
    for word in ("blood", "blut", "urin", "thyroid", "schild", "skin", "haut", "platelet", "thrombo", "example", "lab"):
        assert word not in text
    detailed = render_plan_calendar(two_courses, language=language, detail=True).decode().lower()
    assert "urin" in detailed


def test_urine_advice_needs_detail_a_urine_sample_and_the_wish():
    advice = "without menstrual bleeding"
    blood = replace(ENTRY, specimens=(Specimen.BLOOD,))
    for entry, detail, wanted, expected in (
        (ENTRY, True, True, True),
        (ENTRY, False, True, False),
        (ENTRY, True, False, False),
        (blood, True, True, False),
    ):
        description = _read(_render(entry, detail=detail, urine_advice=wanted)).events[0].description or ""
        assert (advice in description) is expected


def test_only_what_a_patient_does_at_home_brings_its_instructions(short: PlanView):
    events = _read(render_plan_calendar(short, language="en", detail=True)).events
    assert [event.dtstart for event in events if "Do you bruise easily?" in (event.description or "")] == [
        date(2024, 4, 2)
    ]
    assert not any("must be reported" in (event.description or "") for event in events)


def test_a_corrected_infusion_moves_entries_and_replaces_none(example: Protocol):
    before = view_plan(example, days("2024-01-08", 5), Person(Sex.MALE))
    after = view_plan(example, days("2024-01-10", 5), Person(Sex.MALE))
    old, new = (
        {e.uid: e.dtstart for e in _read(render_plan_calendar(v, language="en")).events} for v in (before, after)
    )
    assert old.keys() == new.keys()
    assert old != new


def test_a_reference_keeps_two_patients_apart(short: PlanView):
    one, other = (render_plan_calendar(short, language="en", reference=name) for name in ("P-1", "P-2"))
    assert not {event.uid for event in _read(one).events} & {event.uid for event in _read(other).events}


def test_an_hour_without_a_zone_and_an_instant_without_one_are_bugs():
    with pytest.raises(ValueError, match="time zone"):
        _render(BOOKED, zone=None)
    with pytest.raises(ValueError, match="time zone"):
        _render(replace(ENTRY, changed_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_lines_are_folded_at_75_octets_and_never_inside_a_character():
    long = "Prüfung der Schilddrüse 👩‍⚕️🩸; Komma, Strich \\ und \n neue Zeile äöüß" * 9
    content = _render(replace(ENTRY, titles=(long,)), detail=True, contact=long, name=long)
    for line in _lines(content):
        assert len(line) <= 75
        line.decode()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert long.replace("\n", " ").strip() in (_read(content).events[0].description or "").replace("\n", " ")


@given(text=st.text(max_size=300))
def test_no_text_can_break_the_calendar(text: str):
    content = _render(replace(ENTRY, titles=(text,), instructions=(text,)), detail=True, contact=text, name=text)
    assert [event.uid for event in _read(content).events] == ["b3f1"]
    assert not set(content) & (set(range(32)) - {10, 13})
    for line in _lines(content):
        assert len(line) <= 75
        line.decode()


ZONES = [
    "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Asia/Jerusalem",
    "Africa/Casablanca", "Asia/Tokyo", "Asia/Kolkata", "America/Santiago", "Africa/Cairo", "UTC",
]  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_tells_the_right_hour_on_every_day(zone: str):
    component = describe_zone(zone, date(2024, 3, 1), date(2029, 2, 1))
    found = tzical(StringIO(component.to_ical().decode().replace("\r\n", "\n"))).get(zone)
    info = ZoneInfo(zone)
    for at in _noons(date(2024, 3, 1), date(2029, 2, 1)):
        assert at.replace(tzinfo=found).utcoffset() == at.replace(tzinfo=info).utcoffset()


def _noons(first_on: date, last_on: date) -> Iterator[datetime]:
    for offset in range((last_on - first_on).days + 1):
        yield datetime.combine(first_on + timedelta(days=offset), time(12, 0))


def test_most_zones_need_two_short_rules():
    berlin = describe_zone("Europe/Berlin", date(2024, 3, 1), date(2029, 2, 1)).to_ical()
    assert len(berlin) < 400
    assert berlin.count(b"RRULE") == 2
