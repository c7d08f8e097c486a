"""Invents the patients of a clinic that does not exist: who they are and when they were treated, always the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from schedules.intervals import Interval, Unit, after
from schedules.model import Infusion
from schedules.protocol import Sex

SEED = 4800
STARTED_DAYS_AGO = 14
"""So many days before "today" the group began to use the program and imported its lists."""

MONTH = Interval(1, Unit.MONTH)


class Phase(StrEnum):
    """Where in treatment or follow-up a patient stands."""

    BASELINE = "before course 1"
    IN_COURSE = "in course 1"
    FIRST_MONTHS = "first months"
    BETWEEN = "between courses"
    UNCONFIRMED = "course 2 planned, day passed"
    TWO_COURSES = "two courses"
    THREE_COURSES = "three courses"
    FOUR_COURSES = "four courses"
    INTERRUPTED = "interrupted course"
    LATE = "late in year 4"
    CLOSING = "closing visit due"
    ENDED = "follow-up ended"
    BEGUN_AGAIN = "treated again after the end"
    TAKEN_OVER = "taken over, past samples known"
    TAKEN_OVER_BLIND = "taken over, nothing known"


HOW_MANY = {
    Phase.BASELINE: 8,
    Phase.IN_COURSE: 3,
    Phase.FIRST_MONTHS: 18,
    Phase.BETWEEN: 16,
    Phase.UNCONFIRMED: 4,
    Phase.TWO_COURSES: 44,
    Phase.THREE_COURSES: 12,
    Phase.FOUR_COURSES: 5,
    Phase.INTERRUPTED: 6,
    Phase.LATE: 11,
    Phase.CLOSING: 5,
    Phase.ENDED: 6,
    Phase.BEGUN_AGAIN: 2,
    Phase.TAKEN_OVER: 6,
    Phase.TAKEN_OVER_BLIND: 4,
}


@dataclass(frozen=True, slots=True)
class Site:
    """One clinic of the group, with the letter that its references begin with."""

    id: str
    name: str
    time_zone: str
    country: str
    subdivision: str
    letter: str
    protocol: str
    patients: int


SITES = (
    Site("north", "Northfield Example Clinic", "Europe/Berlin", "DE", "SH", "N", "alemtuzumab-eu", 90),
    Site("south", "Southdale Example Clinic", "Europe/Vienna", "AT", "9", "S", "alemtuzumab-eu", 30),
    Site("coast", "Coastview Example Clinic", "America/New_York", "US", "ME", "C", "alemtuzumab-us", 30),
)
FIRST_NAMES = ("Zora", "Käthe", "Jörg", "Quentin", "Ümit", "Yolanda", "Björn", "Xenia", "Zoë", "Götz")
OVERLAYS = {6: "vitamin-d", 15: "skin-autoimmunity", 24: "self-check"}


@dataclass(frozen=True, slots=True)
class Patient:
    """An invented patient. `followed_here_from` is None where treatment has not begun."""

    reference: str
    site: Site
    phase: Phase
    sex: Sex | None
    born_on: date | None
    name: str | None
    overlays: tuple[str, ...]
    infusions: tuple[Infusion, ...]
    followed_here_from: date | None
    habit: str

    @property
    def random(self) -> Random:
        """Chance of this patient's own: another patient more changes nothing for this one."""
        return Random(f"{SEED} {self.reference}")  # noqa: S311  # chance that repeats itself is the point

    @property
    def given(self) -> tuple[date, ...]:
        return tuple(one.infused_on for one in self.infusions if not one.planned)


def invent(today: date) -> list[Patient]:
    """The patients as they stand on `today`, by site and number."""
    chance = Random(SEED)  # noqa: S311
    phases = [phase for phase, number in HOW_MANY.items() for _ in range(number)]
    phases.sort(key=lambda _: chance.random())
    references = [(site, f"{site.letter}-{number:04}") for site in SITES for number in range(1, site.patients + 1)]
    habits = _habits()
    return [
        _patient(site, reference, phase, place=place, habit=next(habits[phase]), today=today)
        for place, ((site, reference), phase) in enumerate(zip(references, phases, strict=True))
    ]


def _habits() -> dict[Phase, Iterator[str]]:
    """In each phase the habits take turns, so that a third of the patients has something overdue, whatever the day."""
    turns = (
        "punctual", "late", "missed-last", "gap", "punctual", "no-urine-lately", "additional", "missed-several",
        "missed-last", "no-urine", "punctual", "no-skin", "late", "gap", "additional",
    )  # fmt: skip

    def turn(first: int) -> Iterator[str]:
        place = first
        while True:
            yield turns[place % len(turns)]
            place += 1

    return {phase: turn(first * 4) for first, phase in enumerate(HOW_MANY)}


def _patient(site: Site, reference: str, phase: Phase, *, place: int, habit: str, today: date) -> Patient:
    chance = Random(f"{SEED} {reference} course")  # noqa: S311
    infusions = tuple(sorted(COURSES[phase](chance.random, today)))
    first_on = infusions[0].infused_on
    age, days = 20 + int(chance.random() * 38), int(chance.random() * 360)
    born_on = after(first_on, MONTH, -12 * age) - timedelta(days=days)
    sex = Sex.FEMALE if chance.random() < 0.68 else Sex.MALE
    return Patient(
        reference, site, phase,
        sex=None if place % 37 == 9 else sex,
        born_on=None if place % 41 == 5 else born_on,
        name=f"Beispiel, {FIRST_NAMES[place % len(FIRST_NAMES)]}" if site.id == "south" else None,
        overlays=tuple(overlay for turn, overlay in OVERLAYS.items() if place % 29 == turn),
        infusions=infusions,
        followed_here_from=_followed_from(phase, infusions, chance.random, today),
        habit=habit,
    )  # fmt: skip


def _followed_from(
    phase: Phase, infusions: tuple[Infusion, ...], chance: Callable[[], float], today: date
) -> date | None:
    """From the beginning for most; those treated long ago came when the group opened its list, a year or so ago."""
    first_on = infusions[0].infused_on
    share = chance()
    if first_on >= today - timedelta(days=STARTED_DAYS_AGO):
        return None
    match phase:
        case Phase.TAKEN_OVER | Phase.TAKEN_OVER_BLIND:
            return today - timedelta(days=STARTED_DAYS_AGO + int(share * 70))
        case Phase.BEGUN_AGAIN:
            return infusions[-1].infused_on - timedelta(days=35)
        case Phase.ENDED:
            return after(infusions[-1].infused_on, MONTH, 38)
    if today - first_on > timedelta(days=800) and share > 0.1:
        return today - timedelta(days=300 + int(share * 200))
    return first_on - timedelta(days=30)


# --- Courses ----------------------------------------------------------------------------------------

Chance = Callable[[], float]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _course(starts_on: date, days: int, *, planned: bool = False) -> list[Infusion]:
    return [Infusion(starts_on + timedelta(days=day), planned) for day in range(days)]


def _courses(last_starts_on: date, number: int, chance: Chance, *, least_days: int = 373) -> list[Infusion]:
    """So many courses, the last one begun on that day, a year and a few weeks between them."""
    starts = [last_starts_on]
    for _ in range(number - 1):
        starts.append(_not_at_christmas(_monday(starts[-1] - timedelta(days=least_days + int(chance() * 60)))))
    starts.reverse()
    return [one for place, start in enumerate(starts) for one in _course(start, 3 if place else 5)]


def _ago(today: date, least: int, most: int, chance: Chance) -> date:
    return _not_at_christmas(_monday(today - timedelta(days=least + int(chance() * (most - least)))))


def _not_at_christmas(monday: date) -> date:
    return monday - timedelta(days=14) if monday.month == 12 and monday.day >= 19 else monday


def _baseline(chance: Chance, today: date) -> list[Infusion]:
    return _course(_monday(today + timedelta(days=11 + int(chance() * 20))), 5, planned=True)


def _in_course(_: Chance, today: date) -> list[Infusion]:
    """Two days given, three to come; no infusions on weekends."""
    before = [day for back in range(5, 0, -1) if (day := today - timedelta(days=back)).weekday() < 5][-2:]
    ahead = [day for on in range(6) if (day := today + timedelta(days=on)).weekday() < 5][:3]
    return [*(Infusion(day) for day in before), *(Infusion(day, planned=True) for day in ahead)]


def _first_months(chance: Chance, today: date) -> list[Infusion]:
    return _course(_ago(today, 20, 240, chance), 5)


def _between(chance: Chance, today: date) -> list[Infusion]:
    starts_on = _ago(today, 250, 360, chance)
    second = max(_monday(starts_on + timedelta(days=380)), _monday(today + timedelta(days=16 + int(chance() * 40))))
    return _course(starts_on, 5) + (_course(second, 3, planned=True) if chance() < 0.7 else [])


def _unconfirmed(chance: Chance, today: date) -> list[Infusion]:
    second = _ago(today, 5, 24, chance)
    return _course(_monday(second - timedelta(days=380)), 5) + _course(second, 3, planned=True)


def _two(chance: Chance, today: date) -> list[Infusion]:
    return _courses(_ago(today, 25, 1100, chance), 2, chance)


def _three(chance: Chance, today: date) -> list[Infusion]:
    """Some came back too early, which an import flags and does not refuse."""
    return _courses(_ago(today, 45, 1000, chance), 3, chance, least_days=300 if chance() < 0.15 else 373)


def _four(chance: Chance, today: date) -> list[Infusion]:
    return _courses(_ago(today, 60, 900, chance), 4, chance)


def _interrupted(chance: Chance, today: date) -> list[Infusion]:
    """Three of the five days of course 1, or one of the three of course 2."""
    starts_on = _ago(today, 50, 500, chance)
    if chance() < 0.5:
        return [one for one in _course(starts_on, 4) if one.infused_on.weekday() != 2]
    return _courses(starts_on, 2, chance)[:-2]


def _late(chance: Chance, today: date) -> list[Infusion]:
    return _courses(_ago(today, 1200, 1400, chance), 1 if chance() < 0.5 else 2, chance)


def _closing(chance: Chance, today: date) -> list[Infusion]:
    """The end lies a few days back; infusions end on whatever day that gives, weekends apart."""
    last_on = after(today - timedelta(days=1 + int(chance() * 6)), MONTH, -48)
    last_on -= timedelta(days=max(last_on.weekday() - 4, 0))
    starts_on = last_on - timedelta(days=4)
    return _course(starts_on, 5)


def _ended(chance: Chance, today: date) -> list[Infusion]:
    return _courses(_ago(today, 1530, 1750, chance), 2, chance)


def _begun_again(chance: Chance, today: date) -> list[Infusion]:
    again = _ago(today, 120, 300, chance)
    return _course(_monday(again - timedelta(days=1900)), 5) + _course(again, 3)


def _taken_over(chance: Chance, today: date) -> list[Infusion]:
    return _courses(_ago(today, 200, 900, chance), 1 if chance() < 0.5 else 2, chance)


COURSES: dict[Phase, Callable[[Chance, date], list[Infusion]]] = {
    Phase.BASELINE: _baseline,
    Phase.IN_COURSE: _in_course,
    Phase.FIRST_MONTHS: _first_months,
    Phase.BETWEEN: _between,
    Phase.UNCONFIRMED: _unconfirmed,
    Phase.TWO_COURSES: _two,
    Phase.THREE_COURSES: _three,
    Phase.FOUR_COURSES: _four,
    Phase.INTERRUPTED: _interrupted,
    Phase.LATE: _late,
    Phase.CLOSING: _closing,
    Phase.ENDED: _ended,
    Phase.BEGUN_AGAIN: _begun_again,
    Phase.TAKEN_OVER: _taken_over,
    Phase.TAKEN_OVER_BLIND: _taken_over,
}
