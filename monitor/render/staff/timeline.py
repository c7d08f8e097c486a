"""The timeline: all checks of a treatment as lanes of shapes on an axis of months, finished for drawing."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from monitor.render.staff.speaking import Speaker
from schedules.model import Booking, Course, Key, Origin, Plan, Report, Settled, Settlement
from schedules.protocol import Protocol
from schedules.status import state_of

MONTH = 20.0
"""Units of the drawing for a month: room for a shape, and a day is still seen."""
DAY = MONTH * 12 / 365.25
LANE, TOP, FOOT = 34.0, 46.0, 10.0
NAMES = 168.0
LETTERS = 22
"""So many letters of a lane's name have room in a line, in the widest face that browsers fall back to."""
BEFORE, BEYOND = timedelta(days=45), timedelta(days=75)
"""What is drawn before the first day and beyond the last one, where a name has to find room."""
YEAR = 36.0
"""So wide is the label of a year; nearer to the end there is no room for it."""
CLOSE = 44.0
"""The names of two lines that stand closer would run into each other."""

Place = Callable[[date], float]
"""Where on the axis a day stands."""


class Beside(NamedTuple):
    """What is told beside the checks: what day it is, what was agreed, and what the patient said."""

    today: date
    booked: Mapping[Key, Booking]
    reported: Mapping[Key, Report]


class Told(NamedTuple):
    """One check in words, as a row of the table; `address` is its page below that of the treatment."""

    address: str
    state: str
    name: str
    due: str
    settled: str
    window: str
    confirm: bool


class Mark(NamedTuple):
    """One check: where it stands, what it looks like, and what it says when it is pointed at.

    `at` and `span`, a place and a path, are finished for the drawing, since there are hundreds of them.
    """

    key: Key
    x: float
    state: str
    address: str
    title: str
    at: str
    span: str
    is_extra: bool
    is_booked: bool
    is_reported: bool


class Lane(NamedTuple):
    """The checks of one family in order of the due day; `name` in as many lines as it needs."""

    family: str
    name: Sequence[str]
    y: float
    marks: Sequence[Mark]


class Band(NamedTuple):
    """One course, across all lanes."""

    x: float
    width: float
    title: str
    is_planned: bool


class Dose(NamedTuple):
    """One infusion day."""

    x: float
    title: str
    is_planned: bool


class Line(NamedTuple):
    """A line across all lanes, and on which side of it its name stands: "left", "right", or in the middle."""

    x: float
    side: str


class Tick(NamedTuple):
    """The first day of a month; a year stands at its January, and at the first month of all."""

    x: float
    label: str
    is_year: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawing in units of its own. `used` are the states and signs that it shows, for the legend."""

    width: float
    height: float
    lanes: Sequence[Lane]
    bands: Sequence[Band]
    doses: Sequence[Dose]
    ticks: Sequence[Tick]
    today: Line | None
    end: Line | None
    checks: Sequence[Told]
    used: Sequence[str]

    @property
    def states(self) -> Sequence[str]:
        """The states that it shows, without the signs beside them."""
        return [one for one in self.used if one in STATES]

    @property
    def names_share(self) -> float:
        """How much of the whole width the names take, in percent."""
        return round(NAMES / (NAMES + self.width) * 100, 3)

    @property
    def today_share(self) -> float:
        """Where today stands in the whole width, in percent."""
        return round((NAMES + (self.today.x if self.today else 0)) / (NAMES + self.width) * 100, 3)


STATES = ("overdue", "due", "open", "upcoming", "done", "superseded", "waived", "before-record", "discharged")
SIGNS = ("extra", "booked", "reported")


def draw(say: Speaker, protocol: Protocol, plan: Plan, settled: Sequence[Settled], beside: Beside) -> Timeline | None:
    """From the first check or infusion to the end of follow-up; None where there is nothing to draw."""
    infusions = [one for course in plan.courses for one in course.infusions]
    days = [*(one.infused_on for one in infusions), *(one.check.due_on for one in settled)]
    if not days:
        return None
    begins_on = (min(days) - BEFORE).replace(day=1)
    ends_on = max([*days, plan.ends_on or date.min]) + BEYOND

    def place(on: date) -> float:
        return round((on - begins_on).days * DAY, 1)

    ordered = sorted(settled, key=lambda one: (one.check.due_on, one.check.key))
    told = [_tell(say, protocol, one, beside.today) for one in ordered]
    by_family: dict[str, list[tuple[Settled, Told]]] = {rule.family: [] for rule in protocol.rules}
    for one, words in zip(ordered, told, strict=True):
        by_family.setdefault(one.check.family, []).append((one, words))
    shown = [(family, own) for family, own in by_family.items() if own]
    lanes = []
    for row, (family, own) in enumerate(shown):
        y = TOP + LANE * (row + 0.5)
        marks = [_mark(say, one, words, beside, place=place, y=y) for one, words in own]
        lanes.append(Lane(family, textwrap.wrap(name_of_family(say, protocol, family), LETTERS), y, marks))
    today, end = _apart(
        place(beside.today) if begins_on <= beside.today <= ends_on else None,
        place(plan.ends_on) if plan.ends_on else None,
    )
    return Timeline(
        width=place(ends_on),
        height=TOP + LANE * len(lanes) + FOOT,
        lanes=lanes,
        bands=[_band(say, course, place) for course in plan.courses],
        doses=[
            Dose(
                place(one.infused_on),
                say("chart-infusion-planned" if one.planned else "chart-infusion", day=say.day(one.infused_on)),
                one.planned,
            )
            for one in infusions
        ],
        ticks=_ticks(begins_on, ends_on, place),
        today=today,
        end=end,
        checks=told,
        used=_used([mark for lane in lanes for mark in lane.marks]),
    )


def _apart(today_x: float | None, end_x: float | None) -> tuple[Line | None, Line | None]:
    """The lines of today and of the end; where they are close, their names stand on either side."""
    sides = "", ""
    if today_x is not None and end_x is not None and abs(today_x - end_x) < CLOSE:
        sides = ("right", "left") if end_x <= today_x else ("left", "right")
    today, end = (None if x is None else Line(x, side) for x, side in zip((today_x, end_x), sides, strict=True))
    return today, end


def _tell(say: Speaker, protocol: Protocol, one: Settled, today: date) -> Told:
    check = one.check
    return Told(
        address=f"checks/{check.rule}/{check.number}",
        state=state_word(one, today),
        name=name_of_check(say, protocol, check.key),
        due=say.day(check.due_on),
        settled=say.short_day(settled_on) if (settled_on := one.settled_on) else "",
        window=say.days(check.opens_on, check.closes_on),
        confirm=check.confirm,
    )


def state_word(one: Settled, today: date) -> str:
    """Where a check stands, as the badges call it: overdue, due, open, upcoming, or how it was settled."""
    if one.settlement is Settlement.OPEN:
        return state_of(one.check, today).value
    return one.settlement.value


def name_of_family(say: Speaker, protocol: Protocol, family: str) -> str:
    """What a family is called: as its follow-up rule, or by its first test where it has none and several rules."""
    rules = sorted((rule for rule in protocol.rules if rule.family == family), key=lambda rule: not rule.is_follow_up)
    if not rules:
        return family
    if not rules[0].is_follow_up and len(rules) > 1 and rules[0].tests:
        return say.text(protocol.tests[rules[0].tests[0]].title)
    return say.text(rules[0].title)


def name_of_check(say: Speaker, protocol: Protocol, key: Key) -> str:
    """Blood count 12; an extra says so, since it borrows its rule's title."""
    rule = protocol.find_rule(key.rule)
    title = say.text(rule.title) if rule else key.rule
    for ending in ("extra", "takeover"):
        if key.rule.endswith(f"-{ending}"):
            return say(f"chart-named-{ending}", title=title, number=key.number)
    return say("chart-named", title=title, number=key.number)


def _title(say: Speaker, one: Settled, told: Told, booking: Booking | None, report: Report | None) -> str:
    """Blood count 12: done on Tue 13 May 2027, due Wed 14 May 2027."""
    settled_on = one.settled_on
    parts = [
        say("chart-done-on", day=say.day(settled_on)) if settled_on else say(f"state-{told.state}"),
        say("chart-due", day=told.due),
    ]
    if one.settlement is Settlement.OPEN:
        parts.append(say("chart-on-time", days=told.window))
    if booking:
        parts.append(say("chart-booked", day=say.day(booking.booked_on)))
    if report:
        parts.append(say("chart-reported", day=say.day(report.done_on)))
    return f"{told.name}: {', '.join(parts)}"


def _mark(say: Speaker, one: Settled, told: Told, beside: Beside, *, place: Place, y: float) -> Mark:
    check, x = one.check, place(one.check.due_on)
    key = check.key
    booking, report = beside.booked.get(key), beside.reported.get(key)
    return Mark(
        key=key,
        x=x,
        state=told.state,
        address=told.address,
        title=_title(say, one, told, booking, report),
        at=f"{x} {y}",
        span=f"M{place(check.opens_on)} {y + 11}H{place(check.closes_on + timedelta(days=1))}",
        is_extra=check.origin is Origin.EXTRA,
        is_booked=booking is not None,
        is_reported=report is not None,
    )


def _band(say: Speaker, course: Course, place: Place) -> Band:
    last_on = course.infusions[-1].infused_on
    x = place(course.starts_on)
    title = say("chart-course-days", number=course.number, days=say.days(course.starts_on, last_on))
    return Band(x, round(max(place(last_on) - x, 0) + DAY * 4, 1), title, not course.given)


def _ticks(begins_on: date, ends_on: date, place: Place) -> list[Tick]:
    ticks, month = [], begins_on
    while month <= ends_on:
        is_year = month.month == 1 or month == begins_on
        # The first label would run into that of a January that follows at once.
        is_named = month.month == 1 or (month == begins_on and month.month < 11)
        label = str(month.year) if is_named and (ends_on - month).days * DAY > YEAR else ""
        ticks.append(Tick(place(month), label, is_year))
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
    return ticks


def _used(marks: Sequence[Mark]) -> list[str]:
    states = {mark.state for mark in marks}
    signs = [any(mark.is_extra for mark in marks), any(mark.is_booked for mark in marks),
             any(mark.is_reported for mark in marks)]  # fmt: skip
    return [state for state in STATES if state in states] + [
        sign for sign, is_used in zip(SIGNS, signs, strict=True) if is_used
    ]
