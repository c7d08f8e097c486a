"""Previews: an act is tried to its end, shown, and undone as a whole; nothing of it is kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from monitor.render.staff.values import Section
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Handler
from schedules.errors import Refusal


class Previewed(Refusal):
    """No refusal of anybody: it undoes the transaction and carries what the act would have done to the page."""

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__("This was only a preview.")
        self.template = template
        self.values = values


def preview_or(show: Handler) -> Handler:
    """For `Page.again`: the preview's own page, or `show` with what was refused."""

    def again(asked: Asked) -> Response:
        tried = asked.refusal
        if not isinstance(tried, Previewed):
            return show(asked)
        fields = [(name, value) for name, values in asked.form.fields.items() for value in values if name not in SENT]
        seen: Mapping[str, Any] = {"fields": fields, "action": asked.request.url.path, **tried.values}
        return replace(asked, refusal=None).page(tried.template, Section.PATIENTS, **seen)

    return again


SENT = {"step", "confirmed", "reason", "decided_by"}
"""What the preview's own form asks for, so that it is not sent twice."""
