"""Judging: all rows of one patient against each other and against the record, before anything is written."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date

from db.dossiers import Assignment, Detail, Dossier
from db.imports import Known
from monitor.services.importing.grounds import Grounds
from monitor.services.importing.rows import InfusionRow
from schedules.advising import Flag, flags
from schedules.intervals import Interval, Unit, after
from schedules.model import Course, Infusion
from schedules.planning import group_courses
from schedules.problems import Problem, has_errors
from schedules.protocol import Protocol, Sex

DAYS_OF = {"born_on": "birth_date"}
"""A field of the detail by the heading of its column, where the two differ."""


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A patient whom the record does not know, with all that the file says."""

    clinic_id: str
    reference: str
    protocol_id: str
    assignment: Assignment
    detail: Detail
    infusions: tuple[Infusion, ...]


@dataclass(frozen=True, slots=True)
class ChangedPatient:
    """What a file adds to a treatment that the record knows; `replaces` names the entry of a planned day."""

    dossier: Dossier
    line: int
    infusions: tuple[tuple[Infusion, int | None], ...] = ()
    samples: tuple[tuple[str, date, str | None], ...] = ()
    detail: Detail | None = None
    changes: tuple[str, ...] = ()
    """What changes, for a person: days and the names of columns, never what stands in them."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The record says all of it already."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done for one patient; None where a problem forbids it."""

    act: NewPatient | ChangedPatient | Unchanged | None
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Findings:
    """The problems of one patient while the rows are looked at."""

    grounds: Grounds
    rows: Sequence[InfusionRow]
    problems: list[Problem] = field(default_factory=list)

    def fault(self, row: InfusionRow, column: str, message: str, hint: str = "") -> None:
        self.problems.append(self.grounds.layout.error(row.line, column, message, hint))

    def warn(self, row: InfusionRow, column: str, message: str, hint: str = "") -> None:
        self.problems.append(self.grounds.layout.warning(row.line, column, message, hint))


def judge_infusions(grounds: Grounds, rows: Sequence[InfusionRow], known: Known | None, dossiers: Sequence[Dossier]) -> Verdict:
    """What the rows of one patient amount to. `known` is the patient of the record, `dossiers` its treatments."""
    findings = _Findings(grounds, rows)
    clinic_id = _clinic(findings, known)
    protocol_id = _agreed(findings, "protocol", lambda row: row.protocol, "One file holds one protocol for a patient.")
    overlays = _agreed(findings, "overlays", lambda row: row.overlays)
    detail = _detail(findings)
    followed_from = _agreed(findings, "followed_here_from", lambda row: row.followed_here_from)
    if clinic_id is None or protocol_id is None or known and not grounds.desk.may_see(known.clinic_id):
        return Verdict(None, tuple(findings.problems))
    today = grounds.desk.today[clinic_id]
    days = _days(findings, today)
    if followed_from and followed_from > today:
        findings.fault(rows[0], "followed_here_from", f"{followed_from} lies in the future.", "Leave it empty.")
    assignment = _assignment(findings, protocol_id, overlays or (), followed_from or _default_follow(days, today))
    act: NewPatient | ChangedPatient | Unchanged | None = None
    if known is not None:
        act = _compare(findings, known, dossiers, protocol_id, overlays, followed_from, detail, days)
    elif assignment is not None:
        infusions = tuple(infusion for infusion, _ in days.values())
        act = NewPatient(clinic_id, rows[0].reference, protocol_id, assignment, detail, infusions)
    _refuse_before_birth(findings, act, days)
    if has_errors(findings.problems):
        return Verdict(None, tuple(findings.problems))
    _flag(findings, act, days, today)
    return Verdict(act, tuple(findings.problems))


def _agreed[T](findings: _Findings, column: str, read: Callable[[InfusionRow], T | None], hint: str = "") -> T | None:
    raise NotImplementedError
