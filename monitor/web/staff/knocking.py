"""Knocking: addresses for whoever is not signed in yet, answered with the same care as all others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from monitor.bootstrap import Program
from monitor.render.staff.template import render_page
from monitor.render.staff.values import Frame, Refused, Section
from monitor.web.staff.answers import html
from monitor.web.staff.exchanges import SMALL, StaffExchange
from monitor.web.staff.forms import Form, Incomplete
from monitor.web.staff.visitors import asked_language
from schedules.errors import Refusal


@dataclass(frozen=True, slots=True)
class Knock:
    """One request of somebody whom nobody knows yet."""

    program: Program
    request: Request
    form: Form = field(default_factory=Form)

    @property
    def language(self) -> str:
        return asked_language(self.request)

    def page(
        self, template: str, /, status: int = 200, *, refusal: Refusal | None = None, **values: Any
    ) -> Response:  # fmt: skip
        """A page without a menu. What was typed does not come back by itself: a password is among it."""
        refused = None
        if refusal is not None and not isinstance(refusal, Incomplete):
            refused = Refused(refusal.code, refusal.sentence, refusal.next_step, refusal.facts)
        frame = Frame(
            language=self.language,
            section=Section.NONE,
            path="/worklist",
            refused=refused,
            troubles=refusal.troubles if isinstance(refusal, Incomplete) else (),
        )
        return html(render_page(template, frame, **values), status)

    def say(self, key: str, status: int, /, **facts: object) -> Response:
        """A page of one heading and one paragraph, by their words, with the way to sign in."""
        return self.page("said.html", status, name=key, facts=facts, go=("/sign-in", "sign-in-go"))


Handler = Callable[[Knock], Response]


class Open(StaffExchange):
    """One address: `show` answers GET, `act` POST. Each opens what transactions it needs."""

    def __init__(
        self, program: Program, *, show: Handler | None = None, act: Handler | None = None, largest: int = SMALL
    ) -> None:  # fmt: skip
        super().__init__(program, shows=show is not None, acts=act is not None, largest=largest)
        self._shows, self._acts = show, act

    def _show(self, request: Request) -> Response:
        assert self._shows is not None
        return self._shows(Knock(self._program, request))

    def _act(self, request: Request, form: Form) -> Response:
        assert self._acts is not None
        return self._acts(Knock(self._program, request, form))
