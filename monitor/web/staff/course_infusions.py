"""Infusions over HTTP: the days by course, and the forms that add, confirm, correct and withdraw them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from db.dossiers import Dossier
from db.history import find_deed
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services import enrolling
from monitor.services.charts import Chart, chart_of
from monitor.services.dossiers import get_dossier
from monitor.services.foreseeing import foresee_added, foresee_corrected, recall
from monitor.services.patients import get_planned
from monitor.web.staff.asking import DID, Asked
from monitor.web.staff.course_previewing import Act, Read, act, page_of, previews_of, show
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.forms import Form
from schedules.errors import Refusal, Unacceptable
from schedules.model import Infusion
from schedules.planning import group_courses

PATH = "/treatments/{treatment_id:int}/infusions"
MOST_DAYS, MOST_COURSES = 31, 20
KINDS = ("given", "planned")


def list_infusions(asked: Asked) -> Response:
    treatment = enrolling.get_own_treatment(asked.desk, asked.number("treatment_id"))
    chart = chart_of(asked.desk, treatment)
    asked.read("infusions", treatment_id=treatment.id, clinic_id=treatment.clinic_id)
    return asked.page(
        "infusions.html", Section.PATIENTS, treatment=treatment, own=f"/treatments/{treatment.id}", chart=chart,
        today=chart.today, entries=_entries(chart), flags=[one.sentence(asked.language) for one in chart.flags],
        foreseen_days=[chart.protocol.courses.planned_days(one.number) for one in chart.outcome.plan.courses],
        previews=_what_changed(asked, treatment.id),
    )  # fmt: skip


def _entries(chart: Chart) -> dict[date, tuple[str, Any]]:
    """By day who entered it and when."""
    return {
        one.infused_on: (chart.names.get(entered.entered_by, "?"), entered.entered_at)
        for one, entered in chart.dossier.infusions
    }


def _what_changed(asked: Asked, treatment_id: int) -> Sequence[object]:
    """What the act changed that the query says was just done."""
    wanted = asked.query(DID)
    deed = find_deed(asked.desk.connection, int(wanted)) if wanted.isascii() and wanted.isdigit() else None
    if deed is None or deed.treatment_id != treatment_id or not deed.act.startswith("infusion"):
        return ()
    changed = recall(asked.desk, deed)
    return previews_of(asked, [changed]) if changed else ()


# --- The forms ----------------------------------------------------------------------------------------


def _read_added(asked: Asked, form: Form) -> Act | None:
    """The first day and how many in a row; given where the form does not say otherwise."""
    if not form.fields:
        return None
    dossier = _dossier(asked)
    first_on = form.day("first_on")
    count = form.number("days", least=1, most=MOST_DAYS)
    kind = form.choice("standing", KINDS)
    course = form.number("course", least=1, most=MOST_COURSES, required=False)
    form.finish()
    assert first_on
    assert count
    infusions = [Infusion(first_on + timedelta(days=one), kind == "planned", course) for one in range(count)]
    treatment_id = dossier.treatment_id
    _complain(asked, form, "first_on", lambda: enrolling.refuse_added(dossier, infusions, today=_today(asked, dossier)))
    return Act(
        [foresee_added(asked.desk, treatment_id, infusions)],
        lambda reason, confirmed: enrolling.add_infusions(
            asked.desk, treatment_id, infusions, reason=reason, confirmed=confirmed
        ),
    )


def _read_confirmed(asked: Asked, form: Form) -> Act | None:
    """The planned days that were given."""
    dossier = _dossier(asked)
    days = _read_days(asked, form)
    if not days:
        return None
    infusions = get_planned(asked.desk, dossier.treatment_id, days)
    _complain(asked, form, "day", lambda: enrolling.refuse_added(dossier, infusions, today=_today(asked, dossier)))
    return Act(
        [foresee_added(asked.desk, dossier.treatment_id, infusions)],
        lambda reason, confirmed: enrolling.add_infusions(
            asked.desk, dossier.treatment_id, infusions, reason=reason, confirmed=confirmed
        ),
    )


def _read_corrected(asked: Asked, form: Form) -> Act | None:
    """Other days: the first one that is ticked moves to `to_on`, the others keep their distance from it."""
    if not form.fields:
        return None
    dossier = _dossier(asked)
    days = _read_days(asked, form)
    to_on = form.day("to_on")
    kind = form.choice("standing", ("same", *KINDS))
    form.finish()
    assert to_on
    known = {one.infused_on: one for one in dossier.given_and_planned}
    shift = to_on - days[0]
    becomes: dict[date, Infusion | None] = {}
    for day in days:
        old = known.get(day, Infusion(day))
        planned = old.planned if kind == "same" else kind == "planned"
        becomes[day] = replace(old, infused_on=day + shift, planned=planned)
    if all(becomes[day] == known.get(day) for day in days):
        form.complain("to_on", "day-same")
        form.finish()
    return _corrected(asked, form, dossier, becomes, "to_on")


def _read_withdrawn(asked: Asked, form: Form) -> Act | None:
    days = _read_days(asked, form)
    return _corrected(asked, form, _dossier(asked), dict.fromkeys(days), "day") if days else None


def _corrected(
    asked: Asked, form: Form, dossier: Dossier, becomes: dict[date, Infusion | None], field: str
) -> Act:  # fmt: skip
    _complain(
        asked, form, field, lambda: enrolling.refuse_corrected(dossier, becomes, today=_today(asked, dossier))
    )  # fmt: skip
    return Act(
        [foresee_corrected(asked.desk, dossier.treatment_id, becomes)],
        lambda reason, confirmed: enrolling.correct_infusions(
            asked.desk, dossier.treatment_id, becomes, reason=reason, confirmed=confirmed
        ),
    )


def _complain(asked: Asked, form: Form, field: str, judge: Callable[[], None]) -> None:
    """Say at its field what a service would refuse as a whole. A day that is gone stays a refusal: somebody acted."""
    try:
        judge()
    except Refusal as refusal:
        if refusal.code not in {
            "infusion-known", "infusion-to-come", "infusion-before-birth", "infusion-twice",
        }:  # fmt: skip
            raise
        say = speaker(asked.language)
        days = refusal.facts.get("days") or [refusal.facts["day"]]
        assert isinstance(days, list)
        form.complain(field, refusal.code, days=", ".join(say.day(one) for one in days))
    form.finish()


def _read_days(asked: Asked, form: Form) -> list[date]:
    """The days that are ticked: in the form, or before it is sent in the query."""
    sent = form.all("day") if form.fields else asked.request.query_params.getlist("day")
    try:
        days = sorted({date.fromisoformat(one) for one in sent[:100] if len(one) == 10})
    except ValueError:
        raise Unacceptable("This is no day.", code="infusion-unreadable") from None
    if form.fields and not days:
        form.complain("day", "day-none-ticked")
        form.finish()
    return days


def _dossier(asked: Asked) -> Dossier:
    return get_dossier(
        asked.desk, enrolling.get_own_treatment(asked.desk, asked.number("treatment_id")).id
    )  # fmt: skip


def _today(asked: Asked, dossier: Dossier) -> date:
    return asked.desk.today[dossier.clinic_id]


def _page(template: str) -> Callable[[Asked, dict[str, Any]], Response]:
    """A form of one act, with the days of the record to tick and the ones that are meant."""
    shown = page_of(template, "infusions")

    def page(asked: Asked, values: dict[str, Any]) -> Response:
        dossier = _dossier(asked)
        protocol = asked.desk.rulebook.get(asked.desk.connection, dossier.assignment, dossier.clinic_id)
        courses = group_courses(dossier.given_and_planned, protocol.courses.gap_days)
        more = {
            "infusions": dossier.given_and_planned,
            "meant": asked.request.query_params.getlist("day"),
            "usual_days": protocol.courses.planned_days(len(courses) + 1),
            "numbers": [(str(one), str(one)) for one in range(1, len(courses) + 3)],
        }
        return shown(asked, values | more)

    return page


def _form(path: str, template: str, read: Read) -> Page:
    page = _page(template)
    shown = show(read, page)
    saved = act(read, page, otherwise=lambda treatment_id: f"/treatments/{treatment_id}/infusions")
    return Page(f"{PATH}/{path}", show=shown, act=saved, needs=Needs.WRITE)


PAGES: Sequence[Page] = (
    Page(PATH, show=list_infusions),
    _form("add", "infusion_add.html", _read_added),
    _form("confirm", "infusion_confirm.html", _read_confirmed),
    _form("correct", "infusion_correct.html", _read_corrected),
    _form("withdraw", "infusion_withdraw.html", _read_withdrawn),
)
