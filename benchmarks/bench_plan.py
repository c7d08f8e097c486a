"""Plans: whole plans of `alemtuzumab-eu`, beside a plain script that makes the same checks with dateutil.

Every patient has a start date of their own and no plan is made twice, so that nothing remembered of one patient
helps with the next. The two take turns in small rounds: a busy machine slows both, and the median of the rounds'
ratios counts.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import count
from statistics import median
from typing import NamedTuple, TypeVar

from dateutil.relativedelta import relativedelta

from benchmarks import Row
from monitor.protocols import load_files
from schedules.intervals import Unit
from schedules.model import Check, Facts, Infusion, Origin, Person, Sample
from schedules.planning import plan
from schedules.protocol import BeforeCourse, OnInfusionDay, Protocol, Recurring, Sex, Which
from schedules.settling import settle
from schedules.visits import group_visits
from schedules.working_days import working_days

TIMES_AT_LEAST = 3.0
ROUNDS = 40
PER_ROUND = 50
PERSON = Person(sex=Sex.FEMALE)

T = TypeVar("T")
Infusions = Sequence[Infusion]


def run() -> list[Row]:
    protocol = load_files().get("alemtuzumab-eu").protocol
    script = PlainScript(protocol)
    patients = [two_courses(date(1990, 1, 1) + timedelta(days=days)) for days in range(ROUNDS * PER_ROUND)]
    for infusions in patients[::100]:
        assert set(script.plan(infusions)) == set(plan(protocol, PERSON, infusions=infusions).checks)
    ours, theirs = [], []
    for start in range(0, len(patients), PER_ROUND):
        some = patients[start : start + PER_ROUND]
        ours.append(clock(lambda infusions: plan(protocol, PERSON, infusions=infusions), some))
        theirs.append(clock(script.plan, some))
    ratio = median(slow / quick for quick, slow in zip(ours, theirs, strict=True))
    what = f"whole plans ({1 / median(ours):,.0f} a second) : plain script with dateutil ({1 / median(theirs):,.0f})"
    speed = Row(what, f"{ratio:.2f}×", f"at least {TIMES_AT_LEAST:.0f}×", ratio >= TIMES_AT_LEAST)
    return [speed, compare_steps(protocol, patients[::4])]


def compare_steps(protocol: Protocol, patients: Sequence[Infusions]) -> Row:
    """How long settlement and visits take beside the plan that they follow, with a year of samples."""
    is_working_day = working_days("DE")
    plans = [plan(protocol, PERSON, infusions=infusions) for infusions in patients]
    cases = [
        (made, Facts(samples=tuple(Sample(n, check.family, check.due_on) for n, check in enumerate(made.checks[:70]))))
        for made in plans
    ]
    planning = clock(lambda infusions: plan(protocol, PERSON, infusions=infusions), patients)
    settling = clock(lambda case: settle(protocol, *case), cases)
    visiting = clock(lambda made: group_visits(protocol, made.checks, is_working_day), plans)
    what = (
        f"settlement ({settling * 1000:.2f} ms) and visits ({visiting * 1000:.2f} ms) : plan ({planning * 1000:.2f} ms)"
    )
    ratio = (settling + visiting) / planning
    return Row(what, f"{ratio:.2f}×", "at most 3×", ratio <= 3)


def two_courses(first_on: date) -> Infusions:
    """Five days, and three days a year and five days later."""
    return [Infusion(first_on + timedelta(days=day)) for day in (0, 1, 2, 3, 4, 370, 371, 372)]


def clock(act: Callable[[T], object], cases: Sequence[T]) -> float:
    """Seconds per case; what is made is kept until the end, as a program would."""
    started = time.perf_counter()
    kept = [act(case) for case in cases]
    return (time.perf_counter() - started) / len(kept)


class PlainRule(NamedTuple):
    """What a script knows of a rule: its names, its window, and so many months or days from a day."""

    id: str
    family: str
    before: timedelta
    tail: timedelta
    length: int


class PlainScript:
    """The same checks with the same fields, each day by one `anchor + relativedelta(months=k)`.

    It knows this protocol's shapes and two courses, and has neither overlays nor ages nor phases to think of.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.lasts = relativedelta(months=protocol.follow_up.lasts.count)
        self.follow_up: list[PlainRule] = []
        self.baselines: list[tuple[PlainRule, Which]] = []
        self.in_course: list[tuple[PlainRule, Which]] = []
        for rule in protocol.rules:
            before, tail = timedelta(days=rule.window.before_days), timedelta(days=rule.window.after_days)
            match rule.schedule:
                case Recurring(every=every) if every:
                    months = every.count * (12 if every.unit is Unit.YEAR else 1)
                    self.follow_up.append(PlainRule(rule.id, rule.family, before, tail, months))
                case BeforeCourse(before_course=which, due=due):
                    self.baselines.append((PlainRule(rule.id, rule.family, before, tail, due.count), which))
                case OnInfusionDay(infusion_day=day, course=which):
                    self.in_course.append((PlainRule(rule.id, rule.family, before, tail, day), which))

    def plan(self, infusions: Infusions) -> list[Check]:
        days = [infusion.infused_on for infusion in infusions]
        courses = [days[:5], days[5:]]
        checks = []
        for number, course in enumerate(courses, start=1):
            for rule, which in self.baselines:
                if which.includes(number):
                    due_on = course[0] - timedelta(days=rule.length)
                    checks.append(_check(rule, number, due_on, (Origin.BASELINE, course[0], -1)))
            for rule, which in self.in_course:
                if which.includes(number) and len(course) >= rule.length:
                    due_on = course[rule.length - 1]
                    checks.append(_check(rule, number, due_on, (Origin.IN_COURSE, course[0], rule.length)))
        anchor_on, end_on = courses[0][-1], days[-1] + self.lasts
        for rule in self.follow_up:
            for number in count(1):
                due_on = anchor_on + relativedelta(months=number * rule.length)
                if due_on + rule.tail >= end_on:
                    closing = (end_on, end_on, end_on + rule.tail, Origin.CLOSING, anchor_on, number, False)
                    checks.append(Check(rule.id, number, rule.family, *closing))
                    break
                checks.append(_check(rule, number, due_on, (Origin.GRID, anchor_on, number)))
        checks.sort(key=lambda check: check.due_on)
        return checks


def _check(rule: PlainRule, number: int, due_on: date, counted: tuple[Origin, date, int]) -> Check:
    return Check(rule.id, number, rule.family, due_on - rule.before, due_on, due_on + rule.tail, *counted, False)
