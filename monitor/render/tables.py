"""Tables: rows become CSV and XLSX files in which no cell can act as a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import BinaryIO, TextIO

Cell = str | int | float | date | None

LEADS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets take a cell that begins so for a formula, whatever it is in the file (OWASP, CSV injection)."""

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""What neither an XML file may hold nor a person can read."""

EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001  (files of this kind know no time zone)
FIRST_DAY = date(1900, 3, 1)
"""Spreadsheets count days from 1900 and take that year for a leap year; an earlier day is written as a text."""


def safe_cell(value: Cell) -> Cell:
    """A text that would begin a formula gets a leading apostrophe; numbers and days cannot be formulas."""
    if not isinstance(value, str):
        return value
    text = CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(LEADS_A_FORMULA) else text


def write_csv(rows: Iterable[Sequence[Cell]], out: TextIO) -> None:
    """Rows as they come, separated by commas, one line feed at the end of each; days in ISO form."""
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if cell is None else safe_cell(cell) for cell in row])


def write_xlsx(rows: Iterable[Sequence[Cell]], out: BinaryIO) -> None:
    """Rows as they come, the first one as a heading that stays in view; the same rows give the same bytes."""
    from xlsxwriter import Workbook

    written = BytesIO()
    with Workbook(written, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": EPOCH})  # the moment of its making would make every file different
        sheet = book.add_worksheet("Sheet1")
        sheet.freeze_panes(1, 0)
        heading = book.add_format({"bold": True})
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                cell = safe_cell(value)
                match cell:
                    case str():
                        sheet.write_string(number, column, cell, None if number else heading)
                    case date() if cell >= FIRST_DAY:
                        sheet.write_datetime(number, column, cell)
                    case date():
                        sheet.write_string(number, column, cell.isoformat())
                    case int() | float():
                        sheet.write_number(number, column, cell)
    out.write(written.getvalue())
