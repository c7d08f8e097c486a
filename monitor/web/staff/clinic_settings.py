"""A clinic's settings: name, place, weekdays and closures; suggested days follow at once."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from db.people import Clinic
from monitor.render.staff.values import Section
from monitor.services import clinics, people
from monitor.services.clinics import Followed
from monitor.services.worklist import clinics_of
from monitor.web.staff.asking import Asked
from schedules.working_days import USUAL, list_countries, list_subdivisions

WEEKDAYS = tuple(range(7))


def show(asked: Asked) -> Response:
    clinic = clinics.get_clinic(asked.desk, _id(asked))
    return asked.page(
        "clinic_settings.html", Section.CLINIC, clinic=clinic, closures=clinics.closures_of(asked.desk, clinic.id),
        weekdays=WEEKDAYS, working=USUAL if clinic.working_weekdays is None else clinic.working_weekdays,
        countries=list_countries(), parts=list_subdivisions(clinic.country), clinics=clinics_of(asked.desk),
        moved=asked.query("moved"), after=asked.query("after"),
    )  # fmt: skip


def change(asked: Asked) -> Response:
    form, before = asked.form, clinics.get_clinic(asked.desk, _id(asked))
    wanted = replace(
        before,
        name=form.line("name", required=True),
        time_zone=form.line("time_zone", required=True),
        country=form.line("country", required=True),
        subdivision=form.line("subdivision") or None,
        working_weekdays=_weekdays(form.all("weekday")),
    )
    reason = form.text("reason", required=True)
    form.finish()
    return _followed(asked, before.id, clinics.change(asked.desk, wanted, reason=reason))


def _weekdays(sent: Sequence[str]) -> tuple[int, ...] | None:
    found = tuple(sorted({int(one) for one in sent if one in {str(day) for day in WEEKDAYS}}))
    return None if found == USUAL else found


def close(asked: Asked) -> Response:
    form = asked.form
    from_on, until_on, name = form.day("from_on"), form.day("until_on"), form.line("closure", required=True)
    form.finish()
    assert from_on is not None
    assert until_on is not None
    clinic_id = _id(asked)
    return _followed(
        asked, clinic_id, clinics.close(asked.desk, clinic_id, from_on=from_on, until_on=until_on, name=name)
    )


def reopen(asked: Asked) -> Response:
    closure_id = asked.form.number("closure_id")
    asked.form.finish()
    assert closure_id is not None
    clinic_id = _id(asked)
    return _followed(asked, clinic_id, clinics.reopen(asked.desk, clinic_id, closure_id, reason="taken back"))


def go_on(asked: Asked) -> Response:
    """The rest of a large clinic, so many treatments at a time."""
    asked.desk.require_admin()
    after = asked.form.number("after") or 0
    clinic_id = clinics.get_clinic(asked.desk, _id(asked)).id
    return _followed(
        asked, clinic_id, clinics.follow_clinic(asked.desk, clinic_id, reason="clinic changed", after=after)
    )


def _followed(asked: Asked, clinic_id: str, followed: Followed) -> Response:
    rest = f"&after={followed.go_on_after}" if followed.go_on_after is not None else ""
    return asked.back(f"/clinic/settings/{clinic_id}?moved={followed.moved}{rest}")


def show_new(asked: Asked) -> Response:
    usual = asked.program.config.clinic_defaults
    return asked.page(
        "clinic_new.html", Section.CLINIC, usual=usual, countries=list_countries(), clinics=clinics_of(asked.desk)
    )


def add(asked: Asked) -> Response:
    form = asked.form
    wanted = Clinic(
        form.line("clinic_id", required=True),
        form.line("name", required=True),
        form.line("time_zone", required=True),
        form.line("country", required=True),
        form.line("subdivision") or None,
    )
    form.finish()
    people.add_clinic(asked.desk, wanted)
    return asked.back(f"/clinic/settings/{wanted.id}")


def _id(asked: Asked) -> str:
    return str(asked.request.path_params["clinic_id"])
