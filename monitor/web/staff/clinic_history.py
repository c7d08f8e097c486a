"""History over HTTP: who did what, when and why, with filters, page by page and as a file."""

import io
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from starlette.responses import Response

from db.sealing import list_unsealed
from monitor.render.staff.deed_subjects import find_act
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section, Trouble
from monitor.render.tables import Cell, write_csv
from monitor.services.chaining import find_head
from monitor.services.history_search import Filters, list_acts, search, walk
from monitor.services.people import list_clinics, list_people
from monitor.services.titling import titles_of
from monitor.web.staff.answers import download
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page

FIELDS = ("person", "act", "clinic", "patient", "from", "until", "text")


def show(asked: Asked) -> Response:
    filters, troubles = _filters(asked)
    before = asked.query("before")
    before_id = int(before) if before.isascii() and before.isdigit() and len(before) < 15 else None
    page = search(asked.desk, filters, before_id=before_id)
    shown = {one.reference for one in page.deeds if one.reference}
    if shown:
        asked.read("history", clinic_id=filters.clinic_id or None, patients=len(shown))
    treated = sorted({one.treatment_id for one in page.deeds if one.treatment_id is not None})
    sent = {name: asked.query(name) for name in FIELDS if asked.query(name)}
    return asked.page(
        "clinic_history.html", Section.CLINIC, page=page, titles=titles_of(asked.desk, treated),
        sent=sent, zone=filters.zone, day_troubles=troubles,
        people=list_people(asked.desk), acts=_acts(asked), clinics=list_clinics(asked.desk),
        query=urlencode(sent), older=urlencode({**sent, "before": page.before_id}) if page.before_id else "",
        is_first=before_id is None, head=find_head(asked.desk), unsealed=len(list_unsealed(asked.desk.connection)),
        has_key=bool(asked.program.config.history.key),
    )  # fmt: skip


def file(asked: Asked) -> Response:
    """All that fits the filters, instants in UTC, as a spreadsheet takes it."""
    filters, _ = _filters(asked)
    head: list[Cell] = ["line", "at_utc", "person", "act", "clinic", "patient", "treatment", "subject", "reason"]
    found = list(walk(asked.desk, filters))
    rows: list[list[Cell]] = [
        [
            one.id, f"{one.at:%Y-%m-%d %H:%M:%S}", one.login, one.act, one.clinic_id, one.reference, one.treatment_id,
            one.subject, one.reason,
        ]
        for one in found
    ]  # fmt: skip
    if shown := {one.reference for one in found if one.reference}:
        asked.read("history", clinic_id=filters.clinic_id or None, patients=len(shown))
    text = io.StringIO()
    write_csv([head, *rows], text)
    return download(text.getvalue().encode(), "text/csv; charset=utf-8", "history.csv")


def _acts(asked: Asked) -> list[tuple[str, str]]:
    """The acts that there were, each with its word, in the order of the words."""
    say = speaker(asked.language)
    named = [(one, find_act(say, one) or "") for one in list_acts(asked.desk)]
    return sorted(named, key=lambda pair: (pair[1] or pair[0]).casefold())


def _filters(asked: Asked) -> tuple[Filters, list[Trouble]]:
    """What the address asks for; a day that is none is said and left out."""
    troubles: list[Trouble] = []
    from_on, until_on = (_day(asked, name, troubles) for name in ("from", "until"))
    return Filters(
        login=asked.query("person"), act=asked.query("act"), clinic_id=asked.query("clinic"),
        reference=asked.query("patient").strip(), from_on=from_on, until_on=until_on,
        text=asked.query("text").strip(), zone=asked.zone,
    ), troubles  # fmt: skip


def _day(asked: Asked, name: str, troubles: list[Trouble]) -> date | None:
    sent = asked.query(name).strip()
    try:
        return date.fromisoformat(sent) if sent else None
    except ValueError:
        troubles.append(Trouble(name, "day-unreadable"))
        return None


PAGES: Sequence[Page] = (
    Page("/clinic/history", show=show, needs=Needs.ADMIN),
    Page("/clinic/history.csv", show=file, needs=Needs.ADMIN),
)
