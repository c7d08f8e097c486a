"""The application: which address leads where, for the whole program or for the outside alone."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from db.migrate import require_current
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.services.addresses import APPOINTMENTS, WORKLIST
from monitor.services.health import list_ailments
from monitor.web import patient_pages, recipient_pages
from monitor.web.access_log import AccessLog
from monitor.web.answers import FIRM, HEALTHY, HSTS, NOT_ALLOWED, ROBOTS, Answer, Headers, plain
from monitor.web.feed_door import FeedDoor, FeedLane
from monitor.web.fetch_notes import FetchNotes
from monitor.web.fetching import Fetcher
from monitor.web.guard import Failing, Guard, Unanswered, refuse
from monitor.web.kept import Shelf
from monitor.web.staff.failing import show_failure
from monitor.web.staff.routes import routes as staff_routes

THREADS = 8
"""Feeds that may be made at once; pages have threads of their own."""


def make_app(program: Program, *, only_feeds: bool, shelf: Shelf | None = None) -> Starlette:
    """Feeds, the patient's page and what a machine asks; `only_feeds` leaves out whatever staff may see."""
    firm = firm_headers(program)
    versions, log = RecordVersion(program.engine), AccessLog(program.clock)
    notes = FetchNotes(program.engine, versions)
    doors = _make_doors(program, firm, versions, notes, Shelf() if shelf is None else shelf)
    routes: list[BaseRoute] = [
        Route("/livez", Alive(program)),
        Route("/healthz", Alive(program) if only_feeds else Well(program)),
        Route("/robots.txt", Constant(ROBOTS)),
        *patient_pages.routes(program),
    ]
    failing: Failing | None = None
    if not only_feeds:
        routes += _staff_routes(program)
        failing = show_failure
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, firm=firm, log=log, failing=failing), Middleware(FeedLane, doors=doors)],
        exception_handlers={HTTPException: refuse},
        lifespan=_closing(versions, notes, log),
    )
    app.router.redirect_slashes = False
    app.router.default = Unanswered(failing)
    return app


def firm_headers(program: Program) -> Headers:
    is_https = program.config.web.public_url.startswith("https://")
    return [*FIRM, HSTS] if is_https else list(FIRM)


def _staff_routes(program: Program) -> list[BaseRoute]:
    """The pages of the staff, and what the links in mails to them lead to."""
    return [*recipient_pages.routes(program), *staff_routes(program)]


def _make_doors(
    program: Program, firm: Headers, versions: RecordVersion, notes: FetchNotes, shelf: Shelf
) -> list[FeedDoor]:
    threads = CapacityLimiter(THREADS)
    fetchers = [Fetcher(program, versions, purpose, firm) for purpose in (APPOINTMENTS, WORKLIST)]
    return [FeedDoor(one, program.clock, shelf=shelf, notes=notes, threads=threads) for one in fetchers]


def _closing(
    versions: RecordVersion, notes: FetchNotes, log: AccessLog
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await notes.finish()
        versions.close()
        log.write()

    return lifespan


class Constant:
    """The same answer to everybody who reads."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        answer = self._answer if method in {"GET", "HEAD"} else NOT_ALLOWED
        await answer.send(send, method=method)


class Alive:
    """For whoever shares out requests.

    `ok` as long as the database answers and is as new as the program; a failure becomes 503 further out.
    """

    def __init__(self, program: Program) -> None:
        self._program = program

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method in {"GET", "HEAD"}:
            answer = await to_thread.run_sync(self._judge)
            return await answer.send(send, method=method)
        return await NOT_ALLOWED.send(send, method=method)

    def _judge(self) -> Answer:
        require_current(self._program.engine)
        return HEALTHY


class Well(Alive):
    """For whoever watches: `ok` as long as the digest can be relied on, else the ids of what `monitor doctor` tells."""

    def _judge(self) -> Answer:
        require_current(self._program.engine)
        with self._program.reading_for_program() as desk:
            ids = sorted({one.id for one in list_ailments(desk, self._program.config)})
        return plain(503, *ids) if ids else HEALTHY
