"""What a person does on the worklist: record, book, waive, note, mark as seen, know of an escalation."""

from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import Response

from monitor.services import booking, deciding, escalating, recording
from monitor.services.changing import Change
from monitor.services.worklist_groups import find_group
from monitor.web.staff.asking import Asked
from monitor.web.staff.worklist_choice import read_choice
from schedules.errors import NotFound, Unacceptable
from schedules.grouping import choose_groups
from schedules.protocol import Role

NOTES = ("reached", "unreachable", "declines", "note")
NAME = 200


def record(asked: Asked) -> Response:
    form = asked.form
    taken_on = form.day("taken_on")
    rules = families(asked)
    performed_by, note = form.line("performed_by", longest=NAME), form.text("note")
    form.finish()
    assert taken_on is not None
    treatment_id, revision = treatment_of(asked)
    change = recording.record_samples(
        asked.desk, treatment_id, rules, taken_on=taken_on, performed_by=performed_by or None, reason=note or None,
        expected_revision=revision,
    )  # fmt: skip
    return back(asked, treatment_id, change)


def book(asked: Asked) -> Response:
    form = asked.form
    on, at = form.day("booked_on"), form.hour("booked_at")
    rules = families(asked)
    form.finish()
    assert on is not None
    treatment_id, revision = treatment_of(asked)
    booked = booking.book(
        asked.desk, treatment_id, rules, on=on, at=at, expected_revision=revision, warns=not form.ticked("stands")
    )
    return back(asked, treatment_id, booked.change)


def waive(asked: Asked) -> Response:
    """One check of one patient: a waiver is a decision, and a list of them is none."""
    form = asked.form
    refuse_several(asked)
    chosen = form.all("check")
    if not chosen:
        form.complain("check", "missing")
    reason = form.text("reason", required=True)
    decided_by = form.line("decided_by", longest=NAME)
    if not decided_by and asked.visitor.actor.role != "clinician":
        form.complain("decided_by", "missing")
    form.finish()
    treatment_id, revision = treatment_of(asked)
    rule, _, number = chosen[0].partition("/")
    change = deciding.waive(
        asked.desk, treatment_id, rule, int(number) if number.isascii() and number.isdigit() else 0, reason=reason,
        decided_by=decided_by or None, expected_revision=revision,
    )  # fmt: skip
    return back(asked, treatment_id, change)


def refuse_several(asked: Asked) -> None:
    if len(asked.form.all("check")) > 1 or len(set(asked.form.numbers("treatment"))) > 1:
        raise Unacceptable(
            "Several checks cannot be waived in one act.", "Decide on each of them.", code="waive-one"
        )  # fmt: skip


def note(asked: Asked) -> Response:
    form = asked.form
    kind, text = form.choice("kind", NOTES), form.text("text")
    if kind == "note" and not text:
        form.complain("text", "missing")
    form.finish()
    treatment_id, revision = treatment_of(asked)
    change = booking.note_contact(
        asked.desk, treatment_id, kind=kind, text=text or None, expected_revision=revision
    )  # fmt: skip
    return back(asked, treatment_id, change)


def seen(asked: Asked) -> Response:
    form = asked.form
    results = [found for one in form.all("result") if (found := _result(one))]
    if not results:
        form.complain("result", "missing")
    told = form.text("told")
    form.finish()
    treatment_id, revision = treatment_of(asked)
    change = recording.mark_results_seen(
        asked.desk, treatment_id, results, result=told or None, expected_revision=revision
    )  # fmt: skip
    return back(asked, treatment_id, change)


def _result(text: str) -> tuple[str, date] | None:
    family, _, day = text.partition("@")
    try:
        return (family, date.fromisoformat(day)) if len(day) == 10 else None
    except ValueError:
        return None


def know(asked: Asked) -> Response:
    """Somebody who is asked knows of it, for all families of the visit: one act for each, with one undo for all."""
    form = asked.form
    role = form.choice("role", [one.value for one in Role])
    rules = families(asked)
    form.finish()
    treatment_id, revision = treatment_of(asked)
    changes: list[Change] = []
    for rule in rules:
        expected = changes[-1].revision if changes else revision
        _, _, change = escalating.mark_seen(
            asked.desk, treatment_id, rule, role=Role(role), expected_revision=expected
        )  # fmt: skip
        changes.append(change)
    return back(asked, treatment_id, *changes)


# --- What they share --------------------------------------------------------------------------------


def families(asked: Asked) -> list[str]:
    """The tests that were ticked; complains where none was."""
    found = list(dict.fromkeys(asked.form.all("rule")))
    if not found:
        asked.form.complain("rule", "none-ticked")
    return found


def treatment_of(asked: Asked) -> tuple[int, int | None]:
    """The treatment of the form, and the revision on which the person decided."""
    ids = asked.form.numbers("treatment")
    if not ids:
        raise NotFound("No treatment was named.", code="treatment-unknown")
    return ids[0], next(iter(asked.form.numbers("revision")), None)


def back(asked: Asked, treatment_id: int, *changes: Change) -> Response:
    """To the line that was acted on; where the list has it no more, to the one that followed it."""
    following = asked.form.numbers("next")
    stays = is_listed(asked, treatment_id)
    place = f"t{treatment_id}" if stays or not following else f"t{following[0]}"
    return asked.back("/worklist", *(one.deed_id for one in changes), place=place)


def is_listed(asked: Asked, treatment_id: int) -> bool:
    """Whether the list that the person came from still has the treatment."""
    group = find_group(asked.desk, treatment_id, seen_within=asked.program.config.seen_within_working_days)
    choice = read_choice(dict(parse_qsl(urlsplit(asked.form.get("back")).query)), asked)
    faces = {treatment_id: group.face} if group.face else {}
    return bool(choose_groups(group.lines, faces, choice).groups)


ACTS: dict[str, Callable[[Asked], Response]] = {
    "record": record, "book": book, "waive": waive, "note": note, "seen": seen, "know": know,
}  # fmt: skip
"""By the last part of the address."""
