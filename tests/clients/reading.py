"""Reads a calendar file by the letter of RFC 5545, with nothing but the standard library: our second opinion."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.clients.shown import Shown, in_order

ESCAPED = re.compile(r"\\([\\;,nN])")
DURATION = re.compile(r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class Line(NamedTuple):
    """One property: `DTSTART;TZID=Europe/Berlin:20261201T093000`."""

    name: str
    options: dict[str, str]
    value: str


def read_events(text: str) -> list[Shown]:
    """Every VEVENT of the file. No recurrences: our feed has none, and `RRULE` in an event is refused."""
    events = []
    opened: list[str] = []
    event: dict[str, Line] = {}
    triggers: list[timedelta] = []
    for line in map(_split, text.replace("\r\n ", "").split("\r\n")):
        match line.name, opened:
            case "BEGIN", _:
                opened.append(line.value)
                if line.value == "VEVENT":
                    event, triggers = {}, []
            case "END", _:
                assert opened.pop() == line.value, line
                if line.value == "VEVENT":
                    events.append(_shown(event, triggers))
            case "TRIGGER", [*_, "VEVENT", "VALARM"]:
                triggers.append(_duration(line.value))
            case "RRULE" | "RDATE", [*_, "VEVENT"]:
                raise AssertionError(f"a visit recurs: {line}")
            case name, [*_, "VEVENT"]:
                assert name not in event or name in {"CATEGORIES", "COMMENT"}, f"twice in one event: {line}"
                event[name] = line
    assert opened == [], f"not closed: {opened}"
    return in_order(events)


def _split(line: str) -> Line:
    """No value of our feed holds a quoted option, so a plain search does."""
    head, _, value = line.partition(":")
    name, *options = head.split(";")
    return Line(name.upper(), dict(part.split("=", 1) for part in options), value)


def _shown(event: dict[str, Line], triggers: list[timedelta]) -> Shown:
    starts = _moment(event["DTSTART"])
    ends = _moment(event["DTEND"]) if "DTEND" in event else starts
    return Shown(
        uid=event["UID"].value,
        summary=_text(event["SUMMARY"].value),
        starts=starts,
        ends=ends,
        status=event["STATUS"].value if "STATUS" in event else "",
        sequence=int(event["SEQUENCE"].value) if "SEQUENCE" in event else 0,
        alarms=tuple(sorted(triggers)),
    )


def _moment(line: Line) -> date | datetime:
    if line.options.get("VALUE") == "DATE":
        return datetime.strptime(line.value, "%Y%m%d").replace(tzinfo=UTC).date()
    moment = datetime.strptime(line.value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the zone follows
    if line.value.endswith("Z"):
        return moment.replace(tzinfo=UTC)
    return moment.replace(tzinfo=ZoneInfo(line.options["TZID"]))


def _duration(value: str) -> timedelta:
    found = DURATION.fullmatch(value)
    assert found, value
    sign, *numbers = found.groups(default="0")
    weeks, days, hours, minutes, seconds = map(int, numbers)
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if sign == "-" else length


def _text(value: str) -> str:
    return ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
