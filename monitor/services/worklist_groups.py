"""Worklist groups: the worklist as a person at a desk asks for it, by patient and visit, with the names beside it."""

from datetime import date

from db import caring, worklists
from monitor.services.desk import Desk
from monitor.services.enrolling import get_own_treatment
from monitor.services.worklist import SEEN_WITHIN, clinics_of, lines_of_treatment, list_lines
from schedules.grouping import Choice, Chosen, Group, choose_groups, group_lines


def choose(desk: Desk, choice: Choice, *, seen_within: int = SEEN_WITHIN) -> Chosen:
    """The groups of the desk's clinics that are asked for; a clinic of somebody else's leaves none."""
    lines = list_lines(desk, seen_within=seen_within, is_near=True)
    return choose_groups(lines, caring.list_faces(desk.connection, [line.treatment_id for line in lines]), choice)


def find_group(desk: Desk, treatment_id: int, *, seen_within: int = SEEN_WITHIN) -> Group:
    """Everything that presses of one treatment. Refuses (NotFound) one of another clinic."""
    treatment = get_own_treatment(desk, treatment_id)
    face = caring.list_faces(desk.connection, [treatment_id]).get(treatment_id)
    lines = lines_of_treatment(desk, treatment_id, seen_within=seen_within)
    return group_lines(lines, face) or Group(
        treatment.id, treatment.reference, treatment.clinic_id, desk.today[treatment.clinic_id], face, ()
    )


def find_next_due(desk: Desk, clinic: str | None = None) -> date | None:
    """The next day on which something is due at the desk's clinics, where nothing presses."""
    ids = [one.id for one in clinics_of(desk) if clinic in {None, one.id}]
    return worklists.find_next_due(desk.connection, clinic_ids=ids)
