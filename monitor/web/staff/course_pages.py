"""The course of a treatment: infusions with a preview, checklists, details, discharge."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from starlette.responses import Response

from db.dossiers import Dossier, get_dossier
from db.patients import Treatment
from monitor.render.staff.differences import list_changes, list_losses
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services import checklists, deciding, enrolling, patients
from monitor.services.changing import Change, conflict_since
from monitor.services.enrolling import get_own_treatment
from monitor.services.worklist import is_unconfirmed
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page
from monitor.web.staff.previews import Previewed, preview_or
from schedules.errors import NotFound
from schedules.model import Infusion, Settlement
from schedules.planning import group_courses
from schedules.protocol import Sex

TREATMENT = "/treatments/{treatment_id:int}"
KINDS = ("moved", "died", "transferred", "other")
SEXES = ("", "female", "male")
LANGUAGES = ("", "en", "de")


def _own(asked: Asked, what: str) -> tuple[Treatment, Dossier]:
    treatment = get_own_treatment(asked.desk, asked.number("treatment_id"))
    if asked.request.method != "POST":
        asked.read(what, treatment_id=treatment.id, clinic_id=treatment.clinic_id)
    return treatment, get_dossier(asked.desk.connection, treatment.id)


def show_infusions(asked: Asked) -> Response:
    treatment, dossier = _own(asked, "infusions")
    protocol = patients.get_protocol(asked.desk, treatment.id)
    today = asked.desk.today[treatment.clinic_id]
    return asked.page(
        "infusions.html", Section.PATIENTS, treatment=treatment, dossier=dossier, today=today,
        courses=group_courses(dossier.given_and_planned, protocol.courses.gap_days),
        unconfirmed=[one for one in dossier.given_and_planned if is_unconfirmed(one, today)],
    )  # fmt: skip


def change_infusions(asked: Asked) -> Response:
    """Add, confirm, correct or withdraw: shown before it is saved, and saved with a reason."""
    form, (treatment, _) = asked.form, _own(asked, "infusions")
    what = form.choice("what", ("add", "confirm", "correct", "withdraw"))
    days = _days_of(asked, what)
    to_day = form.day("to_day") if what == "correct" else None
    form.finish()

    def act(*, reason: str, preview: bool, confirmed: bool, expected_revision: int | None) -> Change:
        if what in {"correct", "withdraw"}:
            return patients.move_infusion(
                asked.desk, treatment.id, days[0], to_day, reason=reason, preview=preview, confirmed=confirmed,
                expected_revision=expected_revision,
            )  # fmt: skip
        if what == "confirm":
            new = patients.get_planned(asked.desk, treatment.id, days)
        else:
            new = [Infusion(day, planned=form.get("planned") == "yes") for day in days]
        return enrolling.add_infusions(
            asked.desk, treatment.id, new, reason=reason, preview=preview, confirmed=confirmed,
            expected_revision=expected_revision,
        )  # fmt: skip

    return _preview_or_save(asked, treatment, act, f"/treatments/{treatment.id}/infusions", what=what)


def _days_of(asked: Asked, what: str) -> list[date]:
    form = asked.form
    if what == "add":
        first, length = form.day("first_on"), form.number("length", least=1, most=10)
        return [first + timedelta(days=one) for one in range(length)] if first and length else []
    days = []
    for sent in form.all("day"):
        try:
            days.append(date.fromisoformat(sent))
        except ValueError:
            form.complain("day", "day-unreadable")
    if not days:
        form.complain("day", "missing")
    return days


def _preview_or_save(
    asked: Asked, treatment: Treatment, act: Callable[..., Change], back: str, *, what: str
) -> Response:
    """First the preview, which keeps nothing; then, with a reason, the act itself."""
    form, revision = asked.form, _revision(asked)
    if form.get("step") != "save":
        change = act(reason="preview", preview=True, confirmed=True, expected_revision=revision)
        raise Previewed("preview.html", **_told(asked, treatment, change, what=what, back=back))
    reason = form.text("reason", required=True)
    if form.troubles:
        change = act(reason="preview", preview=True, confirmed=True, expected_revision=revision)
        raise Previewed("preview.html", lacks_reason=True, **_told(asked, treatment, change, what=what, back=back))
    done = act(reason=reason, preview=False, confirmed=form.ticked("confirmed"), expected_revision=revision)
    return asked.back(f"/treatments/{treatment.id}", done.deed_id)


def _revision(asked: Asked) -> int | None:
    sent = asked.form.get("revision")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


def _told(asked: Asked, treatment: Treatment, change: Change, *, what: str, back: str) -> dict[str, object]:
    say, protocol = speaker(asked.language), patients.get_protocol(asked.desk, treatment.id)
    return {
        "treatment": treatment,
        "what": what,
        "changes": list_changes(change.difference, protocol, say),
        "untouched": change.difference.untouched,
        "losses": list_losses(change.losses, protocol, say),
        "today": asked.desk.today[treatment.clinic_id],
        "cancel": back,
    }


# --- What is known about the patient ------------------------------------------------------------------


def show_details(asked: Asked) -> Response:
    treatment, dossier = _own(asked, "details")
    return asked.page(
        "details.html", Section.PATIENTS, treatment=treatment, dossier=dossier, sexes=SEXES, languages=LANGUAGES
    )


def change_details(asked: Asked) -> Response:
    form, (treatment, dossier) = asked.form, _own(asked, "details")
    sex, language = form.choice("sex", SEXES), form.choice("language", LANGUAGES)
    changes = {
        "name": form.line("name") or None,
        "born_on": form.day("born_on", required=False),
        "sex": Sex(sex) if sex else None,
        "language": language or None,
        "contact": form.text("contact", longest=500) or None,
    }
    form.finish()

    def act(*, reason: str, preview: bool, confirmed: bool, expected_revision: int | None) -> Change:
        if expected_revision is not None and expected_revision != dossier.revision:
            raise conflict_since(asked.desk, treatment.id, expected_revision)
        return patients.change_patient(
            asked.desk, treatment.id, changes, reason=reason, preview=preview, confirmed=confirmed
        )

    return _preview_or_save(asked, treatment, act, f"/treatments/{treatment.id}/details", what="details")


# --- The end, and the way back ------------------------------------------------------------------------


def show_discharge(asked: Asked) -> Response:
    treatment, dossier = _own(asked, "discharge")
    chart = patients.get_chart(asked.desk, treatment.reference, treatment.id)
    settled = [one for one in chart.outcome.settled if one.settlement is Settlement.OPEN]
    return asked.page(
        "discharge.html", Section.PATIENTS, treatment=treatment, dossier=dossier, lines=chart.lines, kinds=KINDS,
        today=chart.today, open_count=len(settled), is_clinician=asked.desk.actor.role == "clinician",
    )  # fmt: skip


def discharge(asked: Asked) -> Response:
    form, (treatment, _) = asked.form, _own(asked, "discharge")
    kind, on = form.choice("kind", KINDS), form.day("on")
    to, reason = form.line("to", required=kind == "transferred"), form.text("reason", required=True)
    decided_by = form.line("decided_by", required=asked.desk.actor.role != "clinician")
    form.finish()
    assert on is not None
    done = deciding.discharge(
        asked.desk,
        treatment.id,
        on=on,
        kind=kind,
        transferred_to=to or None,
        decided_by=decided_by or None,
        reason=reason,
    )
    return asked.back(f"/treatments/{treatment.id}", done.deed_id)


def show_readmit(asked: Asked) -> Response:
    treatment, dossier = _own(asked, "readmit")
    if dossier.departure is None:
        raise NotFound(f"'{treatment.reference}' is not discharged.")
    return asked.page("readmit.html", Section.PATIENTS, treatment=treatment, dossier=dossier)


def readmit(asked: Asked) -> Response:
    form, (treatment, _) = asked.form, _own(asked, "readmit")
    reason = form.text("reason", required=True)
    form.finish()
    done = deciding.readmit(asked.desk, treatment.id, reason=reason)
    return asked.back(f"/treatments/{treatment.id}", done.deed_id)


# --- Checklists -----------------------------------------------------------------------------------------


def show_checklists(asked: Asked) -> Response:
    treatment, dossier = _own(asked, "checklists")
    protocol = patients.get_protocol(asked.desk, treatment.id)
    courses = group_courses(dossier.given_and_planned, protocol.courses.gap_days)
    answers = checklists.list_answers(asked.desk, treatment.id)
    return asked.page(
        "checklists.html", Section.PATIENTS, treatment=treatment, dossier=dossier, protocol=protocol,
        courses=range(1, max(len(courses), 1) + 1), answers=answers, zone=checklists.zone_of(asked.desk, treatment),
        warnings=checklists.list_warnings(protocol, answers),
    )  # fmt: skip


def answer(asked: Asked) -> Response:
    """All answers of one list for one course; what is unchanged is not entered again."""
    form, (treatment, _) = asked.form, _own(asked, "checklists")
    course = form.number("course", least=1, most=99)
    protocol = patients.get_protocol(asked.desk, treatment.id)
    found = next((one for one in protocol.checklists if one.id == form.get("checklist")), None)
    if found is None:
        raise NotFound("There is no such checklist in the protocol.")
    said = {}
    for question in found.questions:
        word = form.get(f"said-{question.id}")
        if word in checklists.SAID:
            said[question.id] = (word, form.line(f"note-{question.id}", longest=500))
    form.finish()
    assert course is not None
    deed_id = checklists.answer(asked.desk, treatment, found, course=course, said=said)
    return asked.back(f"/treatments/{treatment.id}/checklists", deed_id, place=f"{found.id}-{course}")


PAGES: Sequence[Page] = (
    Page(TREATMENT + "/infusions", show=show_infusions, act=change_infusions, again=preview_or(show_infusions)),
    Page(TREATMENT + "/details", show=show_details, act=change_details, again=preview_or(show_details)),
    Page(TREATMENT + "/discharge", show=show_discharge, act=discharge),
    Page(TREATMENT + "/readmit", show=show_readmit, act=readmit),
    Page(TREATMENT + "/checklists", show=show_checklists, act=answer),
)
