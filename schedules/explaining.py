"""Explaining: every check can say from which day it was counted, why it lies where it lies, and who asks for it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from schedules import phrases
from schedules.intervals import Interval, after, is_clamped
from schedules.model import Away, Check, Course, Key, Origin
from schedules.protocol import (
    Anchor,
    BeforeCourse,
    Confidence,
    Document,
    Listed,
    OnInfusionDay,
    Protocol,
    Recurring,
    Rule,
    Source,
    Texts,
)
from schedules.working_days import IsWorkingDay, Lost

Reason = Literal["saturday", "sunday", "holiday", "closed", "off", "away", "weekday"]
"""Why a visit is not suggested for the due day itself. `off`: the clinic does not work on that day of the week."""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many times `every` from `from_on`; the anchor's day unless a later phase of the rhythm begins there."""

    every: Interval
    times: int
    from_on: date


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where one check comes from. `anchor` is None for what a person ordered or a take-over brought.

    `counted` is None where nothing is counted: on an infusion day, for an order, for a take-over, and for a
    closing check whose last infusion is not known. `lasts` is how long after the last infusion a closing check
    stands. `closure` is what the clinic calls the days on which it is closed, where that moved the visit.
    """

    check: Check
    title: Texts
    anchor: Anchor | None
    course: int | None
    counted: Counted | None
    lasts: Interval | None
    is_clamped: bool
    is_temporary: bool
    window_confidence: Confidence
    visit_on: date | None
    moved_because: Reason | None
    closure: str | None
    protocol: str
    version: str
    overlays: tuple[str, ...]
    source: Source
    document: Document | None

    @property
    def key(self) -> Key:
        return self.check.key

    @property
    def before_days(self) -> int:
        return (self.check.due_on - self.check.opens_on).days

    @property
    def after_days(self) -> int:
        return (self.check.closes_on - self.check.due_on).days


def explain(
    protocol: Protocol,
    check: Check,
    *,
    courses: Sequence[Course] = (),
    visit_on: date | None = None,
    away: Sequence[Away] = (),
    weekdays: Collection[int] = (),
    is_working_day: IsWorkingDay | None = None,
    lost: Lost | None = None,
) -> Explanation:
    """Explain a check of this protocol.

    `courses` are those of its plan: they give the course its number and the closing check its last infusion.
    `visit_on` is the day suggested for its visit (not one that was booked); `away`, `weekdays` and `is_working_day` are
    what it was chosen by; `lost` is the holiday or closure on the due day, if there is one.
    """
    rule = protocol.get_rule(check.rule)
    anchor = _anchor(rule, check)
    lasts = _lasts(protocol, rule) if check.origin is Origin.CLOSING else None
    counted = _closing(check, lasts, courses) if lasts else _counted(rule, check)
    moved_because = _moved_because(check, visit_on, away, weekdays, is_working_day, lost)
    return Explanation(
        check=check,
        title=rule.title,
        anchor=anchor,
        course=_course(anchor, check, courses),
        counted=counted,
        lasts=lasts,
        is_clamped=counted is not None and is_clamped(counted.from_on, check.due_on, counted.every),
        is_temporary=check.origin is Origin.GRID and _is_temporary(rule, check),
        window_confidence=rule.window.confidence,
        visit_on=visit_on,
        moved_because=moved_because,
        closure=lost.name if lost and moved_because == "closed" else None,
        protocol=protocol.id,
        version=protocol.version,
        overlays=protocol.overlays,
        source=rule.source,
        document=protocol.sources.get(rule.source.key),
    )


def _anchor(rule: Rule, check: Check) -> Anchor | None:
    if check.origin in {Origin.EXTRA, Origin.TAKEOVER}:
        return None
    if check.origin is Origin.CLOSING:
        return Anchor.LAST_INFUSION
    match rule.schedule:
        case Recurring(anchor=anchor) | Listed(anchor=anchor):
            return anchor
        case BeforeCourse() | OnInfusionDay():
            return Anchor.COURSE_START


def _course(anchor: Anchor | None, check: Check, courses: Sequence[Course]) -> int | None:
    """The number of the course that the anchor's day belongs to."""
    if check.origin in {Origin.BASELINE, Origin.IN_COURSE}:
        return check.number
    if anchor is None or check.origin is Origin.CLOSING:
        return None
    days = ((course, [infusion.infused_on for infusion in course.infusions]) for course in courses)
    return next((course.number for course, infused in days if check.anchor_on in infused), None)


def _lasts(protocol: Protocol, rule: Rule) -> Interval:
    until = rule.schedule.until if isinstance(rule.schedule, Recurring) else None
    return until if isinstance(until, Interval) else protocol.follow_up.lasts


def _closing(check: Check, lasts: Interval, courses: Sequence[Course]) -> Counted | None:
    """From the last infusion given: the latest day from which the length leads to the due day."""
    given = (day for course in reversed(courses) for day in reversed(course.given))
    return next((Counted(lasts, 1, day) for day in given if after(day, lasts) == check.due_on), None)


def _counted(rule: Rule, check: Check) -> Counted | None:
    match rule.schedule, check.origin:
        case Recurring() as schedule, Origin.GRID:
            steps = (
                one for one in _rhythms(schedule, check) if after(one.from_on, one.every, one.times) == check.due_on
            )
            return next(steps, None)
        case Listed(at=at), Origin.LISTED:
            return Counted(at[check.step - 1], 1, check.anchor_on)
        case BeforeCourse(due=due), Origin.BASELINE:
            return Counted(due, -1, check.anchor_on)
        case _:
            return None


def _rhythms(schedule: Recurring, check: Check) -> Iterator[Counted]:
    """The ways in which a rule can have come to this step: temporary rhythms first, then phase by phase."""
    for period in schedule.temporary:
        if period.from_on <= check.due_on <= period.until_on:
            yield Counted(period.every, check.step, check.anchor_on)
    from_on = check.anchor_on
    for phase in schedule.steps:
        yield Counted(phase.every, check.step, from_on)
        if phase.until:
            from_on = after(check.anchor_on, phase.until)


def _is_temporary(rule: Rule, check: Check) -> bool:
    return isinstance(rule.schedule, Recurring) and any(
        period.from_on <= check.due_on <= period.until_on for period in rule.schedule.temporary
    )


def _moved_because(  # noqa: PLR0917  (what the day was chosen by, in the order in which it is looked at)
    check: Check,
    visit_on: date | None,
    away: Sequence[Away],
    weekdays: Collection[int],
    is_working_day: IsWorkingDay | None,
    lost: Lost | None,
) -> Reason | None:
    """Why the visit moved. Where the patient could have come on the due day, and on no weekday that suits them better,
    the day is tried first, so that it cannot have been a working day."""
    if visit_on is None or visit_on == check.due_on:
        return None
    if any(check.due_on in one for one in away):
        return "away"
    if check.due_on.weekday() not in weekdays and is_working_day and is_working_day(check.due_on):
        return "weekday"
    if lost:
        return "closed" if lost.is_closure else "holiday"
    return _OF_WEEKEND.get(check.due_on.weekday(), "off" if is_working_day else "holiday")


_OF_WEEKEND: Mapping[int, Reason] = {5: "saturday", 6: "sunday"}


def sentences(explanation: Explanation, language: str) -> list[str]:
    """The explanation in a few short sentences, in English or German."""
    words = phrases.EXPLAINING[phrases.spoken(language)]
    return [
        *_how_counted(explanation, words, language),
        *_which_days(explanation, words, language),
        *_who_says_so(explanation, words, language),
    ]


def _how_counted(explanation: Explanation, words: Mapping[str, str], language: str) -> Iterator[str]:
    check, counted = explanation.check, explanation.counted
    anchor_on = phrases.day(check.anchor_on, language)
    of_course = phrases.of_course(explanation.course, language)
    anchor = words.get(explanation.anchor or "", "").format(course=of_course)
    match check.origin:
        case Origin.EXTRA:
            yield words["extra"].format(day=anchor_on, nth=phrases.ordinal(check.step + 1, language))
        case Origin.TAKEOVER:
            yield words["takeover"].format(day=anchor_on)
        case Origin.IN_COURSE:
            yield words["in-course"].format(n=check.step, course=of_course, day=anchor_on)
        case Origin.CLOSING if explanation.lasts:
            last = f" ({phrases.day(counted.from_on, language)})" if counted else ""
            yield words["closing"].format(length=phrases.length(explanation.lasts, language), last=last)
        case Origin.BASELINE if counted:
            length = phrases.length(counted.every, language)
            yield words["before"].format(length=length, day=anchor_on, anchor=anchor)
        case _ if counted:
            yield from _steps(explanation, counted, anchor, words, language)
    if counted and explanation.is_clamped:
        month = phrases.month(check.due_on, language)
        yield words["clamped"].format(month=month, nth=phrases.ordinal(counted.from_on.day, language))


def _steps(
    explanation: Explanation, counted: Counted, anchor: str, words: Mapping[str, str], language: str
) -> Iterator[str]:
    """Which step of a rhythm the check is, and of which part of the rhythm where it has several."""
    every, times, from_on = counted.every, counted.times, counted.from_on
    length = phrases.length(every, language)
    if explanation.is_temporary:
        yield words["temporary"].format(every=phrases.every(every, language))
    anchor_on = phrases.day(explanation.check.anchor_on, language)
    if from_on != explanation.check.anchor_on:
        rhythm, begins = phrases.every(every, language), phrases.day(from_on, language)
        yield words["phase"].format(every=rhythm, from_on=begins, day=anchor_on, anchor=anchor)
        anchor_on, anchor = begins, words["phase-start"]
    if times == 0:
        return
    if times == 1 or every.count == 1:
        reached = phrases.nth(times, every.unit, language) if times > 1 else length
    else:
        reached = words["times"].format(total=phrases.length(every, language, times), n=times, length=length)
    yield words["after"].format(day=anchor_on, anchor=anchor, reached=reached)


def _which_days(explanation: Explanation, words: Mapping[str, str], language: str) -> Iterator[str]:
    check = explanation.check
    opens_on, due_on, closes_on = (phrases.day(on, language) for on in (check.opens_on, check.due_on, check.closes_on))
    width = phrases.width(explanation.before_days, explanation.after_days, due_on, language)
    confidence = phrases.confidence(explanation.window_confidence, language)
    key = "window" if explanation.before_days or explanation.after_days else "window-day"
    yield words[key].format(opens=opens_on, closes=closes_on, width=width, confidence=confidence)
    if explanation.visit_on and explanation.moved_because:
        visit_on = phrases.weekday_and_day(explanation.visit_on, language)
        key = f"visit-{explanation.moved_because}"
        reason = words.get(explanation.moved_because, "")
        yield words[key if key in words else "visit"].format(
            visit=visit_on, due=due_on, reason=reason, closure=explanation.closure
        )


def _who_says_so(explanation: Explanation, words: Mapping[str, str], language: str) -> Iterator[str]:
    source, document = explanation.source, explanation.document
    if explanation.check.confirm:
        yield words["confirm"]
    overlays = words["overlays"].format(overlays=", ".join(explanation.overlays)) if explanation.overlays else ""
    yield words["protocol"].format(protocol=explanation.protocol, version=explanation.version, overlays=overlays)
    edition = source.edition or (document.edition if document else None)
    named = [(document.title if document else source.key) + (f" ({edition})" if edition else "")]
    if source.section:
        named.append(words["section"].format(section=source.section))
    yield words["source"].format(named=", ".join(named), confidence=phrases.confidence(source.confidence, language))
    if source.note:
        yield words["note"].format(note=source.note)
