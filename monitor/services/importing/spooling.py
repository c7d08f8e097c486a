"""Spooling: a file is read once, before any transaction is open, and its rows wait on disk for their judgement."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from db.staging import Staging
from monitor.services.importing.cells import DateFormat
from monitor.services.importing.headings import Kind, Layout, lay_out
from monitor.services.importing.reading_files import Source, examine, list_notes, list_rows
from monitor.services.importing.rows import Reading, pack, read_row
from schedules.errors import FileRefused
from schedules.problems import Problem, has_errors


@dataclass(frozen=True, slots=True)
class Spool:
    """A file that was read: what it is, its rows, and everything that could not be read."""

    source: Source
    layout: Layout
    staging: Staging
    rows: int
    problems: list[Problem] = field(default_factory=list)


@contextmanager
def spool(
    path: Path,
    *,
    defaults: Mapping[str, str | None],
    date_format: DateFormat | None = None,
    max_cell_characters: int = 10_000,
    needed: Sequence[str] = ("clinic", "protocol"),
    advance: Callable[[int], None] = lambda rows: None,
) -> Iterator[Spool]:
    """Read a file to its end. Refuses one that is no table, or whose heading says too little.

    `defaults` are values of columns for the whole file; `needed` are the columns that a list of infusions must
    have beside the reference and the days. `advance` is told of every row that was read.
    """
    source = examine(path)
    rows = list_rows(source)
    heading = next(rows, None)
    if heading is None:
        raise FileRefused(f"{source.file} is empty.", [], "It needs a row of headings and one row for each infusion.")
    headings = [str(cell).strip() for cell in heading.cells]
    layout, found = lay_out(source.file, heading.line, headings, defaults=defaults, needed=needed)
    problems = [*list_notes(source), *found]
    if has_errors(problems):
        raise FileRefused(f"{source.file} lacks something in its headings.", problems, "Nothing was saved.")
    with Staging() as staging:
        reading = Reading(layout, defaults, date_format, max_cell_characters)
        count = 0
        try:
            for row in rows:
                count += 1
                typed, reference, faults = read_row(reading, row)
                problems += faults
                if typed is not None:
                    staging.add(typed.reference, typed.line, pack(typed))
                elif reference:
                    staging.spoil(reference)
                advance(1)
        except FileRefused as broken:
            # What follows is lost, so nothing of this file can be trusted to be whole.
            raise FileRefused(broken.sentence, [*problems, *broken.problems], broken.next_step) from None
        staging.finish()
        yield Spool(source, layout, staging, count, problems)


__all__ = ["Kind", "Spool", "spool"]
