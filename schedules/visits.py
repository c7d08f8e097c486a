"""Visits: the checks of one day and place are one trip, with a suggested working day and a lasting identity."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from schedules.model import Away, Check, Key, Origin
from schedules.protocol import Place, Protocol
from schedules.working_days import IsWorkingDay


class Visit(NamedTuple):
    """One trip: the checks it serves, the days on which all of them are on time, and the day suggested.

    `opens_on` and `closes_on` bound the intersection of the windows; `visit_on` lies inside it.
    """

    due_on: date
    place: Place
    keys: tuple[Key, ...]
    opens_on: date
    closes_on: date
    visit_on: date


def group_visits(
    protocol: Protocol,
    checks: Iterable[Check],
    is_working_day: IsWorkingDay,
    *,
    away: Sequence[Away] = (),
    weekdays: Collection[int] = (),
) -> tuple[Visit, ...]:
    """One visit for each due day and place, in order of the day and then of the protocol."""
    groups: dict[tuple[date, Place], list[Check]] = {}
    places = {rule.id: rule.place for rule in protocol.rules}
    for check in checks:
        place = places.get(check.rule) or protocol.get_rule(check.rule).place
        groups.setdefault((check.due_on, place), []).append(check)

    def suggest(due_on: date, opens_on: date, closes_on: date) -> date:
        return suggest_day(due_on, opens_on, closes_on, is_working_day, away=away, weekdays=weekdays)

    return tuple(_visit(due_on, place, members, suggest) for (due_on, place), members in groups.items())


def _visit(due_on: date, place: Place, members: Sequence[Check], suggest: Callable[[date, date, date], date]) -> Visit:
    opens_on = max([check.opens_on for check in members])
    closes_on = min([check.closes_on for check in members])
    is_in_course = Origin.IN_COURSE in [check.origin for check in members]
    visit_on = due_on if is_in_course else suggest(due_on, opens_on, closes_on)
    keys = tuple([Key(*check[:2]) for check in members])
    return Visit(due_on, place, keys, opens_on, closes_on, visit_on)


def suggest_day(
    due_on: date,
    opens_on: date,
    closes_on: date,
    is_working_day: IsWorkingDay,
    *,
    away: Sequence[Away] = (),
    weekdays: Collection[int] = (),
) -> date:
    """The working day nearest to the due day inside the window, earlier rather than later when equally near.

    A closing check opens on its due day, so that its visit only ever moves later. Days on which the patient is away
    are passed over as long as the window holds another working day; where it holds none, the due day stands. Among the
    days that are left those of a weekday that suits the patient (Monday is 0) come first: due Thursday 14 May, Tuesdays
    suit, so Tuesday 12 May.
    """
    days: Iterable[date] = _from_the_middle(due_on, opens_on, closes_on)
    if away or weekdays:
        # Stable: of equally good days the nearest stay in front. Nobody asks which weekday suits who is away anyway.
        days = sorted(days, key=lambda day: _unfitness(day, away, weekdays))
    return next((day for day in days if is_working_day(day)), due_on)


def _unfitness(day: date, away: Sequence[Away], weekdays: Collection[int]) -> int:
    if any(day in one for one in away):
        return 2
    return int(bool(weekdays) and day.weekday() not in weekdays)


def _from_the_middle(due_on: date, opens_on: date, closes_on: date) -> Iterator[date]:
    """The days of a window, the due day first, then by distance, the earlier before the later."""
    yield due_on
    for distance in range(1, max((due_on - opens_on).days, (closes_on - due_on).days) + 1):
        if (earlier := due_on - timedelta(days=distance)) >= opens_on:
            yield earlier
        if (later := due_on + timedelta(days=distance)) <= closes_on:
            yield later


@dataclass(frozen=True, slots=True)
class Known:
    """A visit as the record has it: its identity, its age (the smaller, the older) and its checks."""

    id: str
    age: int
    keys: tuple[Key, ...]


def keep_identities(
    visits: Sequence[Visit], known: Sequence[Known], order: Mapping[str, int], new_id: Callable[[], str]
) -> tuple[str, ...]:
    """For each visit the identity it keeps or gets, so that a calendar entry moves and is not replaced.

    On a split the first rule in protocol order (`order`: rule id -> place in the file) keeps the identity; on
    a join the older one survives.
    """
    heirs: dict[str, int] = {}
    visit_of = {key: index for index, visit in enumerate(visits) for key in visit.keys}
    for old in known:
        still_there = [key for key in old.keys if key in visit_of]
        if still_there:
            first = min(still_there, key=lambda key: (order.get(key.rule, len(order)), key))
            heirs[old.id] = visit_of[first]
    ids: dict[int, str] = {}
    for old in sorted(known, key=lambda one: one.age):
        if old.id in heirs:
            ids.setdefault(heirs[old.id], old.id)
    return tuple(ids.get(index) or new_id() for index in range(len(visits)))
