"""Accounts: what people decide for themselves - their password, and the language of their pages."""

from db import history, people
from db.credentials import find_credential
from db.sessions import end_sessions
from monitor.services.desk import Desk
from monitor.services.passwords import is_right, set_password
from monitor.services.throttling import Try, begin_try, forgive_try
from schedules.errors import Conflict, Unacceptable
from schedules.phrases import spoken


def change_own_password(desk: Desk, old: str, new: str, attempt: Try) -> int | None:
    """Choose another password, on the word of the old one; every session ends, the caller begins a new one. Returns the
    line of the history.

    None for a wrong old password, and after several of them for a while for every one: a refusal would undo the note of
    the try, so the door refuses. Whoever signs in through the hospital alone has none to change (Conflict).
    """
    known = find_credential(desk.connection, desk.actor.id)
    if known is None:
        raise Conflict(
            "There is no password to change.", "An administrator can make a link to choose one.", code="password-none"
        )
    if not begin_try(desk.connection, attempt, desk.at) or not is_right(known.password_hash, old):
        return None
    forgive_try(desk.connection, attempt)
    set_password(desk.connection, desk.actor.id, new, desk.at)
    end_sessions(desk.connection, desk.actor.id)
    return _keep(desk, "person password", f"{desk.actor.login}: chose another")


def wrong_password() -> Unacceptable:
    """What a door says after `change_own_password` found the old one wrong."""
    return Unacceptable(
        "This is not your password.", "Type it again, or ask an administrator for a link.", code="password-wrong"
    )


def choose_language(desk: Desk, language: str | None) -> int | None:
    """The language of one's own pages; None leaves it to the browser. Nothing to keep where nothing changes."""
    if language is not None and spoken(language) != language:
        raise Unacceptable(f"There is no language '{language}' here.", "Known: en, de.")
    if language == desk.actor.language:
        return None
    people.set_language(desk.connection, desk.actor.id, language)
    return _keep(desk, "person language", f"{desk.actor.login}: {language or 'as the browser asks'}")


def _keep(desk: Desk, act: str, subject: str) -> int:
    return history.add_deed(desk.connection, at=desk.at, person_id=desk.actor.id, act=act, subject=subject)
