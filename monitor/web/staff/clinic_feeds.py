"""Calendars over HTTP: every secret address of a clinic, who fetched from it last, and how to withdraw it."""

from collections.abc import Sequence

from starlette.responses import Response

from db.sealing import list_noted
from monitor.render.staff.values import Section
from monitor.services import addresses
from monitor.services.people import list_clinics, list_people
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page

PURPOSES = (addresses.APPOINTMENTS, addresses.PAGE, addresses.WORKLIST)


def show(asked: Asked) -> Response:
    clinic, purpose, ended = asked.query("clinic"), asked.query("purpose"), bool(asked.query("ended"))
    every = [
        one for one in addresses.list_for(asked.desk, clinic_id=clinic or None)
        if purpose in {"", one.address.purpose} and (ended or one.address.ended_at is None)
    ]  # fmt: skip
    if shown := {one.reference for one in every if one.reference}:
        asked.read("feeds", clinic_id=clinic or None, patients=len(shown))
    return asked.page(
        "clinic_feeds.html", Section.CLINIC, found=list(reversed(every)), clinics=list_clinics(asked.desk),
        clinic=clinic, purpose=purpose, purposes=PURPOSES, ended=ended, zone=asked.zone,
        owners={one.id: one.name for one in list_people(asked.desk)},
        treatments=addresses.list_treatments_of(asked.desk, every),
    )  # fmt: skip


def show_one(asked: Asked) -> Response:
    """The one address, before it is withdrawn: nothing brings it back."""
    address = addresses.get_address(asked.desk, asked.number("feed_id"))
    listed = next(one for one in addresses.list_for(asked.desk) if one.address.id == address.id)
    if listed.reference:
        asked.read("feed", clinic_id=address.clinic_id)
    return asked.page("clinic_feed.html", Section.CLINIC, one=listed, zone=asked.zone)


def revoke(asked: Asked) -> Response:
    reason = asked.form.line("clinic_reason", longest=500, required=True)
    asked.form.finish()
    addresses.revoke(asked.desk, asked.number("feed_id"), reason=reason)
    return asked.back("/clinic/feeds", *list_noted(asked.desk.connection))


PAGES: Sequence[Page] = (
    Page("/clinic/feeds", show=show, needs=Needs.ADMIN),
    Page("/clinic/feeds/{feed_id:int}", show=show_one, act=revoke, needs=Needs.ADMIN),
)
