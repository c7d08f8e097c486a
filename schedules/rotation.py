"""Rotation: which copies of the record are kept, so that yesterday, last month and last year can each be had again."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, tzinfo


def kept(moments: Iterable[datetime], *, zone: tzinfo, daily: int, weekly: int, monthly: int) -> set[datetime]:
    """Of the copies made at these moments the newest of each of the last so many days, ISO weeks and months.

    Only days (weeks, months) of which there is a copy count: where copies stopped for a month, the old ones stay. The
    newest of all is always kept. The moments are in UTC, so that no two are alike; their days are those of `zone`.

    With daily=2, weekly=2, monthly=0 of Mon 2, Tue 3, Wed 4 and Sun 8, Mon 9 November the 9th, the 8th are kept as
    days, and the 9th and the 8th as the latest of their weeks.
    """
    newest_first = sorted(moments, reverse=True)
    return {
        *newest_first[:1],
        *_newest_of(newest_first, daily, lambda one: one.astimezone(zone).date()),
        *_newest_of(newest_first, weekly, lambda one: one.astimezone(zone).isocalendar()[:2]),
        *_newest_of(newest_first, monthly, lambda one: one.astimezone(zone).timetuple()[:2]),
    }


def _newest_of(newest_first: Iterable[datetime], most: int, period_of: Callable[[datetime], Hashable]) -> set[datetime]:
    found: dict[Hashable, datetime] = {}
    for one in newest_first:
        if len(found) < most or period_of(one) in found:
            found.setdefault(period_of(one), one)
    return set(found.values())
