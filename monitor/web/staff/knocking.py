"""Knocking: addresses for whoever is not signed in yet, answered with the same care as all others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from db.migrate import NotReady
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.render.staff.template import render_page
from monitor.render.staff.values import Frame, Refused, Section
from monitor.web.guard import report
from monitor.web.staff.answers import html
from monitor.web.staff.endpoints import BROKEN, SMALL, notice
from monitor.web.staff.forms import Form, Incomplete, Unreadable, read_form
from monitor.web.staff.origins import is_from_here
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


class Open:
    """One address: `show` answers GET, `act` POST. Each opens what transactions it needs."""

    def __init__(
        self, program: Program, *, show: Handler | None = None, act: Handler | None = None, largest: int = SMALL
    ) -> None:  # fmt: skip
        self._program, self._show, self._act, self._largest = program, show, act, largest
        self._record = RecordVersion(program.engine)
        self._allowed = [*(["GET", "HEAD"] if show else []), *(["POST"] if act else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        if request.method == "HEAD":
            response.body = b""  # the headers, the length among them, stay those of GET
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in self._allowed:
            return notice(request, "not-possible", 405, allow=", ".join(self._allowed))
        try:
            if request.method != "POST":
                return await run_in_threadpool(self._run, self._show, Knock(self._program, request))
            if not is_from_here(request, self._program.config.web.public_url):
                return notice(request, "not-from-here", 403)
            form = await read_form(request, largest=self._largest, takes_files=False)
            return await run_in_threadpool(self._run, self._act, Knock(self._program, request, form))
        except Unreadable as no:
            return notice(request, "too-large" if no.status == 413 else "not-understood", no.status)
        except BROKEN as no:
            report(no, request.scope)
            return notice(request, "unavailable", 503, retry_after="30")

    def _run(self, handler: Handler | None, knock: Knock) -> Response:
        if self._record.is_away():  # connecting would leave an empty file in its place
            raise NotReady("The file of the database is away.")
        assert handler is not None
        return handler(knock)
