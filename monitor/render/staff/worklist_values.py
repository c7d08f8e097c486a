"""Values of the worklist's page: finished words for each row, and what the form that stands open needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple


class Bar(NamedTuple):
    """A window as a picture: its days and today."""

    opens_on: date
    due_on: date
    closes_on: date
    today: date


class Mark(NamedTuple):
    """A short word with a shape; `sort` is a class of the style sheet."""

    sort: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One trip of a patient. `acts` are what can be done with it here, `knows` the families and role of a button."""

    name: str
    of: str
    label: str
    what: str
    marks: Sequence[Mark]
    when: Sequence[str]
    urge: str
    bar: Bar | None
    since: str
    is_exceeded: bool
    booked: str
    booked_mark: Mark | None
    asks: str
    said: str
    acts: Sequence[str]
    knows: Sequence[str] = ()
    knows_role: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One patient of the list, with a row for each trip."""

    treatment_id: int
    patient: str
    name: str
    clinic: str
    revision: int
    rows: Sequence[Row]
    others: str
    contact: str
    note: str


class Tick(NamedTuple):
    """One box of a form."""

    value: str
    text: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class OpenForm:
    """The form that stands open. `place` is where to go on afterwards; `confirms` asks for a tick to go through."""

    act: str
    treatment_id: int
    of: str
    patient: str
    name: str
    revision: int
    back: str
    today: date
    tests: Sequence[Tick] = ()
    others: Sequence[Tick] = ()
    checks: Sequence[Tick] = ()
    results: Sequence[Tick] = ()
    day: date | None = None
    hour: time | None = None
    hint: str = ""
    deciders: Sequence[str] = ()
    may_decide: bool = False
    confirms: bool = False
    next: str = ""


class Tile(NamedTuple):
    """How many patients there are of a state, and the way to them."""

    state: str
    number: int
    address: str
    is_chosen: bool
