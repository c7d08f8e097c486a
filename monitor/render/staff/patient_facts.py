"""Patient facts: the header of a chart, and its visits to come and past, as finished words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from monitor.render.patient_page import Page, count_progress, tell_progress
from monitor.render.patient_words import tell
from monitor.render.staff.speaking import Speaker
from monitor.render.staff.timeline import Beside, name_of_check, state_word
from monitor.render.texts import word
from schedules import phrases
from schedules.model import Booking, Key, Settled, Settlement
from schedules.protocol import Place, Protocol
from schedules.visits import Visit
from schedules.whom import age_on
from schedules.worklists import Line


class Fact(NamedTuple):
    """One line of the header."""

    label: str
    text: str


class Progress(NamedTuple):
    """How far the follow-up is, in checks of its most frequent rule."""

    done: int
    total: int
    text: str


def tell_person(page: Page, say: Speaker) -> str:
    """Female · 38 years old · born 2 Mar 1988."""
    parts = [tell(page.sex or "unknown", say.language)]
    if page.born_on:
        parts.append(tell("age", say.language, years=age_on(page.born_on, page.today)))
        parts.append(say("chart-born", day=say.short_day(page.born_on)))
    else:
        parts.append(tell("age-unknown", say.language))
    return " · ".join(parts)


def tell_facts(page: Page, say: Speaker) -> Iterator[Fact]:
    """Courses, end of follow-up, and since when the patient is followed here."""
    language = say.language
    for course in page.plan.courses:
        days = say.days(course.starts_on, course.infusions[-1].infused_on)
        planned = len(course.infusions) - len(course.given)
        key = "days-planned" if not course.given else "days-given-and-planned" if planned else "days-given"
        foreseen = page.protocol.courses.planned_days(course.number)
        counts = word(key, language, given=len(course.given), foreseen=foreseen, planned=planned)
        yield Fact(word("course", language, n=course.number), f"{days} · {counts}")
    if page.plan.ends_on:
        length = phrases.length(page.protocol.follow_up.lasts, language)
        told = word("ends", language, day=say.day(page.plan.ends_on), length=length)
        yield Fact(word("follow-up", language), f"{told} ({say.distance(page.plan.ends_on, page.today)})")
    else:
        yield Fact(word("follow-up", language), word("no-end", language))
    if page.next_course_on and page.next_course_on > page.today:
        text = word("not-before", language, day=say.day(page.next_course_on))
        yield Fact(word("next-course", language), text)
    if page.followed_here_from:
        text = tell("followed-from", language, day=say.short_day(page.followed_here_from))
        yield Fact(tell("followed", language), text)


def measure(page: Page, say: Speaker) -> Progress | None:
    counted = count_progress(page.protocol, page.settled)
    if counted is None:
        return None
    return Progress(counted.done, counted.all, tell_progress(page.protocol, counted, say.language))


def tell_departure(page: Page, say: Speaker) -> str:
    gone, language = page.departure, say.language
    assert gone is not None
    return tell(
        "discharged-on", language, day=say.short_day(gone.on),
        kind=tell("other-kind" if gone.kind == "other" else gone.kind, language),
        to=tell("to", language, place=gone.to) if gone.to else "",
        by=tell("decided", language, name=gone.decided_by) if gone.decided_by else "",
    )  # fmt: skip


def group_lines(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines of checks with the same days and the same agreement stand together, in the order of the first of each."""
    groups: dict[object, list[Line]] = {}
    for line in lines:
        days = tuple((check.due_on, check.closes_on) for check in line.checks)
        name = (days, line.booked, line.reported) if days else (line.kind, line.family)
        groups.setdefault(name, []).append(line)
    return list(groups.values())


# --- Visits -------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """One check of a visit."""

    key: Key
    title: str
    state: str
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class Trip:
    """One visit: `shown_on` is the day of its first sample, else the day agreed, else the suggested one."""

    visit: Visit
    place: str
    parts: Sequence[Part]
    shown_on: date
    booked: Booking | None
    reported_on: date | None

    @property
    def states(self) -> Sequence[str]:
        return list(dict.fromkeys(part.state for part in self.parts))


class Trips(NamedTuple):
    """Visits of one sort in their order: those that are told in words, and how many follow them."""

    told: Sequence[Trip]
    more: int


class _Met(NamedTuple):
    """A visit with its checks as they stand, and the day and the agreement that it goes by."""

    visit: Visit
    members: Sequence[Settled]
    shown_on: date
    booked: Booking | None


def list_trips(
    say: Speaker,
    protocol: Protocol,
    visits: Sequence[Visit],
    settled: Sequence[Settled],
    beside: Beside,
    *,
    most: int | None = None,
) -> tuple[Trips, Trips]:
    """Those with something to do, in order, and those that are over, the latest first; of each only the `most` first
    are told. What was before the record is no visit of this clinic and left out."""
    by_key = {one.check.key: one for one in settled}
    coming: list[_Met] = []
    past: list[_Met] = []
    for visit in visits:
        members = [by_key[key] for key in visit.keys]
        if all(one.settlement is Settlement.BEFORE_RECORD for one in members):
            continue
        is_open = any(one.settlement is Settlement.OPEN for one in members)
        (coming if is_open else past).append(_meet(visit, members, beside, is_open=is_open))
    past.sort(key=lambda one: (one.shown_on, one.visit.due_on), reverse=True)

    def tell_first(met: Sequence[_Met]) -> Trips:
        first = met[:most]
        return Trips([_trip(say, protocol, one, beside) for one in first], len(met) - len(first))

    return tell_first(coming), tell_first(past)


def _meet(visit: Visit, members: Sequence[Settled], beside: Beside, *, is_open: bool) -> _Met:
    if is_open:
        agreed = [beside.booked[key] for key in visit.keys if key in beside.booked]
        booked = max(agreed, key=lambda one: one.id, default=None)
        return _Met(visit, members, booked.booked_on if booked else visit.visit_on, booked)
    done = [one.settled_on for one in members if one.settled_on]
    return _Met(visit, members, min(done, default=visit.visit_on), None)


def _trip(say: Speaker, protocol: Protocol, met: _Met, beside: Beside) -> Trip:
    visit = met.visit
    return Trip(
        visit=visit,
        place="" if visit.place is Place.LABORATORY else say.place(visit.place),
        parts=[
            Part(key, name_of_check(say, protocol, key), state_word(one, beside.today), one.settled_on)
            for key, one in zip(visit.keys, met.members, strict=True)
        ],
        shown_on=met.shown_on,
        booked=met.booked,
        reported_on=max((beside.reported[key].done_on for key in visit.keys if key in beside.reported), default=None),
    )
