"""The worklist as files: the same choice as on the page, each a reading of its own."""

import io
from collections.abc import Iterator, Sequence
from functools import partial

from starlette.responses import Response

from monitor.render.staff.speaking import speaker
from monitor.render.staff.worklist_table import heading, rows_of
from monitor.render.tables import Cell, write_csv, write_xlsx
from monitor.services.memory import recall
from monitor.services.worklist_groups import choose
from monitor.web.staff.answers import download
from monitor.web.staff.asking import Asked
from monitor.web.staff.worklist_choice import read_view

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_csv(asked: Asked) -> Response:
    text = io.StringIO()
    write_csv(_rows(asked), text)
    # The mark at the beginning tells spreadsheets that it is UTF-8; without it they read umlauts wrong.
    return download(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", _name(asked, "csv"))


def show_xlsx(asked: Asked) -> Response:
    rows = list(_rows(asked))
    book = recall(
        asked.desk.memory, (f"xlsx {asked.request.url.query}", asked.visitor.actor.id), rows, lambda: _book_of(rows),
        kilobytes=len(rows),
    )  # fmt: skip
    return download(book, XLSX, _name(asked, "xlsx"))


def _book_of(rows: Sequence[Sequence[Cell]]) -> bytes:
    book = io.BytesIO()
    write_xlsx(rows, book)
    return book.getvalue()


def _rows(asked: Asked) -> Iterator[Sequence[Cell]]:
    """The heading, then a row for each line; those of patients who have not changed are remembered."""
    say, desk = speaker(asked.language), asked.desk
    groups = choose(desk, read_view(asked).choice, seen_within=asked.program.config.seen_within_working_days).groups
    asked.read("worklist file", patients=len(groups))
    yield heading(say)
    for group in groups:
        yield from recall(
            desk.memory, (f"rows {asked.language}", group.treatment_id), group, partial(rows_of, say, group)
        )  # fmt: skip


def _name(asked: Asked, kind: str) -> str:
    day = max(asked.desk.today.values(), default=asked.desk.at.date())
    return f"worklist-{day.isoformat()}.{kind}"
