"""Invents what makes a patient somebody's patient: a nurse, days that suit, days away, answers; and closed days."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from db.dossiers import Preference
from examples.acting import ADA, BEA, DORA, IN_FOLLOW_UP, nurse_of
from examples.inventing import Phase
from examples.make_clinic import Group
from examples.performing import on_day
from examples.sampling import Story
from examples.setting_up import ADMINISTRATOR
from monitor.bootstrap import Program
from monitor.services import caring, clinics, preferring, screening, telling_away
from monitor.services.desk import Desk
from monitor.services.enrolling import get_own_treatment, get_patient, get_treatment_id
from monitor.services.suggesting import follow_all

PLACES = ("Laboratory at the Mill (invented)", "Practice Dr. Beispiel (invented)")
PRACTITIONER = "Dr. Petra Beispiel\nBeispielstraße 1\n00000 Beispielstadt"
ANSWERED = {
    "twelve-months-apart": ("yes", None),
    "samples-within-30-days": ("yes", None),
    "ecg-done": ("yes", "sinus rhythm, 64 a minute"),
    "blood-pressure-measured": ("yes", "124/78"),
    "mri-before-course": ("unknown", "asked for"),
}
FEVER = {"infection-signs": ("yes", "a cold since the weekend; comes again on Monday")}


def care(program: Program, group: Group) -> None:
    """All of it as it was entered in the last days, by those who would enter it."""
    yesterday = on_day(program, group.today - timedelta(days=1))
    for login in (ADA, BEA):
        with yesterday.writing(login) as desk:
            _care_for_own(desk, _of_nurse(group, login), group.today)
    with yesterday.writing(DORA) as desk:
        _answer_before_course(desk, group)
    with yesterday.writing(ADMINISTRATOR) as desk:
        christmas = date(group.today.year, 12, 24)
        clinics.close(desk, "north", from_on=christmas, until_on=christmas + timedelta(days=8), name="Christmas")
        training = _weekday(group.today + timedelta(days=17))
        clinics.close(desk, "south", from_on=training, until_on=training, name="Training day")
    for clinic_id in ("north", "south"):
        follow_all(yesterday.writing_for_program, clinic_id)


def _of_nurse(group: Group, login: str) -> Sequence[Story]:
    """Two of three patients have a nurse of their own."""
    own = (story for story in group.stories if nurse_of(story.patient) == login)
    return [story for place, story in enumerate(own) if place % 3]


def _care_for_own(desk: Desk, stories: Iterable[Story], today: date) -> None:
    followed = 0
    for story in stories:
        reference = story.patient.reference
        patient = get_patient(desk, reference)
        caring.name_nurse(desk, patient.id, desk.actor.id)
        if story.patient.phase not in IN_FOLLOW_UP:
            continue
        followed += 1
        if followed % 4 == 1:
            weekdays = (1, 3) if followed % 8 == 1 else (0, 1, 4)
            preferring.prefer(desk, patient.id, Preference(PLACES[followed % 2], weekdays, PRACTITIONER))
        if followed % 7 == 2:
            from_on = today + timedelta(days=3 + followed)
            telling_away.tell_away(desk, patient.id, from_on, from_on + timedelta(days=9))


def _answer_before_course(desk: Desk, group: Group) -> None:
    """For those whose second course is planned; one of them has a cold, which the page shows and nobody decides."""
    waiting = [one for one in group.stories if one.patient.phase in {Phase.BETWEEN, Phase.UNCONFIRMED}]
    planned = [one for one in waiting if any(infusion.planned for infusion in one.patient.infusions)]
    for place, story in enumerate(planned[:4]):
        treatment = get_own_treatment(desk, get_treatment_id(desk, story.patient.reference))
        said = ANSWERED | FEVER if place == 1 else ANSWERED
        answers = {screening.Place("before-each-course", question): told for question, told in said.items()}
        screening.answer(desk, treatment.id, 2, answers)


def _weekday(day: date) -> date:
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
