"""Facts about a treatment and the checks that a plan makes of them, as frozen values."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import NamedTuple

from schedules.intervals import Interval
from schedules.protocol import Sex


class Key(NamedTuple):
    """The name of a check within one treatment: this rule, this time."""

    rule: str
    number: int

    def __str__(self) -> str:
        return f"{self.rule}/{self.number}"


class Origin(StrEnum):
    """What brought a check into the plan."""

    BASELINE = "baseline"
    IN_COURSE = "in-course"
    GRID = "grid"
    LISTED = "listed"
    CLOSING = "closing"
    EXTRA = "extra"
    TAKEOVER = "takeover"


class Check(NamedTuple):
    """One dated thing to do: on time from `opens_on` to `closes_on`, both included.

    `anchor_on` is the day it was counted from and `step` how many intervals later (0: none counted);
    `confirm` says that sex or birth date is not known and a person must confirm that the rule applies.
    A named tuple, because a plan makes hundreds of them.
    """

    rule: str
    number: int
    family: str
    opens_on: date
    due_on: date
    closes_on: date
    origin: Origin
    anchor_on: date
    step: int
    confirm: bool

    @property
    def key(self) -> Key:
        return Key(self.rule, self.number)


@dataclass(frozen=True, slots=True, order=True)
class Infusion:
    """One day on which the drug was given, or is planned to be; `course` where the source names it."""

    infused_on: date
    planned: bool = False
    course: int | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A round of treatment; `number` counts from 1, days are in order and may be given or planned."""

    number: int
    infusions: tuple[Infusion, ...]

    @property
    def starts_on(self) -> date:
        return self.infusions[0].infused_on

    @property
    def given(self) -> tuple[date, ...]:
        return tuple(infusion.infused_on for infusion in self.infusions if not infusion.planned)

    @property
    def ends_on(self) -> date:
        """The last day given, or the last planned one of a course that has not begun."""
        return self.given[-1] if self.given else self.infusions[-1].infused_on


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of follow-up without a break: its courses share one grid and one end.

    `ends_on` is None while no infusion of it was given.
    """

    courses: tuple[Course, ...]
    ends_on: date | None

    @property
    def given(self) -> tuple[date, ...]:
        return tuple(day for course in self.courses for day in course.given)


@dataclass(frozen=True, slots=True)
class Person:
    """What a plan needs to know of a patient; None is "not known", which includes a rule."""

    sex: Sex | None = None
    born_on: date | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """Checks that a clinician ordered: from `starts_on`, `times` times, `every` so often.

    `first_number` was given out when it was ordered, so that no later order moves it.
    """

    rule: str
    first_number: int
    starts_on: date
    every: Interval | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """What was really done: a family's tests, on a day. `said_to_be` is a person's word for which check it was."""

    id: int
    family: str
    taken_on: date
    said_to_be: Key | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A clinician's decision that the check of this rule nearest to `due_on` need not be done."""

    id: int
    rule: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Booking:
    """A day (and perhaps an hour) that a nurse agreed with the patient for a family's tests."""

    id: int
    family: str
    booked_on: date
    booked_at: time | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The patient says that a family's tests were done on a day; it closes nothing, a sample answers it."""

    id: int
    family: str
    done_on: date
    place: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Away:
    """Days on which the patient cannot come, both included; they shift a suggested day and never a window."""

    from_on: date
    until_on: date

    def __contains__(self, day: date) -> bool:
        return self.from_on <= day <= self.until_on


@dataclass(frozen=True, slots=True)
class Facts:
    """All that settlement needs beside the plan."""

    samples: tuple[Sample, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    bookings: tuple[Booking, ...] = ()
    reports: tuple[Report, ...] = ()
    away: tuple[Away, ...] = ()
    weekdays: frozenset[int] = frozenset()
    """Those that suit the patient, Monday being 0; they steer a suggested day inside its window, and nothing else."""
    followed_here_from: date | None = None
    discharged_on: date | None = None
    """Monitoring here ended on this day; None again after a re-admission."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a protocol asks of one treatment, in order of the due day."""

    episodes: tuple[Episode, ...]
    checks: tuple[Check, ...]

    @property
    def courses(self) -> tuple[Course, ...]:
        return tuple(course for episode in self.episodes for course in episode.courses)

    @property
    def ends_on(self) -> date | None:
        """The end of follow-up: the latest episode's, None while nothing was given."""
        return next((episode.ends_on for episode in reversed(self.episodes) if episode.ends_on), None)


class Settlement(StrEnum):
    """How a check was settled; `open` until a person acts."""

    OPEN = "open"
    DONE = "done"
    WAIVED = "waived"
    SUPERSEDED = "superseded"
    BEFORE_RECORD = "before-record"
    DISCHARGED = "discharged"
    WITHDRAWN = "withdrawn"
    """A new plan no longer asks for it; only the record knows such checks."""


class Settled(NamedTuple):
    """A check and how it was settled, with the samples that belong to it in order of their day."""

    check: Check
    settlement: Settlement
    samples: tuple[Sample, ...] = ()
    waiver: Waiver | None = None

    @property
    def settled_on(self) -> date | None:
        return self.samples[0].taken_on if self.samples else None
