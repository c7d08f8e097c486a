"""Charts: bars and lines as plain numbers for a drawing; the table beside them says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schedules.figures import Share, Week

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 1040, 240, 40, 30, 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: where it stands, how high, and how much of its days is lost."""

    x: float
    y: float
    width: float
    height: float
    lost: float
    week: Week
    is_busiest: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """A year of weeks; `steps` are the heights at which a number stands."""

    bars: Sequence[Bar]
    steps: Sequence[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT


def draw_weeks(weeks: Sequence[Week]) -> Bars:
    most = max([week.visits for week in weeks] + [1])
    top, step = _round_up(most)
    room, slot = HEIGHT - BOTTOM - TOP, (WIDTH - LEFT) / max(len(weeks), 1)
    busiest = max((week.per_day for week in weeks), default=0)
    bars = []
    for number, week in enumerate(weeks):
        height = room * week.visits / top
        bars.append(
            Bar(
                round(LEFT + number * slot + 1.5, 1), round(HEIGHT - BOTTOM - height, 1), round(slot - 3, 1),
                round(height, 1), week.lost_days / max(week.lost_days + week.working_days, 1), week,
                bool(week.visits) and week.per_day == busiest,
            )
        )  # fmt: skip
    steps = [(round(HEIGHT - BOTTOM - room * value / top, 1), value) for value in range(0, top + 1, step)]
    return Bars(bars, steps)


def _round_up(most: int) -> tuple[int, int]:
    """A round number above, and the step that leads there."""
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        if most <= step * 5:
            return -(-most // step) * step, step
    return most, most


@dataclass(frozen=True, slots=True)
class Point:
    """One month; `y` is None where nothing was asked for."""

    x: float
    y: float | None
    month: date
    share: Share


@dataclass(frozen=True, slots=True)
class Months:
    """The share in the window, month by month: points, and the line through those that there are."""

    points: Sequence[Point]
    line: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    @staticmethod
    def level(percent: int) -> float:
        """Where a percentage lies."""
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * percent / 100, 1)


def draw_months(months: Sequence[tuple[date, Share]]) -> Months:
    slot = (WIDTH - LEFT - 20) / max(len(months) - 1, 1)
    points = [
        Point(round(LEFT + 10 + number * slot, 1), _level(share), month, share)
        for number, (month, share) in enumerate(months)
    ]
    return Months(points, " ".join(f"{one.x},{one.y}" for one in points if one.y is not None))


def _level(share: Share) -> float | None:
    return None if share.percent is None else Months.level(share.percent)
