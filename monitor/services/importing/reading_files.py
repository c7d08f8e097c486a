"""Reading files: the rows of a CSV or XLSX file as they stand there, one at a time, whatever program wrote it."""

import csv
import hashlib
import io
import re
import warnings
import zipfile
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from monitor.services.importing.headings import recognise
from schedules.errors import FileRefused
from schedules.problems import Problem, Severity

BLOCK = 1 << 16
DELIMITERS = ",;\t"
LARGEST_WORKBOOK = 500_000_000
"""Bytes after unpacking: far more than any clinic's list, far less than what fills a disk."""
SAVE_AS = "Save it as CSV (UTF-8) or as an Excel workbook (.xlsx)."

Cell = str | date


class Row(NamedTuple):
    """A row with its number as an editor or a spreadsheet shows it."""

    line: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be read: `encoding` is None for a workbook. `file` is how problems call it."""

    path: Path
    file: str
    sha256: str
    encoding: str | None


def examine(path: Path) -> Source:
    """What kind of file this is, read once from end to end in blocks. Refuses what is neither CSV nor XLSX."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
            stream.seek(0)
            is_workbook = start == b"PK\x03\x04"
            return Source(path, path.name, *_hash_and_decode(stream, path.name, is_workbook=is_workbook))
    except OSError as error:
        raise _refused(path.name, 0, f"The file cannot be read: {error.strerror}.") from None


def _hash_and_decode(stream: io.BufferedReader, file: str, *, is_workbook: bool) -> tuple[str, str | None]:
    digest = hashlib.sha256()
    decoders = {name: getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
    line, bad_byte_at = 1, 0
    while block := stream.read(BLOCK):
        digest.update(block)
        if is_workbook:
            continue
        if b"\0" in block:
            raise _refused(file, 0, "This is neither a CSV file nor an Excel workbook.", SAVE_AS)
        for name in list(decoders):
            try:
                decoders[name].decode(block)
            except UnicodeDecodeError as error:
                bad_byte_at = bad_byte_at or line + block[: error.start].count(b"\n")
                del decoders[name]
        line += block.count(b"\n")
    if is_workbook:
        return digest.hexdigest(), None
    if not decoders:
        raise _refused(file, bad_byte_at, "The text is neither UTF-8 nor Windows-1252.", SAVE_AS)
    return digest.hexdigest(), "utf-8-sig" if "utf-8" in decoders and _is_whole(decoders["utf-8"]) else "cp1252"


def _is_whole(decoder: Any) -> bool:
    """Whether the text did not stop in the middle of a character."""
    return not decoder.getstate()[0]


def list_rows(source: Source) -> Iterator[Row]:
    """Every row that is not empty, the heading first. Refuses, at the row, what cannot be read further."""
    rows = _list_csv(source) if source.encoding else _list_workbook(source)
    for row in rows:
        if any(row.cells):
            yield row


def _list_csv(source: Source) -> Iterator[Row]:
    with source.path.open(encoding=source.encoding, newline="") as stream:
        delimiter, skipped = _find_delimiter(stream)
        rows = csv.reader(stream, delimiter=delimiter, skipinitialspace=True, strict=True)
        line = skipped + 1
        try:
            for cells in rows:
                yield Row(line, [cell.strip() for cell in cells])
                line = skipped + rows.line_num + 1
        except csv.Error as error:
            message = "The row cannot be read: a quotation mark in it is not closed, or a cell is far too long."
            if "expected after" in str(error):
                message = "The row cannot be read: a quotation mark stands inside a cell."
            hint = 'Write a cell with a quotation mark as "…", and the mark in it twice.'
            raise _refused(source.file, line, message, hint) from None


def _find_delimiter(stream: io.TextIOBase) -> tuple[str, int]:
    """The delimiter under which the first line shows most headings that we know; and how many lines were skipped.

    Excel may put a line `sep=;` before the heading; that settles it.
    """
    first, skipped = stream.readline(BLOCK), 0
    while first and not first.strip():
        first, skipped = stream.readline(BLOCK), skipped + 1
    if found := re.fullmatch(r'"?sep=(.)"?\s*', first):
        return found[1], skipped + 1
    stream.seek(0)
    return max(DELIMITERS, key=lambda one: _worth(first, one)), 0


def _worth(line: str, delimiter: str) -> tuple[int, int]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return 0, 0
    return recognise(cells), len(cells)


def _list_workbook(source: Source) -> Iterator[Row]:
    """The rows of the first sheet, streamed; a formula counts with the value that was last calculated."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _refuse_bomb(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that we do not read anyway
            book = load_workbook(source.path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, zipfile.BadZipFile, SyntaxError):
        # A zip file that is no workbook, or one that was cut off; an XML error is a SyntaxError.
        raise _refused(source.file, 0, "This is not an Excel workbook that can be read.", SAVE_AS) from None
    try:
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a size that is too small
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield Row(line, [_cell(value) for value in values])
    finally:
        book.close()


def list_notes(source: Source) -> list[Problem]:
    """What a person should know about how the file was read."""
    if source.encoding:
        return []
    with zipfile.ZipFile(source.path) as archive:
        sheets = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
    if len(sheets) < 2:
        return []
    message = f"The workbook has {len(sheets)} sheets; only the first one is read."
    return [Problem(source.file, 0, 0, message, "Import each sheet from a file of its own.", Severity.WARNING)]


def _refuse_bomb(source: Source) -> None:
    try:
        with zipfile.ZipFile(source.path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        raise _refused(source.file, 0, "This is not an Excel workbook that can be read.", SAVE_AS) from None
    if size > LARGEST_WORKBOOK:
        raise _refused(source.file, 0, "The workbook is far too large once it is unpacked.", SAVE_AS)


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return ""
        case datetime():
            return value.date()
        case date():
            return value
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value).strip()


def _refused(file: str, line: int, message: str, hint: str = "") -> FileRefused:
    return FileRefused(f"{file} cannot be read.", [Problem(file, line, 0, message, hint)], "Nothing was saved.")
