"""Previewing: what all forms of a treatment's course share - look first, then save exactly what was looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from monitor.render.staff.course_preview import Preview, tell_preview
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services.changing import Change
from monitor.services.enrolling import get_own_treatment
from monitor.services.foreseeing import Foreseen, require_revision
from monitor.web.staff.asking import Asked
from monitor.web.staff.forms import Form
from schedules.errors import Refusal

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Act:
    """What a form asks for, read and possible: what it would change, and how to save it.

    `save` gets the reason and whether losses were confirmed. An act without `is_shown` may be saved unseen where it
    changes no check, such as a new telephone number.
    """

    foreseen: Sequence[Foreseen]
    save: Callable[[str, bool], Change]
    is_shown: bool = True

    @property
    def mark(self) -> str:
        return "-".join(one.mark for one in self.foreseen)

    @property
    def is_empty(self) -> bool:
        return all(one.difference.is_empty and one.ended_on == one.ends_on for one in self.foreseen)

    @property
    def has_losses(self) -> bool:
        return any(one.losses for one in self.foreseen)


Read = Callable[[Asked, Form], Act | None]
"""Reads a form. Refuses what cannot be; None where there is nothing to look at yet."""
Show = Callable[[Asked, dict[str, Any]], Response]
"""The page of the form, with the values that `values_of` gives."""


@dataclass(frozen=True, slots=True)
class Kept:
    """`kept("day", otherwise)`: what the form held, where one was sent."""

    form: Form

    def __call__(self, field: str, otherwise: Any = "") -> Any:
        if not self.form.fields:
            return otherwise
        found = self.form.all(field)
        return list(found) if isinstance(otherwise, (list, tuple)) else next(iter(found), "")


def show(read: Read, page: Show) -> Callable[[Asked], Response]:
    """GET, and the form again after a refusal: with the preview where what stands in the form can be foreseen."""

    def handler(asked: Asked) -> Response:
        try:
            act = read(asked, Form(asked.form.fields))
        except Refusal:
            if asked.refusal is None:
                raise
            act = None  # the refusal that is shown already says why there is no preview
        return page(asked, values_of(asked, act))

    return handler


def act(read: Read, page: Show, *, otherwise: Callable[[int], str], place: str = "") -> Callable[[Asked], Response]:
    """POST: the preview first, which writes nothing; then what was looked at is saved, and the page `otherwise` shown.

    Refuses (Conflict) when somebody acted since the form was made.
    """

    def handler(asked: Asked) -> Response:
        treatment_id = asked.number("treatment_id")
        asked.desk.require_writer()
        require_revision(asked.desk, treatment_id, asked.form.number("revision", required=False))
        wanted = read(asked, asked.form)
        if wanted is None or not _is_looked_at(asked, wanted):
            return page(asked, values_of(asked, wanted))
        reason = asked.form.line("reason", longest=LONGEST_REASON, required=True)
        confirmed = asked.form.ticked("confirm")
        if wanted.has_losses and not confirmed:
            asked.form.complain("confirm", "losses-unconfirmed")
        asked.form.finish()
        change = wanted.save(reason, confirmed)
        return asked.back(otherwise(treatment_id), change.deed_id, place=place)

    return handler


def _is_looked_at(asked: Asked, wanted: Act) -> bool:
    """Whether the person saw this very preview and wants it saved."""
    if asked.form.get("step") != "save":
        return False
    return asked.form.get("looked") == wanted.mark or (wanted.is_empty and not wanted.is_shown)


def values_of(asked: Asked, act: Act | None) -> dict[str, Any]:
    """What the templates need: the previews, their mark, the revision, and what the form held."""
    treatment = get_own_treatment(asked.desk, asked.number("treatment_id"))
    return {
        "treatment": treatment,
        "own": f"/treatments/{treatment.id}",
        "today": asked.desk.today[treatment.clinic_id],
        "kept": Kept(asked.form),
        "previews": previews_of(asked, act.foreseen) if act else (),
        "looked": act.mark if act else "",
        "has_losses": bool(act and act.has_losses),
        "is_new": asked.form.get("step") == "save" and asked.refusal is None,
        "back": asked.form.get("back") or asked.query("back"),
    }


def previews_of(asked: Asked, foreseen: Sequence[Foreseen]) -> Sequence[Preview]:
    say = speaker(asked.language)
    return [
        tell_preview(
            one.difference, one.losses, one.protocol, say, treatment_id=one.treatment_id, ended_on=one.ended_on,
            ends_on=one.ends_on, flags=one.flags,
        )
        for one in foreseen
    ]  # fmt: skip


def page_of(template: str, what: str) -> Show:
    """A page of the section of patients; `what` stands in the access log."""

    def shown(asked: Asked, values: dict[str, Any]) -> Response:
        asked.read(what, treatment_id=values["treatment"].id, clinic_id=values["treatment"].clinic_id)
        return asked.page(template, Section.PATIENTS, **values)

    return shown
