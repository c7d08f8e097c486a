"""Caring: whose patient it is, so that a nurse finds her own first; it hides nobody from the others."""

from db import caring, patients, tables
from db.facts import add_fact, void_fact
from monitor.services.changing import Change, change
from monitor.services.desk import Desk
from schedules.errors import Conflict, NotFound, Unacceptable

MAY_BE_NAMED = ("nurse", "clinician", "admin")


def name_nurse(
    desk: Desk, patient_id: int, nurse_id: int | None, *, expected_revision: int | None = None
) -> Change:  # fmt: skip
    """Say whose patient it is; None says that it is nobody's. The last word holds.

    Refuses a patient of another clinic, whoever does not work at the patient's, and (Conflict) what stands there
    already.
    """
    desk.require_writer()
    treatments = [
        one for one in patients.list_treatments(desk.connection, patient_id=patient_id) if desk.may_see(one.clinic_id)
    ]
    if not treatments:
        raise NotFound(f"There is no patient {patient_id} in your clinics.", code="patient-unknown")
    treatment = treatments[-1]
    patients.lock_treatment(desk.connection, treatment.id)
    colleagues = {one.id: one for one in caring.list_colleagues(desk.connection, treatment.clinic_id, MAY_BE_NAMED)}
    if nurse_id is not None and nurse_id not in colleagues:
        raise Unacceptable(
            f"Nobody of that number works at '{treatment.clinic_id}'.", "Name somebody of the clinic.",
            code="nurse-elsewhere",
        )  # fmt: skip
    known = caring.find_nurse(desk.connection, patient_id)
    if nurse_id == (known.nurse_id if known else None):
        raise Conflict(
            f"This stands there already for '{treatment.reference}'.", "Nothing needs to be done.", code="nurse-same"
        )

    def enter() -> None:
        if nurse_id is None:
            assert known is not None  # nobody becomes nobody: refused above
            void_fact(desk.connection, tables.named_nurse, known.id, stamp=desk.stamp())
        else:
            add_fact(
                desk.connection, tables.named_nurse, patient_id, stamp=desk.stamp(), nurse_id=nurse_id,
                replaces_id=known.id if known else None,
            )  # fmt: skip

    subject = colleagues[nurse_id].login if nurse_id is not None else "nobody"
    return change(desk, treatment.id, "named nurse", enter, subject=subject, expected_revision=expected_revision)


def list_patients_of(desk: Desk, person_id: int) -> set[int]:
    """The patients, of those that the desk may see, whose named nurse a person is."""
    return caring.list_patients_of(desk.connection, person_id, sorted(desk.actor.clinic_ids))
