"""Discharge and re-admission over HTTP: what is open, and would be settled by it, is shown first."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from db.dossiers import Dossier
from monitor.services import deciding, enrolling
from monitor.services.dossiers import get_dossier
from monitor.services.foreseeing import foresee_discharge
from monitor.web.staff.asking import Asked
from monitor.web.staff.course_previewing import Act, act, page_of, show
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.forms import Form

KINDS = ("transferred", "moved", "died", "other")
PATH = "/treatments/{treatment_id:int}"


def _dossier(asked: Asked) -> Dossier:
    treatment = enrolling.get_own_treatment(asked.desk, asked.number("treatment_id"))
    return get_dossier(asked.desk, treatment.id)


def _read_discharge(asked: Asked, form: Form) -> Act | None:
    dossier = _dossier(asked)
    if not form.fields or dossier.departure:
        return None
    kind = form.choice("gone", KINDS)
    on = form.day("left_on")
    place = form.line("place", required=kind == "transferred")
    decided_by = form.line("decision_by", longest=200, required=asked.visitor.actor.role != "clinician")
    if on and on > asked.desk.today[dossier.clinic_id]:
        form.complain("left_on", "discharge-to-come")
    form.finish()
    assert on
    return Act(
        [foresee_discharge(asked.desk, dossier.treatment_id, on)],
        lambda reason, confirmed: deciding.discharge(
            asked.desk, dossier.treatment_id, on=on, kind=kind, transferred_to=place or None,
            decided_by=decided_by or None, reason=reason,
        ),
    )  # fmt: skip


def _read_readmission(asked: Asked, form: Form) -> Act | None:
    dossier = _dossier(asked)
    if not dossier.departure:
        return None
    return Act(
        [foresee_discharge(asked.desk, dossier.treatment_id, None)],
        lambda reason, confirmed: deciding.readmit(asked.desk, dossier.treatment_id, reason=reason),
    )


def _page(template: str) -> Any:
    def page(asked: Asked, values: dict[str, Any]) -> Response:
        dossier = _dossier(asked)
        is_clinician = asked.visitor.actor.role == "clinician"
        return page_of(template, "discharge")(
            asked, {**values, "dossier": dossier, "is_clinician": is_clinician, "kinds": KINDS}
        )

    return page


def _to_patient(treatment_id: int) -> str:
    return f"/treatments/{treatment_id}"


PAGES: Sequence[Page] = (
    Page(
        f"{PATH}/discharge", show=show(_read_discharge, _page("discharge.html")),
        act=act(_read_discharge, _page("discharge.html"), otherwise=_to_patient), needs=Needs.WRITE,
    ),
    Page(
        f"{PATH}/readmit", show=show(_read_readmission, _page("readmit.html")),
        act=act(_read_readmission, _page("readmit.html"), otherwise=_to_patient), needs=Needs.WRITE,
    ),
)  # fmt: skip
