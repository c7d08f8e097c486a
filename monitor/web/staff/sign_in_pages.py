"""Signing in and out, and the link with which a person chooses a password."""

import json
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db import history, sessions
from db.engine import reading, writing
from monitor.bootstrap import Program
from monitor.render.staff.template import render_page
from monitor.render.staff.values import Frame, Refused, Section
from monitor.services import signing_in
from monitor.services.passwords import Busy
from monitor.services.sessions import begin_session
from monitor.web.staff.addresses import address_of
from monitor.web.staff.answers import go_to, html, is_local
from monitor.web.staff.asking import Asked, status_of
from monitor.web.staff.devices import device_of
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.forms import Form
from monitor.web.staff.open_pages import Knock, OpenEndpoint
from monitor.web.staff.visitors import asked_language, drop_cookie, set_cookie
from schedules.errors import Refusal

CARRIED = "carried"
"""The field in which a form that came too late travels through signing in, as JSON."""
UNCARRIED = {"password", "again", CARRIED}


def open_routes(program: Program) -> list[BaseRoute]:
    """What can be reached without being signed in."""
    return [
        Route("/sign-in", OpenEndpoint(program, show_sign_in, sign_in)),
        Route("/invitation/{token}", OpenEndpoint(program, show_invitation, accept)),
    ]


def show_sign_in(knock: Knock) -> Response:
    return _sign_in_page(knock.program, knock.request, back=knock.request.query_params.get("back", ""))


def sign_in(knock: Knock) -> Response:
    """The same answer for a wrong password, an unknown login and somebody who may not any more."""
    program, request, form = knock.program, knock.request, knock.form
    login, password = form.line("login", longest=80), form.get("password")
    address = address_of(request, program.config.sign_in.trusted_proxies)
    back, carried, at = form.get("back"), form.get(CARRIED), program.clock.now()
    with reading(program.engine) as connection:
        wait = signing_in.seconds_to_wait(connection, login, address, at)
        if wait:
            return _sign_in_page(program, request, 429, back=back, carried=carried, code="wait", seconds=wait)
        try:
            person = signing_in.check_password(connection, login, password) if _may_use(program) else None
        except Busy:
            return _sign_in_page(program, request, 503, back=back, carried=carried, code="busy")
    if person is None:
        with writing(program.engine) as connection:
            signing_in.note_failure(connection, login, address, at)
        return _sign_in_page(program, request, 403, back=back, carried=carried, code="wrong", login=login)
    with writing(program.engine) as connection:
        signing_in.note_success(connection, person, password, address, at)
        token = begin_session(connection, person, at=at, device=device_of(request.headers.get("user-agent", "")))
        history.add_deed(connection, at=at, person_id=person.id, act="sign in", subject=person.login)
    response = _after(program, request, person.language or asked_language(request), back, carried)
    set_cookie(response, program.config, token)
    return response


def _may_use(program: Program) -> bool:
    return program.config.sign_in.passwords


def _after(program: Program, request: Request, language: str, back: str, carried: str) -> Response:
    """On to where the person wanted to go, or to what was typed before the session was over."""
    address = back if is_local(back) else "/worklist"
    sent = _unpack(carried)
    if sent is None:
        return go_to(address)
    action, fields = sent
    frame = Frame(language=language, section=Section.NONE, path=address)
    shown = [(name, value) for name, values in fields.items() for value in values]
    return html(render_page("resume.html", frame, action=action, fields=shown))


def lapsed(program: Program, request: Request, form: Form) -> Response:
    """Whoever sent a form without being signed in (any more) signs in, and what was typed comes along."""
    fields = {name: list(values) for name, values in form.fields.items() if name not in UNCARRIED}
    carried = json.dumps({"action": request.url.path, "fields": fields}) if fields else ""
    back = form.get("back")
    return _sign_in_page(
        program, request, 401, back=back if is_local(back) else "/worklist", carried=carried,
        code="lapsed-files" if form.files else "lapsed",
    )  # fmt: skip


def _unpack(carried: str) -> tuple[str, Mapping[str, Sequence[str]]] | None:
    """Where the form was going and its fields; None for what is no such thing."""
    try:
        found = json.loads(carried)
        action, fields = str(found["action"]), found["fields"]
        plain = {str(name): [str(one) for one in values] for name, values in fields.items() if isinstance(values, list)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return (action, plain) if is_local(action) and action not in {"/sign-in", "/sign-out"} else None


def _sign_in_page(
    program: Program, request: Request, status: int = 200, *, back: str = "", carried: str = "", code: str = "",
    login: str = "", **facts: object,
) -> Response:  # fmt: skip
    own = program.config.sign_in
    frame = Frame(language=asked_language(request), section=Section.NONE, path="/sign-in")
    page = render_page(
        "sign_in.html", frame, back=back, carried=carried, code=code, facts=facts, login=login,
        has_passwords=own.passwords, service=own.oidc.name if own.oidc.issuer else "",
    )  # fmt: skip
    more = {"retry_after": str(facts["seconds"])} if "seconds" in facts else {}
    return html(page, status, **more)


def show_invitation(knock: Knock, refusal: Refusal | None = None) -> Response:
    """Asks for a password; looking uses nothing up, since mail programs look at links, too."""
    program, request = knock.program, knock.request
    with reading(program.engine) as connection:
        person = signing_in.find_invited(connection, request.path_params["token"], program.clock.now())
    language = (person.language if person else None) or asked_language(request)
    told = Refused(refusal.code, refusal.sentence, refusal.next_step, refusal.facts) if refusal else None
    frame = Frame(language=language, section=Section.NONE, path="/sign-in", refused=told)
    page = render_page("invitation.html", frame, person=person, token=request.path_params["token"])
    status = status_of(refusal) if refusal else 200 if person else 404
    return html(page, status)


def accept(knock: Knock) -> Response:
    program, request, form = knock.program, knock.request, knock.form
    at = program.clock.now()
    try:
        signing_in.refuse_different(form.get("password"), form.get("again"))
        with writing(program.engine) as connection:
            person = signing_in.accept_invitation(connection, request.path_params["token"], form.get("password"), at)
            history.add_deed(connection, at=at, person_id=person.id, act="password set", subject=person.login)
            token = begin_session(connection, person, at=at, device=device_of(request.headers.get("user-agent", "")))
    except Refusal as refusal:
        return show_invitation(knock, refusal)
    except Busy:
        return _sign_in_page(program, request, 503, code="busy")
    response = go_to("/worklist")
    set_cookie(response, program.config, token)
    return response


def sign_out(asked: Asked) -> Response:
    sessions.end_session(asked.desk.connection, asked.visitor.session.id, person_id=asked.visitor.actor.id)
    response = go_to("/sign-in")
    drop_cookie(response, asked.program.config)
    return response


PAGES: Sequence[Page] = (Page("/sign-out", act=sign_out, act_needs=Needs.LOOK),)
