"""Visitors: who the browser's cookie stands for."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from db import people, sessions
from db.engine import Connection
from db.people import Actor
from db.sessions import Session
from monitor.bootstrap import Program
from monitor.config import Config
from monitor.services.sessions import Limits, find_signed_in, hash_token
from schedules.phrases import spoken


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person of the staff who is signed in, and the language of the pages."""

    actor: Actor
    session: Session
    language: str


def limits_of(config: Config) -> Limits:
    return Limits.of(config.sign_in)


def cookie_name(config: Config) -> str:
    """Over https with the prefix that binds the cookie to this host alone and to https."""
    return "__Host-monitor" if is_secure(config) else "monitor"


def is_secure(config: Config) -> bool:
    return config.web.public_url.startswith("https://")


def set_cookie(response: Response, config: Config, token: str) -> None:
    """For as long as the browser is open: the record decides when a session is over."""
    response.set_cookie(
        cookie_name(config), token, path="/", secure=is_secure(config), httponly=True, samesite="lax"
    )  # fmt: skip


def drop_cookie(response: Response, config: Config) -> None:
    response.delete_cookie(cookie_name(config), path="/", secure=is_secure(config), httponly=True, samesite="lax")


def find_visitor(program: Program, connection: Connection, request: Request) -> Visitor | None:
    token = request.cookies.get(cookie_name(program.config), "")
    found = find_signed_in(connection, token, limits_of(program.config), program.clock.now())
    if found is None:
        return None
    session, actor = found
    return Visitor(actor, session, actor.language or asked_language(request))


def find_before(program: Program, connection: Connection, request: Request) -> Actor | None:
    """Whose session the browser holds, though it may be over."""
    known = _session_of(program, connection, request)
    return people.find_person_by_id(connection, known.person_id) if known else None


def end_before(program: Program, connection: Connection, request: Request) -> None:
    """Whoever signs in anew leaves the session that this browser had."""
    known = _session_of(program, connection, request)
    if known:
        sessions.end_session(connection, known.id, person_id=known.person_id)


def _session_of(program: Program, connection: Connection, request: Request) -> Session | None:
    token = request.cookies.get(cookie_name(program.config), "")
    return sessions.find_session(connection, hash_token(token)) if token else None


def asked_language(request: Request) -> str:
    """The first language of the browser that we speak."""
    for part in request.headers.get("accept-language", "").split(","):
        wanted = part.partition(";")[0].strip().lower()[:2]
        if wanted and spoken(wanted) == wanted:
            return wanted
    return "en"
