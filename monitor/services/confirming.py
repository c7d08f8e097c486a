"""Confirming: a code and a link that only a reader of the mailbox knows, and nothing of them in clear in the record."""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from db import history, tables
from db import recipients as stored
from db.engine import Connection
from db.facts import add_fact
from db.letters import Letter, add_letter
from db.recipients import Recipient
from monitor.config import Config
from monitor.render.confirmation_letter import write_confirmation
from monitor.render.mail_message import message_id_of, write_message
from monitor.services.desk import Desk
from monitor.services.examining_address import is_this_machine
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable

CONFIRM, LEAVE = "confirm", "leave"
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that people take for one another: I and 1, L, O and 0."""
LENGTH, GROUP = 12, 4
VALID = timedelta(days=14)
MOST_TRIES = 10
WRONG = "recipient wrong code"
TOKEN = re.compile(r"([0-9]{1,9})\.([A-Za-z0-9_-]{43})")
"""The row, and a MAC that only its code's hash can make; nine digits are a number to every database."""


def get_recipient(desk: Desk, login: str) -> Recipient:
    """Who gets the digest; somebody without a clinic in common is as unknown as somebody who gets none."""
    is_admin = desk.actor.role == "admin"
    for one in stored.list_recipients(desk.connection):
        if one.login == login and (
            is_admin or one.person_id == desk.actor.id or one.clinic_ids & desk.actor.clinic_ids
        ):
            return one
    raise NotFound(f"'{login}' gets no digest in your clinics.", "`monitor recipient list` shows who does.")


# --- Codes --------------------------------------------------------------------------------------------


def new_code() -> str:
    """Sixty bits in three groups: K7MP-2QXT-9WDE."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return "-".join(drawn[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def hash_code(code: str) -> str:
    """Of the code as a person may type it: small letters, blanks and hyphens do not matter."""
    typed = re.sub(r"[\s-]", "", code).upper()
    return sha256(typed.encode()).hexdigest()


def plan_confirmation(desk: Desk, config: Config, recipient: Recipient, code: str) -> None:
    """Put the mail with the code into the outbox."""
    key = f"confirmation/{recipient.id}"
    today = desk.today[recipient.clinic_id]
    link = link_of(config, confirm_token(recipient), CONFIRM)
    subject, text = write_confirmation(
        login=recipient.login, code=code, until=today + VALID, link=link, language=recipient.language
    )
    sender = config.mail.sender
    body = write_message(key=key, sender=sender, to=recipient.address, subject=subject, at=desk.at, text=text)
    letter = Letter(
        key, "confirmation", recipient.person_id, recipient.clinic_id, today, recipient.address, subject,
        message_id_of(key, sender), body,
    )  # fmt: skip
    add_letter(desk.connection, letter, desk.at)


def confirm(desk: Desk, login: str, code: str) -> bool:
    """Say that somebody read the mail; False for a wrong code, and the try is kept.

    A refusal would undo the note of the try, so the door refuses. Refuses (Conflict) what is confirmed already,
    and (Unacceptable) a code of more than 14 days ago and every try after the tenth.
    """
    stored.lock_recipients(desk.connection)
    recipient = get_recipient(desk, login)
    if recipient.is_confirmed:
        raise Conflict(f"The address of '{login}' is confirmed already.", "Nothing needs to be done.")
    if is_outdated(recipient, desk.at):
        raise Unacceptable(
            "This code is too old: it held for 14 days.", f"Send a new one: `monitor recipient resend-code {login}`."
        )
    tried = f"{login}: code {recipient.coded_id}"
    if stored.count_deeds(desk.connection, WRONG, tried) >= MOST_TRIES:
        raise Unacceptable(
            f"{MOST_TRIES} wrong codes were entered for '{login}'; this one counts no more, even if it is right.",
            f"Send a new one: `monitor recipient resend-code {login}`.",
        )
    if not hmac.compare_digest(hash_code(code), recipient.code_sha256):
        keep(desk, WRONG, tried)
        return False
    _enter(desk, recipient, "by the code")
    return True


def wrong_code(login: str) -> Unacceptable:
    """What a door says after `confirm` found the code wrong."""
    return Unacceptable(
        f"This is not the code that was sent for '{login}'.",
        "Type it as it stands in the newest mail; an earlier mail's code counts no more.",
    )


def confirm_by_link(desk: Desk, recipient: Recipient) -> None:
    """The same through the link in the mail; once more changes nothing."""
    stored.lock_recipients(desk.connection)
    if not get_recipient(desk, recipient.login).is_confirmed:
        _enter(desk, recipient, "by the link")


def resend_code(desk: Desk, config: Config, login: str) -> Recipient:
    """Send a new code and let the old one count no more; for the person or an administrator."""
    stored.lock_recipients(desk.connection)
    recipient = get_recipient(desk, login)
    if desk.actor.id != recipient.person_id and desk.actor.role != "admin":
        raise NotAllowed(f"A new code for '{login}' is sent at their own wish or an administrator's.")
    if recipient.is_confirmed:
        raise Conflict(
            f"The address of '{login}' is confirmed already.", "Nothing needs to be done.", code="confirmed-already",
            login=login,
        )  # fmt: skip
    code = new_code()
    renewed = enter_recipient(desk, recipient, code)
    keep(desk, "recipient code", login)
    plan_confirmation(desk, config, renewed, code)
    return renewed


def enter_recipient(
    desk: Desk, wanted: Recipient, code: str | None, *, is_new: bool = False, reason: str | None = None
) -> Recipient:
    """A row in place of the one that holds; without a code the one that was sent goes on."""
    add_fact(
        desk.connection, tables.recipient, wanted.person_id, stamp=desk.stamp(reason=reason),
        replaces_id=None if is_new else wanted.id, clinic_id=wanted.clinic_id, clinic_ids=sorted(wanted.chosen_ids),
        address=wanted.address, language=wanted.language, is_weekly=wanted.is_weekly,
        attaches_worklist=wanted.attaches_worklist, is_physician=wanted.is_physician,
        code_sha256=hash_code(code) if code else wanted.code_sha256,
    )  # fmt: skip
    entered = stored.find_recipient(desk.connection, wanted.person_id)
    assert entered is not None
    return entered


def keep(desk: Desk, act: str, subject: str, *, reason: str | None = None) -> None:
    """In the history, by the login: an address stands in the recipient's own row and nowhere else."""
    history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act, subject=subject[:200], reason=reason
    )


def is_outdated(recipient: Recipient, at: datetime) -> bool:
    return recipient.coded_at is None or at > recipient.coded_at + VALID


def _enter(desk: Desk, recipient: Recipient, how: str) -> None:
    add_fact(desk.connection, tables.confirmation, recipient.id, stamp=desk.stamp())
    keep(desk, "recipient confirm", f"{recipient.login}: {how}")


# --- Links --------------------------------------------------------------------------------------------


def confirm_token(recipient: Recipient) -> str:
    return _token_of(CONFIRM, recipient.id, recipient.code_sha256)


def token_to_leave(recipient: Recipient) -> str:
    """Whether the person may leave is `recipients.leave_token`'s to say."""
    return _token_of(LEAVE, recipient.id, recipient.code_sha256)


def _token_of(purpose: str, recipient_id: int, code_sha256: str) -> str:
    mac = hmac.digest(code_sha256.encode(), f"{purpose} {recipient_id}".encode(), "sha256")
    return f"{recipient_id}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def find_by_token(connection: Connection, token: str, purpose: str, at: datetime) -> Recipient | None:
    """Whom a link concerns. None for one that was made up, or whose person has another code by now or has left.

    Other choices (a language, a clinic) leave the links of earlier mails as they are.
    """
    parts = TOKEN.fullmatch(token)
    owner = stored.find_owner(connection, int(parts[1])) if parts else None
    if parts is None or owner is None:
        return None
    person_id, code_sha256 = owner
    if not hmac.compare_digest(_token_of(purpose, int(parts[1]), code_sha256), token):
        return None
    recipient = stored.find_recipient(connection, person_id)
    if recipient is None or recipient.code_sha256 != code_sha256:
        return None
    if purpose == CONFIRM and not recipient.is_confirmed and is_outdated(recipient, at):
        return None
    return recipient


def link_of(config: Config, token: str, purpose: str) -> str | None:
    """Where the link leads; None where `web.public_url` opens on this machine alone."""
    base = config.web.public_url
    return None if is_this_machine(urlsplit(base).hostname or "") else f"{base}/r/{token}/{purpose}"
