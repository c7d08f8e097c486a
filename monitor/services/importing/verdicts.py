"""Verdicts: what is to be done for one patient of a file, decided before anything is written."""

from dataclasses import dataclass
from datetime import date

from db.dossiers import Assignment, Detail, Dossier
from schedules.model import Infusion
from schedules.problems import Problem, has_errors


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
class NewSample:
    """A sample that the record does not have yet."""

    family: str
    taken_on: date
    performed_by: str | None


@dataclass(frozen=True, slots=True)
class ChangedPatient:
    """What a file adds to a treatment that the record knows.

    `confirmed` are days that the record has as planned, with the id of that entry. `columns` are the headings
    of what becomes known or other about the patient: never what stands in them.
    """

    dossier: Dossier
    line: int
    added: tuple[Infusion, ...] = ()
    confirmed: tuple[tuple[Infusion, int], ...] = ()
    samples: tuple[NewSample, ...] = ()
    detail: Detail | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The acts that a patient's rows amount to; none where the record says all of it already, or a problem forbids."""

    acts: tuple[NewPatient | ChangedPatient, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_refused(self) -> bool:
        return has_errors(self.problems)
