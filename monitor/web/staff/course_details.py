"""What is known about a patient, changed over HTTP: where checks change by it, they are shown first."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from db.dossiers import Detail
from monitor.services import enrolling
from monitor.services.dossiers import get_dossier
from monitor.services.foreseeing import foresee_detail
from monitor.services.patients import change_patient
from monitor.web.staff.asking import Asked
from monitor.web.staff.course_previewing import Act, act, page_of, show
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.forms import Form
from schedules.protocol import Sex

SEXES = ("", *(one.value for one in Sex))
LANGUAGES = ("", "en", "de")


def read_detail(asked: Asked, form: Form) -> Detail:
    """The fields about the person, each with what is wrong with it; a person born after today is a slip."""
    name = form.line("name", longest=200)
    born_on = form.day("birth_date", required=False)
    sex = form.choice("sex", SEXES)
    language = form.choice("language", LANGUAGES)
    contact = form.text("contact", longest=500)
    if born_on and born_on > max(asked.desk.today.values()):
        form.complain("birth_date", "born-to-come")
    return Detail(name or None, born_on, Sex(sex) if sex else None, language or None, contact or None)


def _read(asked: Asked, form: Form) -> Act | None:
    if not form.fields:
        return None
    treatment = enrolling.get_own_treatment(asked.desk, asked.number("treatment_id"))
    dossier = get_dossier(asked.desk, treatment.id)
    detail = read_detail(asked, form)
    first_on = min((one.infused_on for one in dossier.given_and_planned), default=None)
    if detail.born_on and first_on and first_on < detail.born_on:
        form.complain("birth_date", "born-after-infusion")
    form.finish()
    if detail == dossier.detail:
        form.complain("name", "nothing-changed")
        form.finish()
    changes = {name: getattr(detail, name) for name in ("name", "born_on", "sex", "language", "contact")}
    return Act(
        foresee_detail(asked.desk, treatment.id, detail),
        lambda reason, confirmed: change_patient(
            asked.desk, treatment.id, changes, reason=reason, confirmed=confirmed
        ),
        is_shown=False,
    )  # fmt: skip


def _page(asked: Asked, values: dict[str, Any]) -> Response:
    dossier = get_dossier(asked.desk, values["treatment"].id)
    return page_of("details.html", "details")(asked, {**values, "detail": dossier.detail, "dossier": dossier})


PAGES: Sequence[Page] = (
    Page(
        "/treatments/{treatment_id:int}/details", show=show(_read, _page),
        act=act(_read, _page, otherwise=lambda treatment_id: f"/treatments/{treatment_id}"), needs=Needs.WRITE,
    ),
)  # fmt: skip
