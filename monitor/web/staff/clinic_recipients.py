"""Recipients over HTTP: who gets the digest, whether they confirmed it, and who stands in while they are away."""

from collections.abc import Sequence

from starlette.responses import Response

from db.people import Actor
from db.sealing import list_noted
from monitor.render.staff.values import Section
from monitor.services import recipients
from monitor.services.confirming import resend_code
from monitor.services.covering import add_cover, list_covers, undo_cover
from monitor.services.people import list_clinics, list_people
from monitor.services.recipients import Choices, Listed, list_recipients
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from schedules.errors import NotFound

LANGUAGES = ("en", "de")


def show_all(asked: Asked) -> Response:
    found = list_recipients(asked.desk)
    getting = {one.recipient.person_id for one in found}
    return asked.page(
        "clinic_recipients.html", Section.CLINIC, found=found, covers=list_covers(asked.desk), zone=asked.zone,
        people=[one for one in list_people(asked.desk) if one.id not in getting and not one.is_disabled],
        clinics=list_clinics(asked.desk), language=asked.program.config.language,
        names={one.login: one.name for one in list_people(asked.desk)},
    )  # fmt: skip


def add(asked: Asked) -> Response:
    form = asked.form
    login = form.choice("digest_login", [one.login for one in list_people(asked.desk)])
    choices = _choices(asked)
    form.finish()
    recipients.add_recipient(asked.desk, asked.program.config, login, choices)
    return asked.back("/clinic/recipients", *list_noted(asked.desk.connection))


def show_one(asked: Asked) -> Response:
    listed = _get(asked)
    others = [one.recipient for one in list_recipients(asked.desk) if one.recipient.is_confirmed]
    return asked.page(
        "clinic_recipient.html", Section.CLINIC, one=listed.recipient, sent_at=listed.sent_at, zone=asked.zone,
        clinics=[one for one in list_clinics(asked.desk) if one.id in _person_of(asked, listed).clinic_ids],
        covers=[one for one in list_covers(asked.desk) if one.login == listed.recipient.login],
        deputies=[one for one in others if one.login != listed.recipient.login],
        only=asked.request.url.path.rpartition("/")[2] if asked.refusal else "",
    )  # fmt: skip


def change(asked: Asked) -> Response:
    listed, choices = _get(asked), _choices(asked)
    asked.form.finish()
    recipients.change_recipient(asked.desk, asked.program.config, listed.recipient.login, choices)
    return _back(asked)


def resend(asked: Asked) -> Response:
    resend_code(asked.desk, asked.program.config, _get(asked).recipient.login)
    return _back(asked)


def leave(asked: Asked) -> Response:
    listed = _get(asked)
    reason = asked.form.line("clinic_reason", longest=500, required=True)
    asked.form.finish()
    recipients.leave(asked.desk, listed.recipient.login, reason=reason)
    return asked.back("/clinic/recipients", *list_noted(asked.desk.connection))


def cover(asked: Asked) -> Response:
    form, login = asked.form, _get(asked).recipient.login
    from_on, until_on = form.day("cover_from"), form.day("cover_until")
    deputy, why = form.line("deputy", longest=80) or None, form.line("clinic_reason", longest=500) or None
    form.finish()
    assert from_on is not None
    assert until_on is not None
    add_cover(asked.desk, login, from_on=from_on, until_on=until_on, deputy=deputy, reason=why)
    return _back(asked)


def show_cover(asked: Asked) -> Response:
    cover_id = asked.number("cover_id")
    found = next((one for one in list_covers(asked.desk) if one.cover.id == cover_id), None)
    if found is None:
        raise NotFound(f"There is no cover {cover_id} that still holds.", code="cover-gone")
    return asked.page("clinic_cover.html", Section.CLINIC, one=found)


def take_cover_back(asked: Asked) -> Response:
    reason = asked.form.line("clinic_reason", longest=500, required=True)
    asked.form.finish()
    undo_cover(asked.desk, asked.number("cover_id"), reason=reason)
    return asked.back("/clinic/recipients", *list_noted(asked.desk.connection))


def _get(asked: Asked) -> Listed:
    """The recipient of the address, by the person's number."""
    person_id = asked.number("person_id")
    found = next((one for one in list_recipients(asked.desk) if one.recipient.person_id == person_id), None)
    if found is None:
        raise NotFound(f"Person {person_id} gets no digest.", code="recipient-gone")
    return found


def _person_of(asked: Asked, listed: Listed) -> Actor:
    return next(one for one in list_people(asked.desk) if one.id == listed.recipient.person_id)


def _choices(asked: Asked) -> Choices:
    form = asked.form
    return Choices(
        address=form.line("digest_address", longest=254, required=True),
        home=form.choice("home", [one.id for one in list_clinics(asked.desk)]),
        clinics=[one for one in form.all("covered_clinic") if one],
        language=form.choice("digest_language", LANGUAGES),
        is_weekly=form.ticked("weekly"),
        attaches_worklist=form.ticked("attached"),
        is_physician=form.ticked("physician"),
    )


def _back(asked: Asked) -> Response:
    return asked.back(f"/clinic/recipients/{asked.number('person_id')}", *list_noted(asked.desk.connection))


PAGES: Sequence[Page] = (
    Page("/clinic/recipients", show=show_all, act=add, needs=Needs.ADMIN),
    Page("/clinic/recipients/{person_id:int}", show=show_one, act=change, needs=Needs.ADMIN),
    Page("/clinic/recipients/{person_id:int}/code", act=resend, again=show_one, needs=Needs.ADMIN),
    Page("/clinic/recipients/{person_id:int}/leave", act=leave, again=show_one, needs=Needs.ADMIN),
    Page("/clinic/recipients/{person_id:int}/cover", act=cover, again=show_one, needs=Needs.ADMIN),
    Page("/clinic/covers/{cover_id:int}", show=show_cover, act=take_cover_back, needs=Needs.ADMIN),
)
