"""Enrolling over HTTP: a form with several courses, the plan that would follow, and then the patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from starlette.responses import Response

from db.dossiers import Detail
from monitor.render.staff.course_preview import title_of
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.people import list_clinics
from monitor.services.prospects import Choice, Prospect, find_faults, foresee_enrolment, list_alike, list_choices
from monitor.web.staff import import_pages
from monitor.web.staff.asking import Asked
from monitor.web.staff.course_details import read_detail
from monitor.web.staff.course_previewing import Kept
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.forms import Form
from schedules.errors import Refusal
from schedules.model import Check, Infusion

FEWEST_COURSES, MOST_COURSES, MOST_DAYS = 2, 10, 31
STANDINGS = ("by-day", "given", "planned")
NAMED = 8
"""How many checks the preview names of each kind; it counts them all."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that can be read, with the plan that would follow; `mark` tells one from another."""

    enrolment: Enrolment
    prospect: Prospect
    mark: str


def show(asked: Asked) -> Response:
    """The form; after a refusal once more with the preview, where what stands in it can be planned."""
    sent = None
    if asked.refusal is not None:
        try:
            sent = _read(asked, Form(asked.form.fields))
        except Refusal:
            sent = None  # the refusal that is shown already says why there is no plan
    return _page(asked, sent)


def act(asked: Asked) -> Response:
    """One more course, or the preview, which writes nothing; then what was looked at is saved."""
    asked.desk.require_writer()
    form = asked.form
    if form.get("step") == "more":
        return _page(asked, None, more=1)
    sent = _read(asked, form)
    if form.get("step") != "save" or form.get("looked") != sent.mark:
        return _page(asked, sent)
    treatment_id, change = enrol(asked.desk, sent.enrolment)
    return asked.back(f"/treatments/{treatment_id}", change.deed_id)


def _read(asked: Asked, form: Form) -> Sent:
    """Everything that is wrong, at its field. Refuses (Incomplete) then, and what cannot be planned."""
    choices = list_choices(asked.desk)
    clinic_id = form.choice("clinic", [one.id for one in list_clinics(asked.desk)])
    reference = form.line("reference", longest=80, required=True)
    protocol_id = form.choice("protocol", [one.id for one in choices if not one.is_overlay])
    known = {one.id for one in choices if one.is_overlay}
    overlays = tuple(one for one in dict.fromkeys(form.all("overlay")) if one in known)
    detail = read_detail(asked, form)
    infusions, places = _read_courses(asked, form, clinic_id)
    followed = form.day("followed_here_from", required=False)
    enrolment = Enrolment(clinic_id, reference, protocol_id, overlays, detail, infusions, followed)
    if clinic_id:
        _judge(asked, form, enrolment, choices, places)
    form.finish()
    prospect = foresee_enrolment(asked.desk, enrolment)
    told = (enrolment, prospect.outcome.plan.ends_on, asked.desk.today[clinic_id], prospect.protocol.version)
    return Sent(enrolment, prospect, sha256(repr(told).encode()).hexdigest()[:16])


def _read_courses(asked: Asked, form: Form, clinic_id: str) -> tuple[list[Infusion], dict[date, str]]:
    """The days of all courses, and the field that each came from. A course without a first day is left out."""
    today = asked.desk.today.get(clinic_id, asked.desk.at.date())
    infusions: list[Infusion] = []
    places: dict[date, str] = {}
    for number in range(1, _count(form) + 1):
        first_on = form.day(f"first_on_{number}", required=False)
        if not first_on:
            continue
        days = form.number(f"days_{number}", least=1, most=MOST_DAYS) or 0
        standing = form.choice(f"standing_{number}", STANDINGS)
        for day in (first_on + timedelta(days=one) for one in range(days)):
            infusions.append(Infusion(day, day > today if standing == "by-day" else standing == "planned"))
            places[day] = f"first_on_{number}"
    return infusions, places


def _judge(
    asked: Asked, form: Form, enrolment: Enrolment, choices: Sequence[Choice], places: dict[date, str]
) -> None:  # fmt: skip
    """Say at their fields what the service would refuse."""
    say = speaker(asked.language)
    troubled = {one.field for one in form.troubles}
    days_of: dict[tuple[str, str], list[date]] = {}
    for part, code, days in find_faults(asked.desk, enrolment, choices):
        field = places[days[0]] if part == "infusions" else part
        days_of.setdefault((field, code), []).extend(days)
    for (field, code), found in days_of.items():
        if field not in troubled:
            form.complain(field, code, days=", ".join(say.day(one) for one in found))


def _count(form: Form) -> int:
    """How many courses the form has room for."""
    sent = form.get("courses")
    wanted = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else FEWEST_COURSES
    return min(max(wanted, FEWEST_COURSES), MOST_COURSES)


def _page(asked: Asked, sent: Sent | None, *, more: int = 0) -> Response:
    choices = list_choices(asked.desk)
    say = speaker(asked.language)
    clinics = list_clinics(asked.desk)
    protocols = [one for one in choices if not one.is_overlay]
    choose = [("", say("enrol-choose"))]
    return asked.page(
        "enrol.html", Section.PATIENTS, kept=Kept(asked.form), protocols=protocols,
        clinic_options=(choose if len(clinics) > 1 else []) + [(one.id, one.name) for one in clinics],
        protocol_options=(choose if len(protocols) > 1 else [])
        + [(one.id, f"{say.text(one.title)} ({one.id} {one.version})") for one in protocols],
        overlays=[one for one in choices if one.is_overlay],
        titles={one.id: say.text(one.title) for one in choices},
        courses=min(_count(asked.form) + more, MOST_COURSES), most=MOST_COURSES, detail=Detail(),
        sent=sent, alike=list_alike(asked.desk, sent.enrolment) if sent else _taken(asked),
        pressing=_pressing(sent, asked) if sent else (), named=NAMED,
        today=asked.desk.today[sent.enrolment.clinic_id] if sent else max(asked.desk.today.values()),
        is_new=asked.form.get("step") == "save" and asked.refusal is None,
    )  # fmt: skip


def _taken(asked: Asked) -> Sequence[object]:
    """Whoever has the reference already, so that a refused form can lead there."""
    reference = asked.form.line("reference")
    return list_alike(asked.desk, Enrolment("", reference, "")) if reference else ()


def _pressing(sent: Sent, asked: Asked) -> Sequence[tuple[str, int, Sequence[tuple[str, Check]]]]:
    """Overdue, due and soon: how many, and the first of them with their names."""
    say, prospect = speaker(asked.language), sent.prospect
    found = (("overdue", prospect.overdue), ("due", prospect.due), ("soon", prospect.soon))
    return [
        (kind, len(checks), [(title_of(prospect.protocol, one.rule, say), one) for one in checks[:NAMED]])
        for kind, checks in found
        if checks
    ]


PAGES: Sequence[Page] = (
    Page("/patients/new", show=show, act=act, needs=Needs.WRITE),
    *import_pages.PAGES,
)
