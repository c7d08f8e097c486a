"""Staffing: who of the staff may do what, changed by an administrator; the last of them always remains."""

from collections.abc import Sequence
from dataclasses import dataclass

from db import history, people, recipients
from db.credentials import drop_credential
from db.invitations import drop_invitations
from db.people import Actor
from db.sessions import Session, end_session, end_sessions, list_sessions
from monitor.config.settings import SignIn
from monitor.services.desk import Desk
from monitor.services.people import ROLES, get_colleague, wanted_clinics
from monitor.services.recipients import find_lonely, leave
from monitor.services.sessions import Limits
from schedules.errors import Conflict, NotFound, Unacceptable


@dataclass(frozen=True, slots=True)
class Disabled:
    """What became of somebody who left: the line of the history, and the clinics whose digest they still get since
    nobody else would."""

    deed_id: int
    lonely: Sequence[str]


def change_person(desk: Desk, login: str, *, role: str, clinic_ids: Sequence[str]) -> int:
    """Give a person another role or other clinics; they sign in again. Returns the line of the history.

    Refuses (Conflict) when no administrator would be left, and (Unacceptable) where nothing would change.
    """
    desk.require_admin()
    people.lock_administrators(desk.connection)
    person = get_colleague(desk.connection, login)
    if role not in ROLES:
        raise Unacceptable(f"There is no role '{role}'.", f"Known: {', '.join(ROLES)}.")
    wanted = wanted_clinics(desk.connection, login, role, clinic_ids)
    if (role, frozenset(wanted)) == (person.role, person.clinic_ids):
        raise Unacceptable(
            f"'{login}' has that role and those clinics already.", "Nothing needs to be done.", code="person-same",
            login=login,
        )  # fmt: skip
    if role != "admin":
        _refuse_last(desk, person)
    people.set_role(desk.connection, person.id, role, wanted)
    end_sessions(desk.connection, person.id)
    return _keep(desk, "person change", f"{login}: {_of(person.role, person.clinic_ids)} → {_of(role, wanted)}")


def disable(desk: Desk, login: str, *, reason: str = "") -> Disabled:
    """Shut a person out: sessions, links and password end at once, and so does the digest, unless a clinic would be
    left without a reader. What they did stays theirs. Refuses (Conflict) the last administrator.
    """
    desk.require_admin()
    people.lock_administrators(desk.connection)
    person = get_colleague(desk.connection, login)
    if person.is_disabled:
        raise Conflict(
            f"'{login}' may not use the program already.", "Nothing needs to be done.", code="person-disabled",
            login=login,
        )  # fmt: skip
    _refuse_last(desk, person)
    people.set_disabled(desk.connection, person.id, desk.at)
    end_sessions(desk.connection, person.id)
    drop_invitations(desk.connection, person.id)
    drop_credential(desk.connection, person.id)
    deed_id = _keep(desk, "person disable", login, reason=reason or None)
    return Disabled(deed_id, _end_digest(desk, login))


def enable(desk: Desk, login: str) -> int:
    """Let a person in again; they need a new link to choose a password."""
    desk.require_admin()
    person = get_colleague(desk.connection, login)
    if not person.is_disabled:
        raise Conflict(
            f"'{login}' may use the program already.", "Nothing needs to be done.", code="person-enabled", login=login
        )
    people.set_disabled(desk.connection, person.id, None)
    return _keep(desk, "person enable", login)


def end_session_of(desk: Desk, login: str, session_id: int | None = None) -> int:
    """Sign somebody out, in one browser or in all; returns in how many. For administrators, and for oneself.

    Refuses (NotFound) a session that is over already.
    """
    if login != desk.actor.login:
        desk.require_admin()
    person = get_colleague(desk.connection, login)
    if session_id is None:
        ended = end_sessions(desk.connection, person.id)
    elif end_session(desk.connection, session_id, person_id=person.id):
        ended = 1
    else:
        raise NotFound(
            f"'{login}' is not signed in there any more.", "Look at the list again: `monitor session list`.",
            code="session-gone",
        )  # fmt: skip
    if ended and person.id != desk.actor.id:
        _keep(desk, "session end", f"{login}: {ended}")
    return ended


def list_sessions_of(desk: Desk, own: SignIn, login: str | None = None) -> list[tuple[Actor, Session]]:
    """Who is signed in (administrators only), everybody or one person, the session used last first."""
    desk.require_admin()
    everybody = [get_colleague(desk.connection, login)] if login else people.list_people(desk.connection)
    limits = Limits.of(own)
    found = [(one, each) for one in everybody for each in list_sessions(desk.connection, one.id)]
    live = [(one, each) for one, each in found if not limits.is_over(each, desk.at)]
    return sorted(live, key=lambda pair: pair[1].used_at, reverse=True)


def _refuse_last(desk: Desk, person: Actor) -> None:
    """Without an administrator nobody could let anybody in, not even an administrator."""
    others = [
        one
        for one in people.list_people(desk.connection)
        if one.role == "admin" and not one.is_disabled and one.id != person.id
    ]
    if person.role == "admin" and not person.is_disabled and not others:
        raise Conflict(
            f"'{person.login}' is the last administrator; nothing was changed.", "Let another become one first.",
            code="last-administrator", login=person.login,
        )  # fmt: skip


def _end_digest(desk: Desk, login: str) -> Sequence[str]:
    """Take somebody out of the digest; returns the clinics for which nobody else gets it, and then they stay in."""
    recipients.lock_recipients(desk.connection)
    everybody = recipients.list_recipients(desk.connection)
    known = next((one for one in everybody if one.login == login), None)
    if known is None:
        return ()
    lonely = find_lonely(everybody, known, known.clinic_ids)
    if not lonely:
        leave(desk, login, reason="may not use the program any more")
    return lonely


def _of(role: str, clinic_ids: Sequence[str] | frozenset[str]) -> str:
    return f"{role} in {', '.join(sorted(clinic_ids)) or 'no clinic yet'}"


def _keep(desk: Desk, act: str, subject: str, *, reason: str | None = None) -> int:
    return history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act, subject=subject[:200], reason=reason
    )
