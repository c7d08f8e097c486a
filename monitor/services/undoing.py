"""Undoing: the last thing that was recorded for a rule is taken back, by a new entry that says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import history, tables
from db.dossiers import Dossier, Entered, get_dossier
from db.facts import FactTable, is_in_force, void_fact
from db.history import Deed
from monitor.services.changing import FACTS, Change, change, follow_dossier, lock
from monitor.services.desk import Desk
from monitor.services.escalating import MAY_SEE_FOR
from monitor.services.recording import get_check, get_rule, shorten
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable
from schedules.following import Outcome
from schedules.model import Extra, Key
from schedules.settling import assign_bookings, assign_reports

KINDS = ("sample", "seen", "waiver", "booking", "extra", "report")


@dataclass(frozen=True, slots=True)
class Undoable:
    """One entry that could be taken back, in a nurse's words."""

    table: FactTable
    kind: str
    what: str
    entered: Entered

    @property
    def at(self) -> datetime:
        return self.entered.entered_at


def undo(
    desk: Desk,
    treatment_id: int,
    rule: str,
    number: int | None = None,
    *,
    reason: str,
    what: str | None = None,
    confirmed: bool = False,
) -> tuple[str, Change]:
    """Take back the latest sample, waiver, booking, order or "seen" of a rule, or of one of its checks.

    `what` is one of `KINDS`, where the latest entry is not the one that is meant; a patient's own word is taken back
    only when it is named. The entry stays in the record with the one that withdraws it. Returns what was taken back.
    """
    desk.require_writer()
    lock(desk, treatment_id)
    dossier = get_dossier(desk.connection, treatment_id)
    protocol, outcome = follow_dossier(desk, dossier)
    family = get_rule(protocol, rule).family
    key = get_check(outcome, rule, number).key if number is not None else None
    entries = _entries(dossier, outcome, rule, family, key)
    ours = [one for one in entries if what == one.kind or (what is None and one.kind != "report")]
    if not ours:
        raise NotFound(
            f"There is no {what or 'entry'} to take back for {key or rule}.",
            "See `monitor patient show` for what is there.",
            code="nothing-to-undo",
        )
    latest = max(ours, key=lambda one: (one.at, one.entered.row_id))
    result = change(
        desk, treatment_id, "undo",
        lambda: void_fact(desk.connection, latest.table, latest.entered.row_id, stamp=desk.stamp(reason=reason)),
        subject=latest.what, reason=reason, confirmed=confirmed,
    )  # fmt: skip
    return latest.what, result


WITHDRAWABLE = {"sample", "seen", "waiver", "booking", "extra", "contact_note", "discharge", "escalation_seen"}
"""Tables of facts that stand for themselves. What replaced something else is corrected by its own act."""


def may_be_taken_back(deed: Deed) -> bool:
    """Whether all that an act added can be withdrawn as a whole."""
    facts = (deed.details or {}).get(FACTS, ())
    return (
        deed.treatment_id is not None
        and deed.act != "undo"
        and bool(facts)
        and all(table in WITHDRAWABLE for table, _ in facts)
    )


def take_back(desk: Desk, deed_id: int, *, reason: str, confirmed: bool = False) -> Change:
    """Withdraw all that one act added: a visit's samples, a booking, a note. Each entry stays in the record.

    Refuses an act that is not in the person's clinics, one that cannot be withdrawn as a whole, and (Conflict) one of
    which something has been withdrawn or corrected already.
    """
    deed = history.find_deed(desk.connection, deed_id)
    if deed is None or deed.treatment_id is None:
        raise NotFound(f"There is no act {deed_id} in your clinics.", code="deed-unknown")
    desk.require_writer()
    treatment = lock(desk, deed.treatment_id)
    if not may_be_taken_back(deed):
        raise Unacceptable(
            f"'{deed.act}' cannot be taken back in one step.", "Correct it where it was entered.", code="deed-stays"
        )
    facts = [(tables.metadata.tables[table], fact_id) for table, fact_id in (deed.details or {})[FACTS]]
    _refuse_others_mark(desk, treatment.id, {one for table, one in facts if table is tables.escalation_seen})
    if not all(is_in_force(desk.connection, table, fact_id) for table, fact_id in facts):
        raise Conflict(
            f"Something of this was already taken back or corrected for '{treatment.reference}'.",
            "Look at the patient again.",
            code="deed-gone",
        )

    def enter() -> None:
        for table, fact_id in facts:
            void_fact(desk.connection, table, fact_id, stamp=desk.stamp(reason=reason))

    return change(
        desk, treatment.id, "undo", enter, subject=shorten(f"{deed.act}: {deed.subject or ''}"), reason=reason,
        details={"deed": deed.id}, confirmed=confirmed,
    )  # fmt: skip


def take_back_all(desk: Desk, deed_ids: Sequence[int], *, reason: str, confirmed: bool = False) -> list[Change]:
    """Withdraw several acts, the latest first; one that cannot be withdrawn leaves all of them as they were."""
    return [
        take_back(desk, one, reason=reason, confirmed=confirmed) for one in sorted(set(deed_ids), reverse=True)
    ]  # fmt: skip


def _refuse_others_mark(desk: Desk, treatment_id: int, fact_ids: set[int]) -> None:
    """A role that the person may not mark, they may not unmark either."""
    own = MAY_SEE_FOR.get(desk.actor.role, set())
    marks = get_dossier(desk.connection, treatment_id).escalations_seen if fact_ids else ()
    for mark in marks:
        if mark.entered.row_id in fact_ids and mark.role not in own:
            raise NotAllowed(
                f"'{desk.actor.login}' may not take back what a {mark.role} has seen.", code="escalation-role"
            )


def _entries(dossier: Dossier, outcome: Outcome, rule: str, family: str, key: Key | None) -> list[Undoable]:
    """Everything that was entered for the rule's family, or for one check alone."""
    settled = {one.check.key: one for one in outcome.settled}
    own = settled[key] if key else None
    samples = {one.id for one in own.samples} if own else None
    found = [
        Undoable(tables.sample, "sample", f"{family} of {sample.taken_on}", entered)
        for sample, entered in dossier.samples
        if sample.family == family and (samples is None or sample.id in samples)
    ]
    found += [
        Undoable(tables.seen, "seen", f"seen: {family} of {sample.taken_on}", dossier.seen[sample.id].entered)
        for sample, _ in dossier.samples
        if sample.id in dossier.seen and sample.family == family and (samples is None or sample.id in samples)
    ]
    found += [
        Undoable(tables.waiver, "waiver", f"waiver of {waiver.rule} due {waiver.due_on}", entered)
        for waiver, entered in dossier.waivers
        if waiver.rule == rule and (own is None or own.waiver == waiver)
    ]
    held = assign_bookings([one.check for one in outcome.settled], [one for one, _ in dossier.bookings])
    found += [
        Undoable(tables.booking, "booking", f"booking of {family} on {booking.booked_on}", entered)
        for booking, entered in dossier.bookings
        if booking.family == family and (key is None or held.get(key) == booking)
    ]
    told = assign_reports([one.check for one in outcome.settled], [one for one, _ in dossier.reports])
    found += [
        Undoable(tables.report, "report", f"report of {family} done on {report.done_on}", entered)
        for report, entered in dossier.reports
        if report.family == family and (key is None or told.get(key) == report)
    ]
    found += [
        Undoable(tables.extra, "extra", f"extra {extra.rule} from {extra.starts_on}", entered)
        for extra, entered in dossier.extras
        if rule.endswith("-extra") and rule.startswith(family) and (key is None or _is_of(extra, key))
    ]
    return found


def _is_of(extra: Extra, key: Key) -> bool:
    return extra.first_number <= key.number < extra.first_number + extra.times
