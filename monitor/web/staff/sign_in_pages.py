"""Signing in and out."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from db import sessions
from monitor.bootstrap import Program
from monitor.web.staff.answers import go_to
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.forms import Form
from monitor.web.staff.visitors import drop_cookie


def sign_out(asked: Asked) -> Response:
    sessions.end_session(asked.desk.connection, asked.visitor.session.id, person_id=asked.visitor.actor.id)
    response = go_to("/sign-in")
    drop_cookie(response, asked.program.config)
    return response


def lapsed(program: Program, request: Request, form: Form) -> Response:
    """Whoever sent a form without being signed in (any more)."""
    return go_to("/sign-in")


def open_routes(program: Program) -> list[BaseRoute]:
    """What can be reached without being signed in."""
    return []


PAGES: Sequence[Page] = (Page("/sign-out", act=sign_out, act_needs=Needs.LOOK),)
