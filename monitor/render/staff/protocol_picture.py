"""Pictures: the rhythm of a protocol over 48 months, drawn from the plan of one example course."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.render.strip import OF_ORIGIN, Mark
from schedules.model import Check, Infusion, Person
from schedules.planning import plan
from schedules.protocol import Protocol, Rule

FIRST_ON = date(2024, 1, 8)
"""The example's first infusion, a Monday; the picture names no day, only months since then."""
MONTHS = 48
DAYS_A_MONTH = 1461 / 48
LEFT, MONTH_WIDE, LANE_HIGH, TOP = 196, 12.2, 24, 44
BEFORE, AFTER = 1.6, 1.4
"""Months before the infusions and after the last, so that a baseline and a closing check have room."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A family, or a rule: the days that are on time as bars (x and width), the due days as marks (x and shape)."""

    title: str
    y: int
    bars: Sequence[tuple[float, float]]
    marks: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """In units of the drawing; `ticks` are the x of every sixth month and how many months it stands for."""

    width: float
    height: int
    infusions: Sequence[float]
    ticks: Sequence[tuple[float, int]]
    lanes: Sequence[Lane]
    shapes: Sequence[str]
    """Those in use, for the legend."""
    days: int


def draw_rhythm(protocol: Protocol, titles: Mapping[str, str]) -> Picture | None:
    """One course as the protocol gives it, and every check until 48 months later.

    `titles` are those of the rules that are to be drawn. None where no check of theirs falls into that time.
    """
    days = protocol.courses.planned_days(1)
    infusions = [Infusion(FIRST_ON + timedelta(days=offset)) for offset in range(days)]
    made = plan(protocol, Person(None, None), infusions=infusions)
    lanes: list[Lane] = []
    shapes: dict[str, None] = {}
    for title, rule_ids in _list_lanes([rule for rule in protocol.rules if rule.id in titles], titles):
        own = [check for check in made.checks if check.rule in rule_ids and _is_shown(check)]
        if own:
            marks = [(_x(check.due_on), OF_ORIGIN[check.origin].value) for check in own]
            shapes |= dict.fromkeys(shape for _, shape in marks)
            bars = [(_x(check.opens_on), _width(check)) for check in own]
            lanes.append(Lane(title, TOP + LANE_HIGH * len(lanes), bars, marks))
    if not lanes:
        return None
    order = [mark.value for mark in Mark if mark.value in shapes]
    ticks = [(_x_of_months(months), months) for months in range(0, MONTHS + 1, 6)]
    width = LEFT + (BEFORE + MONTHS + AFTER) * MONTH_WIDE
    height = TOP + LANE_HIGH * len(lanes) + 8
    return Picture(width, height, [_x(one.infused_on) for one in infusions], ticks, lanes, order, days)


def _list_lanes(rules: Sequence[Rule], titles: Mapping[str, str]) -> Sequence[tuple[str, Collection[str]]]:
    """A lane for each family that has a follow-up rule, by its title; every other rule has a lane of its own."""
    followed = {rule.family: rule for rule in rules if rule.is_follow_up}
    lanes: dict[str, tuple[str, list[str]]] = {}
    for rule in rules:
        head = followed.get(rule.family, rule)
        lanes.setdefault(head.id, (titles[head.id], []))[1].append(rule.id)
    return list(lanes.values())


def _width(check: Check) -> float:
    return round(_x(check.closes_on + timedelta(days=1)) - _x(check.opens_on), 1)


def _is_shown(check: Check) -> bool:
    return _months_after(check.due_on) <= MONTHS + AFTER / 2


def _months_after(on: date) -> float:
    return (on - FIRST_ON).days / DAYS_A_MONTH


def _x(on: date) -> float:
    return _x_of_months(max(-BEFORE, min(_months_after(on), MONTHS + AFTER)))


def _x_of_months(months: float) -> float:
    return round(LEFT + (BEFORE + months) * MONTH_WIDE, 1)
