"""A patient's secret addresses: issued here, shown once, and withdrawn."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from monitor.render.site.pages import webcal
from monitor.render.site.qr import draw_qr
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services import addresses
from monitor.services.addresses import PAGE, Issued
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page
from monitor.web.staff.patient_acts import HERE, own
from monitor.web.staff.patient_chart import get_chart
from schedules.errors import NotFound

KINDS = ("both", "page", "calendar")


def show(asked: Asked, issued: Sequence[Issued] = ()) -> Response:
    chart = get_chart(asked)
    asked.read("addresses", treatment_id=chart.dossier.treatment_id)
    public_url = asked.program.config.web.public_url
    say = speaker(asked.language)
    return asked.page(
        "patient_addresses.html",
        Section.PATIENTS,
        chart=chart,
        kinds=KINDS,
        listed=addresses.list_of_patient(asked.desk.connection, chart.dossier.patient_id),
        issued=[
            (one.address, public_url + one.path, draw_qr(_for_camera(public_url, one), say("address-code")))
            for one in issued
        ],
    )


def _for_camera(public_url: str, issued: Issued) -> str:
    """A calendar as webcal, because a camera that opened https would import the days once and never move them."""
    whole = public_url + issued.path
    return whole if issued.address.purpose == PAGE else webcal(whole)


def issue(asked: Asked) -> Response:
    """The answer itself holds the secret: it cannot be shown on another page, since nobody keeps it."""
    form = asked.form
    kind, label = form.choice("address_kind", KINDS), form.line("address_label", longest=100, required=True)
    if kind != "page" and not form.ticked("address_consent"):
        form.complain("address_consent", "consent")
    form.finish()
    own(asked)
    reference = get_chart(asked).dossier.reference
    issued = addresses.issue_to_patient(
        asked.desk, reference, label=label, consented=form.ticked("address_consent"), page=kind != "calendar",
        calendar=kind != "page",
    )  # fmt: skip
    return show(replace(asked, form=type(form)()), issued)


def revoke(asked: Asked) -> Response:
    """Withdraw one address of this patient. Refuses (NotFound) another patient's."""
    form = asked.form
    address_id, reason = next(iter(form.numbers("address")), 0), form.line("address_reason", required=True)
    form.finish()
    own(asked)
    known = addresses.list_of_patient(asked.desk.connection, get_chart(asked).dossier.patient_id)
    if address_id not in {one.address.id for one in known}:
        raise NotFound(f"This patient has no address {address_id}.", code="address-unknown")
    addresses.revoke(asked.desk, address_id, reason=reason)
    return asked.back(f"/treatments/{asked.number('treatment_id')}/addresses")


PAGES: Sequence[Page] = (
    Page(f"{HERE}/addresses", show=show, act=issue),
    Page(f"{HERE}/addresses/withdraw", act=revoke, again=show),
)
