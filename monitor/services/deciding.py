"""Deciding: waivers, extra checks, discharge and re-admission - a clinician decides, somebody enters it."""

from datetime import date

from db import tables
from db.dossiers import Dossier, get_dossier
from db.facts import add_fact, list_trail, void_fact
from monitor.services.changing import Change, change, follow_dossier, lock
from monitor.services.desk import Desk
from monitor.services.recording import get_check, get_rule, told, who_and_when
from schedules.errors import Conflict, Unacceptable
from schedules.intervals import Interval
from schedules.model import Settled, Settlement
from schedules.protocol import Protocol, Texts
from schedules.titles import title_of

TOO_MANY = 60


def waive(
    desk: Desk,
    treatment_id: int,
    rule: str,
    number: int,
    *,
    reason: str,
    decided_by: str | None = None,
    expected_revision: int | None = None,
) -> Change:
    """A clinician decides that one check need not be done. Refuses one that is already settled by a person."""
    dossier = _locked(desk, treatment_id)
    protocol, outcome = follow_dossier(desk, dossier)
    check = get_check(outcome, rule, number)
    settled = next(one for one in outcome.settled if one.check.key == check.key)
    _refuse_settled(desk, dossier, settled, title_of(protocol, rule))
    stamp = desk.stamp(reason=_required(reason), decided_by=desk.decider(decided_by))
    return change(
        desk, treatment_id, "waive",
        lambda: add_fact(
            desk.connection, tables.waiver, treatment_id, stamp=stamp, rule=rule, due_on=check.due_on
        ),
        subject=str(check.key), reason=reason, details={"decided_by": stamp.decided_by, "due_on": str(check.due_on)},
        expected_revision=expected_revision,
    )  # fmt: skip


def order_extra(
    desk: Desk,
    treatment_id: int,
    rule: str,
    *,
    starts_on: date,
    every: Interval | None = None,
    times: int = 1,
    reason: str,
    decided_by: str | None = None,
) -> Change:
    """Checks beside the plan that no re-plan removes: once, or `times` times, `every` so often."""
    dossier = _locked(desk, treatment_id)
    protocol, _ = follow_dossier(desk, dossier)
    found = get_rule(protocol, rule)
    if not 1 <= times <= TOO_MANY or (every is None and times != 1):
        raise Unacceptable(
            f"{times} extra checks cannot be ordered so.",
            f"Order one, or up to {TOO_MANY} with an interval (--every).",
            code="extra-count", most=TOO_MANY,
        )  # fmt: skip
    if starts_on < desk.today[dossier.clinic_id]:
        raise Unacceptable(
            f"{starts_on} has passed, so nothing can be ordered for it.", "Order it from today on.",
            code="extra-passed", day=starts_on,
        )  # fmt: skip
    stamp = desk.stamp(reason=_required(reason), decided_by=desk.decider(decided_by))
    return change(
        desk, treatment_id, "extra",
        lambda: add_fact(
            desk.connection, tables.extra, treatment_id, stamp=stamp, rule=found.id,
            first_number=_next_number(desk, treatment_id, protocol, found.family), starts_on=starts_on,
            every=str(every) if every else None, times=times,
        ),
        subject=f"{found.id} from {starts_on}" + (f", {times} times every {every}" if every else ""), reason=reason,
        details={"decided_by": stamp.decided_by},
    )  # fmt: skip


def discharge(
    desk: Desk,
    treatment_id: int,
    *,
    on: date,
    kind: str,
    transferred_to: str | None = None,
    decided_by: str | None = None,
    reason: str,
) -> Change:
    """Monitoring here ends. A transfer names the place that takes over; all that is open is settled."""
    dossier = _locked(desk, treatment_id)
    if dossier.departure:
        raise Conflict(
            f"'{dossier.reference}' was already discharged{told(desk, dossier.departure.entered)}.",
            "Use `monitor patient readmit` to follow the patient again.",
            code="already-discharged", **who_and_when(desk, dossier, dossier.departure.entered),
        )  # fmt: skip
    if kind == "transferred" and not (transferred_to or "").strip():
        raise Unacceptable("A transfer needs the place that takes over.", "Name it with --to.", code="transfer-place")
    if on > desk.today[dossier.clinic_id]:
        raise Unacceptable(
            f"{on} is still to come.", "Enter the discharge on its day, so that no check falls out early.",
            code="discharge-to-come", day=on,
        )  # fmt: skip
    stamp = desk.stamp(reason=_required(reason), decided_by=desk.decider(decided_by))
    return change(
        desk, treatment_id, "discharge",
        lambda: add_fact(
            desk.connection, tables.discharge, treatment_id, stamp=stamp, discharged_on=on, kind=kind,
            transferred_to=transferred_to,
        ),
        subject=dossier.reference, reason=reason,
        details={"kind": kind, "on": str(on), "to": transferred_to, "decided_by": stamp.decided_by},
    )  # fmt: skip


def readmit(desk: Desk, treatment_id: int, *, reason: str) -> Change:
    """Undo a discharge: all that it settled is open again."""
    dossier = _locked(desk, treatment_id)
    if dossier.departure is None:
        raise Unacceptable(
            f"'{dossier.reference}' is not discharged.", "There is nothing to undo.", code="not-discharged"
        )
    row_id = dossier.departure.entered.row_id
    stamp = desk.stamp(reason=_required(reason))
    return change(
        desk, treatment_id, "readmit", lambda: void_fact(desk.connection, tables.discharge, row_id, stamp=stamp),
        subject=dossier.reference, reason=reason,
    )  # fmt: skip


def _locked(desk: Desk, treatment_id: int) -> Dossier:
    desk.require_writer()
    lock(desk, treatment_id)
    return get_dossier(desk.connection, treatment_id)


def _required(reason: str) -> str:
    if not reason.strip():
        raise Unacceptable("This needs a reason, and none was given.", "Say why (--reason).", code="reason-missing")
    return reason.strip()


def _refuse_settled(desk: Desk, dossier: Dossier, settled: Settled, title: Texts) -> None:
    key, entries = settled.check.key, {sample.id: entered for sample, entered in dossier.samples}
    match settled.settlement:
        case Settlement.DONE:
            raise Conflict(
                f"{key} was already recorded as done{told(desk, entries[settled.samples[0].id])}.",
                "Use `monitor check undo` first if that entry is wrong.",
                code="already-done", test=title, day=settled.settled_on,
                **who_and_when(desk, dossier, entries[settled.samples[0].id]),
            )  # fmt: skip
        case Settlement.WAIVED:
            entered = next(entry for waiver, entry in dossier.waivers if waiver == settled.waiver)
            raise Conflict(
                f"{key} was already waived{told(desk, entered)}.", "Nothing needs to be done.",
                code="already-waived", test=title, day=settled.check.due_on, **who_and_when(desk, dossier, entered),
            )  # fmt: skip
        case Settlement.DISCHARGED | Settlement.BEFORE_RECORD | Settlement.SUPERSEDED:
            raise Unacceptable(
                f"{key} is {settled.settlement} and asks for nothing.", "Nothing needs to be waived.",
                code="waive-settled", test=title, day=settled.check.due_on,
            )  # fmt: skip


def _next_number(desk: Desk, treatment_id: int, protocol: Protocol, family: str) -> int:
    """One more than the highest number that the family's extras ever had, withdrawn orders included."""
    trail = list_trail(desk.connection, tables.extra, treatment_id)
    used = [row["first_number"] + row["times"] for row in trail if protocol.get_rule(row["rule"]).family == family]
    return max(used, default=1)
