"""Following: plan, settlement and visits of one treatment, from all that is known of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schedules.model import Extra, Facts, Infusion, Person, Plan, Settled
from schedules.planning import plan
from schedules.protocol import Protocol
from schedules.settling import settle
from schedules.visits import Known, Visit, group_visits, keep_identities
from schedules.working_days import IsWorkingDay


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a treatment's facts amount to."""

    plan: Plan
    settled: tuple[Settled, ...]
    visits: tuple[Visit, ...]


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
    return Outcome(planned, settled, group_visits(protocol, (one.check for one in settled), is_working_day))


def name_visits(
    protocol: Protocol, visits: Sequence[Visit], known: Sequence[Known], new_id: Callable[[], str]
) -> tuple[str, ...]:
    """Identities for the visits of an outcome, kept from the visits of the record wherever that is possible."""
    order = {rule.id: place for place, rule in enumerate(protocol.rules)}
    return keep_identities(visits, known, order, new_id)
