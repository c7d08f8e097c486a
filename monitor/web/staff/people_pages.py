"""People: who of the staff may use the program, for an administrator who lets them in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from db import people, sessions
from db.credentials import list_holders
from db.identities import list_identities
from db.invitations import list_open
from db.people import Actor
from db.sessions import Session
from monitor.render.staff.values import Section
from monitor.services import staffing
from monitor.services.identities import link, unlink
from monitor.services.inviting import Invited, invite
from monitor.services.people import ROLES, add_person, list_clinics, list_people
from monitor.web.staff.answers import go_to
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.visitors import limits_of
from schedules.errors import NotFound

PLACE = "/clinic/people"


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the list shows them."""

    person: Actor
    state: str
    """in, invited, out (no way in yet), disabled."""
    invited_until: datetime | None
    seen_at: datetime | None


def show_people(asked: Asked) -> Response:
    members = _members(asked)
    lonely = [one for one in asked.query("digest").split(",") if asked.desk.may_see(one)]
    return asked.page(
        "people.html", Section.CLINIC, members=[one for one in members if one.state != "disabled"],
        gone=[one for one in members if one.state == "disabled"], zone=asked.zone, lonely=lonely,
    )  # fmt: skip


def show_new(asked: Asked) -> Response:
    return asked.page("person_new.html", Section.CLINIC, roles=ROLES, clinics=_clinics(asked))


def add(asked: Asked) -> Response:
    form = asked.form
    login, name = form.line("login", longest=80, required=True), form.line("person-name", required=True)
    role = form.choice("role", ROLES)
    form.finish()
    added = add_person(asked.desk, login=login, name=name, role=role, clinic_ids=form.all("person-clinic"))
    return _show_link(asked, added, invite(asked.desk, asked.program.config, added.login))


def show_person(asked: Asked) -> Response:
    person = _get(asked)
    member = next(one for one in _members(asked) if one.person.id == person.id)
    own = asked.program.config.sign_in
    return asked.page(
        "person.html", Section.CLINIC, member=member, person=person, roles=ROLES, clinics=_clinics(asked),
        sessions=list_live(asked, person.id), zone=asked.zone,
        identities=list_identities(asked.desk.connection, person.id),
        service=own.oidc.name if own.oidc.issuer else "",
        own_id=asked.visitor.session.id if person.id == asked.visitor.actor.id else None,
    )  # fmt: skip


def change(asked: Asked) -> Response:
    person = _get(asked)
    role = asked.form.choice("role", ROLES)
    asked.form.finish()
    deed_id = staffing.change_person(asked.desk, person.login, role=role, clinic_ids=asked.form.all("person-clinic"))
    return asked.back(f"{PLACE}/{person.id}", deed_id)


def make_link(asked: Asked) -> Response:
    person = _get(asked)
    return _show_link(asked, person, invite(asked.desk, asked.program.config, person.login))


def disable(asked: Asked) -> Response:
    person = _get(asked)
    reason = asked.form.line("left-because")
    asked.form.finish()
    done = staffing.disable(asked.desk, person.login, reason=reason)
    return asked.back(f"{PLACE}?digest={','.join(done.lonely)}" if done.lonely else PLACE, done.deed_id)


def enable(asked: Asked) -> Response:
    person = _get(asked)
    return asked.back(f"{PLACE}/{person.id}", staffing.enable(asked.desk, person.login))


def end_sessions(asked: Asked) -> Response:
    person = _get(asked)
    chosen = asked.form.numbers("session")
    if asked.form.ticked("others"):
        staffing.end_session_of(asked.desk, person.login)
    for session_id in chosen:
        staffing.end_session_of(asked.desk, person.login, session_id)
    return go_to(f"{PLACE}/{person.id}#sessions")


def add_identity(asked: Asked) -> Response:
    person = _get(asked)
    subject = asked.form.line("subject", longest=255, required=True)
    asked.form.finish()
    deed_id = link(asked.desk, asked.program.config.sign_in.oidc.issuer, person.login, subject)
    return asked.back(f"{PLACE}/{person.id}", deed_id)


def drop_identity(asked: Asked) -> Response:
    person = _get(asked)
    deed_id = unlink(asked.desk, person.login, asked.form.get("issuer"), asked.form.get("subject"))
    return asked.back(f"{PLACE}/{person.id}", deed_id)


def _show_link(asked: Asked, person: Actor, invited: Invited) -> Response:
    """The one page on which the link stands."""
    return asked.page("invited.html", Section.CLINIC, person=person, invited=invited, zone=asked.zone)


def _get(asked: Asked) -> Actor:
    person = people.find_person_by_id(asked.desk.connection, asked.number("person_id"))
    if person is None or person.role not in ROLES:
        raise NotFound("There is no such person.", code="person-unknown")
    return person


def _members(asked: Asked) -> Sequence[Member]:
    connection = asked.desk.connection
    holders, seen = list_holders(connection), sessions.list_latest(connection)
    invited = list_open(connection, asked.desk.at)
    linked = {one.person_id for one in list_identities(connection)}
    found = []
    for one in list_people(asked.desk):
        state = "in" if one.id in holders | linked else "invited" if one.id in invited else "out"
        found.append(Member(one, "disabled" if one.is_disabled else state, invited.get(one.id), seen.get(one.id)))
    return found


def list_live(asked: Asked, person_id: int) -> Sequence[Session]:
    """Where somebody is signed in, without what is over by its age."""
    limits = limits_of(asked.program.config)
    found = sessions.list_sessions(asked.desk.connection, person_id)
    return [one for one in found if not limits.is_over(one, asked.desk.at)]


def _clinics(asked: Asked) -> Sequence[tuple[str, str]]:
    return [(one.id, one.name) for one in list_clinics(asked.desk)]


_ONE = f"{PLACE}/{{person_id:int}}"
PAGES: Sequence[Page] = (
    Page(PLACE, show=show_people, needs=Needs.ADMIN),
    Page(f"{PLACE}/new", show=show_new, act=add, needs=Needs.ADMIN),
    Page(_ONE, show=show_person, act=change, needs=Needs.ADMIN),
    *(
        Page(f"{_ONE}/{name}", act=act, again=show_person, needs=Needs.ADMIN)
        for name, act in (
            ("invite", make_link),
            ("disable", disable),
            ("enable", enable),
            ("sessions", end_sessions),
            ("identity", add_identity),
            ("unlink", drop_identity),
        )
    ),
)
