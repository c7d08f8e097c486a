"""Choosing: which visits come first, which wait for a call, and what fits on the wall; a decision, no words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from monitor.render.site.values import VisitShown, VisitState
from schedules.intervals import Interval, after

NEXT_MONTHS = Interval.parse("12 months")


@dataclass(frozen=True, slots=True)
class Year:
    """The visits of one year, in order; a past year is folded."""

    year: int
    visits: tuple[VisitShown, ...]
    is_past: bool

    @property
    def counted(self) -> tuple[VisitShown, ...]:
        return tuple(one for one in self.visits if one.state is not VisitState.NOT_NEEDED)

    @property
    def done(self) -> int:
        return sum(one.state is VisitState.DONE for one in self.counted)


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan as a patient needs it. No visit stands in two of `overdue`, `reported`, `following` and `to_arrange`."""

    overdue: tuple[VisitShown, ...]
    reported: tuple[VisitShown, ...]
    """The patient's word stands beside an overdue check too: it is in `overdue` then."""
    following: VisitShown | None
    to_arrange: tuple[VisitShown, ...]
    years: tuple[Year, ...]


def choose(visits: Iterable[VisitShown], today: date) -> Choice:
    ordered = in_order(visits)
    overdue = tuple(one for one in ordered if one.state is VisitState.OVERDUE)
    waiting = [one for one in ordered if one.state.is_still_to_do and one.state is not VisitState.OVERDUE]
    reported = tuple(one for one in waiting if one.reported)
    to_come = [one for one in waiting if not one.reported]
    following = to_come[0] if to_come else None
    to_arrange = tuple(one for one in to_come[1:] if needs_a_call(one, today))
    years = tuple(
        Year(year, tuple(group), year < today.year) for year, group in groupby(ordered, lambda one: one.shown_on.year)
    )
    return Choice(overdue, reported, following, to_arrange, years)


def in_order(visits: Iterable[VisitShown]) -> list[VisitShown]:
    return sorted(visits, key=lambda one: (one.shown_on, one.opens_on, one.id))


def needs_a_call(visit: VisitShown, today: date) -> bool:
    """Its window is open or closed, and no day that is still to come was agreed."""
    is_agreed = visit.booked_on is not None and visit.booked_on >= today
    has_begun = visit.state in {VisitState.OPEN, VisitState.DUE, VisitState.OVERDUE}
    return has_begun and visit.to_arrange and not is_agreed and not visit.reported


def next_twelve_months(visits: Iterable[VisitShown], today: date) -> Sequence[VisitShown]:
    """What is still to do until the same day next year, what is overdue first."""
    until = after(today, NEXT_MONTHS)
    wanted = [one for one in in_order(visits) if one.state.is_still_to_do and one.shown_on <= until]
    return sorted(wanted, key=lambda one: one.state is not VisitState.OVERDUE)
