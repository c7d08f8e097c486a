"""The parts of a digest as finished values, before any of it becomes words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from schedules.findings import OVERDUE, Finding, Section
from schedules.gaps import Gaps


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody who is away until a day, and whose digest this one contains."""

    name: str
    until_on: date


class Lacking(StrEnum):
    """Why nobody stands in for somebody who is away."""

    NOBODY = "no-deputy"
    AWAY = "deputy-away"
    NO_DIGEST = "deputy-no-digest"
    MAY_NOT_SEE = "deputy-may-not-see"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Somebody is away, and nobody's digest contains theirs; `deputy` was named and cannot."""

    name: str
    until_on: date
    why: Lacking
    deputy: str = ""


@dataclass(frozen=True, slots=True)
class Astray:
    """A letter to somebody else that did not arrive (`dead`), or of which nobody can say so (`unknown`)."""

    name: str
    kind: str
    day: date
    state: str
    said: str


@dataclass(frozen=True, slots=True)
class Notices:
    """What administrators are told beside the clinics: letters astray, people away, clinics that nobody hears of."""

    astray: Sequence[Astray] = ()
    uncovered: Sequence[Uncovered] = ()
    unheard: Sequence[tuple[str, int]] = ()
    """The name of a clinic that is in nobody's digest, and its open checks."""

    @property
    def is_empty(self) -> bool:
        return not (self.astray or self.uncovered or self.unheard)


@dataclass(frozen=True, slots=True)
class Head:
    """Proof that somebody looked. Instants are shown in `zone`; `ticked_at` is when the engine last looked, and
    `replicas` how many processes did lately. `gaps` is None where the reader is no recipient, `notices` where it is
    no administrator."""

    zone: str
    written_at: datetime
    ticked_at: datetime | None
    replicas: int
    last_import: datetime | None
    last_backup: datetime | None
    chain_position: int
    chain_mac: str
    gaps: Gaps | None = None
    notices: Notices | None = None


@dataclass(frozen=True, slots=True)
class ClinicPart:
    """What the digest says of one clinic on one day; `zone` is its time zone.

    `compared_on` is the day of the look before, `gone` how many of its findings are there no more; events are told
    from `since_on` on. `names` are by reference, empty where the clinic wants none. A clinic that could not be
    computed has a `fault` and nothing else.
    """

    clinic: str
    name: str
    zone: str
    day: date
    followed: int = 0
    checks: int = 0
    findings: Mapping[Section, Sequence[Finding]] = field(default_factory=dict)
    since_on: date | None = None
    compared_on: date | None = None
    gone: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    stands_in: Sequence[StandIn] = ()
    fault: str = ""

    def count(self, *sections: Section) -> int:
        return sum(len(self.findings.get(section, ())) for section in sections)

    @property
    def overdue(self) -> int:
        return self.count(*OVERDUE)

    @property
    def every(self) -> list[Finding]:
        return [one for findings in self.findings.values() for one in findings]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One clinic as lines of text: first a summary that fits on a phone's screen, then the details."""

    heading: str
    summary: Sequence[str]
    details: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Document:
    """The whole letter as lines of text, before it becomes plain text or HTML; `head` has no heading of its own."""

    subject: str
    head: Chapter
    chapters: Sequence[Chapter]
    closing: str
