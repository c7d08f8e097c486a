"""Addresses: secret ones to calendars and pages, each shown once, kept only as a hash, withdrawn for good."""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from db import feeds, history, patients
from db.engine import Connection
from db.feeds import Address, Fetch, NewAddress
from db.people import PATIENT
from monitor.services.desk import Desk
from monitor.services.enrolling import get_patient
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable

APPOINTMENTS, PAGE, WORKLIST = "appointments", "page", "worklist"
MOST = 12
"""Addresses that hold for one patient: enough for two telephones, a partner and two practices."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new address and its token, which nobody can look up later."""

    address: Address
    token: str

    @property
    def path(self) -> str:
        return path_of(self.address.purpose, self.token)


@dataclass(frozen=True, slots=True)
class Listed:
    """An address with who fetched from it, the latest first, and its patient where it has one."""

    address: Address
    fetched: Sequence[Fetch]
    reference: str | None = None


def path_of(purpose: str, token: str) -> str:
    """Where a token belongs. Never last in a calendar's path: some programs show that part as the name."""
    return f"/p/{token}/" if purpose == PAGE else f"/c/{token}/{purpose}.ics"


TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""What a token looks like; anything else need not be looked up."""


def new_token() -> str:
    """256 random bits in 43 characters that need no escaping."""
    return secrets.token_urlsafe(32)


def token_from_page(page_token: str, salt: str) -> str:
    """The token of a calendar that was made for a page: the page can show it again, and it never opens the page."""
    mac = hmac.digest(page_token.encode(), f"calendar {salt}".encode(), "sha256")
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def find_address(connection: Connection, token: str) -> Address | None:
    """What a token opens; withdrawn addresses too, unknown ones not."""
    return feeds.find_address(connection, hash_of(token))


# --- Issuing ----------------------------------------------------------------------------------------


def issue_to_patient(
    desk: Desk, reference: str, *, label: str, consented: bool = False, page: bool = True, calendar: bool = True
) -> list[Issued]:
    """A page and a calendar for a patient, or one of the two (a partner or a practice gets the calendar alone).

    A calendar needs the patient's consent, given after being told that calendar providers keep copies.
    """
    desk.require_writer()
    patient = get_patient(desk, reference)
    if calendar:
        _require_consent(consented)
    issued = []
    if page:
        issued.append(_issue(desk, NewAddress(PAGE, patient.clinic_id, _label(label), "", patient.id)))
    if calendar:
        of_page = issued[0] if issued else None
        issued.append(_issue_calendar(desk, patient.id, patient.clinic_id, label, of_page))
    return issued


def issue_to_clinic(desk: Desk, clinic_id: str, *, label: str) -> Issued:
    """The worklist of a clinic as a calendar, for the person who asks; it ends with their access to the clinic."""
    desk.require_writer()
    if not desk.may_see(clinic_id):
        raise NotFound(f"There is no clinic '{clinic_id}' among yours.", "`monitor clinic list` shows yours.")
    return _issue(desk, NewAddress(WORKLIST, clinic_id, _label(label), "", person_id=desk.actor.id))


def add_calendar_from_page(desk: Desk, page: Address, page_token: str, *, label: str, consented: bool) -> Issued:
    """A further calendar that a patient makes on their own page."""
    _require_consent(consented)
    assert page.patient_id is not None
    return _issue_calendar(desk, page.patient_id, page.clinic_id, label, Issued(page, page_token))


def _issue_calendar(desk: Desk, patient_id: int, clinic_id: str, label: str, page: Issued | None) -> Issued:
    salt = secrets.token_hex(16) if page else None
    token = token_from_page(page.token, salt) if page and salt else new_token()
    new = NewAddress(
        APPOINTMENTS, clinic_id, _label(label), "", patient_id, page_id=page.address.id if page else None, salt=salt,
        consented_on=desk.today[clinic_id],
    )  # fmt: skip
    return _issue(desk, new, token)


def _issue(desk: Desk, new: NewAddress, token: str | None = None) -> Issued:
    token = token or new_token()
    if new.patient_id is not None and len(_holding(desk.connection, new.patient_id)) >= MOST:
        raise Unacceptable(
            f"There are {MOST} addresses already, and each is one more that could be seen by others.",
            "Withdraw those that are no longer used first.",
        )
    row = NewAddress(
        new.purpose, new.clinic_id, new.label, hash_of(token), new.patient_id, new.person_id, new.page_id, new.salt,
        new.consented_on,
    )  # fmt: skip
    address = feeds.add_address(desk.connection, row, stamp=desk.stamp())
    _keep(desk, address, "feed issue")
    return Issued(address, token)


def _require_consent(consented: bool) -> None:
    if not consented:
        raise Unacceptable(
            "Nobody has said that the patient agreed. Calendar providers keep copies of what they fetch.",
            "Tell the patient, and confirm that they agree (--consent).",
        )


def _label(label: str) -> str:
    cleaned = " ".join(label.split())
    if not cleaned or len(cleaned) > 100 or not cleaned.isprintable():
        raise Unacceptable("An address needs a label of 1 to 100 characters.", "For example: own phone.")
    return cleaned


# --- Withdrawing and replacing ------------------------------------------------------------------------


def get_address(desk: Desk, feed_id: int) -> Address:
    """An address of the person's clinics; another's is as unknown as one that does not exist."""
    found = feeds.list_addresses(desk.connection, feed_id=feed_id, clinic_ids=sorted(desk.actor.clinic_ids))
    if not found:
        raise NotFound(
            f"There is no address {feed_id} in your clinics.", "`monitor feed list` shows them.", code="feed-unknown"
        )
    return found[0]


def revoke(desk: Desk, feed_id: int, *, reason: str) -> list[Address]:
    """Withdraw an address. With a page go the calendars made from it, since whoever has the page has them."""
    desk.require_writer()
    if not reason.strip():
        raise Unacceptable(
            "This needs a reason, and none was given.", "Say why (--reason).", code="clinic-reason-missing"
        )
    address = get_address(desk, feed_id)
    if address.ended_at:
        raise Conflict(
            f"Address {feed_id} was withdrawn already.", "`monitor feed list` shows which hold.", code="address-ended"
        )
    ended = [address, *_made_from(desk.connection, address)]
    for one in ended:
        _end(desk, one, reason)
    return ended


def replace(desk: Desk, feed_id: int, *, reason: str) -> list[Issued]:
    """Withdraw an address and issue one in its stead; the consent that was given goes on."""
    ended = revoke(desk, feed_id, reason=reason)
    issued: list[Issued] = []
    for old in ended:
        salt = secrets.token_hex(16) if old.salt else None
        page = issued[0] if salt and issued else None
        token = token_from_page(page.token, salt) if page and salt else new_token()
        new = NewAddress(
            old.purpose, old.clinic_id, old.label, "", old.patient_id,
            desk.actor.id if old.purpose == WORKLIST else None, page.address.id if page else None,
            salt if page else None, old.consented_on,
        )  # fmt: skip
        issued.append(_issue(desk, new, token))
    return issued


def end_calendar_from_page(desk: Desk, page: Address, feed_id: int) -> None:
    """A patient removes one of their own calendars, whoever made it."""
    assert page.patient_id is not None
    mine = {one.id: one for one in _holding(desk.connection, page.patient_id) if one.purpose == APPOINTMENTS}
    if feed_id not in mine:
        raise NotFound("There is no such calendar any more.", "Look at the list again.")
    _end(desk, mine[feed_id], "removed by the patient")


def _end(desk: Desk, address: Address, reason: str) -> None:
    if desk.actor.role == PATIENT and address.purpose != APPOINTMENTS:
        raise NotAllowed("A patient can only remove calendars.")
    feeds.end_address(desk.connection, address.id, reason=reason, stamp=desk.stamp())
    _keep(desk, address, "feed revoke", reason=reason)


def _made_from(connection: Connection, page: Address) -> list[Address]:
    if page.purpose != PAGE or page.patient_id is None:
        return []
    return [one for one in _holding(connection, page.patient_id) if one.page_id == page.id]


def _holding(connection: Connection, patient_id: int) -> list[Address]:
    return [one for one in feeds.list_addresses(connection, patient_id=patient_id) if one.ended_at is None]


def _keep(desk: Desk, address: Address, act: str, *, reason: str | None = None) -> None:
    """In the history, by its number: labels may be names, and the token is nowhere."""
    treatments = patients.list_treatments(desk.connection, patient_id=address.patient_id) if address.patient_id else ()
    history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act,
        subject=f"address {address.id} ({address.purpose})", reason=reason, clinic_id=address.clinic_id,
        treatment_id=treatments[-1].id if treatments else None,
    )  # fmt: skip


# --- Looking ----------------------------------------------------------------------------------------


def list_of_patient(connection: Connection, patient_id: int) -> list[Listed]:
    """A patient's addresses, withdrawn ones too."""
    return _listed(connection, feeds.list_addresses(connection, patient_id=patient_id))


def list_for(desk: Desk, reference: str | None = None, *, clinic_id: str | None = None) -> list[Listed]:
    """The addresses of a patient, of a clinic, or of all that the person may see."""
    if reference is not None:
        return _listed(
            desk.connection, feeds.list_addresses(desk.connection, patient_id=get_patient(desk, reference).id)
        )
    if clinic_id is not None and not desk.may_see(clinic_id):
        raise NotFound(f"There is no clinic '{clinic_id}' among yours.", "`monitor clinic list` shows yours.")
    wanted = [clinic_id] if clinic_id else sorted(desk.actor.clinic_ids)
    return _listed(desk.connection, feeds.list_addresses(desk.connection, clinic_ids=wanted))


def _listed(connection: Connection, found: Sequence[Address]) -> list[Listed]:
    fetched = feeds.list_fetches(connection, [one.id for one in found])
    references = patients.list_references(connection, [one.patient_id for one in found if one.patient_id])
    return [Listed(one, fetched[one.id], references.get(one.patient_id or 0)) for one in found]


def list_treatments_of(desk: Desk, listed: Sequence[Listed]) -> dict[int, int]:
    """By patient the latest treatment, for a link to it."""
    wanted = {one.address.patient_id for one in listed if one.address.patient_id is not None}
    known = patients.list_treatments(desk.connection, clinic_ids=sorted(desk.actor.clinic_ids)) if wanted else ()
    return {one.patient_id: one.id for one in known if one.patient_id in wanted}
