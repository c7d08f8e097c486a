"""Charts: bars and lines as shapes with their places, for a template to draw and a test to measure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel.dates import format_date

from monitor.render.staff.speaking import Speaker
from schedules.adherence import Month, Series, Share
from schedules.workload import Week

STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `kind` is a class of the style sheet."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the grid with its words at their place."""

    x: float
    y: float
    label: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: what is pointed at, the stacked boxes, a mark for each working day that is lost, and the words."""

    area: Box
    boxes: Sequence[Box]
    lost: Sequence[Box]
    title: str
    is_busy: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of weeks, upright or lying."""

    width: int
    height: int
    is_upright: bool
    bars: Sequence[Bar]
    scale: Sequence[Rule]
    months: Sequence[Rule]
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Dot:
    """One month of a line, with its share in per cent."""

    x: float
    y: float
    label: str
    title: str
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """A chart of shares. `strokes` are the stretches of months that have one, as points of a polyline."""

    width: int
    height: int
    strokes: Sequence[str]
    dots: Sequence[Dot]
    scale: Sequence[Rule]
    months: Sequence[Rule]
    start: float
    end: float


def month_name(month: Month, say: Speaker, *, short: bool = False) -> str:
    """May 2027; short: May 27."""
    return _month_name(month, say.language, "LLL yy" if short else "LLLL y")


@lru_cache(maxsize=1024)
def _month_name(month: Month, language: str, style: str) -> str:
    return format_date(month.first_on, style, locale=language)


def percent(share: Share) -> int | None:
    """The share done in the window in whole per cent, rounded down: 99.6 % is not all of them."""
    return math.floor(100 * share.in_window / share.number) if share.number else None


def tell_week(week: Week, say: Speaker) -> str:
    """Week of Mon 2 Nov 2026: 12 visits (laboratory 10, clinic 2), 4 working days; Christmas Day."""
    places = ", ".join(f"{say.place(place)} {number}" for place, number in week.visits)
    told = say.count("workload-visits", week.number) + (f" ({places})" if len(week.visits) > 1 else "")
    days = say.count("workload-days", week.working_days)
    lost = "; ".join(dict.fromkeys(one.name for one in week.lost))
    return say("workload-week", day=say.day(week.begins_on), visits=told, days=days) + (f" ({lost})" if lost else "")


def draw_weeks(weeks: Sequence[Week], busy: Sequence[Week], say: Speaker, *, upright: bool) -> Bars:
    """Upright for a wide screen and for paper, lying for a telephone: there each week is a line."""
    most = max([one.number for one in weeks] + [1])
    step = next((one for one in STEPS if most / one <= 4), STEPS[-1])
    top = step * math.ceil(most / step)
    slot = 19.0 if upright else 16.0
    before, length = (44.0, 220.0) if upright else (64.0, 250.0)
    along = 12.0 if upright else 26.0
    whole = along + slot * len(weeks)

    def place(at: float, share: float, depth: float, long: float, *, kind: str = "", number: int = 0) -> Box:
        """A box of the slot at `at`, from a share of the scale on, `depth` thick and `long` along the scale."""
        if upright:
            return Box(before + at, 10 + length - share - long, depth, long, kind, number)
        return Box(before + share, along + at, long, depth, kind, number)

    bars: list[Bar] = []
    months: list[Rule] = []
    last = 0
    for index, week in enumerate(weeks):
        at, done, boxes = index * slot, 0.0, []
        for one, number in week.visits:
            long = number * length / top
            boxes.append(place(at + 2, done, slot - 4, long, kind=f"place-{one.value}", number=number))
            done += long
        lost = [place(at + slot / 2 - 3, -9.0 - 7 * nth, 6, 5, kind="lost") for nth in range(len(week.lost))]
        title = tell_week(week, say)
        bars.append(Bar(place(at, 0, slot, length), boxes, lost if upright else _beside(lost, length, before), title,
                        week in busy))  # fmt: skip
        if week.begins_on.month != last:
            last = week.begins_on.month
            label = _month_name(Month(week.begins_on.year, last), say.language, "LLL yy" if last == 1 else "LLL")
            label_at = (before + at + 2, length + 68) if upright else (4, along + at + 12)
            months.append(Rule(before + at if upright else 0, 0 if upright else along + at, label, *label_at))
    if len(months) > 1 and upright and months[1].x - months[0].x < 3 * slot:
        months.pop(0)  # a month of which a week or two are left has no room for its name
    scale = [
        Rule(0, 10 + length - value * length / top, str(value), before - 8, 14 + length - value * length / top)
        if upright
        else Rule(before + value * length / top, 0, str(value), before + value * length / top, 16)
        for value in range(0, top + 1, step)
    ]
    if upright:
        return Bars(
            int(before + slot * len(weeks) + 8), int(length + 76), True, bars, scale, months, before, 10 + length
        )
    return Bars(int(before + length + 46), int(whole + 8), False, bars, scale, months, along, whole)


def _beside(lost: Sequence[Box], length: float, before: float) -> list[Box]:
    """Of a lying chart: the lost days stand at the far end of the line."""
    return [Box(before + length + 8 + 7 * nth, one.y, 5, 6, one.kind) for nth, one in enumerate(lost)]


def draw_shares(series: Series, say: Speaker, *, width: int, height: int, labelled: bool) -> Lines:
    """The share of each month from 0 to 100 %. A month without anything to do breaks the line."""
    # On the left there is room for "100 %" in the widest face that browsers fall back to.
    left, right, top, bottom = 50.0, 14.0, 20.0 if labelled else 10.0, 26.0
    reach, tall = width - left - right, height - top - bottom
    number = len(series.months)

    def x_of(index: int) -> float:
        return round(left + (index + 0.5) * reach / number, 1)

    def y_of(value: float) -> float:
        return round(top + (100 - value) * tall / 100, 1)

    dots: list[Dot] = []
    strokes: list[list[str]] = []
    stretch: list[str] = []
    for index, (month, share) in enumerate(series.months):
        value = percent(share)
        if value is None:
            strokes.append(stretch)
            stretch = []
            continue
        x, y = x_of(index), y_of(value)
        stretch.append(f"{x},{y}")
        title = say(
            "adherence-dot", month=month_name(month, say), percent=value, done=share.in_window, all=share.number
        )
        dots.append(
            Dot(x, y, say("clinic-percent", number=value), title, labelled and (number <= 12 or index % 2 == 1))
        )
    strokes.append(stretch)
    every = 1 if width > 500 and number <= 12 else 3 if number <= 12 else 6 if width <= 500 else 3
    months = [
        Rule(x_of(index), top + tall, month_name(month, say, short=True), x_of(index), height - 8)
        for index, (month, _) in enumerate(series.months)
        if (number - 1 - index) % every == 0
    ]
    scale = [
        Rule(left, y_of(value), say("clinic-percent", number=value), left - 6, y_of(value) + 4)
        for value in ((0, 25, 50, 75, 100) if height > 180 else (0, 50, 100))
    ]
    return Lines(
        width, height, [" ".join(one) for one in strokes if one], dots, scale, months, left, float(width - right)
    )
