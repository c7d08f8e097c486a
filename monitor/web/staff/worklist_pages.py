"""The worklist over HTTP: one page to go through in the morning, and the same as a file."""

import io
from collections.abc import Sequence

from starlette.responses import Response

from monitor.render.staff.values import Section
from monitor.render.tables import write_csv, write_xlsx
from monitor.render.worklist import as_rows
from monitor.services.health import list_ailments
from monitor.services.round import SORTS, Round, Wanted, go_round
from monitor.services.worklist import clinics_of
from monitor.web.staff import worklist_acts as acts
from monitor.web.staff.answers import download
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page
from schedules.worklists import Entry, entries

AT_ONCE = 100
"""So many patients stand on the page; more are one press away."""
STATES = ("overdue", "due", "open", "booked", "not-seen", "unconfirmed")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def wanted_of(asked: Asked) -> Wanted:
    """What the query asks for. After a refusal, what the page that held the form asked for."""
    query = asked.place_query
    sort = query.get("sort", "")
    return Wanted(
        clinic=query.get("clinic", ""),
        state=query.get("state", "") if query.get("state", "") in STATES else "",
        family=query.get("family", ""),
        is_unbooked=bool(query.get("unbooked")),
        is_mine=bool(query.get("mine")),
        words=query.get("q", "")[:200],
        sort=sort if sort in SORTS else "urgency",
    )


def show(asked: Asked) -> Response:
    wanted = wanted_of(asked)
    round_, clinics = _go(asked, wanted), clinics_of(asked.desk)
    asked.read("worklist", clinic_id=wanted.clinic or None, patients=len(round_.blocks))
    is_all = bool(asked.place_query.get("all"))
    is_admin = asked.desk.actor.role == "admin"
    return asked.page(
        "worklist.html",
        Section.WORKLIST,
        round=round_,
        blocks=round_.blocks if is_all else round_.blocks[:AT_ONCE],
        hidden=0 if is_all else max(0, len(round_.blocks) - AT_ONCE),
        wanted=wanted,
        states=STATES,
        sorts=SORTS,
        clinics=clinics,
        ailments=list_ailments(asked.desk, asked.program.config) if is_admin else (),
        again=acts.again_of(asked),
        is_clinician=asked.desk.actor.role == "clinician",
        today=max((asked.desk.today[one.id] for one in clinics), default=asked.desk.at.date()),
        contacts=acts.CONTACTS,
    )


def _go(asked: Asked, wanted: Wanted) -> Round:
    return go_round(asked.desk, wanted, seen_within=asked.program.config.seen_within_working_days)


def as_csv(asked: Asked) -> Response:
    text = io.StringIO()
    write_csv(as_rows(_entries(asked), asked.language), text)
    return download(text.getvalue().encode(), "text/csv; charset=utf-8", "worklist.csv")


def as_xlsx(asked: Asked) -> Response:
    book = io.BytesIO()
    write_xlsx(as_rows(_entries(asked), asked.language), book)
    return download(book.getvalue(), XLSX, "worklist.xlsx")


def _entries(asked: Asked) -> Sequence[Entry]:
    wanted = wanted_of(asked)
    round_ = _go(asked, wanted)
    asked.read("worklist file", clinic_id=wanted.clinic or None, patients=len(round_.blocks))
    lines = [line for block in round_.blocks for line in block.lines]
    return entries(lines, rule=wanted.family or None)


PAGES: Sequence[Page] = (
    Page("/worklist", show=show),
    Page("/worklist.csv", show=as_csv),
    Page("/worklist.xlsx", show=as_xlsx),
    Page("/worklist/record", act=acts.record, again=show),
    Page("/worklist/book", act=acts.book, again=show),
    Page("/worklist/waive", act=acts.waive, again=show),
    Page("/worklist/note", act=acts.note, again=show),
    Page("/worklist/seen", act=acts.see, again=show),
    Page("/worklist/escalation", act=acts.know, again=show),
    Page("/worklist/several", act=acts.act_on_several, again=show),
    Page("/undo", act=acts.undo, again=show),
)
