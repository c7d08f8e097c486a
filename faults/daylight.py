"""F4: a digest for each date on the wall and one only, at every time of day around every change of the clocks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from multiprocessing import get_context
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from faults.figures import NEITHER, Figure, Size, at_least, exactly, told
from faults.place import Place
from schedules.letter_days import DAY, days_between, due_day

FAULT = "F4 clock change"
ZONES = (
    "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Chisinau", "America/New_York",
    "America/St_Johns", "America/Havana", "America/Santiago", "America/Sao_Paulo", "America/Asuncion",
    "America/Scoresbysund", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Jerusalem", "Asia/Almaty",
    "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia",
    "Antarctica/Troll",
)  # fmt: skip
"""Changes of 30 minutes and of two hours, at midnight, in Ramadan, and a country that left out a whole day."""
SPAN = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC))
PAST = (datetime(2011, 1, 1, tzinfo=UTC), SPAN[0])
"""For zones whose clocks have not changed since: Samoa's left-out day was in 2011."""
STEP = timedelta(minutes=5)
TIMES = [time(minutes // 60, minutes % 60) for minutes in range(0, 1440, 5)]
CRON_YEARS = (2026, 2027)
TICK, MOMENT = timedelta(seconds=60), timedelta(seconds=1)


def run(place: Place, *, size: Size) -> list[Figure]:
    zones, times, span = list(ZONES), TIMES, SPAN
    if size == "fast":
        zones, times, span = [*ZONES[::4], "Pacific/Apia"], TIMES[::16], (SPAN[0], datetime(2027, 1, 1, tzinfo=UTC))
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        ours, theirs = Counter[str](), Counter[str]()
        for found, cron in pool.map(try_zone, zones, [times] * len(zones), [span] * len(zones)):
            ours += found
            theirs += cron
    wrong = theirs["missed"] + theirs["doubled"]
    return [
        at_least(FAULT, NEITHER, "zones", found=len(zones), demanded=16 if size == "full" else 6),
        told(FAULT, NEITHER, "changes of the clocks, and times of day", f"{ours['changes']:,} x {len(times)}"),
        told(FAULT, NEITHER, "dates that need one digest", f"{ours['dates']:,}"),
        exactly(FAULT, NEITHER, "of these, planned once at their hour", found=ours["once"], demanded=ours["dates"]),
        exactly(FAULT, NEITHER, "dates without a digest", found=ours["missed"], demanded=0),
        exactly(FAULT, NEITHER, "dates with two, or asked for again later", found=ours["doubled"], demanded=0),
        told(
            FAULT, NEITHER, f"the same with a zoned CronTrigger, {theirs['dates']:,} of the dates",
            f"{theirs['missed']:,} missed, {theirs['doubled']:,} doubled ({wrong / max(theirs['dates'], 1):.1%})",
        ),
    ]  # fmt: skip


def try_zone(name: str, times: list[time], span: tuple[datetime, datetime]) -> tuple[Counter[str], Counter[str]]:
    """What the planner's rule and the scheduler's own trigger do around every change of one zone."""
    zone = ZoneInfo(name)
    ours, theirs = Counter[str](), Counter[str]()
    changes = list(find_changes(zone, *span)) or list(find_changes(zone, *PAST))
    for change in changes:
        ours["changes"] += 1
        wall = Wall(zone, change)
        compares = change.year in CRON_YEARS or change < SPAN[0]
        for hour in times:
            ours += plan_by_ticks(wall, hour)
            if compares:
                theirs += fire_by_trigger(wall, hour)
    return ours, theirs


def find_changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every instant at which the zone's distance from UTC changes, to the second."""
    noons = [since + DAY * n for n in range((until - since).days + 1)]
    for before, after in pairwise(noons):
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            while after - before > MOMENT:
                middle = (before + (after - before) / 2).replace(microsecond=0)
                if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
                    before = middle  # noqa: PLW2901  (a bisection)
                else:
                    after = middle  # noqa: PLW2901
            yield after


class Wall:
    """What a clock on the wall shows, read off every five minutes: an oracle that knows no rule."""

    def __init__(self, zone: ZoneInfo, change: datetime) -> None:
        self.zone, self.change = zone, change
        begin = change.replace(minute=0, second=0) - 3 * DAY
        instants = [begin + STEP * n for n in range(7 * 288)]
        self._shown = [(instant, instant.astimezone(zone).replace(tzinfo=None)) for instant in instants]
        middle = change.astimezone(zone).date()
        shown = sorted({local.date() for _, local in self._shown})
        at = shown.index(middle)
        self.before, self.dates, self.until = shown[at - 2], shown[at - 1 : at + 2], shown[at + 2]
        self._places = {day: self._place_of(day) for day in [self.before, *self.dates, self.until]}

    def _place_of(self, day: date) -> tuple[int, int]:
        at = [n for n, (_, local) in enumerate(self._shown) if local.date() == day]
        return at[0], at[-1] + 1

    def first_at(self, day: date, hour: time) -> datetime:
        """The first instant of the day at which the wall shows that hour; where it is left out, the instant that is as
        long after the change as the hour would have been (02:30 becomes 03:30).
        """
        wanted = datetime.combine(day, hour)
        start, end = self._places[day]
        at = next((n for n in range(start, end) if self._shown[n][1] >= wanted), end)
        if at < end and self._shown[at][1] == wanted:
            return self._shown[at][0]
        instant, local = self._shown[at - 1]  # the last reading before the gap
        return instant + (wanted - local)


def plan_by_ticks(wall: Wall, hour: time) -> Counter[str]:
    """The planner's question at ticks just before, at and after each hour, and on both sides of the change."""
    last = wall.before
    wanted = {wall.first_at(day, hour): day for day in wall.dates}
    ticks = {wall.change - MOMENT, wall.change, wall.change + MOMENT}
    for instant in wanted:
        ticks |= {instant - MOMENT, instant, instant + TICK}
    ran: dict[date, datetime] = {}
    found = Counter[str](dates=len(wall.dates))
    for now in sorted(tick for tick in ticks if tick > wall.first_at(wall.before, hour)):
        newest = due_day(now, hour, wall.zone)
        found["missed"] += sum(1 for _ in days_between(last, newest, wall.zone))
        if newest < last or (newest == last and newest not in ran and newest != wall.before):
            found["doubled"] += 1
        elif newest > last:
            ran[newest], last = now, newest
    found["missed"] += sum(day not in ran for day in wall.dates)
    found["once"] = sum(ran.get(day) == instant for instant, day in wanted.items())
    return found


def fire_by_trigger(wall: Wall, hour: time) -> Counter[str]:
    """What APScheduler's own trigger for a daily hour in that zone would have done: counted, and demanded of nobody."""
    trigger = CronTrigger(hour=hour.hour, minute=hour.minute, timezone=wall.zone)
    fired = Counter(_fires(trigger, wall, hour))
    return Counter(
        dates=len(wall.dates),
        missed=sum(fired[day] == 0 for day in wall.dates),
        doubled=sum(fired[day] > 1 for day in wall.dates),
    )


def _fires(trigger: CronTrigger, wall: Wall, hour: time) -> Iterable[date]:
    fired = trigger.get_next_fire_time(None, wall.first_at(wall.before, hour) + MOMENT)
    while fired is not None and fired.date() < wall.until:
        yield fired.date()
        fired = trigger.get_next_fire_time(fired, fired)
