"""Changing: every act on a treatment goes one way - lock, add facts, follow again, compare, store the difference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from db import caring, history, patients
from db import checks as stored
from db.dossiers import Dossier, get_dossier
from db.facts import noting
from db.patients import Treatment
from monitor.services.desk import Desk
from monitor.services.storing import Moment, Record, decide_writes, standings_of
from schedules.errors import Conflict, NeedsConfirmation, NotFound
from schedules.following import Outcome, follow
from schedules.model import Key
from schedules.protocol import Protocol
from schedules.replanning import Difference, Standing, compare, losses
from schedules.titles import list_titles, title_of

FACTS = "facts"
"""Under this name a line of the history says which facts the act added: table and id of each."""
NAMED = 6
"""How many lost checks a refusal names; the preview names them all."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an act changed (or would change); `losses` are due or overdue checks that went or were postponed."""

    difference: Difference
    losses: tuple[tuple[Key, Standing], ...]
    revision: int
    deed_id: int | None = field(default=None, compare=False)
    """The act's line in the history; None for a preview."""


def change(
    desk: Desk,
    treatment_id: int,
    act: str,
    enter: Callable[[], object],
    *,
    subject: str | None = None,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
    preview: bool = False,
    confirmed: bool = False,
    expected_revision: int | None = None,
) -> Change:
    """Perform one act. `enter` adds its facts; plan, settlement and visits then follow in the same transaction.

    Refuses (NeedsConfirmation) an act that would withdraw or postpone a due or overdue check unless
    `confirmed`; (Conflict) when somebody acted since `expected_revision`. With `preview` nothing is kept.
    """
    desk.require_writer(act)
    treatment = lock(desk, treatment_id)
    if expected_revision is not None and expected_revision != treatment.revision:
        raise conflict_since(desk, treatment_id, expected_revision)
    with desk.connection.begin_nested() as savepoint:
        with noting(desk.connection) as facts:
            enter()
        result = _store(desk, treatment, confirmed=preview or confirmed)
        if preview:
            savepoint.rollback()
            return result
    told = _with_losses(details, result) or {}
    if facts:
        told = {**told, FACTS: facts}
    deed_id = _count(desk, treatment, act, subject=subject, reason=reason, details=told)
    return replace(result, deed_id=deed_id)


def get_record(desk: Desk, treatment: Treatment) -> Record:
    """What the record has of a treatment: the outcome as it was last stored."""
    return Record(
        treatment.id,
        treatment.clinic_id,
        stored.list_checks(desk.connection, [treatment.id])[treatment.id],
        stored.list_visits(desk.connection, [treatment.id])[treatment.id],
        stored.list_periods(desk.connection, [treatment.id])[treatment.id],
    )


def moment_of(desk: Desk, clinic_id: str) -> Moment:
    """Now, at a clinic."""
    local = desk.rulebook.days_of(desk.connection, clinic_id)
    return Moment(desk.at, desk.today[clinic_id], local.is_working_day, local.zone)


def _store(desk: Desk, treatment: Treatment, *, confirmed: bool) -> Change:
    record = get_record(desk, treatment)
    protocol, outcome = follow_dossier(desk, get_dossier(desk.connection, treatment.id))
    difference = compare(record.standings, standings_of(outcome.settled))
    lost = losses(difference, desk.today[treatment.clinic_id])
    if lost and not confirmed:
        names = ", ".join(f"{key} (due {standing.due_on:%Y-%m-%d})" for key, standing in lost[:NAMED])
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        raise NeedsConfirmation(
            f"This would withdraw or postpone {len(lost)} due or overdue checks: {names}{more}. Nothing was saved.",
            "Look at the preview, and confirm that these checks may go (--confirm-losses).",
            code="loses-checks", count=len(lost), reference=treatment.reference,
            checks=[(title_of(protocol, key.rule), standing.due_on) for key, standing in lost],
        )  # fmt: skip
    stored.write(desk.connection, decide_writes(record, protocol, outcome, moment_of(desk, treatment.clinic_id)))
    return Change(difference, lost, treatment.revision + 1)


def follow_dossier(desk: Desk, dossier: Dossier) -> tuple[Protocol, Outcome]:
    """What a treatment's facts amount to under the protocol that it follows."""
    protocol = desk.rulebook.get(desk.connection, dossier.assignment, dossier.clinic_id)
    outcome = follow(
        protocol,
        dossier.person,
        infusions=dossier.given_and_planned,
        extras=dossier.ordered,
        facts=dossier.facts,
        is_working_day=desk.rulebook.working_days_of(desk.connection, dossier.clinic_id),
    )
    return protocol, outcome


def lock(desk: Desk, treatment_id: int) -> Treatment:
    """The treatment, locked; one in another clinic is as unknown as one that does not exist."""
    treatment = patients.lock_treatment(desk.connection, treatment_id)
    if treatment is None or not desk.may_see(treatment.clinic_id):
        raise NotFound(f"There is no treatment {treatment_id} in your clinics.", code="treatment-unknown")
    return treatment


def _count(
    desk: Desk,
    treatment: Treatment,
    act: str,
    *,
    subject: str | None,
    reason: str | None,
    details: Mapping[str, Any] | None,
) -> int:
    if not patients.advance_revision(desk.connection, treatment.id, expected=treatment.revision):
        raise conflict_since(desk, treatment.id, treatment.revision)
    return history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act, subject=subject, reason=reason,
        clinic_id=treatment.clinic_id, treatment_id=treatment.id, revision=treatment.revision + 1, details=details,
    )  # fmt: skip


def _with_losses(details: Mapping[str, Any] | None, result: Change) -> Mapping[str, Any] | None:
    """The lost checks stand in the history, where the next digest finds them."""
    if not result.losses:
        return details
    lost = [{"check": str(key), "due_on": str(standing.due_on)} for key, standing in result.losses]
    return {**(details or {}), "losses": lost}


def conflict_since(desk: Desk, treatment_id: int, revision: int) -> Conflict:
    """Who did what since that revision, in one sentence."""
    since = [deed for deed in history.list_deeds(desk.connection, treatment_id) if (deed.revision or 0) > revision]
    told = "; ".join(f"{deed.login}: {deed.act} {deed.subject or ''} at {deed.at:%Y-%m-%d %H:%M} UTC" for deed in since)
    dossier = get_dossier(desk.connection, treatment_id)
    protocol = desk.rulebook.get(desk.connection, dossier.assignment, dossier.clinic_id)
    return Conflict(
        f"Somebody was faster: {told or 'another act'}. Nothing of yours was saved.",
        "Look at the patient again and decide on what stands there now.",
        code="faster", deeds=since, names=caring.list_names(desk.connection), titles=list_titles(protocol),
        zone=desk.rulebook.zone_of(desk.connection, dossier.clinic_id).key,
    )  # fmt: skip
