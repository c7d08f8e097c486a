"""Finding a patient: by reference or name, clinic, nurse, followed or discharged."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from db import caring
from monitor.render.staff.values import Section
from monitor.services.caring import MAY_BE_NAMED
from monitor.services.finding import Search, find_patients
from monitor.services.people import list_clinics
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page

FOLLOWED = {"": True, "discharged": False, "all": None}
"""What `state` in the address asks for."""


def show(asked: Asked) -> Response:
    clinics = list_clinics(asked.desk)
    search = _search(asked, [one.id for one in clinics])
    found = find_patients(asked.desk, search)
    asked.read("patients", patients=len(found.faces))
    nurses = {
        one.id: one.name
        for clinic in clinics
        for one in caring.list_colleagues(asked.desk.connection, clinic.id, MAY_BE_NAMED)
    }
    return asked.page(
        "patients.html",
        Section.PATIENTS,
        found=found,
        search=search,
        state=asked.query("state") if asked.query("state") in FOLLOWED else "",
        clinics=clinics,
        clinic_names={one.id: one.name for one in clinics},
        nurses=sorted(nurses.items(), key=lambda pair: pair[1].casefold()),
        address_of=lambda page: f"/patients?{urlencode([*_kept(asked), ('page', page)])}",
    )


def _search(asked: Asked, clinic_ids: Sequence[str]) -> Search:
    """What the address asks for; a nurse or a page that there cannot be is left aside."""
    clinic, nurse, page = asked.query("clinic"), asked.query("nurse"), asked.query("page")
    return Search(
        words=" ".join(asked.query("q").split())[:100],
        clinic_id=clinic if clinic in clinic_ids else None,
        is_followed=FOLLOWED.get(asked.query("state"), True),
        nurse_id=_number(nurse),
        page=_number(page) or 1,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _kept(asked: Asked) -> list[tuple[str, str]]:
    return [(name, value) for name in ("q", "clinic", "state", "nurse") if (value := asked.query(name))]


PAGES: Sequence[Page] = (Page("/patients", show=show),)
