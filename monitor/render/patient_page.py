"""What a patient's page is made from: plain values, whether it becomes text or JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from monitor.render.patient_words import tell
from schedules.advising import AdvicePeriod, Flag
from schedules.model import Key, Plan, Settled, Settlement
from schedules.protocol import BUILT_FROM_FAMILY, Protocol, Recurring
from schedules.status import Exposure
from schedules.worklists import Line


@dataclass(frozen=True, slots=True)
class Departed:
    """How monitoring here ended."""

    on: date
    kind: str
    to: str | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class VisitTold:
    """A visit to come, with its open checks and the day agreed, if there is one."""

    visit_on: date
    due_on: date
    keys: Sequence[Key]
    booked_on: date | None


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody did or noted something at an instant."""

    at: datetime
    login: str
    what: str
    why: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows, as plain values; `visits` are those to come, `deeds` oldest first."""

    reference: str
    name: str | None
    born_on: date | None
    sex: str | None
    contact: str | None
    clinic: str
    zone: str
    today: date
    protocol: Protocol
    approved_by: str | None
    approved_at: datetime | None
    is_invented: bool
    plan: Plan
    settled: Sequence[Settled]
    withdrawn: int
    followed_here_from: date | None
    departure: Departed | None
    treatment_id: int
    treatment_ids: Sequence[int]
    lines: Sequence[Line]
    exposures: Sequence[Exposure]
    visits: Sequence[VisitTold]
    advice: Sequence[AdvicePeriod]
    flags: Sequence[Flag]
    next_course_on: date | None
    notes: Sequence[Told]
    deeds: Sequence[Told]


class Counted(NamedTuple):
    """Checks of one rule: how many there are in all, are done, and were before this record."""

    rule: str
    done: int
    before_record: int
    all: int


def count_progress(protocol: Protocol, settled: Sequence[Settled]) -> Counted | None:
    """Of the follow-up rule with the most checks; None where no rule recurs."""
    numbers: dict[str, list[Settlement]] = {}
    for one in settled:
        rule = protocol.find_rule(one.check.rule)
        if rule and rule.id == one.check.rule and isinstance(rule.schedule, Recurring):
            numbers.setdefault(rule.id, []).append(one.settlement)
    if not numbers:
        return None
    rule_id = max(numbers, key=lambda rule: len(numbers[rule]))
    own = numbers[rule_id]
    return Counted(rule_id, own.count(Settlement.DONE), own.count(Settlement.BEFORE_RECORD), len(own))


def tell_progress(protocol: Protocol, counted: Counted, language: str) -> str:
    """13 of 48 months done, 34 before this record (Full blood count)."""
    rule = protocol.get_rule(counted.rule)
    is_monthly = isinstance(rule.schedule, Recurring) and str(rule.schedule.every) == "1 month"
    before = tell("progress-before", language, count=counted.before_record) if counted.before_record else ""
    return tell(
        "progress-months" if is_monthly else "progress-checks", language, done=counted.done, total=counted.all,
        before=before, title=protocol.text(rule.title, language),
    )  # fmt: skip


def title_of(protocol: Protocol, rule: str, language: str) -> str:
    """The title of a rule; an extra and a check on taking over say so, since they borrow their rule's title."""
    found = protocol.find_rule(rule)
    if found is None:
        return rule
    title = protocol.text(found.title, language)
    beside = next((tell(ending, language) for ending in BUILT_FROM_FAMILY if rule.endswith(ending)), "")
    return f"{title} {beside}".strip()
