"""Undo over HTTP: what a person has just done is taken back as a whole, wherever it was done."""

from starlette.responses import Response

from monitor.render.staff.values import Section
from monitor.services.undoing import take_back_all
from monitor.web.staff.asking import Asked
from schedules.errors import NeedsConfirmation, NotFound

REASON = "undone at once"
"""What the history says where nobody gave another reason."""


def take_back(asked: Asked) -> Response:
    ids = asked.form.numbers("deed")
    reason = asked.form.text("reason")
    asked.form.finish()
    if not ids:
        raise NotFound("No act was named.", code="deed-unknown")
    changes = take_back_all(asked.desk, ids, reason=reason or REASON, confirmed=asked.form.ticked("confirmed"))
    return asked.back("/worklist", *(one.deed_id for one in changes))


def show_again(asked: Asked) -> Response:
    """Why it was refused; where due checks would go, the question whether they may."""
    return asked.page(
        "undo.html", Section.NONE, deeds=asked.form.numbers("deed"), back=asked.path,
        asks=isinstance(asked.refusal, NeedsConfirmation),
    )  # fmt: skip
