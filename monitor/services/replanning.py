"""Re-planning: treatments brought under the newest approved version and today's settings, each by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from db import checks as stored
from db import protocols
from db.dossiers import Assignment, Dossier, get_dossier, list_assignments, list_dossiers
from monitor.services import approving, enrolling, verifying
from monitor.services.changing import Change, change, conflict_since, follow_dossier, lock
from monitor.services.desk import Desk
from monitor.services.storing import Record, standings_of
from schedules.errors import NeedsApproval, NotFound, Refusal, Unacceptable
from schedules.model import Key
from schedules.protocol import Protocol
from schedules.replanning import Difference, Standing, compare, losses

AT_ONCE = 50
"""Treatments held in memory at a time, with a few hundred checks each."""


@dataclass(frozen=True, slots=True)
class Replanned:
    """What a re-plan did to one patient; `change` is None where nothing was to be done."""

    clinic_id: str
    reference: str
    treatment_id: int
    new_version: str | None
    change: Change | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a re-plan would do to one patient who follows an older version, and the revision at which that holds.

    `refusal` says why there can be no plan by the newer versions, such as an overlay that does not fit them.
    """

    clinic_id: str
    reference: str
    treatment_id: int
    revision: int
    old_versions: tuple[str, ...]
    new_versions: tuple[str, ...]
    difference: Difference | None = None
    losses: tuple[tuple[Key, Standing], ...] = ()
    before: Protocol | None = None
    after: Protocol | None = None
    """What holds and what would hold, with the clinic's own settings."""
    refusal: Refusal | None = None


def list_outdated_ids(desk: Desk, protocol_id: str, clinic_ids: Sequence[str] = ()) -> list[int]:
    """The treatments, of the person's clinics, that follow another version of it than the latest approved one."""
    kept = {one.fingerprint for one in protocols.list_protocols(desk.connection) if one.protocol_id == protocol_id}
    older = kept - {approving.get_approved(desk, protocol_id)}
    ids = verifying.list_treatment_ids(desk, clinic_ids)
    if not older or not ids:
        return []
    assignments = list_assignments(desk.connection, ids)
    return [one for one in ids if one in assignments and _follows(assignments[one], older)]


def foresee(desk: Desk, treatment_ids: Sequence[int]) -> Iterator[Foreseen]:
    """What `replan` would change for each, worked out without writing anything, in the order of the treatments."""
    marks = _Marks(desk)
    for start in range(0, len(treatment_ids), AT_ONCE):
        some = treatment_ids[start : start + AT_ONCE]
        checks = stored.list_checks(desk.connection, some)
        for dossier in list_dossiers(desk.connection, some):
            if desk.may_see(dossier.clinic_id):
                record = Record(dossier.treatment_id, dossier.clinic_id, checks[dossier.treatment_id], (), ())
                yield _foresee(desk, dossier, record, marks)


class _Marks:
    """The newest version of each that treatments follow, and what versions are called: asked once for all."""

    def __init__(self, desk: Desk) -> None:
        self.newest = cache(partial(_newest, desk))
        self.name = cache(partial(_version, desk))

    def move_on(self, old: Assignment) -> Assignment:
        overlays = tuple(self.newest(one) for one in old.overlays)
        return replace(old, fingerprint=self.newest(old.fingerprint), overlays=overlays)

    def names_of(self, assignment: Assignment) -> tuple[str, ...]:
        return tuple(self.name(mark) for mark in (assignment.fingerprint, *assignment.overlays))


def _foresee(desk: Desk, dossier: Dossier, record: Record, marks: _Marks) -> Foreseen:
    old = dossier.assignment
    new = marks.move_on(old)
    found = Foreseen(
        dossier.clinic_id, dossier.reference, dossier.treatment_id, dossier.revision, marks.names_of(old),
        marks.names_of(new),
    )  # fmt: skip
    try:
        before = desk.rulebook.get(desk.connection, old, dossier.clinic_id)
        after, outcome = follow_dossier(desk, replace(dossier, assignment=new))
    except Refusal as refusal:
        return replace(found, refusal=refusal)
    difference = compare(record.standings, standings_of(outcome.settled))
    lost = losses(difference, desk.today[dossier.clinic_id])
    return replace(found, difference=difference, losses=lost, before=before, after=after)


def list_treatment_ids(desk: Desk, *, reference: str | None = None, protocol_id: str | None = None) -> list[int]:
    """The treatment of a patient, or all in the person's clinics; with `protocol_id` those that follow it."""
    one = enrolling.get_treatment_id(desk, reference) if reference is not None else None
    ids = verifying.list_treatment_ids(desk) if one is None else [one]
    if protocol_id is None:
        return ids
    marks = {one.fingerprint for one in protocols.list_protocols(desk.connection) if one.protocol_id == protocol_id}
    if not marks:
        raise NotFound(f"No version of '{protocol_id}' is in the record.", "`monitor protocol list` shows them all.")
    assignments = list_assignments(desk.connection, ids)
    return [one for one in ids if one in assignments and _follows(assignments[one], marks)]


def replan(
    desk: Desk,
    treatment_id: int,
    *,
    reason: str,
    preview: bool = False,
    confirmed: bool = False,
    expected_revision: int | None = None,
) -> Replanned:
    """Plan one treatment by the newest approved versions of what it follows. Twice is once.

    Refuses (NeedsConfirmation) when a due or overdue check would go, unless `confirmed`; (Conflict) when somebody
    acted since `expected_revision`, at which the person saw what would change.
    """
    if not reason.strip():
        raise Unacceptable("A re-plan needs a reason.", "Say why: a new version, a changed setting.")
    treatment = lock(desk, treatment_id)
    if expected_revision is not None and expected_revision != treatment.revision:
        raise conflict_since(desk, treatment_id, expected_revision)
    dossier = get_dossier(desk.connection, treatment_id)
    old = dossier.assignment
    new = _Marks(desk).move_on(old)
    base, overlays = new.fingerprint, new.overlays
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
