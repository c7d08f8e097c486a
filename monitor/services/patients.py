"""Patients: what is changed of a patient, and of the infusion days of a treatment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from db import patients
from monitor.services import enrolling
from monitor.services.changing import Change, change
from monitor.services.desk import Desk
from monitor.services.dossiers import get_dossier
from schedules.errors import Conflict, NotFound
from schedules.model import Infusion
from schedules.protocol import Protocol


def change_patient(
    desk: Desk,
    treatment_id: int,
    changes: Mapping[str, Any],
    *,
    reason: str,
    preview: bool = False,
    confirmed: bool = False,
) -> Change:
    """Change some of what is known about a patient and leave the rest as it is."""
    dossier = get_dossier(desk, treatment_id)
    changed = enrolling.change_detail(
        desk, treatment_id, replace(dossier.detail, **changes), reason=reason, preview=preview, confirmed=confirmed
    )
    for other in patients.list_treatments(desk.connection, patient_id=dossier.patient_id):
        if other.id != treatment_id and not preview:
            # Sex and age are the patient's, so every treatment is planned again.
            change(desk, other.id, "patient change", lambda: None, reason=reason, confirmed=confirmed)
    return changed


def get_protocol(desk: Desk, treatment_id: int) -> Protocol:
    """The protocol that a treatment follows, as its clinic runs it."""
    dossier = get_dossier(desk, treatment_id)
    return desk.rulebook.get(desk.connection, dossier.assignment, dossier.clinic_id)


def get_planned(desk: Desk, treatment_id: int, days: Sequence[date]) -> list[Infusion]:
    """The planned infusions of these days, as given; refuses a day that was not planned."""
    known = {one.infused_on: one for one in get_dossier(desk, treatment_id).given_and_planned}
    planned = [str(one.infused_on) for one in known.values() if one.planned]
    for day in days:
        if day not in known:
            raise NotFound(
                f"No infusion is planned on {day}.",
                f"Planned: {', '.join(planned) or 'none'}. Use `monitor infusion add` for a day that was not planned.",
                code="infusion-not-planned", day=day,
            )  # fmt: skip
        if not known[day].planned:
            raise Conflict(
                f"The infusion of {day} is already recorded as given.", "Nothing needs to be done.",
                code="infusion-given", day=day,
            )  # fmt: skip
    return [replace(known[day], planned=False) for day in days]


def move_infusion(
    desk: Desk,
    treatment_id: int,
    day: date,
    to_day: date | None,
    *,
    reason: str,
    preview: bool = False,
    confirmed: bool = False,
    expected_revision: int | None = None,
) -> Change:
    """Give an infusion another day, planned or given as it was; without a day, withdraw it."""
    known = {one.infused_on: one for one in get_dossier(desk, treatment_id).given_and_planned}
    becomes = None
    if to_day and day in known:
        becomes = replace(known[day], infused_on=to_day)
    return enrolling.correct_infusion(
        desk, treatment_id, day, becomes=becomes, reason=reason, preview=preview, confirmed=confirmed,
        expected_revision=expected_revision,
    )  # fmt: skip
