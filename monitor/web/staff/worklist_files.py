"""The worklist as files: the same choice as on the page, each a reading of its own."""

import io

from starlette.responses import Response

from monitor.render.staff.speaking import speaker
from monitor.render.staff.worklist_table import rows_of
from monitor.render.tables import write_csv, write_xlsx
from monitor.services.worklist_groups import choose
from monitor.web.staff.answers import download
from monitor.web.staff.asking import Asked
from monitor.web.staff.worklist_choice import read_view
from schedules.grouping import Group

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_csv(asked: Asked) -> Response:
    text = io.StringIO()
    write_csv(rows_of(speaker(asked.language), _groups(asked)), text)
    # The mark at the beginning tells spreadsheets that it is UTF-8; without it they read umlauts wrong.
    return download(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", _name(asked, "csv"))


def show_xlsx(asked: Asked) -> Response:
    book = io.BytesIO()
    write_xlsx(rows_of(speaker(asked.language), _groups(asked)), book)
    return download(book.getvalue(), XLSX, _name(asked, "xlsx"))


def _groups(asked: Asked) -> tuple[Group, ...]:
    groups = choose(
        asked.desk, read_view(asked).choice, seen_within=asked.program.config.seen_within_working_days
    ).groups  # fmt: skip
    asked.read("worklist file", patients=len(groups))
    return groups


def _name(asked: Asked, kind: str) -> str:
    day = max(asked.desk.today.values(), default=asked.desk.at.date())
    return f"worklist-{day.isoformat()}.{kind}"
