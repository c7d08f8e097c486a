"""Tables: rows become CSV and XLSX files in which no cell can act as a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from shutil import copyfileobj
from typing import BinaryIO, TextIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

Cell = str | int | float | date | None

LEADS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets take a cell that begins so for a formula, whatever it is in the file (OWASP, CSV injection)."""

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""What neither an XML file may hold nor a person can read."""

EPOCH = (1980, 1, 1, 0, 0, 0)


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
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=safe_cell(value))  # type: ignore[arg-type]  # a date is welcome
            if isinstance(value, str):
                cell.data_type = "s"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    written = BytesIO()
    book.save(written)
    _without_times(written, out)


def _without_times(book: BinaryIO, out: BinaryIO) -> None:
    """A copy of the file without the moment of its making, which would make every file different."""
    stamp = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
    moment = datetime(*EPOCH, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with ZipFile(book) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = ZipInfo(name, EPOCH)
            info.compress_type = ZIP_DEFLATED
            with old.open(name) as before, new.open(info, "w") as after:
                if name == "docProps/core.xml":
                    after.write(stamp.sub(rb"\g<1>" + moment, before.read()))
                else:
                    copyfileobj(before, after)
