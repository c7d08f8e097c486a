"""Kept answers: calendars that need not be made again, bounded in bytes, under the hash of their token."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.services.feeds import Drawn
from monitor.web.limits import Bucket
from monitor.web.packing import Packed

MOST_BYTES = 64 * 1024 * 1024
OVERHEAD = 4096
"""Bytes that an entry takes besides its calendar: headers, state, who fetched."""
VISIT = 1024
"""Bytes of a visit that was drawn, roughly: its entry's words are shared with others."""


class Day(NamedTuple):
    """A clinic's day, and the two instants between which it lasts; the second belongs to the next."""

    on: date
    begins_at: datetime
    ends_at: datetime


def day_around(now: datetime, place: ZoneInfo) -> Day:
    """The day of a place that `now` belongs to."""
    today = now.astimezone(place).date()
    return Day(today, _midnight(today, place), _midnight(today + timedelta(days=1), place))


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, place).astimezone(UTC)


@dataclass(slots=True)
class Kept:
    """What is known of an address: its calendar (None once it is gone), the state it was made of, and for how long.

    `noted` says when a fetch by a family of programs was last written down; `drawn` is what need not be read again
    after a change.
    """

    feed_id: int
    state: Hashable
    calendar: Packed | None
    gone_at: datetime | None
    version: Hashable
    day: Day
    bucket: Bucket
    noted: dict[str, datetime] = field(default_factory=dict)
    drawn: Mapping[int, Drawn] = field(default_factory=dict)

    def holds(self, version: Hashable, now: datetime) -> bool:
        """Whether nothing was committed since, and it is still the same day at the clinic."""
        return version is not None and version == self.version and self.day.begins_at <= now < self.day.ends_at

    def is_gone(self, now: datetime) -> bool:
        return self.calendar is None or (self.gone_at is not None and now > self.gone_at)

    @property
    def size(self) -> int:
        visits = sum(len(one.by_visit) for one in self.drawn.values())
        return OVERHEAD + visits * VISIT + (self.calendar.size if self.calendar else 0)


class Shelf:
    """Kept answers by key; the one that was not asked for the longest makes room."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.size = 0
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Hashable) -> Kept | None:
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: Hashable, kept: Kept) -> None:
        self.drop(key)
        self._kept[key] = kept
        self.size += kept.size
        while self.size > self._most:
            _, oldest = self._kept.popitem(last=False)
            self.size -= oldest.size

    def drop(self, key: Hashable) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self.size -= old.size
