"""Re-planning over HTTP: all patients of an older version, seen before, each kept or left out by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from db.failures import FAILURES
from db.history import Deed, find_deed
from db.patients import list_treatments
from monitor.render.staff.protocol_preview import Names, PatientPreview, Preview, count_kinds, tell_rows
from monitor.render.staff.speaking import Speaker, speaker
from monitor.render.staff.values import Section
from monitor.services import approving, replanning
from monitor.services.desk import Desk
from monitor.services.protocol_versions import open_shelf
from monitor.services.replanning import Foreseen
from monitor.web.staff.answers import go_to
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page, Series
from monitor.web.staff.forms import Form
from schedules.errors import Conflict, NeedsApproval, NeedsConfirmation, NotFound, Refusal

AT_ONCE = 100
"""Patients on one page: to foresee so many takes about 2 s of computing, to plan them again about 13 s."""
LEFT_OUT = ("losses", "faster", "refused", "stopped")


class LeftOut(NamedTuple):
    """A patient who was not planned again, and why: one of `LEFT_OUT`."""

    treatment_id: int
    why: str


def show(asked: Asked) -> Response:
    protocol_id = asked.request.path_params["protocol_id"]
    shelf = open_shelf(asked.desk, asked.program.config.protocols.directories)
    in_force = shelf.find_in_force(protocol_id)
    if in_force is None:
        raise NotFound(f"No version of '{protocol_id}' is approved.")
    clinic_id = asked.query("clinic") if asked.desk.may_see(asked.query("clinic")) else ""
    waiting = replanning.list_outdated_ids(asked.desk, protocol_id, [clinic_id] if clinic_id else ())
    after, one = _number(asked.query("after")), _number(asked.query("patient"))
    wanted = [known for known in waiting if (known == one if one else known > after)]
    say = speaker(asked.language)
    foreseen = replanning.foresee(asked.desk, wanted[:AT_ONCE])
    preview = Preview([_tell(found, say, is_whole=bool(one)) for found in foreseen])
    if preview.patients:
        asked.read("replan preview", patients=len(preview.patients))
    return asked.page(
        "protocol_replan.html", Section.PROTOCOLS, in_force=in_force, preview=preview, waiting=len(waiting),
        further=wanted[AT_ONCE:], clinic_id=clinic_id, clinic_ids=sorted(asked.desk.actor.clinic_ids), is_one=bool(one),
        outdated=[known for known in shelf.of(protocol_id) if known.treatments and known != in_force],
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 15 else 0


def _tell(found: Foreseen, say: Speaker, *, is_whole: bool) -> PatientPreview:
    told = PatientPreview(
        found.clinic_id, found.reference, found.treatment_id, found.revision, found.old_versions, found.new_versions
    )
    if found.difference is None or found.before is None or found.after is None:
        return replace(told, refusal=found.refusal.sentence if found.refusal else "")
    names = Names(found.before, found.after, say)
    return replace(
        told, counts=count_kinds(found.difference), losses=[names.lost(*one) for one in found.losses],
        rows=tell_rows(found.difference, names, say, is_whole=is_whole),
    )  # fmt: skip


def act(series: Series) -> Response:
    """Plan each patient again in a transaction of its own: nobody waits for the lock longer than for one patient."""
    form, protocol_id = series.form, series.request.path_params["protocol_id"]
    reason = form.line("reason", longest=500, required=True)
    seen = read_patients(form)
    form.finish()
    confirmed = set(form.numbers("confirm"))
    deed_ids: list[int] = []
    left: list[LeftOut] = []
    for number, (treatment_id, revision) in enumerate(seen):
        try:
            with series.writing() as desk:
                _require_same_version(desk, protocol_id, form.get("version"))
                done = replanning.replan(
                    desk, treatment_id, reason=reason, confirmed=treatment_id in confirmed, expected_revision=revision
                )
        except Refusal as refusal:
            if isinstance(refusal, NeedsApproval) or refusal.code == "version-moved":
                if not deed_ids:
                    raise
                left += [LeftOut(one, "stopped") for one, _ in seen[number:]]
                break
            left.append(LeftOut(treatment_id, _why(refusal)))
        except FAILURES:
            if not deed_ids:
                raise
            left += [LeftOut(one, "stopped") for one, _ in seen[number:]]
            break
        else:
            if done.change and done.change.deed_id:
                deed_ids.append(done.change.deed_id)
    query = {
        "done": ".".join(map(str, deed_ids)),
        "left": ".".join(f"{one.treatment_id}-{one.why}" for one in left),
    }
    return go_to(f"/protocols/{protocol_id}/replanned?{urlencode(query)}")


def read_patients(form: Form) -> Sequence[tuple[int, int]]:
    """Treatments with the revision at which the preview was made, each once: `17:3`."""
    found: dict[int, int] = {}
    for one in form.all("patient"):
        treatment, _, revision = one.partition(":")
        if treatment.isascii() and revision.isascii() and treatment.isdecimal() and revision.isdecimal():
            found[int(treatment[:15])] = int(revision[:15])
    if not found:
        form.complain("patient", "nobody")
    return list(found.items())[:AT_ONCE]


def _require_same_version(desk: Desk, protocol_id: str, mark: str) -> None:
    if approving.get_approved(desk, protocol_id) != mark:
        raise Conflict(
            f"Another version of '{protocol_id}' was approved since the preview was made.",
            "Look at the preview again.",
            code="version-moved",
        )


def _why(refusal: Refusal) -> str:
    match refusal:
        case NeedsConfirmation():
            return "losses"
        case Conflict():
            return "faster"
        case _:
            return "refused"


def show_result(asked: Asked) -> Response:
    """What came of it, as the history tells it; patients of other clinics, and acts of other people, are not shown."""
    desk, protocol_id = asked.desk, asked.request.path_params["protocol_id"]
    ids = [int(one) for one in asked.query("done").split(".")[:AT_ONCE] if one.isascii() and one.isdecimal()]
    deeds = [deed for one in ids if (deed := find_deed(desk.connection, one)) and _is_own(asked, deed)]
    left = [
        LeftOut(int(number), why)
        for number, _, why in (one.partition("-") for one in asked.query("left").split(".")[:AT_ONCE])
        if number.isascii() and number.isdecimal() and why in LEFT_OUT
    ]
    references = _name(desk, [*(deed.treatment_id or 0 for deed in deeds), *(one.treatment_id for one in left)])
    if references:
        asked.read("replan result", patients=len(references))
    return asked.page(
        "protocol_replanned.html", Section.PROTOCOLS, protocol_id=protocol_id, references=references,
        deeds=[deed for deed in deeds if deed.treatment_id in references],
        left=[one for one in left if one.treatment_id in references],
        waiting=len(replanning.list_outdated_ids(desk, protocol_id)),
    )  # fmt: skip


def _is_own(asked: Asked, deed: Deed) -> bool:
    return deed.login == asked.visitor.actor.login and deed.act in {"assign", "replan"}


def _name(desk: Desk, treatment_ids: Sequence[int]) -> Mapping[int, str]:
    found = list_treatments(desk.connection, ids=treatment_ids) if treatment_ids else []
    return {one.id: one.reference for one in found if desk.may_see(one.clinic_id)}


PAGES: Sequence[Page] = (
    Page("/protocols/{protocol_id}/replan", show=show, act_in_series=act, act_needs=Needs.ADMIN),
    Page("/protocols/{protocol_id}/replanned", show=show_result),
)
