"""Advising: what holds for a patient and until when, and which departures from the courses a person should see."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from schedules import phrases
from schedules.intervals import Interval, Unit, after
from schedules.model import Course, Episode, Person, Plan
from schedules.protocol import Advice, Anchor, Moment, OnlyFor, Protocol
from schedules.whom import age_on, asks_age, is_other_sex, knows_sex

PER_COURSE = {Anchor.COURSE_START, Anchor.COURSE_END, Anchor.LAST_INFUSION}
"""Anchors that every course has: until the next one begins, a course's last infusion is the last infusion."""


class AdvicePeriod(NamedTuple):
    """An advice and the days on which it holds, both included; `ends_on` is None where it holds for good.

    `confirm` says that sex or birth date is not known and a person must confirm that the advice applies.
    """

    advice: Advice
    starts_on: date
    ends_on: date | None
    confirm: bool = False


def advice_periods(protocol: Protocol, person: Person, plan: Plan) -> tuple[AdvicePeriod, ...]:
    """Every period of every advice, in order of the file and then of the day; overlapping ones are one period.

    Planned courses count, because a diet begins before the first infusion, and so do planned days of a course:
    an advice may hold too long, never too short.
    """
    periods = (one for advice in protocol.advice for one in _merged(_periods(advice, plan.episodes)))
    return tuple(mine for one in periods if (mine := _for_whom(one, person)))


def in_force(periods: Iterable[AdvicePeriod], today: date) -> tuple[AdvicePeriod, ...]:
    return tuple(one for one in periods if one.starts_on <= today and (one.ends_on is None or today <= one.ends_on))


def _periods(advice: Advice, episodes: Sequence[Episode]) -> Iterator[AdvicePeriod]:
    """One period a course where the advice starts with a course, otherwise one an episode."""
    for episode in episodes:
        stretches: Iterable[Sequence[Course]] = [episode.courses]
        if advice.starts.anchor in PER_COURSE:
            stretches = [[course] for course in episode.courses]
        for courses in stretches:
            starts_on = _day(advice.starts, episode, courses)
            ends_on = _day(advice.until, episode, courses) if advice.until else None
            if starts_on and (ends_on or not advice.until):
                yield AdvicePeriod(advice, starts_on, ends_on)


def _day(moment: Moment, episode: Episode, courses: Sequence[Course]) -> date | None:
    """The day of a moment, seen from one course or from all of an episode; None while follow-up has no end."""
    anchor_on = _anchor_day(moment.anchor, episode, courses)
    if anchor_on and moment.before:
        return after(anchor_on, moment.before, -1)
    return after(anchor_on, moment.after) if anchor_on and moment.after else anchor_on


def _anchor_day(anchor: Anchor, episode: Episode, courses: Sequence[Course]) -> date | None:
    match anchor:
        case Anchor.COURSE_START:
            return courses[0].starts_on
        case Anchor.COURSE_END | Anchor.LAST_INFUSION:
            return _last_day(courses[-1])
        case Anchor.FIRST_INFUSION:
            return episode.courses[0].starts_on
        case Anchor.FIRST_COURSE_END:
            return _last_day(episode.courses[0])
        case Anchor.FOLLOW_UP_END:
            return episode.ends_on


def _last_day(course: Course) -> date:
    return course.infusions[-1].infused_on


def _merged(periods: Iterable[AdvicePeriod]) -> list[AdvicePeriod]:
    """Periods of one advice that overlap, or follow each other without a day between, as one."""
    merged: list[AdvicePeriod] = []
    for period in sorted(periods, key=lambda one: one.starts_on):
        last = merged[-1] if merged else None
        if last is None or (last.ends_on and last.ends_on + timedelta(days=1) < period.starts_on):
            merged.append(period)
        elif last.ends_on and (period.ends_on is None or period.ends_on > last.ends_on):
            merged[-1] = last._replace(ends_on=period.ends_on)
    return merged


def _for_whom(period: AdvicePeriod, person: Person) -> AdvicePeriod | None:
    """The period where it applies to the person on at least one of its days; unknown includes and asks."""
    only_for = period.advice.only_for
    if only_for is None:
        return period
    if is_other_sex(only_for, person):
        return None
    if asks_age(only_for) and person.born_on and not _is_ever_of_age(only_for, person.born_on, period):
        return None
    confirm = (only_for.sex is not None and not knows_sex(person)) or (asks_age(only_for) and person.born_on is None)
    return period._replace(confirm=confirm)


def _is_ever_of_age(only_for: OnlyFor, born_on: date, period: AdvicePeriod) -> bool:
    too_old = only_for.age_to is not None and age_on(born_on, period.starts_on) > only_for.age_to
    too_young = (
        only_for.age_from is not None
        and period.ends_on is not None
        and age_on(born_on, period.ends_on) < only_for.age_from
    )
    return not too_old and not too_young


Fact = int | date | Interval | str


class Flag(NamedTuple):
    """A departure from how the drug is given, for a person to look at; it refuses nothing."""

    id: str
    course: int
    facts: Mapping[str, Fact]

    def sentence(self, language: str) -> str:
        facts = {name: _said(fact, language) for name, fact in self.facts.items()}
        return SENTENCES[phrases.spoken(language)][self.id].format(course=self.course, **facts)


def _said(fact: Fact, language: str) -> str:
    match fact:
        case date():
            return phrases.day(fact, language)
        case Interval():
            return phrases.length(fact, language)
        case _:
            return SENTENCES[phrases.spoken(language)].get(str(fact), str(fact))


def earliest_next_course(protocol: Protocol, courses: Sequence[Course]) -> date | None:
    """The first day on which the protocol permits another course, counted from the latest of which a day was given.

    None before the first course, where the protocol names no distance, and where it foresees no further course.
    """
    given = [course for course in courses if course.given]
    how = protocol.courses
    if not given or how.apart is None or (how.most is not None and len(given) >= how.most):
        return None
    return _next_from(protocol, given[-1])


def _next_from(protocol: Protocol, course: Course) -> date | None:
    how = protocol.courses
    if how.apart is None:
        return None
    return after(course.starts_on if how.apart_from == "first-day" else _last_day(course), how.apart)


def flags(protocol: Protocol, courses: Sequence[Course], *, today: date | None = None) -> list[Flag]:
    """What departs from the protocol's courses, in order of the course.

    A course counts as interrupted when no planned day of it is left; with `today`, not before the day after
    its last infusion either.
    """
    found: list[Flag] = []
    for place, course in enumerate(courses):
        if place and (too_close := _too_close(protocol, courses[place - 1], course)):
            found.append(too_close)
        wanted, most = protocol.courses.planned_days(course.number), protocol.courses.most
        given, days = len(course.given), len(course.infusions)
        if days > wanted:
            found.append(Flag("too-many-days", course.number, {"days": days, "wanted": wanted}))
        if given == days < wanted and (today is None or today > course.ends_on):
            found.append(Flag("course-interrupted", course.number, {"days": days, "wanted": wanted}))
        if most is not None and course.number > most:
            found.append(Flag("too-many-courses", course.number, {"most": most}))
    return found


def _too_close(protocol: Protocol, previous: Course, course: Course) -> Flag | None:
    permitted_on = _next_from(protocol, previous)
    if permitted_on is None or protocol.courses.apart is None or course.starts_on >= permitted_on:
        return None
    facts: dict[str, Fact] = {
        "starts_on": course.starts_on,
        "permitted_on": permitted_on,
        "early": Interval((permitted_on - course.starts_on).days, Unit.DAY),
        "apart": protocol.courses.apart,
        "counted_from": protocol.courses.apart_from,
    }
    return Flag("courses-too-close", course.number, facts)


SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "courses-too-close": "Course {course} begins on {starts_on}, {early} early: the protocol asks for {apart} "
        "after the {counted_from} of the previous course, not before {permitted_on}.",
        "first-day": "first day",
        "last-day": "last dose",
        "too-many-days": "Course {course} has {days} infusion days; the protocol foresees {wanted}.",
        "course-interrupted": "Course {course} was interrupted: {days} of {wanted} infusion days were given.",
        "too-many-courses": "Course {course} is one too many: the protocol foresees at most {most}.",
    },
    "de": {
        "courses-too-close": "Behandlungsphase {course} beginnt am {starts_on}, {early} zu früh: Das Protokoll "
        "verlangt {apart} Abstand, gezählt ab {counted_from} der vorigen, also frühestens den {permitted_on}.",
        "first-day": "dem ersten Tag",
        "last-day": "der letzten Dosis",
        "too-many-days": "Behandlungsphase {course} hat {days} Infusionstage; das Protokoll sieht {wanted} vor.",
        "course-interrupted": "Behandlungsphase {course} wurde abgebrochen: Gegeben wurden {days} von {wanted} "
        "Infusionstagen.",
        "too-many-courses": "Behandlungsphase {course} ist eine zu viel: Das Protokoll sieht höchstens {most} vor.",
    },
}
