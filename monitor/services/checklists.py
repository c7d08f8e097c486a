"""Checklists: questions before a course or on an infusion day, answered by a person; the clinician decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import people, tables
from db.facts import add_fact, list_facts
from db.history import add_deed
from db.patients import Treatment
from monitor.services.changing import lock
from monitor.services.desk import Desk
from schedules.protocol import Checklist, Protocol, Question

SAID = ("yes", "no", "unknown")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one question for one course, by whom and when."""

    row_id: int
    said: str
    note: str
    login: str
    at: datetime


Answers = Mapping[tuple[str, str, int], Answer]
"""By checklist, question and course, the answer that holds."""


def list_answers(desk: Desk, treatment_id: int) -> Answers:
    """Those that hold; earlier ones stay in the record."""
    logins = people.list_logins(desk.connection)
    rows = list_facts(desk.connection, tables.answer, [treatment_id]).get(treatment_id, [])
    return {
        (row.checklist, row.question, row.course): Answer(
            row.id, row.said, row.note or "", logins.get(row.entered_by, "?"), row.entered_at
        )
        for row in rows
    }


def answer(
    desk: Desk, treatment: Treatment, checklist: Checklist, *, course: int, said: Mapping[str, tuple[str, str]]
) -> int | None:
    """Keep answers with their notes. What holds already is not entered again; the rest replaces what was said before.

    Returns the history's line, or None where nothing is new.
    """
    desk.require_writer()
    lock(desk, treatment.id)
    known = list_answers(desk, treatment.id)
    new = 0
    for question, (word, note) in said.items():
        before = known.get((checklist.id, question, course))
        if before and (before.said, before.note) == (word, note):
            continue
        add_fact(
            desk.connection,
            tables.answer,
            treatment.id,
            stamp=desk.stamp(),
            replaces_id=before.row_id if before else None,
            checklist=checklist.id,
            question=question,
            course=course,
            said=word,
            note=note or None,
        )
        new += 1
    if not new:
        return None
    return add_deed(
        desk.connection,
        at=desk.at,
        person_id=desk.actor.id,
        act="checklist",
        subject=f"{treatment.reference}: {checklist.id}, course {course}",
        clinic_id=treatment.clinic_id,
        details={"answers": new, "treatment": treatment.id},
    )


def list_warnings(protocol: Protocol, answers: Answers) -> Sequence[tuple[Question, int]]:
    """Contraindications and cautions that were answered with yes, and for which course."""
    questions = {(one.id, own.id): own for one in protocol.checklists for own in one.questions}
    return [
        (questions[list_id, question], course)
        for (list_id, question, course), one in sorted(answers.items())
        if one.said == "yes" and (list_id, question) in questions
        if questions[list_id, question].kind in {"contraindication", "caution"}
    ]


def zone_of(desk: Desk, treatment: Treatment) -> str:
    """The time zone of the treatment's clinic."""
    return str(desk.rulebook.zone_of(desk.connection, treatment.clinic_id))
