"""Calendar entries: what a calendar knows of a visit and how it speaks, as values that never change once kept."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal

from schedules.protocol import Place, Specimen

NINE = time(9)
LONGEST_BAR = timedelta(days=200)
"""A course of two weeks and four months of contraception after it; a diet."""


class Status(StrEnum):
    """What an entry is, as far as a calendar needs to know.

    `reported`: the patient says it was done. `cancelled`: withdrawn or moved away. `end` is the end of follow-up,
    `ended` that monitoring here has ended, `advice` a period in which something holds, `notice` a sentence about the
    calendar itself.
    """

    PLANNED = "planned"
    BOOKED = "booked"
    OVERDUE = "overdue"
    REPORTED = "reported"
    DONE = "done"
    WAIVED = "waived"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    END = "end"
    ENDED = "ended"
    ADVICE = "advice"
    NOTICE = "notice"


TO_BE_DONE = frozenset({Status.PLANNED, Status.BOOKED, Status.OVERDUE, Status.REPORTED})
"""Somebody still has to go, or to confirm that somebody went."""
CALLED_OFF = frozenset({Status.WAIVED, Status.SUPERSEDED, Status.CANCELLED})
LAST = frozenset({Status.END, Status.ENDED})


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One visit. `visit_on` is the day it stands on: the suggested one, the agreed one or, overdue, the next to go.

    `uid` never changes, whatever moves; `sequence` and `changed_at` grow with every change that a patient can see.
    Not `to_arrange` is what needs no call: questions at home, a sample on an infusion day. `specimens`, `titles`
    and `instructions` of a visit only show where a patient chose detail.

    `titles[0]` is the title of an advice and of a notice, `text` what they say; `ends_on` is the last day of an
    advice, None for good. At the end of follow-up `text` is what stays true afterwards. `text` shows as it stands,
    whatever detail was chosen. `reference` stands in front of the title in a calendar for staff.
    """

    uid: str
    visit_on: date
    opens_on: date
    closes_on: date
    sequence: int
    changed_at: datetime
    created_at: datetime
    status: Status = Status.PLANNED
    booked_at: time | None = None
    place: Place = Place.LABORATORY
    to_arrange: bool = True
    specimens: tuple[Specimen, ...] = ()
    titles: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    ends_on: date | None = None
    text: str = ""
    reported_on: date | None = None
    reference: str = ""

    def __post_init__(self) -> None:
        if self.changed_at.tzinfo is None or self.created_at.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        if self.ends_on and self.ends_on < self.visit_on:
            raise ValueError("a period ends on its first day or later")

    @property
    def has_hour(self) -> bool:
        return self.status is Status.BOOKED and self.booked_at is not None

    @property
    def last_on(self) -> date:
        """The last of its days: one day for all but advice.

        What holds for years stands on its first day alone: as a bar across every day it would hide the visits.
        """
        if self.status is Status.ADVICE and self.ends_on and self.ends_on - self.visit_on <= LONGEST_BAR:
            return self.ends_on
        return self.visit_on

    @property
    def order(self) -> tuple[bool, date, time, str]:
        """By day and hour; the end of follow-up stands last."""
        return self.status in LAST, self.visit_on, self.booked_at or time.min, self.uid


@dataclass(frozen=True, slots=True)
class Style:
    """How a calendar speaks. `detail` names tests; `urine_advice` is for patients who menstruate, and needs detail.

    An entry with an hour needs the clinic's `zone`. `settled_as` is the clinic's choice for what was done.
    `day_before_at` and `same_day_at` are the hours of the alarms of whole days; None drops that alarm, also where an
    hour was agreed. `for_staff` is a clinic's worklist: references and tests, no alarms.
    """

    language: str
    zone: str | None = None
    contact: str = ""
    telephone: str = ""
    detail: bool = False
    urine_advice: bool = False
    settled_as: Literal["done", "cancelled"] = "done"
    day_before_at: time | None = NINE
    same_day_at: time | None = NINE
    for_staff: bool = False
