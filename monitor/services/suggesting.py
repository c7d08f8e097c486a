"""Suggesting: after a clinic's working days changed its visits get new suggested days, a few treatments at a time."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from db import checks as stored
from db import clinic_days, history, patients, people
from db.checks import StoredVisit, Writes
from db.clinic_days import Pending
from db.dossiers import get_dossier
from monitor.services.changing import follow_dossier, get_record, lock, moment_of
from monitor.services.desk import Desk
from monitor.services.storing import decide_writes

AT_ONCE = 20
"""Treatments in one transaction: a nurse who acts meanwhile waits for a fraction of a second."""
REPLAN = "replan"


@dataclass(frozen=True, slots=True)
class Followed:
    """What was done at once: treatments looked at, visits that moved, and how many treatments are left."""

    treatments: int
    moved: int
    left: int


def list_waiting(desk: Desk) -> Sequence[tuple[Pending, int]]:
    """The clinics of the person whose suggested days have not all followed, and how many treatments are left."""
    waiting = clinic_days.list_pending(desk.connection, sorted(desk.actor.clinic_ids))
    return [(one, clinic_days.count_left(desk.connection, one.clinic_id, one.followed_to)) for one in waiting]


def follow_days(desk: Desk, clinic_id: str, *, at_once: int = AT_ONCE) -> Followed:
    """Move the suggested days of the next few treatments of a clinic, in the name of whoever changed its days.

    Killed in between it goes on where it was; done twice it changes nothing; two processes never do the same.
    """
    pending = clinic_days.lock_pending(desk.connection, clinic_id)
    if pending is None:
        return Followed(0, 0, 0)
    asked = people.find_person_by_id(desk.connection, pending.changed_by)
    assert asked is not None
    by = replace(desk, actor=replace(asked, role="admin", clinic_ids=frozenset({clinic_id})))
    ids = clinic_days.list_next_treatments(desk.connection, clinic_id, pending.followed_to, at_once)
    moved = sum(move_days(by, one, reason=pending.reason) for one in ids)
    left = clinic_days.count_left(desk.connection, clinic_id, ids[-1]) if ids else 0
    clinic_days.note_followed(desk.connection, clinic_id, ids[-1] if left else None)
    return Followed(len(ids), moved, left)


def follow_all(
    open_desk: Callable[[], AbstractContextManager[Desk]], clinic_id: str, *, on_done: Callable[[int], object] = int
) -> int:
    """The same to the end, each few treatments in a transaction of their own; returns how many visits moved."""
    moved, left = 0, 1
    while left:
        with open_desk() as desk:
            done = follow_days(desk, clinic_id)
        moved, left = moved + done.moved, done.left
        on_done(done.treatments)
    return moved


def move_days(desk: Desk, treatment_id: int, *, reason: str) -> int:
    """Bring the suggested days of one treatment's visits up to its clinic's working days; returns how many moved.

    Nothing else is touched, whatever a re-plan would bring: no window, no check. Without a move no line in the history.
    """
    treatment = lock(desk, treatment_id)
    record = get_record(desk, treatment)
    protocol, outcome = follow_dossier(desk, get_dossier(desk.connection, treatment_id))
    writes = decide_writes(record, protocol, outcome, moment_of(desk, treatment.clinic_id))
    known = {visit.id: visit for visit in record.visits}
    moved = [one for one in writes.changed_visits if _moved_alone(known[one.id], one)]
    if not moved:
        return 0
    stored.write(desk.connection, Writes(changed_visits=moved))
    patients.advance_revision(desk.connection, treatment.id, expected=treatment.revision)
    history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=REPLAN, subject=f"{len(moved)} suggested days",
        reason=reason, clinic_id=treatment.clinic_id, treatment_id=treatment.id, revision=treatment.revision + 1,
    )  # fmt: skip
    return len(moved)


def _moved_alone(before: StoredVisit, after: StoredVisit) -> bool:
    """Whether a visit has another suggested day and is otherwise what it was."""
    as_before = after._replace(visit_on=before.visit_on, sequence=before.sequence, changed_at=before.changed_at)
    return as_before == before and after.visit_on != before.visit_on
