"""Enrolling: patients, their treatments, and the infusions that everything is counted from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from db import patients, people, tables
from db.dossiers import Detail, Dossier, get_dossier
from db.facts import add_fact, void_fact
from db.patients import Patient, Treatment
from monitor.services import approving
from monitor.services.changing import Change, change
from monitor.services.desk import Desk
from schedules.errors import Conflict, NotFound, Unacceptable
from schedules.model import Infusion

NOTHING_KNOWN = Detail()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is needed to follow a patient: a clinic, a reference, and the protocol of the treatment.

    `followed_here_from` is the day from which this clinic answers for the checks; None: from the beginning.
    """

    clinic_id: str
    reference: str
    protocol_id: str
    overlay_ids: Sequence[str] = ()
    detail: Detail = NOTHING_KNOWN
    infusions: Sequence[Infusion] = ()
    followed_here_from: date | None = None


def enrol(desk: Desk, enrolment: Enrolment, *, reason: str | None = None) -> tuple[int, Change]:
    """Add a patient with a treatment and its infusions; returns the treatment's id and the first plan.

    Refuses a reference that is taken, an unknown clinic, a protocol that is not approved (NeedsApproval), and
    infusions that cannot be.
    """
    desk.require_writer()
    if not desk.may_see(enrolment.clinic_id) or people.find_clinic(desk.connection, enrolment.clinic_id) is None:
        raise NotFound(
            f"There is no clinic '{enrolment.clinic_id}' among yours.", code="clinic-unknown",
            clinic=enrolment.clinic_id,
        )  # fmt: skip
    if patients.find_patient(desk.connection, enrolment.reference):
        raise Conflict(
            f"The reference '{enrolment.reference}' is already in the record.",
            "Use `monitor patient show` to see it, or choose another reference.",
            code="reference-taken", reference=enrolment.reference,
        )  # fmt: skip
    patient_id = patients.add_patient(
        desk.connection, clinic_id=enrolment.clinic_id, reference=enrolment.reference, at=desk.at
    )
    _add_detail(desk, patient_id, enrolment.detail, reason)
    return start_treatment(desk, patient_id, enrolment, reason=reason)


def start_treatment(
    desk: Desk, patient_id: int, enrolment: Enrolment, *, reason: str | None = None
) -> tuple[int, Change]:
    """Put a known patient under a protocol: a first treatment, or one that follows another."""
    fingerprint = approving.get_approved(desk, enrolment.protocol_id)
    overlays = [approving.get_approved(desk, one) for one in enrolment.overlay_ids]
    today = desk.today[enrolment.clinic_id]
    refuse_impossible(enrolment.infusions, born_on=enrolment.detail.born_on, today=today)
    treatment_id = patients.add_treatment(
        desk.connection, patient_id=patient_id, clinic_id=enrolment.clinic_id, at=desk.at
    )

    def enter() -> None:
        add_fact(
            desk.connection, tables.assignment, treatment_id, stamp=desk.stamp(reason=reason),
            fingerprint=fingerprint, overlays=overlays, followed_here_from=enrolment.followed_here_from,
        )  # fmt: skip
        for infusion in enrolment.infusions:
            _add_infusion(desk, treatment_id, infusion, reason)

    subject = f"{enrolment.reference}: {enrolment.protocol_id}"
    return treatment_id, change(desk, treatment_id, "enrol", enter, subject=subject, reason=reason)


def add_infusions(
    desk: Desk,
    treatment_id: int,
    infusions: Sequence[Infusion],
    *,
    reason: str,
    preview: bool = False,
    confirmed: bool = False,
    expected_revision: int | None = None,
) -> Change:
    """Add infusion days. A planned day that is now given is confirmed by the same call."""
    dossier = get_dossier(desk.connection, treatment_id)
    refuse_added(dossier, infusions, today=desk.today[dossier.clinic_id])
    known = {infusion.infused_on: entered.row_id for infusion, entered in dossier.infusions}

    def enter() -> None:
        for infusion in infusions:
            _add_infusion(desk, treatment_id, infusion, reason, replaces_id=known.get(infusion.infused_on))

    return change(
        desk, treatment_id, "infusion add", enter, subject=_days(infusions), reason=reason, preview=preview,
        confirmed=confirmed, expected_revision=expected_revision,
    )  # fmt: skip


def refuse_added(dossier: Dossier, infusions: Sequence[Infusion], *, today: date) -> None:
    """Refuse days that cannot be, and days that the record has already and that nobody confirms."""
    refuse_impossible(infusions, born_on=dossier.detail.born_on, today=today)
    known = {infusion.infused_on: infusion for infusion in dossier.given_and_planned}
    for infusion in infusions:
        if infusion.infused_on in known and not _confirms(known[infusion.infused_on], infusion):
            raise _known_already(dossier, infusion.infused_on)


def correct_infusion(
    desk: Desk,
    treatment_id: int,
    day: date,
    *,
    becomes: Infusion | None,
    reason: str,
    preview: bool = False,
    confirmed: bool = False,
    expected_revision: int | None = None,
) -> Change:
    """Give an infusion another day, or withdraw it (`becomes` None). The old entry stays in the record."""
    return correct_infusions(
        desk, treatment_id, {day: becomes}, reason=reason, preview=preview, confirmed=confirmed,
        expected_revision=expected_revision,
    )  # fmt: skip


def correct_infusions(
    desk: Desk,
    treatment_id: int,
    becomes: Mapping[date, Infusion | None],
    *,
    reason: str,
    preview: bool = False,
    confirmed: bool = False,
    expected_revision: int | None = None,
) -> Change:
    """Give several infusions other days in one act, such as a course that was put off; None withdraws one."""
    dossier = get_dossier(desk.connection, treatment_id)
    refuse_corrected(dossier, becomes, today=desk.today[dossier.clinic_id])
    rows = {infusion.infused_on: entered.row_id for infusion, entered in dossier.infusions}

    def enter() -> None:
        for day, new in becomes.items():
            if new is None:
                void_fact(desk.connection, tables.infusion, rows[day], stamp=desk.stamp(reason=reason))
            else:
                _add_infusion(desk, treatment_id, new, reason, replaces_id=rows[day])

    told = [f"{day} -> {new.infused_on}" if new else f"{day} withdrawn" for day, new in sorted(becomes.items())]
    return change(
        desk, treatment_id, "infusion correct", enter, subject=", ".join(told), reason=reason, preview=preview,
        confirmed=confirmed, expected_revision=expected_revision,
    )  # fmt: skip


def refuse_corrected(dossier: Dossier, becomes: Mapping[date, Infusion | None], *, today: date) -> None:
    """Refuse days that the record lacks, days that cannot be, and two infusions on one day."""
    known = {infusion.infused_on for infusion in dossier.given_and_planned}
    for day in becomes:
        if day not in known:
            days = ", ".join(map(str, sorted(known)))
            raise NotFound(
                f"'{dossier.reference}' has no infusion on {day}.", f"The record has: {days}.",
                code="infusion-unknown", day=day,
            )  # fmt: skip
    new = [one for one in becomes.values() if one]
    refuse_impossible(new, born_on=dossier.detail.born_on, today=today)
    for one in new:
        if one.infused_on in known - becomes.keys():
            raise _known_already(dossier, one.infused_on)


def change_detail(
    desk: Desk, treatment_id: int, detail: Detail, *, reason: str, preview: bool = False, confirmed: bool = False
) -> Change:
    """Change what is known about the patient; a rule that depends on sex or age follows at once."""
    dossier = get_dossier(desk.connection, treatment_id)
    refuse_impossible(dossier.given_and_planned, born_on=detail.born_on, today=desk.today[dossier.clinic_id])
    return change(
        desk, treatment_id, "patient change", lambda: _add_detail(desk, dossier.patient_id, detail, reason),
        reason=reason, preview=preview, confirmed=confirmed,
    )  # fmt: skip


def assign(
    desk: Desk,
    treatment_id: int,
    *,
    fingerprint: str | None = None,
    overlays: Sequence[str] | None = None,
    followed_here_from: date | None = None,
    reason: str,
    preview: bool = False,
    confirmed: bool = False,
) -> Change:
    """Put a treatment under another protocol version, other overlays, or another day of taking over."""
    old = get_dossier(desk.connection, treatment_id).assignment

    def enter() -> None:
        add_fact(
            desk.connection, tables.assignment, treatment_id, stamp=desk.stamp(reason=reason),
            fingerprint=fingerprint or old.fingerprint,
            overlays=list(old.overlays if overlays is None else overlays),
            followed_here_from=followed_here_from or old.followed_here_from,
        )  # fmt: skip

    return change(desk, treatment_id, "assign", enter, reason=reason, preview=preview, confirmed=confirmed)


def get_patient(desk: Desk, reference: str) -> Patient:
    """The patient of that reference; one in another clinic is as unknown as one that does not exist."""
    patient = patients.find_patient(desk.connection, reference)
    if patient is None or not desk.may_see(patient.clinic_id):
        raise NotFound(
            f"There is no patient '{reference}' in your clinics.", "Check the reference.", code="patient-unknown"
        )
    return patient


def get_treatment_id(desk: Desk, reference: str, treatment_id: int | None = None) -> int:
    """The treatment that is meant: the one named, or the patient's latest."""
    patient = get_patient(desk, reference)
    ids = [one.id for one in patients.list_treatments(desk.connection, patient_id=patient.id)]
    if treatment_id is not None and treatment_id not in ids:
        raise NotFound(f"'{reference}' has no treatment {treatment_id}.", f"It has: {', '.join(map(str, ids))}.")
    if not ids:
        raise NotFound(f"'{reference}' has no treatment yet.", "Add one with `monitor patient add`.")
    return treatment_id or ids[-1]


def get_own_treatment(desk: Desk, treatment_id: int) -> Treatment:
    """The treatment; one in another clinic is as unknown as one that does not exist."""
    for treatment in patients.list_treatments(desk.connection, ids=[treatment_id]):
        if desk.may_see(treatment.clinic_id):
            return treatment
    raise NotFound(f"There is no treatment {treatment_id} in your clinics.", code="treatment-unknown")


def find_impossible(infusions: Iterable[Infusion], *, born_on: date | None, today: date) -> Iterator[tuple[str, date]]:
    """Days that cannot be, each with the code of what is wrong: still to come, before birth, or named twice."""
    seen: set[date] = set()
    for infusion in infusions:
        day = infusion.infused_on
        if not infusion.planned and day > today:
            yield "infusion-to-come", day
        if born_on and day < born_on:
            yield "infusion-before-birth", day
        if day in seen:
            yield "infusion-twice", day
        seen.add(day)


IMPOSSIBLE = {
    "infusion-to-come": "lies in the future and cannot have been given",
    "infusion-before-birth": "lies before the birth date",
    "infusion-twice": "is named twice",
}


def refuse_impossible(infusions: Iterable[Infusion], *, born_on: date | None, today: date) -> None:
    """Refuse days that cannot be, all of them at once."""
    faults = list(find_impossible(infusions, born_on=born_on, today=today))
    if faults:
        told = "; ".join(f"{day} {IMPOSSIBLE[code]}" for code, day in faults)
        first = faults[0][0]
        raise Unacceptable(
            f"These infusion days cannot be: {told}.",
            "Correct the days, or add those to come as planned (--planned).",
            code=first, days=[day for code, day in faults if code == first],
        )  # fmt: skip


def _add_detail(desk: Desk, patient_id: int, detail: Detail, reason: str | None) -> None:
    add_fact(
        desk.connection, tables.detail, patient_id, stamp=desk.stamp(reason=reason), name=detail.name,
        born_on=detail.born_on, sex=detail.sex.value if detail.sex else None, language=detail.language,
        contact=detail.contact,
    )  # fmt: skip


def _add_infusion(
    desk: Desk, treatment_id: int, infusion: Infusion, reason: str | None, *, replaces_id: int | None = None
) -> None:
    add_fact(
        desk.connection, tables.infusion, treatment_id, stamp=desk.stamp(reason=reason), replaces_id=replaces_id,
        infused_on=infusion.infused_on, is_planned=infusion.planned, course=infusion.course,
    )  # fmt: skip


def _confirms(known: Infusion, new: Infusion) -> bool:
    return known.planned and not new.planned


def _known_already(dossier: Dossier, day: date) -> Conflict:
    return Conflict(
        f"An infusion on {day} is already in the record of '{dossier.reference}'.",
        "Use `monitor infusion correct` if it is wrong.",
        code="infusion-known", day=day,
    )  # fmt: skip


def _days(infusions: Iterable[Infusion]) -> str:
    return ", ".join(f"{one.infused_on}{' planned' if one.planned else ''}" for one in infusions)
