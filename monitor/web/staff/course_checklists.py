"""Checklists over HTTP: the protocol's questions for a course, with answers that are kept; nothing is blocked."""

from collections.abc import Sequence

from starlette.responses import Response

from db import people
from monitor.render.staff.course_preview import title_of
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services.enrolling import get_own_treatment
from monitor.services.screening import SAID, Place, answer, get_screening
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page

LONGEST_NOTE = 500


def show(asked: Asked) -> Response:
    treatment = get_own_treatment(asked.desk, asked.number("treatment_id"))
    screening = get_screening(asked.desk, treatment.id, _course(asked))
    clinic = people.find_clinic(asked.desk.connection, treatment.clinic_id)
    assert clinic is not None
    say = speaker(asked.language)
    first_rule = {rule.family: rule.id for rule in reversed(screening.protocol.rules)}
    asked.read("checklists", treatment_id=treatment.id, clinic_id=treatment.clinic_id)
    return asked.page(
        "checklists.html", Section.PATIENTS, treatment=treatment, own=f"/treatments/{treatment.id}", clinic=clinic,
        screening=screening, today=asked.desk.today[clinic.id], said=SAID,
        titles={family: title_of(screening.protocol, rule, say) for family, rule in first_rule.items()},
    )  # fmt: skip


def act(asked: Asked) -> Response:
    """Keep what was answered. A question that is left alone stays as it is."""
    treatment = get_own_treatment(asked.desk, asked.number("treatment_id"))
    form = asked.form
    number = form.number("course", least=1, most=20)
    revision = form.number("revision", required=False)
    answers: dict[Place, tuple[str, str | None]] = {}
    for field in form.fields:
        checklist, slash, question = field.partition("/")
        if not slash:
            continue
        question = question.removeprefix("note/")
        note = form.line(f"{checklist}/note/{question}", longest=LONGEST_NOTE)
        said = form.get(f"{checklist}/{question}")
        if said or note:
            answers[Place(checklist, question)] = (said, note or None)
    form.finish()
    assert number
    change = answer(asked.desk, treatment.id, number, answers, expected_revision=revision)
    return asked.back(f"/treatments/{treatment.id}/checklists?course={number}", change.deed_id)


def _course(asked: Asked) -> int | None:
    sent = asked.form.get("course") or asked.query("course")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else None


PAGES: Sequence[Page] = (Page("/treatments/{treatment_id:int}/checklists", show=show, act=act),)
