"""Rhythms: whether a rule's days, windows and phases fit one another, so that each check has a time of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from schedules.intervals import Interval, after
from schedules.places import Path
from schedules.problems import Severity
from schedules.protocol import (
    Anchor,
    BeforeCourse,
    Courses,
    Listed,
    OnInfusionDay,
    Phase,
    Protocol,
    Recurring,
    Rule,
    Which,
    Window,
)

A_YEAR = [date(2022, 1, 1) + timedelta(days=day) for day in range(365)]
"""Days to try an interval from; the February after each of them has 28 days, the shortest there is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault at a path of a file, before anybody knows on which line that is."""

    path: Path
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def below(self, *path: str | int) -> "Finding":
        return Finding((*path, *self.path), self.message, self.hint, self.severity)


@lru_cache(maxsize=256)
def shortest_days(interval: Interval) -> int:
    """The fewest days that an interval can last: 28 for a month, 59 for two."""
    return min((after(day, interval) - day).days for day in A_YEAR)


@lru_cache(maxsize=256)
def shortest_between(earlier: Interval, later: Interval) -> int:
    """The fewest days from one distance to another, both counted from one anchor; negative where they cross."""
    return min((after(day, later) - after(day, earlier)).days for day in A_YEAR)


def find_in_rhythm(rule: Rule, protocol: Protocol | None) -> Iterator[Finding]:
    """Everything about one rule's days; `protocol` is None for a rule of an overlay, which has no courses or end."""
    yield from find_in_window(rule)
    match rule.schedule:
        case Recurring() as schedule:
            yield from _find_in_phases(schedule)
            yield from _find_in_temporary(schedule)
            yield from _find_in_end(schedule, protocol)
        case Listed() as schedule:
            yield from _find_in_list(schedule, protocol)
        case BeforeCourse() as schedule if rule.window.after_days > shortest_days(schedule.due):
            message = f"The check would close after the course began: it is due {schedule.due} before, its window"
            yield Finding(("window",), f"{message} ends {_days(rule.window.after_days)} later.")
        case _:
            pass
    if protocol:
        yield from _find_in_courses(rule, protocol.courses)


def find_in_window(rule: Rule) -> Iterator[Finding]:
    """Windows that are too wide: a sample must belong to one check and not to two."""
    match rule.schedule:
        case Recurring() as schedule:
            rhythms = [phase.every for phase in schedule.steps] + [period.every for period in schedule.temporary]
            yield from _find_in_step(rule.window, min(rhythms, key=shortest_days))
        case Listed() as schedule:
            for earlier, later in pairwise(schedule.at):
                apart = shortest_between(earlier, later)
                if 0 < apart <= rule.window.width_days:
                    yield _overlap(rule.window, apart)
        case _:
            pass


def _find_in_step(window: Window, every: Interval) -> Iterator[Finding]:
    shortest = shortest_days(every)
    if window.width_days >= every.longest_days:
        message = f"The window is wider than the interval: {_days(window.width_days)}, and a check every {every}."
        yield Finding(("window",), message, f"Before and after together can be at most {_days(shortest - 1)}.")
    elif window.width_days >= shortest:
        yield _overlap(window, shortest)


def _overlap(window: Window, apart: int) -> Finding:
    message = (
        f"The windows of neighbouring checks overlap: {window.before_days} before and {_days(window.after_days)} after,"
        f" and checks that can be {_days(apart)} apart."
    )
    return Finding(("window",), message, f"Before and after together can be at most {_days(apart - 1)}.")


def _find_in_phases(schedule: Recurring) -> Iterator[Finding]:
    """Each phase begins where the one above ends, and the last goes on: no day without a rhythm."""
    begins: Interval | None = None
    for number, phase in enumerate(schedule.phases):
        path = ("schedule", "phases", number)
        is_last = number == len(schedule.phases) - 1
        match phase.until:
            case None if not is_last:
                yield Finding(path, "This phase has no end, so those below it never begin.", "Give it an 'until'.")
            case Interval() as until if begins and shortest_between(begins, until) <= 0:
                message = f"This phase ends {until} after the anchor, but the one above goes on until {begins}."
                yield Finding((*path, "until"), message, "Phases stand from early to late.")
            case Interval() as until if shortest_days(phase.every) > _length(begins, until):
                message = f"This phase is shorter than its own interval of {phase.every}."
                yield Finding((*path, "every"), message, "'until' counts from the anchor, not from the phase above.")
            case Interval() if is_last and not _is_ended_by(schedule, phase):
                message = "After the last phase there is a gap: nothing is asked for until the end of follow-up."
                yield Finding((*path, "until"), message, "Leave 'until' out of the last phase.")
        begins = phase.until


def _length(begins: Interval | None, until: Interval) -> int:
    return shortest_between(begins, until) if begins else shortest_days(until)


def _is_ended_by(schedule: Recurring, last: Phase) -> bool:
    """Whether the schedule itself ends no later than its last phase.

    Both must count from the last infusion: what counts from an earlier day leaves a gap as soon as a later course
    moves the end.
    """
    if schedule.anchor is not Anchor.LAST_INFUSION or last.until is None or isinstance(schedule.until, str):
        return False
    return shortest_between(schedule.until, last.until) >= 0


def _find_in_temporary(schedule: Recurring) -> Iterator[Finding]:
    for number, period in enumerate(schedule.temporary):
        if period.from_on > period.until_on:
            path = ("schedule", "temporary", number, "until_on")
            yield Finding(path, "This temporary rhythm ends before it begins.", "Exchange 'from_on' and 'until_on'.")
    for number, (earlier, later) in enumerate(pairwise(schedule.temporary), start=1):
        if later.from_on <= earlier.until_on:
            path = ("schedule", "temporary", number, "from_on")
            yield Finding(path, "This temporary rhythm begins before the one above ends.", "Put them in order.")


def _find_in_end(schedule: Recurring, protocol: Protocol | None) -> Iterator[Finding]:
    match schedule.until:
        case "for-good":
            message = "A rule for good is listed for the next ten years only; each new infusion writes it on."
            yield Finding(("schedule", "until"), message, severity=Severity.WARNING)
            return
        case Interval() as lasts:
            pass
        case _ if protocol:
            lasts = protocol.follow_up.lasts
        case _:
            return
    first = schedule.steps[0].every
    if shortest_between(lasts, first) > 0:
        message = f"This rule is never reached: its first check comes after {first}, its end after {lasts}."
        yield Finding(("schedule",), message)


def _find_in_list(schedule: Listed, protocol: Protocol | None) -> Iterator[Finding]:
    for number, (earlier, later) in enumerate(pairwise(schedule.at), start=1):
        if shortest_between(earlier, later) <= 0:
            path = ("schedule", "at", number)
            yield Finding(path, f"{later} does not come after {earlier}.", "A list goes from early to late.")
    if schedule.course is not Which.EACH and schedule.anchor not in {Anchor.COURSE_START, Anchor.COURSE_END}:
        message = f"'course' changes nothing: '{schedule.anchor}' is not the day of one course."
        yield Finding(("schedule", "course"), message, "Count from 'course-start' or 'course-end'.")
    if protocol is None or schedule.anchor is Anchor.FOLLOW_UP_END:
        return
    for number, distance in enumerate(schedule.at):
        if shortest_between(protocol.follow_up.lasts, distance) > 0:
            message = f"{distance} after '{schedule.anchor}' lies beyond the end of follow-up."
            yield Finding(("schedule", "at", number), message, severity=Severity.WARNING)


def _find_in_courses(rule: Rule, courses: Courses) -> Iterator[Finding]:
    """Rules for a course, or a day of a course, that the protocol never gives."""
    match rule.schedule:
        case BeforeCourse(before_course=which):
            key = "before_course"
        case Listed(course=which) | OnInfusionDay(course=which):
            key = "course"
        case _:
            return
    if which is Which.LATER and courses.most == 1:
        message = "This rule is never reached: it is for later courses, and there is at most one."
        yield Finding(("schedule", key), message, "See 'most' in 'courses'.")
    elif isinstance(rule.schedule, OnInfusionDay):
        days = {Which.FIRST: courses.days[:1], Which.LATER: courses.days[1:] or courses.days}.get(which, courses.days)
        if rule.schedule.infusion_day > max(days):
            message = f"This rule is never reached: its courses have at most {_days(max(days))} of infusion."
            yield Finding(("schedule", "infusion_day"), message, "See 'days' in 'courses'.")


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"
