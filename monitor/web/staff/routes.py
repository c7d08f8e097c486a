"""Routes: every address of the staff pages."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from monitor.bootstrap import Program
from monitor.render.staff.assets import NAMES, load_asset
from monitor.web.exchanges import Exchange
from monitor.web.page_answers import asset
from monitor.web.staff import (
    account_pages,
    clinic_pages,
    course_pages,
    enrol_pages,
    patient_pages,
    protocol_pages,
    sign_in_pages,
    worklist_pages,
)
from monitor.web.staff.answers import go_to
from monitor.web.staff.endpoints import Endpoint, Page
from monitor.web.staff.exchanges import notice

PAGES: Sequence[Page] = (
    *sign_in_pages.PAGES,
    *account_pages.PAGES,
    *worklist_pages.PAGES,
    *enrol_pages.PAGES,  # before the patients: /patients/new is no search
    *patient_pages.PAGES,
    *course_pages.PAGES,
    *protocol_pages.PAGES,
    *clinic_pages.PAGES,
)
"""For whoever is signed in."""


def routes(program: Program) -> list[BaseRoute]:
    """What the pages of the staff need, `/` among it."""
    return [
        Route("/", Start()),
        Route("/assets/{name}", Assets()),
        *sign_in_pages.open_routes(program),
        *(Route(one.path, Endpoint(program, one, sign_in_pages.lapsed)) for one in PAGES),
    ]


class Start:
    """The worklist is where everybody begins."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await go_to("/worklist")(scope, receive, send)


class Assets(Exchange):
    """The style sheet and the script of the staff pages."""

    async def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return notice(request, "not-possible", 405, allow="GET, HEAD")
        if request.path_params["name"] not in NAMES:
            return notice(request, "not-found", 404)
        found = load_asset(request.path_params["name"])
        return asset(found.content, found.content_type, is_named=request.query_params.get("v") == found.fingerprint)
