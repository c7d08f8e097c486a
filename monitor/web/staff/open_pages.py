"""Open pages: what can be reached without being signed in; each answer is the same for whoever is not known."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from db.failures import FAILURES
from db.migrate import NotReady
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.web.guard import report
from monitor.web.staff.endpoints import notice
from monitor.web.staff.forms import Form, Unreadable, read_form
from monitor.web.staff.origins import is_from_here

LARGEST = 1024 * 1024
"""Of a form that is sent along with signing in, too."""


@dataclass(frozen=True, slots=True)
class Knock:
    """One request of somebody who is not known yet."""

    program: Program
    request: Request
    form: Form


Answering = Callable[[Knock], Response]


class OpenEndpoint:
    """GET shows, POST acts; both in a worker thread. What they do to the record they begin themselves."""

    def __init__(self, program: Program, show: Answering, act: Answering | None = None) -> None:
        self._program, self._show, self._act = program, show, act
        self._record = RecordVersion(program.engine)
        self._allowed = ["GET", "HEAD", *(["POST"] if act else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        if request.method == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    def _require_record(self) -> None:
        if self._record.is_away():  # connecting would leave an empty file in its place
            raise NotReady("The file of the database is away.")

    async def _answer(self, request: Request) -> Response:
        if request.method not in self._allowed:
            return notice(request, "not-found", 405, allow=", ".join(self._allowed))
        try:
            self._require_record()
            if request.method != "POST":
                return await run_in_threadpool(self._show, Knock(self._program, request, Form()))
            if not is_from_here(request, self._program.config.web.public_url):
                return notice(request, "not-from-here", 403)
            form = await read_form(request, largest=LARGEST, takes_files=False)
            assert self._act is not None
            return await run_in_threadpool(self._act, Knock(self._program, request, form))
        except Unreadable as no:
            return notice(request, "too-large" if no.status == 413 else "not-understood", no.status)
        except (*FAILURES, NotReady) as no:
            report(no, request.scope)
            return notice(request, "unavailable", 503, retry_after="30")
