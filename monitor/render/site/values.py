"""Site values: everything that a patient's page shows, finished and discreet before it becomes HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from monitor.render.site.names import TOLD, YES, Field, Notice, SiteLinks, Told, Trouble
from schedules.protocol import Place, Specimen

__all__ = [
    "TOLD",
    "YES",
    "AdviceShown",
    "AwayPage",
    "AwayShown",
    "Back",
    "CalendarPage",
    "CalendarShown",
    "Chrome",
    "DonePage",
    "Entered",
    "Fetched",
    "Field",
    "FieldTrouble",
    "HomePage",
    "Notice",
    "PrintPage",
    "Progress",
    "ReportPage",
    "Reported",
    "SettingsPage",
    "SiteLinks",
    "SymptomShown",
    "Titles",
    "Told",
    "Trouble",
    "VisitShown",
    "VisitState",
    "WishesShown",
]


class VisitState(StrEnum):
    """Where a visit stands for the patient. Neither a booking nor "I had this done" changes it."""

    UPCOMING = "upcoming"
    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    MISSED = "missed"
    """Superseded: a later sample closed the present, this one stays a gap."""
    NOT_NEEDED = "not-needed"
    """Waived."""
    LEFT = "left"
    """Open when monitoring here ended: somebody else may have to do it."""

    @property
    def is_still_to_do(self) -> bool:
        return self in {VisitState.UPCOMING, VisitState.OPEN, VisitState.DUE, VisitState.OVERDUE}


class Titles(StrEnum):
    """How much the titles in a calendar show."""

    DISCREET = "discreet"
    TESTS = "tests"


class FieldTrouble(NamedTuple):
    """A form was not accepted: why, and which field it is about (None: the form as a whole)."""

    trouble: Trouble
    field: Field | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """What all pages of one patient share.

    `clinic` and `treatment` (the protocol's title in the patient's language) are shown only where `shows_names` is on:
    a clinic's name can tell the diagnosis. `telephone` as people write it, `contact` as the clinic worded it; one may
    be empty. `assets` is the address below which `assets.py` is served.
    """

    links: SiteLinks
    today: date
    telephone: str = ""
    contact: str = ""
    shows_names: bool = False
    clinic: str = ""
    treatment: str = ""
    told: Told | None = None
    troubles: Sequence[FieldTrouble] = ()
    assets: str = "/static/"

    @property
    def shown_clinic(self) -> str:
        return self.clinic if self.shows_names else ""

    @property
    def shown_treatment(self) -> str:
        return self.treatment if self.shows_names else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """ "I had this done": the patient's word, which waits for the clinic and closes nothing."""

    id: int
    visit_id: str
    titles: tuple[str, ...]
    done_on: date
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitShown:
    """One trip. `day` is the suggested day; `done_on` where it was done; `titles` in the patient's language.

    Office work is never among them, nor what was before the record. `already_done` are the tests of it that
    were done while others are not. Not `to_arrange` needs no call: questions at home, a sample on an infusion day.
    """

    id: str
    day: date
    opens_on: date
    closes_on: date
    state: VisitState
    titles: tuple[str, ...]
    specimens: tuple[Specimen, ...] = ()
    place: Place = Place.LABORATORY
    instructions: tuple[str, ...] = ()
    to_arrange: bool = True
    booked_on: date | None = None
    booked_at: time | None = None
    done_on: date | None = None
    already_done: tuple[str, ...] = ()
    reported: Reported | None = None

    @property
    def shown_on(self) -> date:
        """The day on which it stands in the plan: done, else agreed, else suggested."""
        return self.done_on or self.booked_on or self.day


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Months of follow-up in which everything was done, of all months that have a visit; `total` None: for good."""

    done: int
    total: int | None
    ends_on: date | None = None


class SymptomShown(NamedTuple):
    """A sign to report at once: always shown, whatever was chosen."""

    title: str
    text: str


class AdviceShown(NamedTuple):
    """What holds now (or, among `afterwards`, for good from then on); `ends_on` None: no end."""

    title: str
    text: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """`{home}`. `visits` are all of the plan, in any order. `advice` is what holds today: it betrays the drug and stays
    hidden until the patient asks for names. `afterwards` (what stays true after the last check) is always shown.
    `urine_advice`: the patient may menstruate.
    """

    chrome: Chrome
    visits: Sequence[VisitShown]
    progress: Progress | None
    symptoms: Sequence[SymptomShown]
    advice: Sequence[AdviceShown] = ()
    afterwards: Sequence[AdviceShown] = ()
    urine_advice: bool = False
    wishes_locked: bool = False
    has_calendar: bool = False
    has_ended: bool = False
    """Follow-up is over: nothing more is planned."""
    has_left: bool = False
    """Monitoring here has ended, which does not say that the checks have."""


Entered = Mapping[str, str]
"""What was typed into a form that was not accepted, by field, so that nobody has to type it twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DonePage:
    """`{home}done`. `visits` are those that can be chosen: still to do, and opened or booked or nearly so."""

    chrome: Chrome
    visits: Sequence[VisitShown]
    reports: Sequence[Reported] = ()
    entered: Entered = field(default_factory=dict)


class AwayShown(NamedTuple):
    """Days on which the patient is away, both included."""

    id: int
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayPage:
    """`{home}away`."""

    chrome: Chrome
    away: Sequence[AwayShown] = ()
    entered: Entered = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesShown:
    """What the patient chose. Hours are whole, 0 to 23, on the day before the visit and on its day."""

    language: str = "en"
    titles: Titles = Titles.DISCREET
    advice_in_calendar: bool = False
    shows_names: bool = False
    day_before: bool = True
    day_before_hour: int = 9
    same_day: bool = True
    same_day_hour: int = 9
    locked: bool = False
    """The clinic fixed these: they are shown and cannot be changed here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    """`{home}settings`. After a refusal `wishes` are those that were sent."""

    chrome: Chrome
    wishes: WishesShown


class Fetched(NamedTuple):
    """The last fetch by one family of clients, in the clinic's local time. Fetched, never seen."""

    client: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarShown:
    """A calendar of this patient. `address` in full (`https://…`) for those made on this page, otherwise None."""

    id: int
    label: str
    consent_on: date
    address: str | None = None
    fetched: Sequence[Fetched] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPage:
    """`{home}calendar`. Not `may_make`: the clinic makes calendars itself, or there are already as many as allowed."""

    chrome: Chrome
    calendars: Sequence[CalendarShown] = ()
    may_make: bool = True
    entered: Entered = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintPage:
    """`{home}print`: one sheet of A4. `visits` as in `HomePage`: the next twelve months of them are printed."""

    chrome: Chrome
    visits: Sequence[VisitShown]
    progress: Progress | None
    symptoms: Sequence[SymptomShown]
    has_left: bool = False


class Back(NamedTuple):
    """The way back of whoever printed a sheet for the patient, in that person's language."""

    address: str
    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """`{home}report`: what was done and what is open, to take to the doctor. `visits` as in `HomePage`."""

    chrome: Chrome
    visits: Sequence[VisitShown]
    progress: Progress | None
    has_left: bool = False
