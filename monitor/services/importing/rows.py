"""Rows: one row of a file as typed values, with a problem for every cell that cannot be read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from monitor.services.importing.cells import (
    SEXES,
    STATUS,
    DateFormat,
    read_day,
    read_days,
    read_language,
    read_number,
    read_word,
    refuse_range,
)
from monitor.services.importing.headings import Kind, Layout
from monitor.services.importing.reading_files import Cell, Row
from schedules.problems import Problem

LONGEST: Mapping[str, int] = {"reference": 80, "clinic": 40, "protocol": 60, "name": 200, "performed_by": 200}
"""What the record can hold."""

T = TypeVar("T")


class InfusionRow(NamedTuple):
    """One infusion day or course; None is a cell that is empty and says nothing."""

    line: int
    reference: str
    clinic: str | None
    protocol: str | None
    first_on: date
    last_on: date
    planned: bool | None
    course: int | None
    born_on: date | None
    sex: str | None
    name: str | None
    language: str | None
    contact: str | None
    overlays: tuple[str, ...] | None
    followed_here_from: date | None


class SampleRow(NamedTuple):
    """One sample that was taken; `test` is the word of the file."""

    line: int
    reference: str
    test: str
    taken_on: date
    performed_by: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of one file are read. `defaults` fill columns for the whole file."""

    layout: Layout
    defaults: Mapping[str, str | None]
    date_format: DateFormat | None
    max_cell_characters: int


@dataclass(slots=True)
class _Cells:
    """The cells of one row by column, collecting what is wrong with them."""

    reading: Reading
    row: Row
    problems: list[Problem] = field(default_factory=list)

    def fault(self, column: str, message: str, hint: str = "") -> None:
        self.problems.append(self.reading.layout.error(self.row.line, column, message, hint))

    def raw(self, column: str) -> Cell:
        place = self.reading.layout.places.get(column)
        return self.row.cells[place] if place is not None and place < len(self.row.cells) else ""

    def text(self, column: str) -> str | None:
        """The text on one line, without needless spaces; None where the cell is empty."""
        raw = self.raw(column)
        if isinstance(raw, date):
            return raw.isoformat()
        text = " ".join(raw.split()) or self.reading.defaults.get(column) or ""
        if column in LONGEST and len(text) > LONGEST[column]:
            self.fault(column, f"This cell has {len(text)} characters; at most {LONGEST[column]} can be kept.")
            return None
        if not text.isprintable():
            self.fault(column, "This cell holds characters that cannot be printed.", "Type it anew.")
            return None
        return text or None

    def needed(self, column: str) -> str:
        text = self.text(column)
        if text is None and not any(one.line == self.row.line for one in self.problems if _is_about(self, one, column)):
            self.fault(column, "This cell is empty.", "Every row needs it.")
        return text or ""

    def read(self, column: str, read: Callable[[str], T]) -> T | None:
        text = self.text(column)
        if text is None:
            return None
        try:
            return read(text)
        except ValueError as error:
            self.fault(column, *error.args)
            return None

    def day(self, column: str) -> date | None:
        raw = self.raw(column)
        # A cell of a workbook is a day already, but may be as wrong as a typed one.
        text = raw.isoformat() if isinstance(raw, date) else raw
        return self.read(column, lambda _: read_day(text, self.reading.date_format)) if text else None


def _is_about(cells: _Cells, problem: Problem, column: str) -> bool:
    return problem.column == cells.reading.layout.places.get(column, -1) + 1


def read_row(reading: Reading, row: Row) -> tuple[InfusionRow | SampleRow | None, str | None, list[Problem]]:
    """The row, or None where it has problems; and the reference, where at least that can be read."""
    cells = _Cells(reading, row)
    too_long = _too_long(reading, row)
    reference = cells.needed("reference")
    if too_long:
        return None, reference or None, too_long
    read = _read_sample if reading.layout.kind is Kind.SAMPLES else _read_infusion
    found = read(cells, reference)
    return (None if cells.problems else found), reference or None, cells.problems


def _too_long(reading: Reading, row: Row) -> list[Problem]:
    layout, most = reading.layout, reading.max_cell_characters
    problems = []
    if any(row.cells[len(layout.headings) :]):
        message = f"The row has {len(row.cells)} cells under {len(layout.headings)} headings."
        hint = 'Is a comma or semicolon inside a cell? Then write the cell as "…".'
        problems.append(Problem(layout.file, row.line, 0, message, hint))
    for place, cell in enumerate(row.cells):
        if isinstance(cell, str) and len(cell) > most:
            message = f"This cell has {len(cell)} characters; at most {most} are read."
            problems.append(Problem(layout.file, row.line, place + 1, message, "It looks like a slip."))
    return problems


def _read_infusion(cells: _Cells, reference: str) -> InfusionRow:
    first_on, last_on = _read_range(cells)
    return InfusionRow(
        line=cells.row.line,
        reference=reference,
        clinic=cells.text("clinic"),
        protocol=cells.text("protocol"),
        first_on=first_on,
        last_on=last_on,
        planned=cells.read("status", lambda text: read_word(text, STATUS, "given or planned")),
        course=cells.read("course", read_number),
        born_on=cells.day("birth_date"),
        sex=cells.read("sex", lambda text: read_word(text, SEXES, "female, male, other or unknown").value),
        name=cells.text("name"),
        language=cells.read("language", read_language),
        contact=cells.text("contact"),
        overlays=cells.read("overlays", lambda text: tuple(text.replace(",", " ").replace(";", " ").split())),
        followed_here_from=cells.day("followed_here_from"),
    )


def _read_range(cells: _Cells) -> tuple[date, date]:
    """The first and the last infusion day of the row; where they cannot be read, a problem stands for them."""
    date_format = cells.reading.date_format
    if "infusion" in cells.reading.layout.places:
        if not cells.needed("infusion"):
            return date.min, date.min
        return cells.read("infusion", lambda text: read_days(text, date_format)) or (date.min, date.min)
    cells.needed("first_day")
    first_on = cells.day("first_day")
    last_on = cells.day("last_day") or first_on
    if first_on and last_on:
        try:
            refuse_range(first_on, last_on)
        except ValueError as error:
            cells.fault("last_day", *error.args)
    return first_on or date.min, last_on or date.min


def _read_sample(cells: _Cells, reference: str) -> SampleRow:
    cells.needed("day")
    return SampleRow(
        line=cells.row.line,
        reference=reference,
        test=cells.needed("test"),
        taken_on=cells.day("day") or date.min,
        performed_by=cells.text("performed_by"),
    )


def pack(row: InfusionRow | SampleRow) -> list[Any]:
    """The row as plain values, for the spool."""
    return [value.isoformat() if isinstance(value, date) else value for value in row]


def unpack_infusion(values: Sequence[Any]) -> InfusionRow:
    row = InfusionRow(*values)
    return row._replace(
        first_on=date.fromisoformat(values[4]),
        last_on=date.fromisoformat(values[5]),
        born_on=_day(row.born_on),
        overlays=None if row.overlays is None else tuple(row.overlays),
        followed_here_from=_day(row.followed_here_from),
    )


def unpack_sample(values: Sequence[Any]) -> SampleRow:
    return SampleRow(*values)._replace(taken_on=date.fromisoformat(values[3]))


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None
