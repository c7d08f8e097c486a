"""Several patients at once: recorded, booked or noted together, each an act of its own, or none of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from monitor.render.staff.deeds import word_facts
from monitor.render.staff.speaking import Speaker, speaker
from monitor.render.staff.values import Section
from monitor.render.staff.worklist_values import Tick
from monitor.services import booking, recording
from monitor.services.changing import Change
from monitor.services.several import RefusedOne, SeveralRefused, act_on_each
from monitor.services.worklist_groups import find_group
from monitor.web.staff.answers import is_local
from monitor.web.staff.asking import Asked
from monitor.web.staff.worklist_acts import NAME, NOTES
from schedules.errors import NeedsConfirmation, NotFound, Refusal, Unacceptable
from schedules.worklists import Kind

ACTS = ("record", "book", "note")
MOST = 50
"""Patients: nobody has looked at more before pressing one button."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of the patients, with the tests of the visit that presses most, and why the act was refused."""

    treatment_id: int
    patient: str
    name: str
    revision: int
    label: str
    tests: Sequence[Tick]
    refused: str


def show(asked: Asked) -> Response:
    """The form for those who were ticked on the list. Refuses (NotFound) somebody of another clinic."""
    is_again = asked.refusal is not None
    sent = asked.form.all("treatment") if is_again else asked.request.query_params.getlist("t")
    ids = list(dict.fromkeys(int(one) for one in sent if one.isascii() and one.isdigit() and len(one) < 15))[:MOST]
    act = asked.form.get("do") if is_again else asked.query("do")
    if act not in ACTS:
        _refuse_act()
    say = speaker(asked.language)
    why = {one.treatment_id: _reason(say, one.refusal) for one in _refused(asked.refusal)}
    chosen = [_chosen(asked, say, one, act, why.get(one, "")) for one in ids]
    if chosen:
        asked.read("worklist", patients=len(chosen))
    back = asked.form.get("back") if is_again else asked.query("back")
    return asked.page(
        "worklist_several.html", Section.WORKLIST, act=act, chosen=chosen, notes=NOTES,
        today=max(asked.desk.today.values()), back=back if is_local(back) else "/worklist",
        confirms=any(isinstance(one.refusal, NeedsConfirmation) for one in _refused(asked.refusal)),
    )  # fmt: skip


def _chosen(asked: Asked, say: Speaker, treatment_id: int, act: str, refused: str) -> Chosen:
    group = find_group(asked.desk, treatment_id, seen_within=asked.program.config.seen_within_working_days)
    trips = [one for one in group.trips if one.first.kind is Kind.CHECK]
    lines = [line for number, trip in enumerate(trips) for line in trip.lines if number == 0]
    others = [line for trip in trips[1:] for line in trip.lines]
    tests = [
        Tick(f"{treatment_id}.{line.family}", say.text(line.title), is_first)
        for is_first, own in ((True, lines), (False, others))
        for line in own
    ]
    return Chosen(
        treatment_id, group.patient, (group.face.name or "") if group.face else "",
        group.face.revision if group.face else 0, trips[0].first.label if trips else "",
        tests if act != "note" else (), refused,
    )  # fmt: skip


def act(asked: Asked) -> Response:
    form = asked.form
    ids = list(dict.fromkeys(form.numbers("treatment")))
    if not ids:
        raise NotFound("Nobody was chosen.", code="nobody-chosen")
    if len(ids) > MOST:
        raise Unacceptable(f"More than {MOST} patients at once.", "Choose fewer.", code="too-many", most=MOST)
    perform = _read(asked)
    form.finish()
    changes = act_on_each(asked.desk, ids, perform)
    return asked.back("/worklist", *(one.deed_id for one in changes))


def _read(asked: Asked) -> Callable[[int], Change]:
    """What shall be done with each; complains of what is missing."""
    match asked.form.get("do"):
        case "record":
            return _read_record(asked)
        case "book":
            return _read_book(asked)
        case "note":
            return _read_note(asked)
        case _:
            return _refuse_act()


def _refuse_act() -> Callable[[int], Change]:
    raise Unacceptable("This cannot be done for several patients at once.", "Do it one by one.", code="not-several")


def _read_record(asked: Asked) -> Callable[[int], Change]:
    form = asked.form
    taken_on, tests, revisions = form.day("taken_on"), _tests(asked), _revisions(asked)
    by, note = form.line("performed_by", longest=NAME) or None, form.text("note") or None

    def perform(treatment_id: int) -> Change:
        assert taken_on is not None
        return recording.record_samples(
            asked.desk, treatment_id, tests.get(treatment_id, ()), taken_on=taken_on, performed_by=by, reason=note,
            expected_revision=revisions.get(treatment_id),
        )  # fmt: skip

    return perform


def _read_book(asked: Asked) -> Callable[[int], Change]:
    form = asked.form
    on, at, tests, revisions = form.day("booked_on"), form.hour("booked_at"), _tests(asked), _revisions(asked)
    warns = not form.ticked("stands")

    def perform(treatment_id: int) -> Change:
        assert on is not None
        return booking.book(
            asked.desk, treatment_id, tests.get(treatment_id, ()), on=on, at=at,
            expected_revision=revisions.get(treatment_id), warns=warns,
        ).change  # fmt: skip

    return perform


def _read_note(asked: Asked) -> Callable[[int], Change]:
    form, revisions = asked.form, _revisions(asked)
    kind, text = form.choice("kind", NOTES), form.text("text")
    if kind == "note" and not text:
        form.complain("text", "missing")
    write = partial(booking.note_contact, asked.desk, kind=kind, text=text or None)
    return lambda treatment_id: write(treatment_id, expected_revision=revisions.get(treatment_id))


def _tests(asked: Asked) -> Mapping[int, list[str]]:
    """By treatment the tests that were ticked; complains of a patient without any."""
    found: dict[int, list[str]] = {one: [] for one in asked.form.numbers("treatment")}
    for one in asked.form.all("rule"):
        number, _, family = one.partition(".")
        if number.isascii() and number.isdigit() and int(number) in found:
            found[int(number)].append(family)
    if not all(found.values()):
        asked.form.complain("rule", "none-ticked")
    return found


def _revisions(asked: Asked) -> Mapping[int, int]:
    pairs = [one.partition(".") for one in asked.form.all("revision")]
    return {int(one): int(two) for one, _, two in pairs if one.isascii() and one.isdigit() and two.isdigit()}


def _refused(refusal: Refusal | None) -> Sequence[RefusedOne]:
    return refusal.refused if isinstance(refusal, SeveralRefused) else ()


def _reason(say: Speaker, refusal: Refusal) -> str:
    key = f"refused-{refusal.code}"
    return say(key, **word_facts(say, refusal.facts)) if refusal.code and say.knows(key) else refusal.sentence
