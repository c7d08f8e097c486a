"""Exchanges of the staff pages: methods, origin, body and a broken database are answered alike, whoever asks."""

from abc import abstractmethod

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from db.failures import FAILURES
from db.migrate import NotReady
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.render.staff.template import render_page
from monitor.render.staff.values import Frame, Section
from monitor.web.bodies import Unreadable
from monitor.web.exchanges import Exchange
from monitor.web.guard import report
from monitor.web.staff.answers import html
from monitor.web.staff.forms import Form, read_form
from monitor.web.staff.origins import is_from_here
from monitor.web.staff.visitors import asked_language

BROKEN = (*FAILURES, NotReady)
SMALL = 256 * 1024


class StaffExchange(Exchange):
    """GET shows and POST acts, each in a worker thread; a form counts only if it comes from our own pages."""

    def __init__(
        self, program: Program, *, shows: bool, acts: bool, largest: int = SMALL, takes_files: bool = False
    ) -> None:
        self._program, self._largest, self._takes_files = program, largest, takes_files
        self._record = RecordVersion(program.engine)
        self._allowed = [*(["GET", "HEAD"] if shows else []), *(["POST"] if acts else [])]

    async def _answer(self, request: Request) -> Response:
        if request.method not in self._allowed:
            return notice(request, "not-possible", 405, allow=", ".join(self._allowed))
        try:
            if request.method != "POST":
                return await run_in_threadpool(self._look, request)
            if not is_from_here(request, self._program.config.web.public_url):
                return notice(request, "not-from-here", 403)
            form = await read_form(request, largest=self._largest, takes_files=self._takes_files)
            return await run_in_threadpool(self._do, request, form)
        except Unreadable as no:
            return notice(request, "too-large" if no.status == 413 else "not-understood", no.status)
        except BROKEN as no:
            report(no, request.scope)
            return notice(request, "unavailable", 503, retry_after="30")

    def _look(self, request: Request) -> Response:
        self._require_record()
        return self._show(request)

    def _do(self, request: Request, form: Form) -> Response:
        self._require_record()
        return self._act(request, form)

    def _require_record(self) -> None:
        if self._record.is_away():  # connecting would leave an empty file in its place
            raise NotReady("The file of the database is away.")

    @abstractmethod
    def _show(self, request: Request) -> Response:
        """What GET shows."""

    @abstractmethod
    def _act(self, request: Request, form: Form) -> Response:
        """What POST does."""


def notice(request: Request, name: str, status: int, **more: str) -> Response:
    """A page that stands alone, for whoever asks."""
    frame = Frame(language=asked_language(request), section=Section.NONE, path="/worklist")
    return html(render_page("notice.html", frame, notice=name), status, **more)
