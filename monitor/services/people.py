"""People and clinics: who may act and where, entered by an administrator and kept in the history."""

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import available_timezones

from db import history, people
from db.engine import Connection
from db.people import Actor, Clinic
from monitor.services.desk import Desk
from schedules.errors import Conflict, NotFound, Unacceptable
from schedules.problems import did_you_mean
from schedules.working_days import is_known_country, list_countries, list_subdivisions

ROLES = ("viewer", "nurse", "clinician", "admin")
LOGIN = re.compile(r"[^\W_][\w.@+-]{0,79}")
CLINIC_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def find_administrators(connection: Connection) -> Sequence[str]:
    """The logins of those who may add others."""
    everybody = people.list_people(connection)
    return [one.login for one in everybody if one.role == "admin" and not one.is_disabled]


def add_first_administrator(
    connection: Connection, *, login: str, name: str, clinic: Clinic | None, at: datetime
) -> Actor:
    """The one person who needs nobody else to be let in; refuses (Conflict) a second one."""
    there = find_administrators(connection)
    if there:
        raise Conflict(
            f"There is an administrator already: '{there[0]}'. Nobody else was added.",
            f"Add others with `monitor --by {there[0]} person add`.",
        )
    _refuse_login(connection, login)
    if clinic:
        _refuse_clinic(connection, clinic)
        people.add_clinic(connection, clinic)
    known = [one.id for one in people.list_clinics(connection)]
    actor = people.add_person(connection, login=login, name=_clean_name(name), role="admin", clinic_ids=known)
    history.add_deed(
        connection, at=at, person_id=actor.id, act="init", subject=f"{login}: admin",
        clinic_id=clinic.id if clinic else None,
    )  # fmt: skip
    return actor


def add_person(desk: Desk, *, login: str, name: str, role: str, clinic_ids: Sequence[str]) -> Actor:
    """Let a person use the program, in some clinics; an administrator sees every clinic."""
    desk.require_admin()
    _refuse_login(desk.connection, login)
    wanted = wanted_clinics(desk.connection, login, role, clinic_ids)
    actor = people.add_person(desk.connection, login=login, name=_clean_name(name), role=role, clinic_ids=wanted)
    _keep(desk, "person add", f"{login}: {role} in {', '.join(wanted) or 'no clinic yet'}")
    return actor


def add_clinic(desk: Desk, clinic: Clinic) -> Sequence[str]:
    """Add a clinic and let every administrator see it; returns their logins. The rest is `add_person`'s."""
    desk.require_admin()
    _refuse_clinic(desk.connection, clinic)
    people.add_clinic(desk.connection, clinic)
    administrators = [one for one in people.list_people(desk.connection) if one.role == "admin"]
    for one in administrators:
        people.let_in(desk.connection, one.id, [clinic.id])
    _keep(desk, "clinic add", f"{clinic.id}: {clinic.time_zone}, {clinic.country}", clinic_id=clinic.id)
    return [one.login for one in administrators]


def list_people(desk: Desk) -> Sequence[Actor]:
    """Everybody, for an administrator."""
    desk.require_admin()
    return people.list_people(desk.connection)


def list_clinics(desk: Desk) -> Sequence[Clinic]:
    """The clinics that the person may see."""
    return [one for one in people.list_clinics(desk.connection) if desk.may_see(one.id)]


def wanted_clinics(connection: Connection, login: str, role: str, clinic_ids: Sequence[str]) -> list[str]:
    """An administrator's are all; anybody else needs one at least. Refuses one that is not in the record."""
    known = [one.id for one in people.list_clinics(connection)]
    for clinic_id in clinic_ids:
        if clinic_id not in known:
            hint = did_you_mean(clinic_id, known) or "Add it first with `monitor clinic add`."
            raise NotFound(f"There is no clinic '{clinic_id}'.", hint)
    if role != "admin" and not clinic_ids:
        raise Unacceptable(
            f"Without a clinic '{login}' would see nothing.",
            f"Name at least one with --clinic: {', '.join(known) or 'there is none yet'}.",
            code="person-without-clinic", login=login,
        )  # fmt: skip
    return known if role == "admin" else sorted(set(clinic_ids))


def get_colleague(connection: Connection, login: str) -> Actor:
    """Somebody of the staff; refuses (NotFound) whoever is none."""
    known = {one.login: one for one in people.list_people(connection)}
    if login not in known:
        raise NotFound(
            f"There is nobody with the login '{login}'.",
            did_you_mean(login, known) or "`monitor person list` shows everybody.",
        )
    return known[login]


def _refuse_login(connection: Connection, login: str) -> None:
    if not LOGIN.fullmatch(login):
        raise Unacceptable(
            "This login cannot be used.",
            "Take up to 80 letters, digits and . @ + - _ without blanks, beginning with a letter or a digit.",
            code="login-unusable",
        )
    for one in people.list_people(connection):
        # "Ada" and "ada" would be taken for one person, by people if not by the program.
        if one.login.casefold() == login.casefold():
            raise Conflict(
                f"The login '{one.login}' is taken.", "`monitor person list` shows everybody.",
                code="login-taken", login=one.login,
            )  # fmt: skip


def _clean_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 200:
        raise Unacceptable(
            "A person needs a name of 1 to 200 characters.", "Give it with --name.", code="name-unusable"
        )
    return cleaned


def _refuse_clinic(connection: Connection, clinic: Clinic) -> None:
    if not CLINIC_ID.fullmatch(clinic.id) or len(clinic.id) > 40:
        raise Unacceptable(
            f"'{clinic.id}' cannot be the id of a clinic.",
            "Take small letters, digits and single hyphens, such as north or day-clinic-2.",
            code="clinic-id",
        )
    if people.find_clinic(connection, clinic.id):
        raise Conflict(
            f"The clinic '{clinic.id}' is in the record already.", "`monitor clinic list` shows them all.",
            code="clinic-there", clinic=clinic.id,
        )  # fmt: skip
    refuse_time_zone(clinic.time_zone)
    refuse_country(clinic.country, clinic.subdivision)


def refuse_time_zone(time_zone: str) -> None:
    if time_zone not in available_timezones():
        hint = did_you_mean(time_zone, available_timezones()) or "It is written like Europe/Berlin."
        raise Unacceptable(f"'{time_zone}' is not a time zone.", hint, code="zone-unknown", zone=time_zone)


def refuse_country(country: str, subdivision: str | None) -> None:
    """Refuse a country, or a part of one, of which the public holidays are not known."""
    if not is_known_country(country):
        hint = did_you_mean(country.upper(), list_countries()) or "It is written with two capital letters, such as DE."
        raise Unacceptable(
            f"The public holidays of '{country}' are not known.", hint, code="country-unknown", country=country
        )
    if subdivision and not is_known_country(country, subdivision):
        parts = list_subdivisions(country)
        known = f"Known: {', '.join(parts)}." if parts else f"{country} has none."
        hint = f"{did_you_mean(subdivision, parts)} {known}".strip()
        raise Unacceptable(
            f"'{subdivision}' is not a part of {country} with public holidays of its own.", hint,
            code="subdivision-unknown", subdivision=subdivision, country=country, known=", ".join(parts),
        )  # fmt: skip


def _keep(desk: Desk, act: str, subject: str, *, clinic_id: str | None = None) -> None:
    history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act, subject=subject[:200], clinic_id=clinic_id
    )
