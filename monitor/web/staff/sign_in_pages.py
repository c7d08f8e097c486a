"""Signing in and out: by a password, in a browser of one's own, with nothing lost that was being typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db import sessions
from db.engine import reading, writing
from db.people import Actor
from monitor.bootstrap import Program
from monitor.services import signing_in
from monitor.services.passwords import TooBusy
from monitor.web.callers import find_caller
from monitor.web.staff import invitation_pages, service_pages
from monitor.web.staff.answers import go_to, is_local
from monitor.web.staff.asking import Asked
from monitor.web.staff.browsers import browser_of
from monitor.web.staff.carrying import NOTHING, Carried, carry, read_carried
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.forms import Form
from monitor.web.staff.knocking import Knock, Open
from monitor.web.staff.visitors import drop_cookie, end_before, find_before, find_visitor, set_cookie

LARGEST = 1024 * 1024
"""What was typed elsewhere may be 256 kB, and letters with accents become longer on the way."""
START = "/worklist"


@dataclass(frozen=True, slots=True)
class SignInPage:
    """What the page shows: why it has come up, and what goes along."""

    back: str = START
    carried: Carried = NOTHING
    login: str = ""
    before: str = ""
    """The name of whoever was signed in here until now."""
    trouble: str = ""
    """The words for what went wrong."""


TURN = Lock()
"""A crowd of guesses waits here, in a row: SQLite's own lock keeps no order, and some would wait until they fail."""


def show_sign_in(knock: Knock) -> Response:
    back = _local(knock.request.query_params.get("back", ""))
    with reading(knock.program.engine) as connection:
        if find_visitor(knock.program, connection, knock.request):
            return go_to(back)
        before = find_before(knock.program, connection, knock.request)
    return _page(knock, 200, SignInPage(back, login=before.login if before else ""))


def sign_in(knock: Knock) -> Response:
    form, program = knock.form, knock.program
    carried, login = read_carried(form), form.get("login").strip()
    values = SignInPage(_local(form.get("back")), carried, login[: signing_in.LONGEST_LOGIN])
    if not program.config.sign_in.passwords:
        return _page(knock, 403, _with(values, "sign-in-no-passwords"))
    caller = find_caller(knock.request, program.config.sign_in.trusted_proxies)
    with TURN, writing(program.engine) as connection:
        candidate = signing_in.begin(connection, login, caller, program.clock.now())
    try:
        proven = signing_in.prove(candidate, form.get("password")) if candidate else None
    except TooBusy:
        return _page(knock, 503, _with(values, "sign-in-busy"), retry_after="5")
    if proven is None:
        return _page(knock, 401, _with(values, "sign-in-wrong"))
    with writing(program.engine) as connection:
        before = find_before(program, connection, knock.request)
        device = browser_of(knock.request.headers.get("user-agent", ""))
        admitted = signing_in.admit(connection, proven, at=program.clock.now(), device=device)
        if admitted is None:
            return _page(knock, 401, _with(values, "sign-in-wrong"))
        end_before(program, connection, knock.request)
    person, token = admitted
    response = _after(knock, person, before, values)
    set_cookie(response, program.config, token)
    return response


def _after(knock: Knock, person: Actor, before: Actor | None, values: SignInPage) -> Response:
    if not values.carried:
        return go_to(values.back)
    other = before.name if before and before.id != person.id else ""
    return knock.page("carried.html", carried=values.carried, name=person.name, other=other)


def lapsed(program: Program, request: Request, form: Form) -> Response:
    """Whoever sent a form without being signed in (any more): the way to sign in, and what was typed goes along."""
    if request.url.path == "/sign-out":
        return go_to("/sign-in")
    with reading(program.engine) as connection:
        before = find_before(program, connection, request)
    values = SignInPage(
        START, carry(request, form), before.login if before else "", before.name if before else ""
    )  # fmt: skip
    return _page(Knock(program, request, form), 401, values)


def sign_out(asked: Asked) -> Response:
    sessions.end_session(asked.desk.connection, asked.visitor.session.id, person_id=asked.visitor.actor.id)
    response = go_to("/sign-in")
    drop_cookie(response, asked.program.config)
    return response


def _local(address: str) -> str:
    """Where somebody goes after signing in: a page of ours, and not the one for signing in."""
    path = urlsplit(address).path if is_local(address) else ""
    return address if path and path not in {"/", "/sign-in", "/sign-out"} else START


def _with(values: SignInPage, trouble: str) -> SignInPage:
    return SignInPage(values.back, values.carried, values.login, values.before, trouble)


def _page(knock: Knock, status: int, values: SignInPage, **headers: str) -> Response:
    own = knock.program.config.sign_in
    response = knock.page(
        "sign_in.html", status, given=values, passwords=own.passwords, service=own.oidc.name if own.oidc.issuer else ""
    )
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def open_routes(program: Program) -> list[BaseRoute]:
    """What can be reached without being signed in."""
    return [
        Route("/sign-in", Open(program, show=show_sign_in, act=sign_in, largest=LARGEST)),
        *service_pages.open_routes(program),
        *invitation_pages.open_routes(program),
    ]


PAGES: Sequence[Page] = (Page("/sign-out", act=sign_out, act_needs=Needs.LOOK),)
