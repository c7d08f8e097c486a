"""Strips: a plan at a glance, one lane for each rule family and one cell for each month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.render.plan_view import PlanView
from schedules.model import Origin


class Mark(StrEnum):
    """What a cell can show, in order of weight: where a month holds several things, the heaviest shows."""

    NOTHING = "nothing"
    BASELINE = "baseline"
    CHECK = "check"
    IN_COURSE = "in-course"
    EXTRA = "extra"
    SEVERAL = "several"
    CLOSING = "closing"
    PLANNED = "planned"
    GIVEN = "given"


WEIGHT = {mark: weight for weight, mark in enumerate(Mark)}
OF_ORIGIN = {
    Origin.BASELINE: Mark.BASELINE,
    Origin.IN_COURSE: Mark.IN_COURSE,
    Origin.GRID: Mark.CHECK,
    Origin.LISTED: Mark.CHECK,
    Origin.CLOSING: Mark.CLOSING,
    Origin.EXTRA: Mark.EXTRA,
    Origin.TAKEOVER: Mark.EXTRA,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of one lane; `count` is how many things fall into it."""

    mark: Mark = Mark.NOTHING
    count: int = 0

    def with_one(self, mark: Mark) -> "Cell":
        if self.mark is mark is Mark.CHECK:
            mark = Mark.SEVERAL
        return Cell(max(self.mark, mark, key=WEIGHT.__getitem__), self.count + 1)


@dataclass(frozen=True, slots=True)
class Lane:
    """A family's months, in order; the lane of the infusions has no family."""

    family: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """All lanes over the same months; `months` are the first days of months."""

    months: tuple[date, ...]
    lanes: tuple[Lane, ...]

    def bands(self, most: int) -> list[slice]:
        """Stretches of at most `most` months that break at a new year, so that a wide plan fits on narrow paper."""
        if len(self.months) <= most:
            return [slice(0, len(self.months))]
        whole_years = max(most // 12, 1)
        years = sorted({month.year for month in self.months})
        rows = -(-len(years) // whole_years)
        each = -(-len(years) // rows)  # rows of about the same length look better than a rest of one month
        groups = [years[start : start + each] for start in range(0, len(years), each)]
        return [self._of_years(group) for group in groups]

    def _of_years(self, years: Sequence[int]) -> slice:
        places = [place for place, month in enumerate(self.months) if month.year in years]
        return slice(places[0], places[-1] + 1)


def draw_strip(view: PlanView) -> Strip:
    """From the first infusion or check to the last; families without a check have no lane."""
    given: list[tuple[str | None, date, Mark]] = [
        (None, infusion.infused_on, Mark.PLANNED if infusion.planned else Mark.GIVEN)
        for course in view.plan.courses
        for infusion in course.infusions
    ]
    checks = [(check.family, check.due_on, OF_ORIGIN[check.origin]) for check in view.plan.checks]
    marks = [*given, *checks]
    if not marks:
        return Strip((), ())
    months = tuple(_months(min(on for _, on, _ in marks), max(on for _, on, _ in marks)))
    order: dict[str | None, list[Cell]] = {None: [Cell()] * len(months)}
    for rule in view.protocol.rules:
        order.setdefault(rule.family, [Cell()] * len(months))
    for family, on, mark in marks:
        place = (on.year - months[0].year) * 12 + on.month - months[0].month
        order[family][place] = order[family][place].with_one(mark)
    return Strip(months, tuple(Lane(family, tuple(cells)) for family, cells in order.items() if _holds_any(cells)))


def _holds_any(cells: Iterable[Cell]) -> bool:
    return any(cell.count for cell in cells)


def _months(first_on: date, last_on: date) -> Iterable[date]:
    place, last = first_on.year * 12 + first_on.month - 1, last_on.year * 12 + last_on.month - 1
    while place <= last:
        yield date(place // 12, place % 12 + 1, 1)
        place += 1
