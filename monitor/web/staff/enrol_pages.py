"""Enrolling a patient, and importing a file, in the browser."""

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response

from db.dossiers import Detail
from db.patients import find_patient
from monitor.render.staff.values import Section
from monitor.services import approving, patients
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.worklist import clinics_of
from monitor.web.staff import import_pages
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.previews import Previewed, preview_or
from schedules.model import Infusion, Settlement
from schedules.protocol import Sex

COURSES = 3
"""So many courses can be entered at once, without a script; more are added on the patient's page."""
SEXES, LANGUAGES = ("", "female", "male"), ("", "en", "de")


def show_form(asked: Asked) -> Response:
    return asked.page(
        "enrol.html", Section.PATIENTS, clinics=clinics_of(asked.desk), protocols=approving.list_approved(asked.desk),
        courses=range(1, COURSES + 1), sexes=SEXES,
    )  # fmt: skip


def enrol_patient(asked: Asked) -> Response:
    """The plan is shown before anything is kept; all that is wrong with the form is said at once."""
    enrolment = _read(asked)
    treatment_id, change = enrol(asked.desk, enrolment)
    if asked.form.get("step") == "save":
        return asked.back(f"/treatments/{treatment_id}", change.deed_id)
    chart = patients.get_chart(asked.desk, enrolment.reference, treatment_id)
    still_open = {one.check.key for one in chart.outcome.settled if one.settlement is Settlement.OPEN}
    raise Previewed(
        "enrol_preview.html", chart=chart, reference=enrolment.reference, lines=list(chart.lines),
        visits=[one for one in chart.outcome.visits if still_open & set(one.keys)],
        before_record=sum(one.settlement is Settlement.BEFORE_RECORD for one in chart.outcome.settled),
        checks=len(chart.outcome.settled),
    )  # fmt: skip


def _read(asked: Asked) -> Enrolment:
    form = asked.form
    reference = form.line("reference", longest=80, required=True)
    if reference and find_patient(asked.desk.connection, reference):
        form.complain("reference", "reference-taken")
    clinic_id = form.choice("clinic", [one.id for one in clinics_of(asked.desk)])
    known = approving.list_approved(asked.desk)
    protocol_id = form.choice("protocol", [one.id for one in known if not one.is_overlay])
    overlays = [one for one in form.all("overlay") if one in {each.id for each in known if each.is_overlay}]
    sex, language = form.choice("sex", SEXES), form.choice("language", LANGUAGES)
    detail = Detail(
        form.line("name") or None, form.day("born_on", required=False), Sex(sex) if sex else None, language or None,
        form.text("contact", longest=500) or None,
    )  # fmt: skip
    infusions: list[Infusion] = []
    for number in range(1, COURSES + 1):
        infusions += _course(asked, number)
    if not infusions and not form.troubles:
        form.complain("first_on-1", "missing")
    followed_here_from = form.day("followed_here_from", required=False)
    form.finish()
    return Enrolment(clinic_id, reference, protocol_id, overlays, detail, infusions, followed_here_from)


def _course(asked: Asked, number: int) -> list[Infusion]:
    form = asked.form
    first = form.day(f"first_on-{number}", required=False)
    if first is None:
        return []
    length = form.number(f"length-{number}", least=1, most=10) or 0
    is_planned = form.get(f"planned-{number}") == "yes"
    return [Infusion(first + timedelta(days=one), planned=is_planned) for one in range(length)]


PAGES: Sequence[Page] = (
    Page("/patients/new", show=show_form, act=enrol_patient, again=preview_or(show_form), needs=Needs.WRITE),
    *import_pages.PAGES,
)
