"""A person's own account: language, password, and where they are signed in."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from db import sessions
from db.credentials import find_credential
from db.identities import list_identities
from monitor.render.staff.values import Section
from monitor.services.accounts import change_own_password, choose_language, wrong_password
from monitor.services.sessions import begin_session
from monitor.services.staffing import end_session_of
from monitor.services.throttling import make_try
from monitor.web.callers import find_caller
from monitor.web.staff import people_pages, reading_pages
from monitor.web.staff.answers import go_to
from monitor.web.staff.asking import Asked
from monitor.web.staff.browsers import browser_of
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.visitors import set_cookie

LANGUAGES = ("", "en", "de")
"""Empty: what the browser asks for."""


def show_account(asked: Asked) -> Response:
    person, connection = asked.visitor.actor, asked.desk.connection
    own = asked.program.config.sign_in
    return asked.page(
        "account.html", Section.ACCOUNT, person=person, sessions=people_pages.list_live(asked, person.id),
        own_id=asked.visitor.session.id, zone=asked.zone,
        has_password=own.passwords and find_credential(connection, person.id) is not None,
        service=own.oidc.name if own.oidc.issuer and list_identities(connection, person.id) else "",
        changed=asked.query("changed") == "password",
    )  # fmt: skip


def set_language(asked: Asked) -> Response:
    form = asked.form
    chosen = form.choice("page-language", LANGUAGES)
    form.finish()
    return asked.back("/account", choose_language(asked.desk, chosen or None))


def change_password(asked: Asked) -> Response:
    form, program, desk = asked.form, asked.program, asked.desk
    old, new = form.get("old-password"), form.get("new-password")
    for name in ("old-password", "new-password"):
        if not form.get(name):
            form.complain(name, "missing")
    if new and new != form.get("again-password"):
        form.complain("again-password", "not-the-same")
    form.finish()
    person = asked.visitor.actor
    attempt = make_try(person.login, find_caller(asked.request, program.config.sign_in.trusted_proxies))
    if change_own_password(desk, old, new, attempt) is None:
        return show_account(replace(asked, refusal=wrong_password()))  # no refusal: the try has to stay in the record
    device = browser_of(asked.request.headers.get("user-agent", ""))
    token = begin_session(desk.connection, person, at=desk.at, device=device)
    response = go_to("/account?changed=password")
    set_cookie(response, program.config, token)
    return response


def end_sessions(asked: Asked) -> Response:
    """One of one's own, or all but this one."""
    chosen = asked.form.numbers("session")
    if asked.form.ticked("others"):
        sessions.end_sessions(asked.desk.connection, asked.visitor.actor.id, but=asked.visitor.session.id)
    for session_id in chosen:
        end_session_of(asked.desk, asked.visitor.actor.login, session_id)
    return go_to("/account#sessions")


PAGES: Sequence[Page] = (
    Page("/account", show=show_account),
    Page("/account/language", act=set_language, again=show_account, act_needs=Needs.LOOK),
    Page("/account/password", act=change_password, again=show_account, act_needs=Needs.LOOK),
    Page("/account/sessions", act=end_sessions, again=show_account, act_needs=Needs.LOOK),
    *people_pages.PAGES,
    *reading_pages.PAGES,
)
