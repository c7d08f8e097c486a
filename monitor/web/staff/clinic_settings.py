"""Settings of a clinic over HTTP: name, zone, working days and closures, with a look at what would move."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import available_timezones

from starlette.background import BackgroundTask
from starlette.responses import Response

from db.people import Clinic
from monitor.bootstrap import Program
from monitor.logs import places_of
from monitor.render.staff.countries import country_options
from monitor.render.staff.values import Section
from monitor.services import clinics
from monitor.services.people import add_clinic, list_clinics
from monitor.services.suggesting import follow_all, list_waiting
from monitor.web.staff.answers import go_to
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from schedules.working_days import MONDAY_TO_FRIDAY, list_countries, list_subdivisions

SAVE = "save"
logger = logging.getLogger("monitor.web")


def show_all(asked: Asked) -> Response:
    usual = asked.program.config.clinic_defaults
    waiting = {one.clinic_id: left for one, left in list_waiting(asked.desk)}
    return asked.page(
        "clinic_list.html", Section.CLINIC, clinics=list_clinics(asked.desk), waiting=waiting,
        zones=_zones(), country_options=country_options(asked.language), usual=usual, monday_to_friday=MONDAY_TO_FRIDAY,
    )  # fmt: skip


def add(asked: Asked) -> Response:
    form = asked.form
    clinic_id = form.line("clinic_id", longest=40, required=True)
    wanted = _read_settings(asked, Clinic(clinic_id, "", "", ""))
    form.finish()
    add_clinic(asked.desk, clinics.clean_settings(wanted))
    return go_to(f"/clinic/settings/{clinic_id}")


def show_one(asked: Asked) -> Response:
    clinic = clinics.get_clinic(asked.desk, asked.request.path_params["clinic_id"])
    closures = clinics.list_closures(asked.desk, clinic.id)
    today = asked.desk.today[clinic.id]
    waiting = {one.clinic_id: left for one, left in list_waiting(asked.desk)}
    return asked.page(
        "clinic_settings.html", Section.CLINIC, clinic=clinic, mark=clinics.mark_of(clinic), today=today,
        closures=[one for one in closures if one.until_on >= today],
        past=[one for one in reversed(closures) if one.until_on < today],
        weekdays=clinic.working_weekdays or MONDAY_TO_FRIDAY, zones=_zones(),
        country_options=country_options(asked.language), parts=list_subdivisions(clinic.country),
        waiting=waiting.get(clinic.id, 0), only=_form_of(asked),
    )  # fmt: skip


def _form_of(asked: Asked) -> str:
    """Which of the two forms was refused: the other one is left away, since what was typed is of this one."""
    if asked.refusal is None:
        return ""
    return "closure" if asked.request.url.path.endswith("/closures") else "settings"


def change(asked: Asked) -> Response:
    """Settings that would move suggested days, or the day itself, are shown once more before they are kept."""
    form, desk = asked.form, asked.desk
    known = clinics.get_clinic(desk, asked.request.path_params["clinic_id"])
    wanted = _read_settings(asked, known)
    reason = form.line("clinic_reason", longest=500, required=True)
    form.finish()
    is_sure = form.get("step") == SAVE
    changed = clinics.change_clinic(
        desk, wanted, reason=reason, expected=form.get("mark") or None, preview=not is_sure
    )  # fmt: skip
    if is_sure:
        return _following(asked, known.id, asked.back(f"/clinic/settings/{known.id}", changed.deed_id))
    differs = [
        name for name in ("name", "time_zone", "country", "subdivision", "working_weekdays")
        if getattr(known, name) != getattr(changed.clinic, name)
    ]  # fmt: skip
    return asked.page(
        "clinic_preview.html", Section.CLINIC, clinic=known, wanted=changed.clinic, differs=differs,
        shifts=changed.shifts, reason=reason, mark=form.get("mark"), action=f"/clinic/settings/{known.id}",
        weekdays=changed.clinic.working_weekdays or MONDAY_TO_FRIDAY, old_weekdays=known.working_weekdays or
        MONDAY_TO_FRIDAY, kind="change", closure=None,
    )  # fmt: skip


def close(asked: Asked) -> Response:
    form, desk = asked.form, asked.desk
    clinic = clinics.get_clinic(desk, asked.request.path_params["clinic_id"])
    from_on, until_on = form.day("closed_from"), form.day("closed_until")
    name = form.line("closure_name", required=True)
    form.finish()
    assert from_on is not None
    assert until_on is not None
    is_sure = form.get("step") == SAVE
    changed = clinics.close(desk, clinic.id, from_on=from_on, until_on=until_on, name=name, preview=not is_sure)
    if is_sure:
        response = asked.back(f"/clinic/settings/{clinic.id}", changed.deed_id, place="closures")
        return _following(asked, clinic.id, response)
    return _preview_days(asked, changed, "close", from_on, until_on, name, f"/clinic/settings/{clinic.id}/closures")


def show_closure(asked: Asked) -> Response:
    """What taking a closure back would move."""
    closure = clinics.get_closure(asked.desk, asked.number("closure_id"))
    changed = clinics.reopen(asked.desk, closure.id, reason="", preview=True)
    action = f"/clinic/closures/{closure.id}"
    return _preview_days(asked, changed, "reopen", closure.from_on, closure.until_on, closure.name, action)


def reopen(asked: Asked) -> Response:
    closure = clinics.get_closure(asked.desk, asked.number("closure_id"))
    reason = asked.form.line("clinic_reason", longest=500, required=True)
    asked.form.finish()
    changed = clinics.reopen(asked.desk, closure.id, reason=reason)
    response = asked.back(f"/clinic/settings/{closure.clinic_id}", changed.deed_id, place="closures")
    return _following(asked, closure.clinic_id, response)


def _preview_days(  # noqa: PLR0917  (the parts of one closure, in the order in which it is said)
    asked: Asked, changed: clinics.Changed, kind: str, from_on: date, until_on: date, name: str, action: str
) -> Response:
    return asked.page(
        "clinic_preview.html", Section.CLINIC, clinic=changed.clinic, wanted=changed.clinic, differs=[],
        shifts=changed.shifts, reason="", mark="", action=action, kind=kind, weekdays=(), old_weekdays=(),
        closure={"from_on": from_on, "until_on": until_on, "name": name},
    )  # fmt: skip


def _read_settings(asked: Asked, known: Clinic) -> Clinic:
    form = asked.form
    weekdays = tuple(sorted({one for one in form.numbers("working_weekday") if one <= 6}))
    if not weekdays:
        form.complain("working_weekday", "weekdays-none")
    return replace(
        known,
        name=form.line("clinic_name", required=True),
        time_zone=form.line("time_zone", longest=60, required=True),
        country=form.choice("country", list_countries()),
        subdivision=form.line("subdivision", longest=10).upper() or None,
        working_weekdays=weekdays or None,
    )


def _zones() -> list[str]:
    return sorted(one for one in available_timezones() if "/" in one and not one.startswith(("Etc/", "posix", "right")))


def _following(asked: Asked, clinic_id: str, response: Response) -> Response:
    """After the answer, and after its act was kept, the suggested days follow; whatever stops that, the job goes on."""
    response.background = BackgroundTask(_follow, asked.program, clinic_id)
    return response


def _follow(program: Program, clinic_id: str) -> None:
    try:
        follow_all(program.writing_for_program, clinic_id)
    except Exception as fault:  # noqa: BLE001  (the act is kept, and the job takes the rest up)
        kind, where = type(fault).__name__, places_of(fault.__traceback__)
        logger.error("suggested days of %s could not follow yet: %s (%s)", clinic_id, kind, where)  # noqa: TRY400


PAGES: Sequence[Page] = (
    Page("/clinic/settings", show=show_all, act=add, needs=Needs.ADMIN),
    Page("/clinic/settings/{clinic_id}", show=show_one, act=change, needs=Needs.ADMIN),
    Page("/clinic/settings/{clinic_id}/closures", act=close, again=show_one, needs=Needs.ADMIN),
    Page("/clinic/closures/{closure_id:int}", show=show_closure, act=reopen, needs=Needs.ADMIN),
)
