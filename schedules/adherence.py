"""Adherence: which share of the checks that were to be done was done inside the window, by month and rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from schedules.model import Settlement

MONTHS = (12, 24)


class Standing(StrEnum):
    """What became of a check whose window has closed."""

    IN_WINDOW = "in-window"
    LATE = "late"
    """Done outside the window: after it, or before it where a person said for which check a sample was."""
    MISSED = "missed"
    """Not done: still open, or missed and made up for by a later one."""


class Month(NamedTuple):
    """A month of a year."""

    year: int
    month: int

    @property
    def first_on(self) -> date:
        return date(self.year, self.month, 1)

    def plus(self, months: int) -> "Month":
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)


class Tally(NamedTuple):
    """So many checks of one rule whose windows closed in one month stand so."""

    rule: str
    month: Month
    standing: Standing
    number: int


@dataclass(frozen=True, slots=True)
class Share:
    """Checks that were to be done, by what became of them."""

    in_window: int = 0
    late: int = 0
    missed: int = 0

    @property
    def number(self) -> int:
        return self.in_window + self.late + self.missed

    @property
    def of_all(self) -> float | None:
        """The share done inside the window, from 0 to 1; None where nothing was to be done."""
        return self.in_window / self.number if self.number else None

    def __add__(self, other: "Share") -> "Share":
        return Share(self.in_window + other.in_window, self.late + other.late, self.missed + other.missed)


@dataclass(frozen=True, slots=True)
class Series:
    """One rule (or all of them, with an empty name): a share for each month, and of all of them together."""

    rule: str
    months: tuple[tuple[Month, Share], ...]

    @property
    def whole(self) -> Share:
        return sum((share for _, share in self.months), Share())


def standing_of(
    settlement: Settlement, opens_on: date, closes_on: date, settled_on: date | None, today: date
) -> Standing | None:
    """What a check counts as; None where it is left out: its window has not closed, it was waived or withdrawn, it is
    from before the record, or the patient had left.

    Window 5 to 19 May: done on the 19th is in the window, done on the 20th is late. Open on the 20th is missed.
    """
    if closes_on >= today:
        return None
    match settlement:
        case Settlement.DONE:
            is_in_window = settled_on is not None and opens_on <= settled_on <= closes_on
            return Standing.IN_WINDOW if is_in_window else Standing.LATE
        case Settlement.OPEN | Settlement.SUPERSEDED:
            return Standing.MISSED
        case _:
            return None


def months_before(today: date, number: int) -> list[Month]:
    """The last so many months, the present one among them, oldest first."""
    present = Month(today.year, today.month)
    return [present.plus(offset - number + 1) for offset in range(number)]


def series_of(
    tallies: Iterable[Tally], months: Sequence[Month], order: Sequence[str] = ()
) -> tuple[Series, list[Series]]:
    """All rules together, then each alone, in the order of the protocol; what `order` does not know comes last."""
    by_rule: dict[str, dict[Month, Share]] = {}
    for one in tallies:
        own = by_rule.setdefault(one.rule, {})
        own[one.month] = own.get(one.month, Share()) + _share_of(one)
    place = {rule: number for number, rule in enumerate(order)}
    rules = sorted(by_rule, key=lambda rule: (place.get(rule, len(place)), rule))
    each = [Series(rule, tuple((month, by_rule[rule].get(month, Share())) for month in months)) for rule in rules]
    everything = tuple(
        (month, sum((one.months[number][1] for one in each), Share())) for number, month in enumerate(months)
    )  # fmt: skip
    return Series("", everything), each


def _share_of(one: Tally) -> Share:
    match one.standing:
        case Standing.IN_WINDOW:
            return Share(in_window=one.number)
        case Standing.LATE:
            return Share(late=one.number)
        case Standing.MISSED:
            return Share(missed=one.number)
