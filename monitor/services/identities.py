"""Identities: who somebody is at the hospital's sign-in service, on an administrator's word or by a link of ours."""

from datetime import datetime

from db import history, identities, people
from db.engine import Connection
from db.identities import Identity
from db.people import Actor
from db.sessions import end_sessions
from monitor.services.desk import Desk
from monitor.services.inviting import find_invited_by_hash, invitation_gone, take
from monitor.services.people import get_colleague
from schedules.errors import Conflict, NotFound, Unacceptable


def link(desk: Desk, issuer: str, login: str, subject: str) -> int:
    """Say who a person is at the service (administrators only); returns the line of the history."""
    desk.require_admin()
    person = get_colleague(desk.connection, login)
    cleaned = subject.strip()
    if not issuer:
        raise Unacceptable(
            "No sign-in service is set.", "Set sign_in.oidc.issuer in the configuration first.", code="no-service"
        )
    if not cleaned or len(cleaned) > 255 or not cleaned.isprintable():
        raise Unacceptable(
            "This is no id of a sign-in service: it has 1 to 255 characters.", "It stands there as `sub`.",
            code="subject-unusable",
        )  # fmt: skip
    _add(desk.connection, Identity(issuer, cleaned, person.id))
    return _keep(desk.connection, desk.at, desk.actor.id, "person link", login)


def unlink(desk: Desk, login: str, issuer: str, subject: str) -> int:
    """Take it back (administrators only); whoever is signed in that way is not any more."""
    desk.require_admin()
    person = get_colleague(desk.connection, login)
    if not identities.drop_identity(desk.connection, issuer, subject, person_id=person.id):
        raise NotFound(f"'{login}' is not linked with that.", "Look at the person again.", code="identity-gone")
    end_sessions(desk.connection, person.id)
    return _keep(desk.connection, desk.at, desk.actor.id, "person unlink", login)


def link_by_invitation(connection: Connection, identity: tuple[str, str], token_sha256: str, at: datetime) -> Actor:
    """Whoever opened a link of ours and then signed in at the service is that person; the link is used up."""
    found = find_invited_by_hash(connection, token_sha256, at)
    if found is None:
        raise invitation_gone()
    invitation, person = found
    _add(connection, Identity(*identity, person.id))
    take(connection, invitation, at)
    _keep(connection, at, person.id, "person link", person.login)
    return person


def find_linked(connection: Connection, issuer: str, subject: str) -> Actor | None:
    """Who that is here; None for somebody unknown and somebody who may not use the program any more."""
    known = identities.find_identity(connection, issuer, subject)
    person = people.find_person_by_id(connection, known.person_id) if known else None
    return person if person and not person.is_disabled else None


def _add(connection: Connection, wanted: Identity) -> None:
    known = identities.find_identity(connection, wanted.issuer, wanted.subject)
    if known and known.person_id != wanted.person_id:
        raise Conflict(
            "This hospital sign-in belongs to somebody else here already.", "Take it from them first.",
            code="identity-taken",
        )  # fmt: skip
    if known is None:
        identities.add_identity(connection, wanted)


def _keep(connection: Connection, at: datetime, person_id: int, act: str, login: str) -> int:
    """By the login alone: what the service calls a person may be a name or a number of theirs."""
    return history.add_deed(connection, at=at, person_id=person_id, act=act, subject=login)
