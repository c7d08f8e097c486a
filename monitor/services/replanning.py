"""Re-planning: treatments brought under the newest approved version and today's settings, each by itself."""

from dataclasses import dataclass

from db import protocols
from db.dossiers import Assignment, get_dossier
from monitor.services import approving, enrolling, verifying
from monitor.services.changing import Change, change, lock
from monitor.services.desk import Desk
from schedules.errors import NeedsApproval, NotFound, Unacceptable


@dataclass(frozen=True, slots=True)
class Replanned:
    """What a re-plan did to one patient; `change` is None where nothing was to be done."""

    clinic_id: str
    reference: str
    treatment_id: int
    new_version: str | None
    change: Change | None


def list_treatment_ids(desk: Desk, *, reference: str | None = None, protocol_id: str | None = None) -> list[int]:
    """The treatment of a patient, or all in the person's clinics; with `protocol_id` those that follow it."""
    one = enrolling.get_treatment_id(desk, reference) if reference is not None else None
    ids = verifying.list_treatment_ids(desk) if one is None else [one]
    if protocol_id is None:
        return ids
    marks = {one.fingerprint for one in protocols.list_protocols(desk.connection) if one.protocol_id == protocol_id}
    if not marks:
        raise NotFound(f"No version of '{protocol_id}' is in the record.", "`monitor protocol list` shows them all.")
    return [one for one in ids if _follows(get_dossier(desk.connection, one).assignment, marks)]


def replan(desk: Desk, treatment_id: int, *, reason: str, preview: bool = False, confirmed: bool = False) -> Replanned:
    """Plan one treatment by the newest approved versions of what it follows. Twice is once.

    Refuses (NeedsConfirmation) when a due or overdue check would go, unless `confirmed`.
    """
    if not reason.strip():
        raise Unacceptable("A re-plan needs a reason.", "Say why: a new version, a changed setting.")
    lock(desk, treatment_id)
    dossier = get_dossier(desk.connection, treatment_id)
    old = dossier.assignment
    base, overlays = _newest(desk, old.fingerprint), tuple(_newest(desk, one) for one in old.overlays)
    made: Change | None = None
    moved_on = (base, overlays) != (old.fingerprint, old.overlays)
    if moved_on:
        made = enrolling.assign(
            desk, treatment_id, fingerprint=base, overlays=overlays, reason=reason, preview=preview,
            confirmed=confirmed,
        )  # fmt: skip
    elif _differs(desk, treatment_id):
        made = change(desk, treatment_id, "replan", lambda: None, reason=reason, preview=preview, confirmed=confirmed)
    return Replanned(
        dossier.clinic_id, dossier.reference, treatment_id, _version(desk, base) if moved_on else None, made
    )


def _differs(desk: Desk, treatment_id: int) -> bool:
    """Whether the record is not what the facts say under today's settings; without a line in the history if it is."""
    return any(True for _ in verifying.verify(desk, [treatment_id]))


def _follows(assignment: Assignment, marks: set[str]) -> bool:
    return bool(marks & {assignment.fingerprint, *assignment.overlays})


def _newest(desk: Desk, mark: str) -> str:
    """The latest approved version of the same protocol; the one in force where none was ever approved."""
    kept = protocols.find_protocol(desk.connection, mark)
    if kept is None:
        return mark
    try:
        return approving.get_approved(desk, kept.protocol_id)
    except NeedsApproval:
        return mark


def _version(desk: Desk, mark: str) -> str:
    kept = protocols.find_protocol(desk.connection, mark)
    return f"{kept.protocol_id} {kept.version}" if kept else mark[:12]
