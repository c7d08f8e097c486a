"""Inviting: a link, used once and not for long, by which a person chooses a password of their own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db import history, people
from db.credentials import find_credential
from db.engine import Connection
from db.invitations import Invitation, add_invitation, find_invitation, use_invitation
from db.people import Actor
from db.sessions import end_sessions
from monitor.config import Config
from monitor.services.addresses import TOKEN, hash_of, new_token
from monitor.services.desk import Desk
from monitor.services.passwords import refuse_weak, set_password
from monitor.services.people import get_colleague
from schedules.errors import NotFound, Unacceptable


@dataclass(frozen=True, slots=True)
class Invited:
    """The link, which nobody can look up later, and until when it holds."""

    login: str
    link: str
    expires_at: datetime


def invite(desk: Desk, config: Config, login: str) -> Invited:
    """A link for a person who has no password yet or has forgotten it (administrators only); an earlier one ends.

    The password that there was holds until the link is used. Refuses somebody who may not use the program.
    """
    desk.require_admin()
    person = get_colleague(desk.connection, login)
    if person.is_disabled:
        raise Unacceptable(
            f"'{login}' may not use the program any more.",
            f"Let them in again first: `monitor person enable {login}`.",
            code="person-disabled", login=login,
        )  # fmt: skip
    invited = make_invitation(desk.connection, config, person, desk.at)
    history.add_deed(desk.connection, at=desk.at, person_id=desk.actor.id, act="person invite", subject=login)
    return invited


def make_invitation(connection: Connection, config: Config, person: Actor, at: datetime) -> Invited:
    """Without asking who wants it: for `invite`, and for the first administrator."""
    token = new_token()
    expires_at = at + timedelta(hours=config.sign_in.invitation_hours)
    add_invitation(connection, person_id=person.id, token_sha256=hash_of(token), at=at, expires_at=expires_at)
    return Invited(person.login, f"{config.web.public_url}/invitation/{token}", expires_at)


def find_invited(connection: Connection, token: str, at: datetime) -> tuple[Invitation, Actor] | None:
    """Whom a link is for; None for one that was made up, used, replaced, or is too old."""
    return find_invited_by_hash(connection, hash_of(token), at) if TOKEN.fullmatch(token) else None


def find_invited_by_hash(connection: Connection, token_sha256: str, at: datetime) -> tuple[Invitation, Actor] | None:
    """The same for whoever comes back from the hospital's sign-in service."""
    found = find_invitation(connection, token_sha256)
    if found is None or not found.is_open(at):
        return None
    person = people.find_person_by_id(connection, found.person_id)
    return (found, person) if person and not person.is_disabled else None


def accept(connection: Connection, token: str, password: str, at: datetime) -> Actor:
    """Use the link: the password holds, and whoever was signed in as this person is not any more."""
    found = find_invited(connection, token, at)
    if found is None:
        raise invitation_gone()
    invitation, person = found
    refuse_weak(password, login=person.login, name=person.name)
    take(connection, invitation, at)
    is_new = find_credential(connection, person.id) is None
    set_password(connection, person.id, password, at)
    end_sessions(connection, person.id)
    how = "chose a password" if is_new else "chose a new password"
    history.add_deed(
        connection, at=at, person_id=person.id, act="person password", subject=f"{person.login}: {how} by a link"
    )
    return person


def take(connection: Connection, invitation: Invitation, at: datetime) -> None:
    """Use it up; refuses (NotFound) the second of two who do so at once."""
    if not use_invitation(connection, invitation.id, at):
        raise invitation_gone()


def invitation_gone() -> NotFound:
    return NotFound(
        "This link was used already, replaced, or is too old.", "Ask an administrator for a new one.",
        code="invitation-gone",
    )  # fmt: skip
