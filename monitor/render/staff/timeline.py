"""The timeline: a treatment over its months - a lane for each family of tests, every check in its place."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.render.staff.speaking import Speaker
from schedules.model import Course, Key, Settled, Settlement
from schedules.protocol import Protocol
from schedules.status import state_of

LEFT, TOP, LANE, MONTH, RIGHT = 12, 44, 40, 24, 24
"""In the drawing's own units, which are about a pixel each: margins, and how much a lane and a month take."""
DAYS_A_MONTH = 30.44
Place = Callable[[date], float]
"""Where a day lies from left to right."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One check: where, in which state, and what is said of it."""

    x: float
    state: str
    rule: str
    number: int
    title: str
    is_booked: bool = False
    is_closing: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """The checks of one family, in order of their day."""

    title: str
    y: int
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Tick:
    """The first of a month; a January carries its year."""

    x: float
    year: int | None


@dataclass(frozen=True, slots=True)
class Band:
    """The days of one course."""

    x: float
    width: float
    number: int
    title: str
    is_planned: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that is drawn; the same treatment gives the same drawing."""

    width: int
    height: int
    lanes: Sequence[Lane]
    ticks: Sequence[Tick]
    bands: Sequence[Band]
    today_x: float | None
    end_x: float | None


def draw_timeline(
    protocol: Protocol,
    settled: Sequence[Settled],
    courses: Sequence[Course],
    *,
    today: date,
    ends_on: date | None,
    booked: Collection[Key],
    say: Speaker,
) -> Timeline | None:
    """Lanes in the order of the protocol; None where nothing is planned."""
    if not settled:
        return None
    starts_on = min([one.check.due_on for one in settled] + [course.starts_on for course in courses]).replace(day=1)
    last_on = max([one.check.due_on for one in settled] + [course.ends_on for course in courses])

    def place(on: date) -> float:
        return round(LEFT + (on - starts_on).days / DAYS_A_MONTH * MONTH, 1)

    lanes = list(_lanes(protocol, settled, place, today=today, booked=booked, say=say))
    width = int(place(last_on + timedelta(days=31))) + RIGHT
    return Timeline(
        width=width,
        height=TOP + LANE * len(lanes) + 12,
        lanes=lanes,
        ticks=[
            Tick(place(on), on.year if on.month == 1 or on == starts_on else None) for on in _months(starts_on, last_on)
        ],
        bands=[_band(number, one, place, say) for number, one in enumerate(courses, start=1)],
        today_x=place(today) if starts_on <= today <= last_on + timedelta(days=31) else None,
        end_x=place(ends_on) if ends_on else None,
    )


def _lanes(
    protocol: Protocol, settled: Sequence[Settled], place: Place, *, today: date, booked: Collection[Key], say: Speaker
) -> Iterator[Lane]:
    members: dict[str, list[Settled]] = {}
    order = {rule.family: number for number, rule in reversed(list(enumerate(protocol.rules)))}
    for one in sorted(settled, key=lambda one: (one.check.due_on, one.check.rule, one.check.number)):
        members.setdefault(one.check.family, []).append(one)
    for number, family in enumerate(sorted(members, key=lambda family: (order.get(family, len(order)), family))):
        marks = [_mark(one, place, today=today, booked=booked, protocol=protocol, say=say) for one in members[family]]
        yield Lane(title_of_family(protocol, family, say), TOP + LANE * number + LANE // 2, marks)


def _mark(
    one: Settled, place: Place, *, today: date, booked: Collection[Key], protocol: Protocol, say: Speaker
) -> Mark:
    check, state = one.check, word_of(one, today)
    on = one.settled_on or check.due_on
    rule = protocol.find_rule(check.rule)
    title = say(
        "mark-done" if one.settled_on else "mark",
        title=say.text(rule.title) if rule else check.rule, number=check.number, state=say(f"state-{state}"),
        due=say.day(check.due_on), day=say.day(on), window=say.brief_days(check.opens_on, check.closes_on),
    )  # fmt: skip
    return Mark(place(on), state, check.rule, check.number, title, check.key in booked, check.origin == "closing")


def word_of(one: Settled, today: date) -> str:
    """Where a check stands, in the one word that pages use."""
    return state_of(one.check, today).value if one.settlement is Settlement.OPEN else one.settlement.value


def title_of_family(protocol: Protocol, family: str, say: Speaker) -> str:
    """Of the family's follow-up rule, else of its first."""
    rules = sorted((rule for rule in protocol.rules if rule.family == family), key=lambda rule: not rule.is_follow_up)
    return say.text(rules[0].title) if rules else family


def _band(number: int, course: Course, place: Place, say: Speaker) -> Band:
    x = place(course.starts_on)
    title = say("course-days", number=number, days=say.days(course.starts_on, course.ends_on))
    return Band(x, max(3.0, place(course.ends_on) - x), number, title, all(one.planned for one in course.infusions))


def _months(first: date, last: date) -> Iterator[date]:
    on = first
    while on <= last:
        yield on
        on = (on.replace(day=28) + timedelta(days=4)).replace(day=1)


def count_states(settled: Sequence[Settled], today: date) -> Mapping[str, int]:
    """How many checks stand where, for the sentence that says what the drawing shows."""
    found: dict[str, int] = {}
    for one in settled:
        word = word_of(one, today)
        found[word] = found.get(word, 0) + 1
    return found
