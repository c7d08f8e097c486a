"""Following: plan, settlement and visits of one treatment, from all that is known of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from schedules.advising import advice_periods
from schedules.model import Booking, Extra, Facts, Infusion, Key, Person, Plan, Report, Settled, Settlement
from schedules.planning import plan
from schedules.protocol import Protocol
from schedules.settling import assign_bookings, assign_reports, settle
from schedules.visits import Known, Visit, group_visits, keep_identities
from schedules.working_days import IsWorkingDay

FOLLOW_UP = "follow-up"
"""The name of the period that is the follow-up itself; advice has ids of its own."""


class Period(NamedTuple):
    """What holds from a day to a day, both included: the follow-up, or an advice (by its id); None: for good."""

    name: str
    number: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a treatment's facts amount to. `booked` and `reported` speak of checks that are still open."""

    plan: Plan
    settled: tuple[Settled, ...]
    visits: tuple[Visit, ...]
    periods: tuple[Period, ...] = ()
    booked: Mapping[Key, Booking] = field(default_factory=dict)
    reported: Mapping[Key, Report] = field(default_factory=dict)


def follow(
    protocol: Protocol,
    person: Person,
    *,
    infusions: Sequence[Infusion],
    extras: Sequence[Extra],
    facts: Facts,
    is_working_day: IsWorkingDay,
) -> Outcome:
    """The whole follow-up, as pure as its parts: the same facts give the same outcome."""
    planned = plan(protocol, person, infusions=infusions, extras=extras)
    settled = settle(protocol, planned, facts)
    checks = [one.check for one in settled]
    booked: Mapping[Key, Booking] = {}
    reported: Mapping[Key, Report] = {}
    if facts.bookings or facts.reports:
        is_open = {one.check.key for one in settled if one.settlement is Settlement.OPEN}
        booked = {key: one for key, one in assign_bookings(checks, facts.bookings).items() if key in is_open}
        reported = {key: one for key, one in assign_reports(checks, facts.reports).items() if key in is_open}
    visits = group_visits(protocol, checks, is_working_day, away=facts.away, weekdays=facts.weekdays)
    return Outcome(planned, settled, visits, tuple(_periods(protocol, person, planned)), booked, reported)


def _periods(protocol: Protocol, person: Person, planned: Plan) -> Iterator[Period]:
    if planned.courses:
        yield Period(FOLLOW_UP, 1, planned.courses[0].starts_on, planned.ends_on)
    numbers: dict[str, int] = {}
    for one in advice_periods(protocol, person, planned):
        numbers[one.advice.id] = numbers.get(one.advice.id, 0) + 1
        yield Period(one.advice.id, numbers[one.advice.id], one.starts_on, one.ends_on)


def name_visits(
    protocol: Protocol, visits: Sequence[Visit], known: Sequence[Known], new_id: Callable[[], str]
) -> tuple[str, ...]:
    """Identities for the visits of an outcome, kept from the visits of the record wherever that is possible."""
    order = {rule.id: place for place, rule in enumerate(protocol.rules)}
    return keep_identities(visits, known, order, new_id)
