"""What a nurse does on the worklist, for one check, a whole visit or several patients; each act can be undone."""

from collections.abc import Sequence
from datetime import date

from starlette.responses import Response

from monitor.services import booking, deciding, escalating, patients, recording, undoing
from monitor.services.enrolling import get_own_treatment
from monitor.web.staff.asking import Asked, treatment_ids_of
from schedules.errors import Conflict, NeedsConfirmation, NotAllowed, NotFound, Refusal, Unacceptable
from schedules.worklists import Kind

CONTACTS = ("reached", "unreachable", "declines", "note")
WORKLIST = "/worklist"


def record(asked: Asked) -> Response:
    """What was done at a visit: the ticked tests on one day."""
    form, (treatment_id, revision) = asked.form, _whose(asked)
    rules = form.all("rule")
    if not rules:
        form.complain("rule", "nothing-ticked")
    on, by, reason = form.day("on"), form.line("by"), form.text("text")
    form.finish()
    assert on is not None
    done = recording.record_samples(
        asked.desk, treatment_id, rules, taken_on=on, performed_by=by or None, reason=reason or None,
        expected_revision=revision,
    )  # fmt: skip
    return asked.back(WORKLIST, done.deed_id, place=f"t{treatment_id}")


def book(asked: Asked) -> Response:
    """A day that was agreed. One after the window is kept only when the person has seen that it is late."""
    form, (treatment_id, revision) = asked.form, _whose(asked)
    rules = form.all("rule")
    if not rules:
        form.complain("rule", "nothing-ticked")
    on, at, reason = form.day("on"), form.hour("at"), form.text("text")
    form.finish()
    assert on is not None
    _refuse_late(asked, treatment_id, rules, on)
    made = booking.book(
        asked.desk, treatment_id, rules, on=on, at=at, reason=reason or None, expected_revision=revision
    )
    return asked.back(WORKLIST, made.change.deed_id, place=f"t{treatment_id}")


def _refuse_late(asked: Asked, treatment_id: int, rules: Sequence[str], on: date) -> None:
    """Booking past the end of a window is allowed, and never by accident."""
    if asked.form.ticked("late"):
        return
    late = booking.closes_before(asked.desk, treatment_id, rules, on)
    if late is not None:
        raise NeedsConfirmation(
            f"{on} lies after the window, which closes on {late}. Nothing was saved.",
            "Choose an earlier day, or say that it cannot be helped.",
            code="late", day=on, closes_on=late,
        )  # fmt: skip


def waive(asked: Asked) -> Response:
    """A clinician decides that one check need not be done. Several at once are refused."""
    form, (treatment_id, revision) = asked.form, _whose(asked)
    wanted = form.all("check")
    if len(wanted) > 1:
        raise Unacceptable(
            "Several checks were chosen, and each is a decision of its own.",
            "Waive them one by one.",
            code="one-waiver",
        )
    reason = form.text("reason", required=True)
    decided_by = form.line("decided_by", required=asked.desk.actor.role != "clinician")
    rule, _, number = next(iter(wanted), "").rpartition("/")
    if not rule or not number.isdigit():
        form.complain("check", "missing")
    form.finish()
    done = deciding.waive(
        asked.desk, treatment_id, rule, int(number), reason=reason, decided_by=decided_by or None,
        expected_revision=revision,
    )  # fmt: skip
    return asked.back(WORKLIST, done.deed_id, place=f"t{treatment_id}")


def note(asked: Asked) -> Response:
    form, (treatment_id, _) = asked.form, _whose(asked)
    kind, text = form.choice("kind", CONTACTS), form.text("text")
    if kind == "note" and not text:
        form.complain("text", "missing")
    form.finish()
    done = booking.note_contact(asked.desk, treatment_id, kind=kind, text=text or None)
    return asked.back(WORKLIST, done.deed_id, place=f"t{treatment_id}")


def see(asked: Asked) -> Response:
    """Somebody looked at the results of a family, of all days that nobody has marked yet."""
    form, (treatment_id, _) = asked.form, _whose(asked)
    family, result = form.line("family", required=True), form.text("result")
    form.finish()
    protocol = patients.get_protocol(asked.desk, treatment_id)
    rule = next((one.id for one in protocol.rules if one.family == family), family)
    deeds = [
        recording.mark_seen(asked.desk, treatment_id, rule, result=result or None).deed_id
        for _ in range(max(1, min(len(form.all("day")), 60)))
    ]
    return asked.back(WORKLIST, *deeds, place=f"t{treatment_id}")


def know(asked: Asked) -> Response:
    """Somebody knows of an escalation."""
    treatment_id, _ = _whose(asked)
    _, _, done = escalating.mark_seen(asked.desk, treatment_id, asked.form.line("family"))
    return asked.back(WORKLIST, done.deed_id, place=f"t{treatment_id}")


def act_on_several(asked: Asked) -> Response:
    """One act for each patient that was ticked, all in one transaction: all of them, or none and why."""
    form, act = asked.form, asked.form.choice("several", ("record", "book", "note", "waive"))
    if act == "waive":
        raise Unacceptable(
            "A waiver is a decision about one check of one patient.", "Waive them one by one.", code="one-waiver"
        )
    chosen = treatment_ids_of(form)
    if not chosen:
        form.complain("several", "nobody-ticked")
    on = form.day("several-on", required=act != "note")
    text, kind = form.text("several-text", required=act == "note"), form.get("several-kind") or "note"
    form.finish()
    deeds, refused = [], []
    for treatment_id in chosen:
        treatment = get_own_treatment(asked.desk, treatment_id)
        try:
            deeds.append(_act_on_one(asked, act, treatment_id, on=on, text=text, kind=kind))
        except Refusal as no:
            refused.append(f"{treatment.reference}: {no.sentence}")
    if refused:
        raise Conflict(
            f"Nothing was saved for anybody: {' '.join(refused)}", "Take these out and try again.",
            code="several", count=len(refused), told=" ".join(refused),
        )  # fmt: skip
    return asked.back(WORKLIST, *deeds)


def _act_on_one(asked: Asked, act: str, treatment_id: int, *, on: date | None, text: str, kind: str) -> int | None:
    if act == "note":
        return booking.note_contact(asked.desk, treatment_id, kind=kind, text=text).deed_id
    rules = pressing_rules(asked, treatment_id)
    assert on is not None
    if act == "record":
        done = recording.record_samples(asked.desk, treatment_id, rules, taken_on=on, reason=text or None)
        return done.deed_id
    return booking.book(asked.desk, treatment_id, rules, on=on, reason=text or None).change.deed_id


def pressing_rules(asked: Asked, treatment_id: int) -> list[str]:
    """The rules of all that presses for one patient, a rule a family."""
    reference = get_own_treatment(asked.desk, treatment_id).reference
    chart = patients.get_chart(asked.desk, reference, treatment_id)
    rules = [line.first.rule for line in chart.lines if line.kind is Kind.CHECK]
    if not rules:
        raise NotFound(f"Nothing presses for '{reference}'.", code="nothing-presses", patient=reference)
    return rules


def undo(asked: Asked) -> Response:
    """Take back what was just done; several acts, such as of several patients, all or none."""
    ids = asked.form.numbers("deed")
    if not ids:
        asked.form.complain("deed", "missing")
    asked.form.finish()
    reason = asked.form.line("reason") or "taken back at once"
    is_confirmed = asked.form.ticked("confirmed")
    deeds = [
        undoing.take_back(asked.desk, one, reason=reason, confirmed=is_confirmed).deed_id
        for one in sorted(set(ids), reverse=True)
    ]
    return asked.back(WORKLIST, *deeds)


def again_of(asked: Asked) -> tuple[str, int]:
    """Which form of which patient was refused, so that what was typed stands there and nowhere else."""
    if asked.refusal is None:
        return "", 0
    ids = asked.form.numbers("treatment")
    act = asked.request.url.path.rpartition("/")[2]
    return act, ids[0] if ids and act != "several" else 0


def _whose(asked: Asked) -> tuple[int, int | None]:
    """The treatment that the form is about, in one of the person's clinics, and the revision that was looked at."""
    ids = asked.form.numbers("treatment")
    if len(set(ids)) != 1:
        raise NotFound("The form does not say which patient it is about.", code="no-patient")
    treatment = get_own_treatment(asked.desk, ids[0])
    if asked.desk.actor.role == "viewer":
        raise NotAllowed(f"'{asked.desk.actor.login}' may look but not change anything.")
    revision = asked.form.get("revision")
    return treatment.id, int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else None
