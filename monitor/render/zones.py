"""Zones: the time zone of a clinic as two yearly rules, which every calendar program understands."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Onset(NamedTuple):
    """The wall time at which an offset begins, by the clock that held before it."""

    wall: datetime
    before: timedelta
    after: timedelta
    is_summer: bool
    name: str


class Yearly(NamedTuple):
    """The same change every year: the n-th (or, -1, the last) such day of a month."""

    month: int
    nth: int
    weekday: int


def describe_zone(zone: str, first_on: date, last_on: date) -> Timezone:
    """A VTIMEZONE for the days from the first to the last.

    Whole histories of a zone make some programs refuse the calendar, so that two yearly rules stand here where
    they hold; where a zone changes by decree (Morocco), its changes of these years are listed.
    """
    info = ZoneInfo(zone)
    changes = [list(_onsets(info, year)) for year in range(first_on.year - 1, last_on.year + 1)]
    if all(len(of_year) == 2 for of_year in changes):
        rules = [_yearly([of_year[place] for of_year in changes]) for place in (0, 1)]
        if all(rules):
            return _component(zone, zip(changes[0], rules, strict=True))
    onsets = [_constant(info, first_on.year - 1), *(onset for of_year in changes for onset in of_year)]
    return _component(zone, ((onset, None) for onset in onsets))


def _onsets(info: ZoneInfo, year: int) -> Iterator[Onset]:
    """The changes of a year, found to the minute."""
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        following = at + timedelta(days=1)
        if _offset(info, at) != _offset(info, following):
            yield _onset(info, at, following)
        at = following


def _onset(info: ZoneInfo, low: datetime, high: datetime) -> Onset:
    before = _offset(info, low)
    while high - low > timedelta(minutes=1):
        middle = (low + (high - low) / 2).replace(second=0, microsecond=0)
        low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
    there = high.astimezone(info)
    wall = (high + before).replace(tzinfo=None)
    return Onset(wall, before, _offset(info, high), bool(there.dst()), there.tzname() or "")


def _offset(info: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(info).utcoffset() or timedelta()


def _constant(info: ZoneInfo, year: int) -> Onset:
    """The offset with which a year begins, as if it began there."""
    at = datetime(year, 1, 1, tzinfo=info)
    offset = at.utcoffset() or timedelta()
    return Onset(at.replace(tzinfo=None), offset, offset, bool(at.dst()), at.tzname() or "")


def _yearly(onsets: list[Onset]) -> Yearly | None:
    """The rule that all of these changes follow, the last such day of a month before the n-th; None without one."""
    same = {(one.wall.time(), one.before, one.after, one.is_summer) for one in onsets}
    for kind in ({_last(one.wall) for one in onsets}, {_nth(one.wall) for one in onsets}):
        if len(kind) == 1 and len(same) == 1 and None not in kind:
            return kind.pop()
    return None


def _last(wall: datetime) -> Yearly | None:
    is_last = wall.day + 7 > monthrange(wall.year, wall.month)[1]
    return Yearly(wall.month, -1, wall.weekday()) if is_last else None


def _nth(wall: datetime) -> Yearly | None:
    return Yearly(wall.month, (wall.day - 1) // 7 + 1, wall.weekday())


def _component(zone: str, onsets: Iterable[tuple[Onset, Yearly | None]]) -> Timezone:
    component = Timezone()
    component.add("TZID", zone)
    for onset, rule in onsets:
        part = TimezoneDaylight() if onset.is_summer else TimezoneStandard()
        part.add("DTSTART", onset.wall)
        part.add("TZOFFSETFROM", onset.before)
        part.add("TZOFFSETTO", onset.after)
        part.add("TZNAME", onset.name)
        if rule:
            day = f"{rule.nth}{DAYS[rule.weekday]}"
            part.add("RRULE", {"FREQ": "YEARLY", "BYMONTH": rule.month, "BYDAY": day})
        component.add_component(part)
    return component
