"""Screening: the protocol's checklists with the answers that were given; nothing is blocked by any of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from db import people, tables
from db.dossiers import Dossier, get_dossier
from db.facts import add_fact, list_trail
from monitor.services import enrolling
from monitor.services.changing import Change, change, follow_dossier
from monitor.services.desk import Desk
from schedules.errors import NotFound, Unacceptable
from schedules.model import Course
from schedules.protocol import Checklist, Protocol, Question

SAID = ("yes", "no", "unknown")
BEFORE_TREATMENT = "before-treatment"


class Place(NamedTuple):
    """A question of a checklist."""

    checklist: str
    question: str


class Answer(NamedTuple):
    """What somebody said, when it was entered, and by whom (a login)."""

    said: str
    note: str | None
    entered_by: str
    entered_at: datetime
    row_id: int


@dataclass(frozen=True, slots=True)
class LastSample:
    """When a family's tests were last done, and how long before the course begins; None where nothing is known."""

    family: str
    taken_on: date | None
    days_before: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer in force, and the earlier ones."""

    question: Question
    answer: Answer | None
    earlier: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class List:
    """One checklist as it stands for a course."""

    checklist: Checklist
    questions: Sequence[Asked]

    @property
    def answered(self) -> int:
        return sum(one.answer is not None for one in self.questions)


@dataclass(frozen=True, slots=True)
class Screening:
    """All checklists of one course. `concerns` are questions about contraindications that were answered with yes,
    those before treatment among them; the clinician decides. `samples` are those that the protocol asks for before
    courses, whether or not it asks for them again before this one.
    """

    dossier: Dossier
    protocol: Protocol
    number: int
    numbers: Sequence[int]
    course: Course | None
    """None while no day of it is known."""
    lists: Sequence[List]
    concerns: Sequence[Asked]
    samples: Sequence[LastSample]


def get_screening(desk: Desk, treatment_id: int, number: int | None = None) -> Screening:
    """The checklists for a course, the latest one if none is named. Refuses a course that is too far ahead."""
    enrolling.get_own_treatment(desk, treatment_id)
    dossier = get_dossier(desk.connection, treatment_id)
    protocol, outcome = follow_dossier(desk, dossier)
    courses = {one.number: one for one in outcome.plan.courses}
    numbers = [*courses, max(courses, default=0) + 1]
    wanted = number or max(courses, default=1)
    if wanted not in numbers:
        raise NotFound(f"There is no course {wanted}.", f"There are: {numbers}.", code="course-unknown", course=wanted)
    course = courses.get(wanted)
    answers = _answers(desk, treatment_id)

    def ask(checklist: Checklist, question: Question) -> Asked:
        trail = answers.get((_course_of(checklist, wanted), Place(checklist.id, question.id)), [])
        return Asked(question, trail[-1] if trail else None, trail[:-1])

    every = [List(one, [ask(one, question) for question in one.questions]) for one in protocol.checklists]
    lists = [one for one in every if one.checklist.when != BEFORE_TREATMENT or wanted == min(numbers)]
    concerns = [
        one
        for own in every
        for one in own.questions
        if one.question.kind == "contraindication" and one.answer and one.answer.said == "yes"
    ]
    samples = _last_samples(dossier, protocol, course)
    return Screening(dossier, protocol, wanted, numbers, course, lists, concerns, samples)


def answer(
    desk: Desk,
    treatment_id: int,
    number: int,
    answers: Mapping[Place, tuple[str, str | None]],
    *,
    expected_revision: int | None = None,
) -> Change:
    """Keep answers (and notes) for a course; one that says otherwise than before replaces it.

    Refuses a note without an answer, and when nothing is new.
    """
    screening = get_screening(desk, treatment_id, number)
    known = {Place(own.checklist.id, one.question.id): (own, one) for own in screening.lists for one in own.questions}
    new: list[tuple[Place, str, str | None]] = []
    for place, (said, note) in answers.items():
        if place not in known or said not in {"", *SAID}:
            raise NotFound(f"No checklist asks '{place.question}' before this course.", code="question-unknown")
        if not said:
            text = known[place][1].question.text
            raise Unacceptable("A note needs an answer.", "Say yes, no or unknown.", code="note-alone", question=text)
        old = known[place][1].answer
        if old is None or (old.said, old.note) != (said, note):
            new.append((place, said, note))
    if not new:
        raise Unacceptable("Nothing was answered that is not in the record.", code="nothing-answered")

    def enter() -> None:
        for place, said, note in new:
            own, one = known[place]
            add_fact(
                desk.connection, tables.answer, treatment_id, stamp=desk.stamp(), checklist=place.checklist,
                question=place.question, course=_course_of(own.checklist, number), said=said, note=note,
                replaces_id=one.answer.row_id if one.answer else None,
            )  # fmt: skip

    lists = ", ".join(sorted({place.checklist for place, _, _ in new}))
    return change(
        desk, treatment_id, "answer", enter, subject=f"course {number}: {len(new)} of {lists}"[:200],
        expected_revision=expected_revision,
    )  # fmt: skip


def _course_of(checklist: Checklist, number: int) -> int:
    """What is asked before treatment is asked once, and kept with the first course."""
    return 1 if checklist.when == BEFORE_TREATMENT else number


def _answers(desk: Desk, treatment_id: int) -> dict[tuple[int, Place], list[Answer]]:
    """Every answer by course and question, oldest first."""
    logins = people.list_logins(desk.connection)
    found: dict[tuple[int, Place], list[Answer]] = {}
    for row in list_trail(desk.connection, tables.answer, treatment_id):
        if not row["is_void"]:
            own = found.setdefault((row["course"], Place(row["checklist"], row["question"])), [])
            own.append(
                Answer(row["said"], row["note"], logins.get(row["entered_by"], "?"), row["entered_at"], row["id"])
            )
    return found


def _last_samples(dossier: Dossier, protocol: Protocol, course: Course | None) -> list[LastSample]:
    """The last sample before the course begins, or at all while no day is known, of each family with a baseline."""
    starts_on = course.starts_on if course else None
    found: dict[str, date] = {}
    for sample, _ in dossier.samples:
        if starts_on is None or sample.taken_on <= starts_on:
            found[sample.family] = max(sample.taken_on, found.get(sample.family, date.min))
    told = []
    for family in dict.fromkeys(rule.family for rule in protocol.rules if rule.is_baseline):
        on = found.get(family)
        told.append(LastSample(family, on, (starts_on - on).days if starts_on and on else None))
    return told
