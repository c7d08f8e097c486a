"""Random patients under the two alemtuzumab files, and second definitions to hold dates and settlement against."""

import os
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from schedules.following import Outcome, follow
from schedules.intervals import Interval, Unit
from schedules.model import (
    Check,
    Course,
    Extra,
    Facts,
    Infusion,
    Key,
    Person,
    Plan,
    Sample,
    Settled,
    Settlement,
    Waiver,
)
from schedules.planning import plan
from schedules.protocol import Anchor, Protocol, Recurring, Rule, Sex
from schedules.replanning import Standing
from schedules.working_days import working_days
from tests.spec.reading import protocol

NAMES = ("alemtuzumab-eu", "alemtuzumab-us")
IN_GERMANY = working_days("DE")
TIMES = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1
HEALTH = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def examples(number: int) -> settings:
    """So many random patients, and twenty times as many where HYPOTHESIS_PROFILE is `thorough`."""
    return settings(max_examples=number * TIMES, deadline=None, suppress_health_check=HEALTH)


def some_days(count: int) -> timedelta:
    return timedelta(days=count)


# --- A second arithmetic ------------------------------------------------------------------------------


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month; written down a second time."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_of(interval: Interval) -> int:
    return interval.count * {Unit.MONTH: 1, Unit.YEAR: 12}[interval.unit]


def follow_up_rules(found: Protocol, sex: Sex | None = None) -> list[tuple[Rule, int]]:
    """The rules that recur until the end of follow-up, each with its step in months."""
    return [
        (rule, months_of(rule.schedule.every))
        for rule in found.rules
        if isinstance(rule.schedule, Recurring) and rule.schedule.every
        if not (rule.only_for and sex and rule.only_for.sex is not sex)
    ]


def longest_days(rule: Rule, step: int) -> int:
    """One grid step, at its longest, and the width of the window."""
    return (step * 31 if step < 12 else 366) + rule.window.before_days + rule.window.after_days


@dataclass(frozen=True)
class FollowUp:
    """A stretch of follow-up worked out a second time: what its grid counts from, and its end."""

    first_given_on: date
    first_course_ended_on: date
    ends_on: date

    def anchor_on(self, rule: Rule) -> date:
        assert isinstance(rule.schedule, Recurring)
        return self.first_given_on if rule.schedule.anchor is Anchor.FIRST_INFUSION else self.first_course_ended_on


def follow_ups(courses: Sequence[Course]) -> list[FollowUp]:
    """A course that begins after the end of follow-up begins a new one; any other moves the end."""
    found: list[FollowUp] = []
    for course in courses:
        if not course.given:
            continue
        ends_on = months_after(course.given[-1], 48)
        if found and course.starts_on <= found[-1].ends_on:
            found[-1] = replace(found[-1], ends_on=ends_on)
        else:
            found.append(FollowUp(course.given[0], course.given[-1], ends_on))
    return found


# --- Patients -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Patient:
    """One invented treatment; a failing test prints it and nothing larger."""

    protocol_name: str
    infusions: tuple[Infusion, ...]
    sex: Sex | None = None
    extras: tuple[Extra, ...] = ()
    facts: Facts = field(default_factory=Facts)

    @property
    def protocol(self) -> Protocol:
        return protocol(self.protocol_name)

    @property
    def rules(self) -> list[tuple[Rule, int]]:
        return follow_up_rules(self.protocol, self.sex)

    @property
    def given(self) -> list[date]:
        return sorted(one.infused_on for one in self.infusions if not one.planned)

    @property
    def follow_ups(self) -> list[FollowUp]:
        return follow_ups(self.plan().courses)

    def plan(self) -> Plan:
        return plan(self.protocol, Person(self.sex), infusions=self.infusions, extras=self.extras)

    def follow(self) -> Outcome:
        return follow(
            self.protocol,
            Person(self.sex),
            infusions=self.infusions,
            extras=self.extras,
            facts=self.facts,
            is_working_day=IN_GERMANY,
        )

    def with_infusions(self, *added: Infusion) -> "Patient":
        return replace(self, infusions=(*self.infusions, *added))

    def with_facts(self, **changes: Any) -> "Patient":
        return replace(self, facts=replace(self.facts, **changes))


def of_rule(checks: Sequence[Check], rule: str) -> list[Check]:
    return [check for check in checks if check.rule == rule]


def standings(settled: Sequence[Settled]) -> dict[Key, Standing]:
    return {
        one.check.key: Standing(
            one.check.opens_on, one.check.due_on, one.check.closes_on, one.settlement, one.settled_on
        )
        for one in settled
    }


AWKWARD = [date(year, *day) for year in (2019, 2020, 2023, 2024) for day in ((1, 29), (1, 30), (1, 31), (12, 31))]
AWKWARD += [date(2020, 2, 29), date(2024, 2, 29), date(2023, 2, 28), date(2021, 8, 31), date(2022, 11, 30)]

days = st.sampled_from(AWKWARD) | st.dates(date(2018, 1, 1), date(2026, 12, 31))
a_few_days = st.integers(-20, 40).map(some_days)


@st.composite
def courses_of(draw: st.DrawFn, *, most: int = 4) -> tuple[Infusion, ...]:
    """One to four courses: whole, interrupted or only planned, apart by weeks, by years, or by a whole follow-up."""
    found: list[Infusion] = []
    day = draw(days)
    for number in range(draw(st.integers(1, most))):
        if number:
            given = max(one.infused_on for one in found if not one.planned)
            after_the_end = months_after(given, 48) + some_days(draw(st.integers(-2, 90)))
            later = day + some_days(draw(st.integers(30, 90) | st.integers(340, 420) | st.integers(30, 1400)))
            day = max(draw(st.sampled_from([later, later, after_the_end])), day + some_days(30))
        length = draw(st.integers(1, 5))
        is_planned = bool(number) and draw(st.integers(0, 3)) == 0
        is_interrupted = draw(st.integers(0, 3)) == 0
        for nth in range(length):
            if nth:
                day += some_days(draw(st.sampled_from([1, 1, 1, 3])))
            found.append(Infusion(day, planned=is_planned or (is_interrupted and nth >= max(length // 2, 1))))
    return tuple(found)


@st.composite
def patients(draw: st.DrawFn, *, most: int = 4) -> Patient:
    """A treatment of which nothing was recorded yet."""
    name, sex = draw(st.sampled_from(NAMES)), draw(st.sampled_from([None, Sex.FEMALE, Sex.MALE]))
    return Patient(name, draw(courses_of(most=most)), sex)


@st.composite
def days_near_checks(draw: st.DrawFn, checks: Sequence[Check]) -> date:
    """A few days before or after some check's due day: where the interesting cases are."""
    return draw(st.sampled_from(checks)).due_on + draw(a_few_days)


def around(checks: Sequence[Check], focus: Check) -> list[Check]:
    """The checks of one family within two months: where orders, samples and a taking over meet."""
    return [one for one in checks if one.family == focus.family and abs(one.due_on - focus.due_on) <= some_days(60)]


@st.composite
def samples_of(draw: st.DrawFn, planned: Plan, *, most: int = 8, focus: Check | None = None) -> tuple[Sample, ...]:
    """Samples around the checks of a plan; now and then a person says which check one was."""
    found = []
    for number in range(draw(st.integers(0, most))):
        meeting = around(planned.checks, focus) if focus and draw(st.integers(0, 2)) else planned.checks
        near = draw(st.sampled_from(meeting))
        of_family = [check.key for check in planned.checks if check.family == near.family]
        word = draw(st.none() | st.none() | st.sampled_from(of_family))
        found.append(Sample(number, near.family, near.due_on + draw(a_few_days), word))
    return tuple(found)


@st.composite
def waivers_of(draw: st.DrawFn, planned: Plan) -> tuple[Waiver, ...]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        near = draw(st.sampled_from(planned.checks))
        found.append(Waiver(number, near.rule, near.due_on + some_days(draw(st.integers(-20, 20)))))
    return tuple(found)


@st.composite
def extras_of(draw: st.DrawFn, patient: Patient, focus: Check) -> tuple[Extra, ...]:
    """Orders of extra checks, their numbers given out one after the other."""
    found: list[Extra] = []
    numbers: dict[str, int] = {}
    checks = patient.plan().checks
    for _ in range(draw(st.integers(0, 3))):
        is_met = draw(st.booleans())
        rule = focus.rule if is_met else draw(st.sampled_from(patient.rules))[0].id
        every = draw(st.sampled_from([None, "1 week", "2 weeks", "1 month"]))
        times = draw(st.integers(1, 5)) if every else 1
        first = numbers.get(rule, 1)
        numbers[rule] = first + times
        starts_on = draw(days_near_checks([focus] if is_met else checks))
        found.append(Extra(rule, first, starts_on, Interval.parse(every) if every else None, times))
    return tuple(found)


@st.composite
def followed_patients(draw: st.DrawFn, *, with_decisions: bool = True) -> Patient:
    """A treatment with extras, samples, a day of taking over and, where asked for, waivers and a discharge.

    Much of it happens around one check, since what lies years apart has nothing to do with one another.
    """
    patient = draw(patients())
    rule, _ = draw(st.sampled_from(patient.rules))
    checks = patient.plan().checks
    focus = draw(st.sampled_from(of_rule(checks, rule.id)))
    patient = replace(patient, extras=draw(extras_of(patient, focus)))
    planned = patient.plan()
    return patient.with_facts(
        samples=draw(samples_of(planned, focus=focus)),
        waivers=draw(waivers_of(planned)) if with_decisions else (),
        followed_here_from=draw(st.none() | days_near_checks([focus]) | days_near_checks(checks)),
        discharged_on=draw(st.none() | st.none() | days) if with_decisions else None,
    )


@st.composite
def corrections_of(draw: st.DrawFn, patient: Patient) -> Patient:
    """The same patient after infusions were added, moved, confirmed or withdrawn, or the day of taking over moved."""
    infusions = list(patient.infusions)
    place = draw(st.integers(0, len(infusions) - 1))
    one = infusions[place]
    match draw(st.sampled_from(["add", "move", "shift", "confirm", "withdraw", "take over"])):
        case "add":
            infusions.append(Infusion(draw(days)))
        case "move":
            infusions[place] = replace(one, infused_on=one.infused_on + draw(a_few_days))
        case "shift":
            by = draw(a_few_days)
            infusions = [replace(each, infused_on=each.infused_on + by) for each in infusions]
        case "confirm":
            infusions[place] = replace(one, planned=not one.planned)
        case "withdraw":
            del infusions[place]
        case _:
            return patient.with_facts(followed_here_from=draw(days_near_checks(patient.plan().checks)))
    return replace(patient, infusions=tuple(infusions))


# --- Settlement, thought a second time ----------------------------------------------------------------


def belongs_to(sample: Sample, checks: Sequence[Check]) -> Key | None:
    """A person's word while it can be true; else the check with the latest due day that was open on the day."""
    was_open = [one for one in checks if one.family == sample.family and one.opens_on <= sample.taken_on]
    if sample.said_to_be in [one.key for one in was_open]:
        return sample.said_to_be
    in_order = sorted(was_open, key=lambda one: (one.due_on, one.origin in {"grid", "closing"}))
    return in_order[-1].key if in_order else None


def settle_slowly(checks: Sequence[Check], facts: Facts) -> dict[Key, tuple[Settlement, tuple[date, ...]]]:
    """How each check is settled, by the words of the design and with no thought of speed."""
    in_order = sorted(checks, key=lambda one: (one.due_on, one.origin in {"grid", "closing"}))
    owners = [(belongs_to(sample, checks), sample) for sample in facts.samples]
    waived = {waived_by(waiver, in_order) for waiver in facts.waivers}
    places = {check.key: place for place, check in enumerate(in_order)}
    found: dict[Key, tuple[Settlement, tuple[date, ...]]] = {}
    for place, check in enumerate(in_order):
        own = tuple(sorted(sample.taken_on for key, sample in owners if key == check.key))
        is_overtaken = any(
            key and places[key] > place and sample.family == check.family and sample.taken_on >= check.opens_on
            for key, sample in owners
        )
        if own:
            settlement = Settlement.DONE
        elif check.key in waived:
            settlement = Settlement.WAIVED
        elif facts.followed_here_from and check.closes_on < facts.followed_here_from:
            settlement = Settlement.BEFORE_RECORD
        elif is_overtaken:
            settlement = Settlement.SUPERSEDED
        else:
            settlement = Settlement.DISCHARGED if facts.discharged_on else Settlement.OPEN
        found[check.key] = settlement, own
    return found


def waived_by(waiver: Waiver, checks: Sequence[Check]) -> Key | None:
    """The nearest check of the rule (of two, the earlier), where it is no farther than its window's tail."""
    of_the_rule = [(abs(one.due_on - waiver.due_on), one.due_on, one) for one in checks if one.rule == waiver.rule]
    distance, _, nearest = min(of_the_rule, default=(None, None, None))
    if nearest is None or distance is None or distance > nearest.closes_on - nearest.due_on:
        return None
    return nearest.key
