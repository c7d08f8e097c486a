"""The hospital's own sign-in over HTTP: there and back, once, in one browser, within ten minutes."""

import hmac
import logging
from datetime import datetime, timedelta

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db.engine import Connection, reading, writing
from db.identities import Sent, add_sent, drop_old_sent, take_sent
from db.people import Actor
from monitor.bootstrap import Program
from monitor.openid.faults import Untrusted
from monitor.openid.service import Begun, Service
from monitor.services.addresses import hash_of
from monitor.services.identities import find_linked, link_by_invitation
from monitor.services.inviting import find_invited
from monitor.services.sessions import begin_session
from monitor.web.staff.answers import go_to, is_local
from monitor.web.staff.browsers import browser_of
from monitor.web.staff.knocking import Knock, Open
from monitor.web.staff.visitors import cookie_name, end_before, find_visitor, is_secure, set_cookie
from schedules.errors import Conflict, NotFound, Refusal

BACK = "/sign-in/service/back"
WITHIN = timedelta(minutes=10)
LONGEST = 2000
logger = logging.getLogger("monitor.web")


class ServiceDoor:
    """Both ends of the way to the service."""

    def __init__(self, program: Program) -> None:
        own = program.config.sign_in.oidc
        self._issuer = own.issuer
        self._service = Service(
            issuer=own.issuer, client_id=own.client_id, client_secret=own.client_secret,
            back_to=f"{program.config.web.public_url}{BACK}",
        )  # fmt: skip

    def leave(self, knock: Knock) -> Response:
        """Send somebody there. It is a link and no form: browsers forbid a form to lead elsewhere."""
        back = knock.request.query_params.get("back", "")
        return self._leave(knock, back if is_local(back) and len(back) <= LONGEST else "/worklist", None)

    def leave_invited(self, knock: Knock) -> Response:
        """The same for somebody who was given a link of ours: whoever comes back is the person it was for."""
        program, token = knock.program, str(knock.request.path_params["token"])
        with reading(program.engine) as connection:
            found = find_invited(connection, token, program.clock.now())
        if found is None:
            return knock.say("invitation-gone", 404)
        return self._leave(knock, "/worklist", hash_of(token))

    def _leave(self, knock: Knock, back: str, invitation_sha256: str | None) -> Response:
        program = knock.program
        if not self._issuer:
            return knock.say("service-none", 404)
        now = program.clock.now()
        try:
            begun = self._service.begin(now)
        except Refusal as no:
            return _failed(knock, no)
        with writing(program.engine) as connection:
            drop_old_sent(connection, now - WITHIN)
            add_sent(connection, hash_of(begun.state), Sent(begun.nonce, begun.verifier, back, now, invitation_sha256))
        response = go_to(begun.address)
        _keep_state(response, program, begun)
        return response

    def come_back(self, knock: Knock) -> Response:
        """Who has come back. What was sent along counts once, and only in the browser that was sent."""
        program, query = knock.program, knock.request.query_params
        state, kept = query.get("state", ""), knock.request.cookies.get(_state_name(program), "")
        if not state or not hmac.compare_digest(state.encode(), kept.encode()):
            return knock.say("service-other-browser", 403)
        now = program.clock.now()
        with writing(program.engine) as connection:
            sent = take_sent(connection, hash_of(state))
        if sent is None or now - sent.made_at > WITHIN or not self._service.is_issuer(query.get("iss", "")):
            return knock.say("service-too-late", 403)
        if "error" in query or not query.get("code"):
            return knock.say("service-refused", 403)
        try:
            subject = self._service.find_subject(query["code"], nonce=sent.nonce, verifier=sent.verifier, now=now)
        except Refusal as no:
            return _failed(knock, no)
        return self._let_in(knock, sent, subject)

    def _let_in(self, knock: Knock, sent: Sent, subject: str) -> Response:
        program, request = knock.program, knock.request
        at = program.clock.now()
        try:
            with writing(program.engine) as connection:
                person = self._find(connection, sent, subject, at)
                if person is None:
                    return knock.page("unknown.html", 403, subject=subject, issuer=self._issuer)
                end_before(program, connection, request)
                device = browser_of(request.headers.get("user-agent", ""))
                token = begin_session(connection, person, at=at, device=device, is_external=True)
        except NotFound:
            return knock.say("invitation-gone", 404)
        except Conflict:
            return knock.say("service-somebody-else", 409)
        response = go_to(sent.back)
        set_cookie(response, program.config, token)
        response.delete_cookie(_state_name(program), path="/", secure=is_secure(program.config), httponly=True)
        return response

    def _find(self, connection: Connection, sent: Sent, subject: str, at: datetime) -> Actor | None:
        if sent.invitation_sha256 is not None:
            return link_by_invitation(connection, (self._issuer, subject), sent.invitation_sha256, at)
        return find_linked(connection, self._issuer, subject)


def show_done(knock: Knock) -> Response:
    """Where a second window ends: the first still holds what was typed."""
    with reading(knock.program.engine) as connection:
        visitor = find_visitor(knock.program, connection, knock.request)
    return knock.say("sign-in-done", 200, name=visitor.actor.name) if visitor else go_to("/sign-in")


def _failed(knock: Knock, no: Refusal) -> Response:
    """In the page's words; the log gets the program's, which name neither a person nor a token."""
    logger.warning("the hospital's sign-in service: %s", no.sentence)
    return knock.say(no.code, 403 if isinstance(no, Untrusted) else 503)


def _state_name(program: Program) -> str:
    return f"{cookie_name(program.config)}-state"


def _keep_state(response: Response, program: Program, begun: Begun) -> None:
    response.set_cookie(
        _state_name(program), begun.state, max_age=int(WITHIN.total_seconds()), path="/",
        secure=is_secure(program.config), httponly=True, samesite="lax",
    )  # fmt: skip


def open_routes(program: Program) -> list[BaseRoute]:
    door = ServiceDoor(program)
    return [
        Route("/sign-in/service", Open(program, show=door.leave)),
        Route(BACK, Open(program, show=door.come_back)),
        Route("/sign-in/done", Open(program, show=show_done)),
        Route("/invitation/{token}/service", Open(program, show=door.leave_invited)),
    ]
