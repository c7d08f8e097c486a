"""Readings: who has read about a patient, or what a person has read, for an administrator."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from starlette.responses import Response

from monitor.render.staff.values import Section, Trouble
from monitor.services.enrolling import get_treatment_id
from monitor.services.readings import Readings, list_readings
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.forms import Incomplete
from schedules.errors import NotFound, Refusal

USUAL_DAYS = 30


def show_readings(asked: Asked) -> Response:
    """The question stands in the address, so that it can be asked again; without one the page only asks."""
    today = max(asked.desk.today.values(), default=asked.desk.at.date())
    reference, login = asked.query("readings-reference").strip(), asked.query("readings-login").strip()
    found: Readings | None = None
    refusal: Refusal | None = None
    from_on, until_on = today - timedelta(days=USUAL_DAYS), today
    try:
        from_on, until_on = _day(asked, "readings-from", from_on), _day(asked, "readings-until", until_on)
        if reference or login:
            found = list_readings(asked.desk, reference=reference, login=login, from_on=from_on, until_on=until_on)
            _keep(asked, reference, login, found)
    except NotFound:
        refusal = NotFound("There is no such patient or person.", code="readings-unknown")
    except Refusal as no:
        refusal = no
    return replace(asked, refusal=refusal).page(
        "readings.html", Section.CLINIC, found=found, from_on=from_on, until_on=until_on, reference=reference,
        login=login, zone=found.zone if found else asked.zone,
    )  # fmt: skip


def _keep(asked: Asked, reference: str, login: str, found: Readings) -> None:
    """Asking who has read is a reading, too."""
    if reference:
        asked.read("readings", treatment_id=get_treatment_id(asked.desk, reference))
    elif login:
        asked.read("readings", patients=len({one.reference for one in found.found if one.reference}))


def _day(asked: Asked, name: str, otherwise: date) -> date:
    text = asked.query(name).strip()
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        raise Incomplete([Trouble(name, "day-unreadable")]) from None


PAGES: Sequence[Page] = (Page("/clinic/readings", show=show_readings, needs=Needs.ADMIN),)
