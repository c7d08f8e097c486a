"""Recipients: who gets the digest, entered by an administrator; the last one of a clinic can never get away."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from db import people, tables
from db import recipients as stored
from db.engine import Connection
from db.facts import void_fact
from db.people import Actor
from db.recipients import Recipient
from monitor.config import Config
from monitor.services.confirming import (
    enter_recipient,
    get_recipient,
    hash_code,
    keep,
    new_code,
    plan_confirmation,
    token_to_leave,
)
from monitor.services.desk import MAY_WRITE, Desk
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable
from schedules.problems import did_you_mean

ATOM, LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
ADDRESS = re.compile(rf"(?=.{{3,254}}$)(?=[^@]{{1,64}}@){ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})*")
"""One plain address: no name before it, no quotes, no list; what mail servers everywhere take."""
ROLES = MAY_WRITE | {"viewer"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What an administrator enters of a recipient; None leaves it as it is, or as it usually is."""

    address: str | None = None
    home: str | None = None
    clinics: Collection[str] = ()
    language: str | None = None
    is_weekly: bool | None = None
    attaches_worklist: bool | None = None
    is_physician: bool | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A recipient as a list shows it, with the clinics that the reader may see and the last letter that was sent."""

    recipient: Recipient
    clinic_ids: Sequence[str]
    sent_at: datetime | None


def add_recipient(desk: Desk, config: Config, login: str, choices: Choices) -> Recipient:
    """Let a person get the digest once the address is confirmed; plans the mail that asks for it.

    Refuses (Conflict) who gets it already, a home clinic that is not among the clinics, a clinic that the person may
    not see, and a responsible physician who is no clinician.
    """
    desk.require_admin()
    stored.lock_recipients(desk.connection)
    person = _get_person(desk.connection, login)
    if stored.find_recipient(desk.connection, person.id):
        raise Conflict(
            f"'{login}' gets the digest already.", f"Use `monitor recipient change {login}`.", code="recipient-there",
            login=login,
        )  # fmt: skip
    if choices.address is None or choices.home is None:
        raise Unacceptable("A recipient needs an address and a home clinic.", "Give --address and --home.")
    code = new_code()
    empty = Recipient(
        id=0, person_id=person.id, login=login, name=person.name, role=person.role, clinic_id=choices.home,
        clinic_ids=person.clinic_ids, address="", language=config.language, is_weekly=False, attaches_worklist=False,
        is_physician=False, is_confirmed=False, code_sha256=hash_code(code), chosen_ids=person.clinic_ids,
    )  # fmt: skip
    wanted = _chosen(empty, choices, person)
    added = enter_recipient(desk, wanted, code, is_new=True)
    keep(desk, "recipient add", describe(added))
    plan_confirmation(desk, config, added, code)
    return added


def change_recipient(desk: Desk, config: Config, login: str, choices: Choices) -> tuple[Recipient, bool]:
    """Change some of it and leave the rest; whether a new address has to be confirmed.

    Refuses (Conflict) a new address, or one clinic less, where nobody confirmed would be left for a clinic.
    """
    desk.require_admin()
    stored.lock_recipients(desk.connection)
    known = get_recipient(desk, login)
    wanted = _chosen(known, choices, _get_person(desk.connection, login))
    if wanted == known:
        raise Unacceptable("Nothing would change.", "Say what is to be different.", code="clinic-nothing-changes")
    is_moved = wanted.address != known.address
    given_up = known.clinic_ids if is_moved else known.clinic_ids - wanted.chosen_ids
    _refuse_lonely(desk.connection, known, given_up)
    code = new_code() if is_moved else None
    if is_moved:
        _end_confirmations(desk, known, reason="another address")
    changed = enter_recipient(desk, wanted, code)
    keep(desk, "recipient change", describe(changed) + (", another address" if is_moved else ""))
    if code:
        plan_confirmation(desk, config, changed, code)
    return changed, is_moved


def leave(desk: Desk, login: str, *, reason: str) -> Recipient:
    """Get no digest any more, at one's own wish or an administrator's.

    Refuses (Conflict) where a clinic would be left without a confirmed recipient, whoever wishes it.
    """
    if not reason.strip():
        raise Unacceptable(
            "This needs a reason, and none was given.", "Say why (--reason).", code="clinic-reason-missing"
        )
    stored.lock_recipients(desk.connection)
    known = get_recipient(desk, login)
    if desk.actor.id != known.person_id and desk.actor.role != "admin":
        raise NotAllowed(f"'{login}' leaves at their own wish or an administrator's.")
    _refuse_lonely(desk.connection, known, known.clinic_ids)
    _end_confirmations(desk, known, reason=reason)
    void_fact(desk.connection, tables.recipient, known.id, stamp=desk.stamp(reason=reason))
    keep(desk, "recipient leave", login, reason=reason)
    return known


def list_recipients(desk: Desk) -> list[Listed]:
    """Everybody who gets the digest of a clinic that the person may see; of other clinics nothing."""
    sent = stored.list_last_sent(desk.connection)
    return [
        Listed(one, shared, sent.get(one.person_id))
        for one in stored.list_recipients(desk.connection)
        if (shared := sorted(one.clinic_ids & desk.actor.clinic_ids)) or desk.actor.role == "admin"
    ]


def leave_token(connection: Connection, recipient: Recipient) -> str | None:
    """The token of the link by which the person leaves; None where a clinic would be left without anybody."""
    everybody = stored.list_recipients(connection)
    return None if find_lonely(everybody, recipient, recipient.clinic_ids) else token_to_leave(recipient)


def find_lonely(everybody: Iterable[Recipient], going: Recipient, clinic_ids: Collection[str]) -> list[str]:
    """The clinics that nobody confirmed would be left for; whoever is not confirmed leaves nobody alone."""
    if not going.is_confirmed:
        return []
    others = [one for one in everybody if one.is_confirmed and one.person_id != going.person_id]
    return sorted(one for one in clinic_ids if not any(one in other.clinic_ids for other in others))


def describe(one: Recipient) -> str:
    """`ada: north, home north, en, weekly`: what stands in the history, without the address."""
    more = {"weekly": one.is_weekly, "worklist attached": one.attaches_worklist, "physician": one.is_physician}
    clinics = ", ".join(sorted(one.chosen_ids))
    return ", ".join(
        [f"{one.login}: {clinics}, home {one.clinic_id}", one.language, *(k for k, on in more.items() if on)]
    )


def _chosen(known: Recipient, choices: Choices, person: Actor) -> Recipient:
    """The recipient with what was chosen, as far as it can be."""
    address = known.address if choices.address is None else _clean_address(choices.address)
    clinics = frozenset(choices.clinics) or known.chosen_ids
    for clinic_id in sorted(clinics - person.clinic_ids) if choices.clinics else []:
        hint = did_you_mean(clinic_id, person.clinic_ids)
        raise NotFound(
            f"'{person.login}' sees no clinic '{clinic_id}'.", hint or f"Theirs: {_named(person.clinic_ids)}.",
            code="recipient-clinic", login=person.login, clinic=clinic_id,
        )  # fmt: skip
    home = choices.home or known.clinic_id
    if home not in clinics & person.clinic_ids:
        raise Unacceptable(
            f"The home clinic '{home}' is not among the clinics of '{person.login}'.",
            f"Theirs: {_named(clinics & person.clinic_ids)}. Its day and hour are those of the digest (--home).",
            code="recipient-home",
            login=person.login,
        )
    wanted = replace(
        known, address=address, chosen_ids=clinics, clinic_ids=clinics & person.clinic_ids, clinic_id=home,
        language=choices.language or known.language,
        is_weekly=_or(choices.is_weekly, known.is_weekly),
        attaches_worklist=_or(choices.attaches_worklist, known.attaches_worklist),
        is_physician=_or(choices.is_physician, known.is_physician),
    )  # fmt: skip
    if wanted.is_physician and person.role != "clinician":
        raise Unacceptable(
            f"'{person.login}' is no clinician, so they cannot be the responsible physician ({person.role}).",
            "Leave out --physician, or name a clinician.", code="recipient-physician", login=person.login,
        )  # fmt: skip
    return wanted


def _or(chosen: bool | None, known: bool) -> bool:
    return known if chosen is None else chosen


def _named(clinic_ids: Collection[str]) -> str:
    return ", ".join(sorted(clinic_ids)) or "none"


def _clean_address(address: str) -> str:
    cleaned = address.strip()
    if not ADDRESS.fullmatch(cleaned):
        # The text may be anybody's address, mistyped: it is not repeated.
        raise Unacceptable(
            "This is no mail address.", "Write one plain address, such as ward@hospital.example, without a name.",
            code="mail-address",
        )  # fmt: skip
    return cleaned


def _get_person(connection: Connection, login: str) -> Actor:
    person = people.find_person(connection, login)
    if person is None or person.role not in ROLES:
        known = [one.login for one in people.list_people(connection)]
        raise NotFound(
            f"There is nobody with the login '{login}'.",
            did_you_mean(login, known) or "Add the person first: `monitor person add`.",
        )
    return person


def _refuse_lonely(connection: Connection, known: Recipient, given_up: Collection[str]) -> None:
    lonely = find_lonely(stored.list_recipients(connection), known, given_up)
    if lonely:
        raise Conflict(
            f"'{known.login}' is the last confirmed recipient of {_named(lonely)}: nobody else would learn what is "
            "overdue there. Nothing was changed.",
            f"Let an administrator add another first (`monitor recipient add LOGIN --home {lonely[0]} …`), and wait "
            "until that address is confirmed.",
            code="recipient-last",
            login=known.login,
            clinics=_named(lonely),
        )


def _end_confirmations(desk: Desk, known: Recipient, *, reason: str) -> None:
    """An address that comes back later is confirmed anew: somebody else may read it by then."""
    for one in stored.list_confirmations(desk.connection, known.person_id):
        void_fact(desk.connection, tables.confirmation, one, stamp=desk.stamp(reason=reason))
