"""The plan: from a protocol, infusions and extras to every check from baseline to the end of follow-up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import count, pairwise
from operator import itemgetter
from typing import NamedTuple

from schedules.intervals import Interval, Unit, after
from schedules.model import Check, Course, Episode, Extra, Infusion, Origin, Person, Plan
from schedules.protocol import (
    Anchor,
    BeforeCourse,
    Listed,
    OnInfusionDay,
    OnlyFor,
    Protocol,
    Recurring,
    Rule,
    Temporary,
    Window,
)
from schedules.whom import asks_age, is_of_age, is_other_sex, knows_sex

BASELINE_LOOKBACK = timedelta(days=30)
FOR_GOOD = Interval(10, Unit.YEAR)
"""How far after the last infusion a rule without an end is written out; the next infusion writes on."""

NEVER = (date.max, date.max)

EXTRA = "-extra"

ON_THE_GRID = frozenset({Origin.GRID, Origin.CLOSING})

Dates = tuple[date, date, date]
"""A window: opens, due, closes."""

Rhythm = tuple[tuple[Interval, Interval | None], ...]
"""Every so often, until so long after the anchor: a phase table as plain values, which are quick to look up."""

Row = tuple[date, date, date, Origin, date, int, bool]
"""What the checks of all rules with one rhythm share: a check's fields from `opens_on` on."""

due_order = itemgetter(4)  # Check.due_on; by position, since a plan sorts hundreds


def plan(protocol: Protocol, person: Person, *, infusions: Iterable[Infusion], extras: Iterable[Extra] = ()) -> Plan:
    """All checks, complete and repeatable: the same facts give the same plan.

    Follow-up counts from the last infusion of the first course and ends 48 months after the last infusion
    given. One course on 2024-01-08..12 of the alemtuzumab file gives 48 blood counts, on the 12th of each
    month, the last on 2028-01-12.
    """
    episodes = group_episodes(group_courses(infusions, protocol.courses.gap_days), protocol.follow_up.lasts)
    made = [(rule, list(_checks_of(rule, episodes, person))) for rule in protocol.rules]
    follow_up: defaultdict[str, list[Check]] = defaultdict(list)
    for rule, own in made:
        if isinstance(rule.schedule, Recurring):
            follow_up[rule.family] += own
    checks: list[Check] = []
    for rule, own in made:
        checks += [one for one in own if _is_needed(one, follow_up[rule.family])] if rule.is_baseline else own
    for extra in extras:
        checks += _extra_checks(protocol.get_rule(extra.rule), extra)
    checks.sort(key=due_order)  # stable: checks of one day stay in the protocol's order
    return Plan(episodes, tuple(checks))


def group_courses(infusions: Iterable[Infusion], gap_days: int) -> tuple[Course, ...]:
    """Infusion days less than `gap_days` apart are one course, unless the source names the course.

    A day both planned and given is one infusion, given: twice in the list it would make day 3 of day 2.
    """
    planned_first = sorted(infusions, key=lambda one: (one.infused_on, not one.planned))
    groups: list[list[Infusion]] = []
    for infusion in {one.infused_on: one for one in planned_first}.values():
        if groups and _same_course(groups[-1][-1], infusion, gap_days):
            groups[-1].append(infusion)
        else:
            groups.append([infusion])
    return tuple(Course(number, tuple(days)) for number, days in enumerate(groups, start=1))


def _same_course(earlier: Infusion, later: Infusion, gap_days: int) -> bool:
    if earlier.course is not None and later.course is not None:
        return earlier.course == later.course
    return (later.infused_on - earlier.infused_on).days < gap_days


def group_episodes(courses: Sequence[Course], lasts: Interval) -> tuple[Episode, ...]:
    """A course that begins after an earlier follow-up ended starts a new episode."""
    groups: list[list[Course]] = []
    ends_on: date | None = None
    for course in courses:
        if not groups or (ends_on is not None and course.starts_on > ends_on):
            groups.append([])
            ends_on = None
        groups[-1].append(course)
        if course.given:
            ends_on = after(course.given[-1], lasts)
    return tuple(_episode(tuple(group), lasts) for group in groups)


def _episode(courses: tuple[Course, ...], lasts: Interval) -> Episode:
    given = [day for course in courses for day in course.given]
    return Episode(courses, after(given[-1], lasts) if given else None)


def _checks_of(rule: Rule, episodes: Sequence[Episode], person: Person) -> Iterable[Check]:
    if rule.only_for and is_other_sex(rule.only_for, person):
        return ()
    checks: Iterable[Check]
    match rule.schedule:
        case Recurring() as schedule:
            checks = _recurring(rule, schedule, episodes)
        case Listed() as schedule:
            checks = _listed(rule, schedule, episodes)
        case BeforeCourse() as schedule:
            checks = _before_course(rule, schedule, episodes)
        case OnInfusionDay() as schedule:
            checks = _on_infusion_day(rule, schedule, episodes)
    return _for_whom(rule.only_for, person, checks) if rule.only_for else checks


def _for_whom(only_for: OnlyFor, person: Person, checks: Iterable[Check]) -> Iterable[Check]:
    """Only those checks whose day falls into the age, numbered without gaps; unknown includes and asks."""
    if asks_age(only_for) and person.born_on:
        checks = _of_age(only_for, person.born_on, checks)
    unknown_sex = only_for.sex is not None and not knows_sex(person)
    if unknown_sex or (asks_age(only_for) and not person.born_on):
        return [check._replace(confirm=True) for check in checks]
    return checks


def _of_age(only_for: OnlyFor, born_on: date, checks: Iterable[Check]) -> Iterator[Check]:
    numbers = count(1)
    for check in checks:
        if is_of_age(only_for, born_on, check.due_on):
            yield check._replace(number=next(numbers)) if check.origin in ON_THE_GRID else check


def _recurring(rule: Rule, schedule: Recurring, episodes: Sequence[Episode]) -> list[Check]:
    """The grid of each stretch; numbers run on from one to the next."""
    rows = [row for stretch in _stretches(schedule, episodes) for row in _rows(rule.window, schedule, stretch)]
    rule_id, family, make = rule.id, rule.family, tuple.__new__
    # Check(rule_id, number, family, *row) by hand: a plan makes hundreds, and this is a third of the time.
    return [make(Check, (rule_id, number, family) + row) for number, row in enumerate(rows, start=1)]  # noqa: RUF005


class Stretch(NamedTuple):
    """Where a rhythm runs without a break: from an anchor to the end, or to the anchor that takes over from it.

    `closes`: a closing check stands on the last day. `joins`: the next stretch begins there, and the day is a
    check; without it nearly two steps could pass between the last day of the old grid and the first of the new.
    """

    anchor_on: date
    stop_on: date
    closes: bool
    joins: bool


def _stretches(schedule: Recurring, episodes: Sequence[Episode]) -> Iterator[Stretch]:
    """What counts from the first course runs through its episode; what counts from the last infusion begins
    again at each course, and the stretch before stays as it was.
    """
    if isinstance(schedule.until, Interval):
        # An end of its own means breaks of its own: "monthly for 6 months" has no checks in month 11.
        episodes = group_episodes([course for episode in episodes for course in episode.courses], schedule.until)
    starts = [
        (anchor_on, after(episode.given[-1], FOR_GOOD) if schedule.until == "for-good" else episode.ends_on)
        for episode in episodes
        if episode.ends_on
        for anchor_on in _anchor_days(schedule.anchor, episode)
    ]
    for (anchor_on, ends_on), (next_on, _) in pairwise([*starts, NEVER]):
        joins = next_on <= ends_on
        closes = schedule.until != "for-good" and not joins
        yield Stretch(anchor_on, min(ends_on, next_on), closes=closes, joins=joins)


def _anchor_days(anchor: Anchor, episode: Episode) -> list[date]:
    if anchor is Anchor.LAST_INFUSION:
        return [course.given[-1] for course in episode.courses if course.given]
    return [_anchor_day(anchor, episode)]


def _anchor_day(anchor: Anchor, episode: Episode) -> date:
    """The day of an anchor in an episode of which at least one infusion was given."""
    match anchor:
        case Anchor.FIRST_INFUSION:
            return episode.given[0]
        case Anchor.FIRST_COURSE_END:
            return next(course.given[-1] for course in episode.courses if course.given)
        case Anchor.LAST_INFUSION:
            return episode.given[-1]
        case Anchor.FOLLOW_UP_END if episode.ends_on:
            return episode.ends_on
    raise ValueError(f"{anchor} is not one day of an episode")


def _rows(window: Window, schedule: Recurring, stretch: Stretch) -> Sequence[Row]:
    """The grid of a stretch, with the days inside each temporary period replaced by those of its rhythm."""
    width = (window.before_days, window.after_days)
    rows: Sequence[Row] = _grid(tuple((phase.every, phase.until) for phase in schedule.steps), width, stretch)
    for period in schedule.temporary:
        other = _grid(((period.every, None),), width, stretch)

        def is_inside(row: Row, period: Temporary = period) -> bool:
            return period.from_on <= row[1] <= period.until_on and row[3] is not Origin.CLOSING

        rows = [row for row in rows if not is_inside(row)] + [row for row in other if is_inside(row)]
        rows.sort(key=itemgetter(1))
    return rows


@lru_cache(maxsize=64)
def _grid(rhythm: Rhythm, width: tuple[int, int], stretch: Stretch) -> tuple[Row, ...]:
    """Every grid day whose window closes before the end, then the end day itself.

    Phases join in the same way: every day whose window closes before the next phase begins is a check, and
    so is the day on which it begins. Cached, because rules of one rhythm share their days.
    """
    anchor_on, stop_on, closes, joins = stretch
    before, tail = (timedelta(days=days) for days in width)
    rows: list[Row] = []
    begins_on, first, due_on = anchor_on, 1, anchor_on
    for every, until in rhythm:
        phase_end = min(after(anchor_on, until), stop_on) if until else stop_on
        for step in count(first):
            due_on = after(begins_on, every, step)
            closes_on = due_on + tail
            if closes_on >= phase_end:
                break
            rows.append((due_on - before, due_on, closes_on, Origin.GRID, anchor_on, step, False))
        if phase_end == stop_on:
            break
        begins_on, first = phase_end, 0
    if closes:
        # "At least 48 months": an earlier sample is never the closing one, so its window opens on the day.
        rows.append((stop_on, stop_on, stop_on + tail, Origin.CLOSING, anchor_on, len(rows) + 1, False))
    elif joins:
        # In place of the grid's next day, and open as early: a sample taken for that one still counts.
        rows.append((min(due_on, stop_on) - before, stop_on, stop_on + tail, Origin.GRID, stop_on, 0, False))
    return tuple(rows)


def _window(window: Window, due_on: date) -> Dates:
    return due_on - timedelta(days=window.before_days), due_on, due_on + timedelta(days=window.after_days)


def _listed(rule: Rule, schedule: Listed, episodes: Sequence[Episode]) -> Iterator[Check]:
    anchors = list(_listed_anchors(schedule, episodes))
    for (ordinal, anchor_on), (_, next_on) in pairwise([*anchors, (0, date.max)]):
        for step, distance in enumerate(schedule.at, start=1):
            number = (ordinal - 1) * len(schedule.at) + step
            dates = _window(rule.window, after(anchor_on, distance))
            # What had opened when the next course came stays as it was; the rest counts from that course.
            if schedule.anchor is not Anchor.LAST_INFUSION or dates[0] <= next_on:
                yield Check(rule.id, number, rule.family, *dates, Origin.LISTED, anchor_on, step, False)


def _listed_anchors(schedule: Listed, episodes: Sequence[Episode]) -> Iterator[tuple[int, date]]:
    """The days to count from with their ordinal, which keeps numbers stable when a course is added."""
    given = [episode for episode in episodes if episode.ends_on]
    match schedule.anchor:
        case Anchor.COURSE_START | Anchor.COURSE_END | Anchor.LAST_INFUSION as anchor:
            for course in (course for episode in given for course in episode.courses):
                if course.given and schedule.course.includes(course.number):
                    yield course.number, course.given[0 if anchor is Anchor.COURSE_START else -1]
        case anchor:
            for ordinal, episode in enumerate(given, start=1):
                yield ordinal, _anchor_day(anchor, episode)


def _before_course(rule: Rule, schedule: BeforeCourse, episodes: Sequence[Episode]) -> Iterator[Check]:
    """One before each course that is meant; the "first" is the first of an episode, since after a follow-up that
    ended years ago a new treatment needs its baseline again."""
    for episode in episodes:
        for position, course in enumerate(episode.courses, start=1):
            if schedule.before_course.includes(position):
                dates = _window(rule.window, after(course.starts_on, schedule.due, -1))
                yield Check(rule.id, course.number, rule.family, *dates, Origin.BASELINE, course.starts_on, -1, False)


def _on_infusion_day(rule: Rule, schedule: OnInfusionDay, episodes: Sequence[Episode]) -> Iterator[Check]:
    for course in (course for episode in episodes for course in episode.courses):
        if schedule.course.includes(course.number) and len(course.infusions) >= schedule.infusion_day:
            day = schedule.infusion_day
            dates = _window(rule.window, course.infusions[day - 1].infused_on)
            yield Check(rule.id, course.number, rule.family, *dates, Origin.IN_COURSE, course.starts_on, day, False)


def _is_needed(baseline: Check, follow_up: Iterable[Check]) -> bool:
    """Not before course 2 and later when follow-up asks for the same tests in the 30 days before."""
    starts_on = baseline.anchor_on
    return baseline.number == 1 or not any(
        starts_on - BASELINE_LOOKBACK <= check.due_on < starts_on for check in follow_up
    )


def _extra_checks(rule: Rule, extra: Extra) -> Iterator[Check]:
    """The checks of one order, their windows clipped so that two of them never overlap."""
    before, tail = rule.window.before_days, rule.window.after_days
    every = extra.every
    days = [after(extra.starts_on, every, step) for step in range(extra.times)] if every else [extra.starts_on]
    if len(days) > 1:
        # The shortest step counts: monthly days lie 28 days apart in February, not 31.
        half = min((later - day).days - 1 for day, later in pairwise(days)) // 2
        before, tail = min(before, half), min(tail, half)
    for step, due_on in enumerate(days):
        opens_on = max(extra.starts_on, due_on - timedelta(days=before))
        closes_on = due_on + timedelta(days=tail)
        number = extra.first_number + step
        yield Check(
            rule.family + EXTRA,
            number,
            rule.family,
            opens_on,
            due_on,
            closes_on,
            Origin.EXTRA,
            extra.starts_on,
            step,
            False,
        )
