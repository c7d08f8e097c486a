"""Calendars: each entry says what it should and nothing more, discreet by default, the same bytes twice."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from monitor.render.calendar import (
    CalendarEntry,
    Status,
    Style,
    calendar_name,
    join_calendar,
    render_calendar,
    render_event,
    render_head,
)
from monitor.render.calendar_words import CALENDAR
from monitor.render.plan_calendar import render_plan_calendar
from monitor.render.plan_view import PlanView
from monitor.render.zones import describe_zone
from schedules.model import Person
from schedules.protocol import Place, Protocol, Sex, Specimen
from tests.render.calendar_examples import (
    ADVICE,
    ADVICE_FOR_GOOD,
    BOOKED,
    CANCELLED,
    DONE,
    END,
    END_WITH_TEXT,
    ENDED,
    FEEDS,
    HOME,
    NO_HOUR,
    NOTICE,
    OFFICE,
    OVERDUE,
    OVERDUE_HOME,
    PLANNED,
    REPORTED,
    SUPERSEDED,
    VISITS,
    WAIVED,
)
from tests.render.conftest import Golden, days, view_plan

BERLIN = Style("en", "Europe/Berlin")
EVERY = (*VISITS, NO_HOUR, OVERDUE, OVERDUE_HOME, REPORTED, WAIVED, SUPERSEDED, END_WITH_TEXT, ENDED, ADVICE, NOTICE)
BOTH_RING = [-15, 9]


def _read(content: bytes) -> Calendar:
    """With a parser that shares no code with the writer."""
    return IcsCalendarStream.calendar_from_ics(content.decode())


def _render(*entries: CalendarEntry, style: Style = BERLIN) -> bytes:
    return render_calendar(entries, name="My appointments", style=style)


def _event(entry: CalendarEntry, style: Style = BERLIN) -> Event:
    [event] = _read(_render(entry, style=style)).events
    return event


def _said(entry: CalendarEntry, style: Style = BERLIN) -> str:
    return _event(entry, style).description or ""


def _rings(event: Event) -> list[float]:
    """Hours from the beginning of the entry."""
    assert all(alarm.action == "DISPLAY" and alarm.description == event.summary for alarm in event.alarm)
    triggers = [alarm.trigger for alarm in event.alarm]
    return [one / timedelta(hours=1) for one in triggers if isinstance(one, timedelta)]


@pytest.mark.parametrize(
    ("entry", "english", "german", "rings"),
    [
        (PLANNED, "Reminder: please arrange", "Erinnerung: bitte Termin vereinbaren", BOTH_RING),
        (HOME, "Reminder", "Erinnerung", BOTH_RING),
        (BOOKED, "Appointment", "Termin", [-24, -2]),
        (NO_HOUR, "Appointment", "Termin", BOTH_RING),
        (OVERDUE, "Reminder: still to be done", "Erinnerung: noch zu erledigen", [9]),
        (REPORTED, "Awaiting confirmation", "Bestätigung steht noch aus", []),
        (DONE, "Done", "Erledigt", []),
        (WAIVED, "No longer needed", "Nicht mehr nötig", []),
        (SUPERSEDED, "No longer needed: a later visit counts", "Nicht mehr nötig: ein späterer Termin zählt", []),
        (CANCELLED, "Cancelled: reminder", "Entfällt: Erinnerung", []),
        (END, "Follow-up ends", "Die Nachsorge endet", []),
        (ENDED, "Follow-up here has ended", "Die Nachsorge hier ist beendet", []),
        (ADVICE, "A quiet period", "A quiet period", []),
        (NOTICE, "This calendar has ended", "This calendar has ended", []),
    ],
    ids=lambda value: value.status if isinstance(value, CalendarEntry) else "",
)
def test_title_and_alarms_of_each(entry: CalendarEntry, english: str, german: str, rings: list[float]):
    event = _event(entry)
    assert (event.summary, _rings(event)) == (english, rings)
    assert _event(entry, replace(BERLIN, language="de-AT")).summary in {english, german}
    assert _event(entry, replace(BERLIN, language="de")).summary == german
    assert event.transparency == ("OPAQUE" if entry is BOOKED else "TRANSPARENT")
    assert event.status == ("CANCELLED" if entry in {WAIVED, SUPERSEDED, CANCELLED} else "CONFIRMED")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            PLANNED,
            "Any day from Fri 7 May 2027 to Fri 21 May 2027 is on time. Please arrange a day with your clinic.",
        ),
        (replace(PLANNED, opens_on=PLANNED.closes_on, to_arrange=False), "It is meant for Fri 21 May 2027."),
        (
            OVERDUE,
            "The last day that was on time was Fri 21 May 2027. That can happen. Please call your clinic soon, so that "
            "it can still be done.",
        ),
        (
            OVERDUE_HOME,
            "The last day that was on time was Fri 21 May 2027. That can happen. Please do it now, or call your clinic "
            "if something is unclear.",
        ),
        (
            REPORTED,
            "You told us that this was done on Wed 12 May 2027. Your clinic will look at it and confirm it.",
        ),
        (BOOKED, "This day was agreed with you."),
        (NO_HOUR, "This day was agreed with you. If you do not know the hour, please ask your clinic."),
        (END, "The regular checks end around this day.\nYour clinic will tell you what stays important."),
        (ADVICE, "Please keep to what was agreed.\nUntil Sat 15 May 2027, that day included."),
        (ADVICE_FOR_GOOD, "Please keep to what was agreed.\nFrom Mon 11 Jan 2027 on, for good."),
    ],
    ids=lambda value: value.uid if isinstance(value, CalendarEntry) else "",
)
def test_what_each_says_and_how_to_reach_the_clinic(entry: CalendarEntry, expected: str):
    assert _said(entry) == expected
    reachable = replace(BERLIN, contact="Clinic; north", telephone="030 1, 2")
    assert _said(entry, reachable) == f"{expected}\nContact: Clinic; north\nTelephone: 030 1, 2"


def test_days_and_hours():
    planned, booked = _event(PLANNED), _event(BOOKED)
    assert (planned.dtstart, planned.dtend) == (date(2027, 5, 14), date(2027, 5, 15))
    assert booked.dtstart == datetime(2027, 5, 18, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert booked.dtend == datetime(2027, 5, 18, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    period, for_good = _event(ADVICE), _event(ADVICE_FOR_GOOD)
    assert (period.dtstart, period.dtend) == (date(2027, 1, 11), date(2027, 5, 16))
    assert (for_good.dtstart, for_good.dtend) == (date(2027, 1, 11), date(2027, 1, 12))
    one_day = _event(replace(ADVICE, ends_on=ADVICE.visit_on))
    assert (one_day.dtstart, one_day.dtend) == (date(2027, 1, 11), date(2027, 1, 12))


@pytest.mark.parametrize(
    ("entry", "day_before_at", "same_day_at", "expected"),
    [
        (PLANNED, time(9), None, [-15]),
        (PLANNED, None, time(9), [9]),
        (PLANNED, None, None, []),
        (PLANNED, time(0), time(0), [-24, 0]),
        (PLANNED, time(18, 30), time(6, 15), [-5.5, 6.25]),
        (NO_HOUR, time(20), None, [-4]),
        (BOOKED, time(18, 30), time(6, 15), [-24, -2]),
        (BOOKED, None, time(9), [-2]),
        (BOOKED, time(9), None, [-24]),
        (BOOKED, None, None, []),
        (OVERDUE, time(9), time(10), [10]),
        (OVERDUE, time(9), None, []),
    ],
)
def test_alarms_that_a_patient_moved_or_dropped(
    entry: CalendarEntry, day_before_at: time | None, same_day_at: time | None, expected: list[float]
):
    style = replace(BERLIN, day_before_at=day_before_at, same_day_at=same_day_at)
    assert _rings(_event(entry, style)) == expected


@pytest.mark.parametrize("entry", [DONE, WAIVED, SUPERSEDED, CANCELLED], ids=lambda entry: entry.status)
def test_what_is_settled_is_kept_or_cancelled_as_the_clinic_chose(entry: CalendarEntry):
    as_done, as_cancelled = (_event(entry, style) for style in (BERLIN, replace(BERLIN, settled_as="cancelled")))
    assert as_done.status == ("CONFIRMED" if entry is DONE else "CANCELLED")
    assert as_cancelled.status == "CANCELLED"
    for event in (as_done, as_cancelled):
        assert (event.summary, event.transparency, event.alarm) == (as_done.summary, "TRANSPARENT", [])


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (PLANNED, "N-017: Blood, urine"),
        (BOOKED, "N-017: Blood, urine (booked)"),
        (OVERDUE, "N-017: Blood, urine (overdue)"),
        (REPORTED, "N-017: Blood, urine (to be confirmed)"),
        (replace(PLANNED, specimens=()), "N-017: Visit"),
    ],
)
def test_staff_see_reference_and_tests_and_are_not_woken(entry: CalendarEntry, expected: str):
    event = _event(replace(entry, reference="N-017"), replace(BERLIN, for_staff=True, contact="us"))
    assert event.summary == expected
    assert event.alarm == []
    assert event.transparency == "TRANSPARENT"
    assert "To be done: Full blood count, Urinalysis." in (event.description or "")
    for to_patients in ("your clinic", "with you", "Contact"):
        assert to_patients not in (event.description or "")


def test_office_work_is_for_staff_only():
    assert _read(_render(OFFICE, PLANNED)).events[0].uid == PLANNED.uid
    assert {one.uid for one in _read(_render(OFFICE, PLANNED, style=replace(BERLIN, for_staff=True))).events} == {
        OFFICE.uid,
        PLANNED.uid,
    }


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.uid)
def test_a_description_tells_no_more_than_the_title_may(entry: CalendarEntry, language: str):
    """What a patient did not ask for shows nowhere: not in the title, not in an alarm, not below."""
    telling = replace(entry, titles=("Full blood count",), instructions=("Bring the bottle.",))
    if entry.status in {Status.ADVICE, Status.NOTICE}:
        telling = entry
    plain = render_event(telling, replace(BERLIN, language=language, urine_advice=True)).replace(b"\r\n ", b"")
    words = ("blood", "blut", "urin", "bottle", "laboratory", "labor", "at home", "zu hause")
    assert not [word for word in words if word in plain.decode().lower()]


@pytest.mark.parametrize("entry", [PLANNED, BOOKED, OVERDUE, REPORTED], ids=lambda entry: entry.status)
def test_detail_names_tests_place_and_instructions(entry: CalendarEntry):
    event = _event(entry, replace(BERLIN, detail=True))
    assert (event.summary or "").endswith(" (blood, urine)")
    assert (event.description or "").endswith(
        "\nTo be done: Full blood count, Urinalysis.\nWhere: Laboratory.\nDrink something."
    )


@pytest.mark.parametrize("table", [CALENDAR["en"], CALENDAR["de"]], ids=["en", "de"])
def test_every_status_has_its_words(table: dict[str, str]):
    for status in Status:
        if status not in {Status.PLANNED, Status.ADVICE, Status.NOTICE}:
            assert table[status]
            assert table[f"staff-{status}"]


def test_the_name_is_discreet():
    assert [calendar_name(one) for one in ("en", "de", "fr")] == ["My appointments", "Meine Termine", "My appointments"]


def test_the_end_of_follow_up_stands_last_and_the_rest_in_order_of_the_day():
    found = [line for line in _render(*VISITS).split(b"\r\n") if line.startswith(b"UID:") and b"-" not in line]
    assert found == [b"UID:b3f7", b"UID:b3f1", b"UID:b3f2", b"UID:b3f3", b"UID:b3f5", b"UID:b3f4"]


@given(st.permutations(EVERY))
def test_the_same_entries_give_the_same_bytes_in_any_order(entries: list[CalendarEntry]):
    assert _render(*entries) == _render(*EVERY)
    render_event.cache_clear()
    alone = {one.uid: render_event(one, BERLIN) for one in entries}
    assert alone == {one.uid: render_event(one, BERLIN) for one in EVERY}


@pytest.mark.parametrize("name", FEEDS)
def test_kept_parts_join_to_the_same_calendar(name: str):
    feed = FEEDS[name]
    whole = render_calendar(feed.entries, name=feed.shown_name, style=feed.style)
    render_event.cache_clear()
    shown = [one for one in feed.entries if feed.style.for_staff or one.place is not Place.OFFICE]
    timed = [one.visit_on for one in shown if one.status is Status.BOOKED and one.booked_at]
    head = render_head(feed.shown_name, zone=feed.style.zone, timed=timed[::-1])
    events = (render_event(one, feed.style) for one in sorted(shown, key=lambda one: one.order))
    assert join_calendar(head, events) == whole


def test_a_change_costs_one_event():
    entries = [replace(PLANNED, uid=f"u{n}", visit_on=PLANNED.visit_on + timedelta(days=n)) for n in range(70)]
    before = _render(*entries)
    render_event.cache_clear()
    _render(*entries)
    entries[20] = replace(entries[20], sequence=4)
    after = _render(*entries)
    assert (render_event.cache_info().misses, render_event.cache_info().hits) == (71, 69)
    assert sum(one != other for one, other in zip(before.split(b"\r\n"), after.split(b"\r\n"), strict=True)) == 1


OTHER: dict[str, Any] = {
    "language": "de",
    "zone": "Asia/Tokyo",
    "contact": "c",
    "telephone": "1",
    "detail": True,
    "settled_as": "cancelled",
    "day_before_at": None,
    "same_day_at": time(10),
    "for_staff": True,
}


@pytest.mark.parametrize("name", OTHER)
def test_what_was_kept_is_never_shown_in_another_style(name: str):
    entries = (PLANNED, BOOKED, DONE)
    assert _render(*entries, style=replace(BERLIN, **{name: OTHER[name]})) != _render(*entries)
    assert {*OTHER, "urine_advice"} == {one.name for one in fields(Style)}


def test_the_calendar_has_no_identity_no_method_no_people_and_no_address():
    content = render_calendar(EVERY, name="My appointments", style=replace(BERLIN, detail=True, urine_advice=True))
    for name in (b"METHOD", b"SOURCE", b"URL", b"ORGANIZER", b"ATTENDEE", b"infusion", b"LOCATION", b"EMAIL"):
        assert name not in content
    head = content.split(b"BEGIN:VEVENT")[0]
    assert b"\r\nUID" not in head
    assert b"NAME:My appointments\r\nX-WR-CALNAME:My appointments\r\nX-WR-TIMEZONE:Europe/Berlin\r\n" in head
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\nX-PUBLISHED-TTL:PT6H\r\n" in head
    assert head.count(b"RRULE") == 2
    assert b"VTIMEZONE" not in _render(PLANNED, NO_HOUR)


def test_entries_that_cannot_be_are_bugs():
    with pytest.raises(ValueError, match="time zone"):
        _render(BOOKED, style=Style("en"))
    with pytest.raises(ValueError, match="time zone"):
        replace(PLANNED, changed_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="first day or later"):
        replace(ADVICE, ends_on=date(2027, 1, 10))


def test_instants_are_written_in_utc_whatever_they_came_in():
    tokyo = replace(PLANNED, changed_at=PLANNED.changed_at.astimezone(ZoneInfo("Asia/Tokyo")))
    assert _render(tokyo) == _render(PLANNED)
    assert _event(tokyo).dtstamp == datetime(2026, 11, 2, 8, 30, 15, tzinfo=UTC)


def test_urine_advice_needs_detail_a_urine_sample_and_the_wish():
    blood = replace(PLANNED, specimens=(Specimen.BLOOD,))
    for entry, detail, wanted, expected in (
        (PLANNED, True, True, True),
        (PLANNED, False, True, False),
        (PLANNED, True, False, False),
        (blood, True, True, False),
    ):
        style = replace(BERLIN, detail=detail, urine_advice=wanted)
        assert ("without menstrual bleeding" in _said(entry, style)) is expected


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_plan_looks_as_agreed(short: PlanView, golden: Golden, language: str):
    golden(f"plan-short-{language}.ics", render_plan_calendar(short, language=language))


def test_a_plan_has_one_entry_for_each_visit_outside_the_office(two_courses: PlanView):
    content = render_plan_calendar(two_courses, language="de", detail=True, urine_advice=True)
    events = _read(content).events
    assert len(events) == sum(visit.place is not Place.OFFICE for visit in two_courses.visits) + 1
    assert len({event.uid for event in events}) == len(events)
    assert content == render_plan_calendar(two_courses, language="de", detail=True, urine_advice=True)


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_tells_a_stranger_anything(two_courses: PlanView, language: str):
    content = render_plan_calendar(two_courses, language=language, reference="Ada Example")
    text = content.replace(b"\r\n ", b"").decode().lower()
    for word in ("blood", "blut", "urin", "thyroid", "schild", "skin", "haut", "platelet", "thrombo", "example", "lab"):
        assert word not in text
    detailed = render_plan_calendar(two_courses, language=language, detail=True).decode().lower()
    assert "urin" in detailed


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


def test_what_holds_for_years_is_no_bar_across_every_day() -> None:
    """Contraception of four months spans its days; "report new symptoms" for five years stands on its first day."""
    at, first = datetime(2026, 1, 12, tzinfo=UTC), date(2026, 1, 12)

    def days_of(ends_on: date) -> tuple[str, str]:
        entry = CalendarEntry(
            uid="a", visit_on=first, opens_on=first, closes_on=first, sequence=0, changed_at=at, created_at=at,
            status=Status.ADVICE, ends_on=ends_on, titles=("It holds",), text="It holds.",
        )  # fmt: skip
        lines = render_event(entry, Style("en")).decode().splitlines()
        return tuple(line.split(":")[1] for line in lines if line.startswith(("DTSTART", "DTEND")))  # type: ignore[return-value]

    assert days_of(date(2026, 5, 16)) == ("20260112", "20260517")
    assert days_of(date(2031, 1, 16)) == ("20260112", "20260113")
