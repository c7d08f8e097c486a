"""Invitations over HTTP: a link asks, and only the form on its page uses it up."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db.engine import reading, writing
from db.people import Actor
from monitor.bootstrap import Program
from monitor.services.inviting import accept, find_invited
from monitor.services.sessions import begin_session
from monitor.web.staff.answers import go_to
from monitor.web.staff.browsers import browser_of
from monitor.web.staff.knocking import Knock, Open
from monitor.web.staff.visitors import set_cookie
from schedules.errors import NotFound, Refusal, Unacceptable


def show_invitation(knock: Knock) -> Response:
    """Looking uses nothing up: mail programs and virus scanners open links, too."""
    return _page(knock)


def take_invitation(knock: Knock) -> Response:
    program, form = knock.program, knock.form
    password, again = form.get("new-password"), form.get("again-password")
    try:
        if not program.config.sign_in.passwords:
            raise Unacceptable("Nobody signs in by a password here.", code="no-passwords")
        if not password:
            form.complain("new-password", "missing")
        elif password != again:
            form.complain("again-password", "not-the-same")
        form.finish()
        with writing(program.engine) as connection:
            at = program.clock.now()
            person = accept(connection, _token(knock), password, at)
            device = browser_of(knock.request.headers.get("user-agent", ""))
            token = begin_session(connection, person, at=at, device=device)
    except NotFound:
        return _gone(knock)
    except Refusal as refusal:
        return _page(knock, 422, refusal)
    response = go_to("/worklist")
    set_cookie(response, program.config, token)
    return response


def _page(knock: Knock, status: int = 200, refusal: Refusal | None = None) -> Response:
    with reading(knock.program.engine) as connection:
        found = find_invited(connection, _token(knock), knock.program.clock.now())
    if found is None:
        return _gone(knock)
    person: Actor = found[1]
    own = knock.program.config.sign_in
    return knock.page(
        "invitation.html", status, refusal=refusal, person=person, passwords=own.passwords, token=_token(knock),
        service=own.oidc.name if own.oidc.issuer else "",
    )  # fmt: skip


def _gone(knock: Knock) -> Response:
    return knock.say("invitation-gone", 404)


def _token(knock: Knock) -> str:
    return str(knock.request.path_params["token"])


def open_routes(program: Program) -> list[BaseRoute]:
    return [Route("/invitation/{token}", Open(program, show=show_invitation, act=take_invitation))]
