"""Findings: what the rows of one patient say together, and what is wrong or remarkable about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from db.dossiers import Detail
from monitor.services.importing.headings import Layout
from monitor.services.importing.rows import InfusionRow
from schedules.model import Infusion
from schedules.problems import Problem

Days = dict[date, tuple[Infusion, InfusionRow]]
"""Every infusion day with the row that names it first, in order of the day."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the rows of one patient say together."""

    reference: str
    clinic_id: str
    protocol_id: str
    overlays: tuple[str, ...] | None
    followed_here_from: date | None
    detail: Detail
    days: Days
    rows: Sequence[InfusionRow]


@dataclass(frozen=True, slots=True)
class Findings:
    """The problems of one patient, collected while the rows are looked at."""

    layout: Layout
    problems: list[Problem] = field(default_factory=list)

    def fault(self, row: InfusionRow, column: str, message: str, hint: str = "") -> None:
        self.problems.append(self.layout.error(row.line, column, message, hint))

    def warn(self, row: InfusionRow, column: str, message: str, hint: str = "") -> None:
        self.problems.append(self.layout.warning(row.line, column, message, hint))

    @property
    def day_column(self) -> str:
        """The column that a problem with an infusion day belongs to."""
        return "infusion" if "infusion" in self.layout.places else "first_day"
