"""What three parsers see in a calendar, none of which shares code with its writer, written in the same words."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import vobject  # type: ignore[import-untyped]
from ical.calendar_stream import IcsCalendarStream

SCRIPT = Path(__file__).with_name("read_calendar.mjs")
TEXTS = ("uid", "summary", "description", "status", "transp", "class", "x-microsoft-cdo-busystatus")
INSTANTS = ("dtstamp", "last-modified", "created")


class SeenTime(NamedTuple):
    """As written; for an hour also its zone, and the instant that the parser takes it for."""

    shown: str
    zone: str | None
    seconds: int | None


class SeenAlarm(NamedTuple):
    action: str
    description: str
    uid: str
    seconds: int


class Seen(NamedTuple):
    start: SeenTime
    end: SeenTime
    sequence: int
    alarms: tuple[SeenAlarm, ...]
    said: Mapping[str, str]


Events = dict[str, Seen]


def with_ical(content: bytes) -> Events:
    """The library of that name."""
    events: Events = {}
    for event in IcsCalendarStream.calendar_from_ics(content.decode()).events:
        extras = {one.name: one.value for one in event.extras}
        instants = (event.dtstamp, event.last_modified, event.created)
        assert event.uid
        assert event.uid not in events
        events[event.uid] = Seen(
            _seen_time(event.dtstart),
            _seen_time(event.dtend),
            int(event.sequence or 0),
            tuple(
                SeenAlarm(
                    str(alarm.action),
                    str(alarm.description),
                    {one.name: one.value for one in alarm.extras}["uid"],
                    _seconds(alarm.trigger),
                )
                for alarm in event.alarm
            ),
            dict(zip(INSTANTS, map(_instant, instants), strict=True))
            | {
                "uid": event.uid,
                "summary": str(event.summary),
                "description": str(event.description),
                "status": str(event.status and event.status.value),
                "transp": str(event.transparency),
                "class": str(event.classification and event.classification.value),
                "x-microsoft-cdo-busystatus": extras["x-microsoft-cdo-busystatus"],
            },
        )
    return events


def with_vobject(content: bytes) -> Events:
    events: Events = {}
    calendar = vobject.readOne(content.decode())
    for event in getattr(calendar, "vevent_list", []):
        values = {name: of[0].value for name, of in event.contents.items() if name != "valarm"}
        assert values["uid"] not in events
        events[values["uid"]] = Seen(
            _seen_time(values["dtstart"]),
            _seen_time(values["dtend"]),
            int(values["sequence"]),
            tuple(
                SeenAlarm(alarm.action.value, alarm.description.value, alarm.uid.value, _seconds(alarm.trigger.value))
                for alarm in getattr(event, "valarm_list", [])
            ),
            {name: _instant(values[name]) for name in INSTANTS} | {name: values[name] for name in TEXTS},
        )
    return events


def with_ical_js(library: Path, contents: Iterable[bytes]) -> list[tuple[Events, dict[str, str]]]:
    """Events, and the properties of the calendar itself; many calendars at once, since node takes its time to start."""
    texts = json.dumps([content.decode() for content in contents])
    command = ["node", str(SCRIPT), str(library), *TEXTS, *INSTANTS]
    found = subprocess.run(command, input=texts.encode(), capture_output=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr.decode()
    return [(_from_js(one["events"]), dict(one["properties"])) for one in json.loads(found.stdout)]


def _from_js(found: Sequence[Mapping[str, Any]]) -> Events:
    events: Events = {}
    for event in found:
        assert event["uid"] not in events
        events[event["uid"]] = Seen(
            SeenTime(**event["start"]),
            SeenTime(**event["end"]),
            event["sequence"],
            tuple(SeenAlarm(*alarm) for alarm in event["alarms"]),
            {name: event[name] for name in (*INSTANTS, *TEXTS)},
        )
    return events


def _seen_time(at: date | datetime | None) -> SeenTime:
    assert at is not None
    if not isinstance(at, datetime):
        return SeenTime(at.isoformat(), None, None)
    return SeenTime(at.replace(tzinfo=None).isoformat(), _zone_of(at), int(at.timestamp()))


def _zone_of(at: datetime) -> str:
    """The name that stands behind TZID."""
    zone = at.tzinfo
    return str(getattr(zone, "key", None) or getattr(zone, "_tzid", None) or zone)


def _instant(at: object) -> str:
    assert isinstance(at, datetime)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(trigger: object) -> int:
    assert isinstance(trigger, timedelta)
    return int(trigger.total_seconds())
