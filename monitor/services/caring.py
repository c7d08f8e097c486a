"""Caring: whose patient somebody is, so that a nurse may look at hers first."""

from collections.abc import Mapping

from db import people, tables
from db.caring import find_named, list_named
from db.facts import add_fact
from db.history import add_deed
from db.patients import Patient
from monitor.services.desk import Desk
from schedules.errors import NotFound


def name_nurse(desk: Desk, patient: Patient, login: str | None) -> int:
    """Say whose patient it is, or (None) that it is nobody's; the earlier entry stays. Returns the history's line."""
    desk.require_writer()
    if not desk.may_see(patient.clinic_id):
        raise NotFound(f"There is no patient '{patient.reference}' in your clinics.")
    nurse = people.find_person(desk.connection, login) if login else None
    if login and (nurse is None or patient.clinic_id not in nurse.clinic_ids):
        raise NotFound(
            f"There is nobody with the login '{login}' in the patient's clinic.", code="nurse-unknown", login=login
        )
    before = find_named(desk.connection, patient.id)
    if nurse is None and before is not None:
        add_fact(
            desk.connection, tables.named_nurse, patient.id, stamp=desk.stamp(), replaces_id=before[0], is_void=True,
            nurse_id=before[1],
        )  # fmt: skip
    elif nurse is not None:
        add_fact(
            desk.connection, tables.named_nurse, patient.id, stamp=desk.stamp(), nurse_id=nurse.id,
            replaces_id=before[0] if before else None,
        )  # fmt: skip
    return add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act="named nurse",
        subject=f"{patient.reference}: {login or 'nobody'}", clinic_id=patient.clinic_id,
    )  # fmt: skip


def list_nurses(desk: Desk) -> Mapping[int, int]:
    """By the id of each patient whose nurse is named, the id of the nurse."""
    return list_named(desk.connection)
