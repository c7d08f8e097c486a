"""Letters over HTTP: what was mailed and what became of it, and what is done about what did not arrive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from starlette.responses import Response

from db.letters import LetterState
from db.outbox import ENDED, UNDELIVERED, KeptLetter
from db.sealing import list_noted
from monitor.render.staff.values import Section
from monitor.services import letters
from monitor.services.people import list_clinics
from monitor.web.staff.answers import download
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page

KINDS = ("daily", "weekly", "escalation", letters.CONFIRMATION)
DAYS = (7, 30, 90, 366)


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a message as it was sent: text to read, or a file by name and size."""

    kind: str
    text: str
    file: str = ""
    size: int = 0


def show_all(asked: Asked) -> Response:
    days = next((one for one in DAYS if str(one) == asked.query("days")), 30)
    state, kind, clinic = asked.query("state"), asked.query("kind"), asked.query("clinic")
    states = [one for one in LetterState if one.value == state] or (UNDELIVERED if state == "undelivered" else ())
    found = [
        one
        for one in letters.list_letters(asked.desk, days=days, states=states)
        if kind in {"", one.kind} and clinic in {"", one.clinic_id} and not (state == "undelivered" and one.settled_at)
    ]
    return asked.page(
        "clinic_letters.html", Section.CLINIC, letters=found, days=days, all_days=DAYS, state=state, kind=kind,
        clinic=clinic, clinics=list_clinics(asked.desk), kinds=KINDS, states=list(LetterState), zone=asked.zone,
        undelivered=UNDELIVERED,
    )  # fmt: skip


def show_one(asked: Asked) -> Response:
    letter = letters.get_letter(asked.desk, asked.number("letter_id"))
    body = letters.find_body(asked.desk, letter.id)
    is_kept, pieces = letters.is_kept(asked.desk, letter.id), pieces_of(body) if body else []
    _note(asked, letter, pieces)
    return asked.page(
        "clinic_letter.html", Section.CLINIC, letter=letter, pieces=pieces, zone=asked.zone,
        is_secret=letters.is_secret(letter) and is_kept, may_send=letter.state in ENDED and is_kept,
        may_settle=letter.state in UNDELIVERED and letter.settled_at is None,
    )  # fmt: skip


def message(asked: Asked) -> Response:
    """The message byte for byte, for a mail program."""
    letter = letters.get_letter(asked.desk, asked.number("letter_id"))
    body = letters.get_body(asked.desk, letter.id)
    _note(asked, letter, pieces_of(body))
    return download(body, "message/rfc822", f"letter-{letter.id}.eml")


def _note(asked: Asked, letter: KeptLetter, pieces: Sequence[Piece]) -> None:
    """What a letter names of patients was read now."""
    named = letters.count_named(asked.desk, "\n".join([letter.subject, *(one.text for one in pieces)]))
    if named:
        asked.read("letter", clinic_id=letter.clinic_id, patients=named)


def _act(act: Callable[..., KeptLetter]) -> Callable[[Asked], Response]:
    """POST: something done about a letter, for a reason."""

    def handler(asked: Asked) -> Response:
        letter_id = asked.number("letter_id")
        reason = asked.form.line("clinic_reason", longest=500, required=True)
        asked.form.finish()
        act(asked.desk, letter_id, reason=reason)
        return asked.back(f"/clinic/letters/{letter_id}", *list_noted(asked.desk.connection))

    return handler


def pieces_of(body: bytes) -> list[Piece]:
    """Every part of a message, HTML as the text that it is: a page of ours never runs what a letter holds."""
    found = []
    whole = message_from_bytes(body, policy=default)
    for part in whole.walk():
        if part.is_multipart() or not isinstance(part, EmailMessage):
            continue
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        file = part.get_filename() or ""
        text = content.decode(part.get_content_charset() or "utf-8", "replace") if _is_text(part, file) else ""
        found.append(Piece(part.get_content_type(), text, file, len(content)))
    return found


def _is_text(part: EmailMessage, file: str) -> bool:
    return part.get_content_maintype() == "text" and (not file or part.get_content_type() == "text/csv")


PAGES: Sequence[Page] = (
    Page("/clinic/letters", show=show_all, needs=Needs.ADMIN),
    Page("/clinic/letters/{letter_id:int}", show=show_one, needs=Needs.ADMIN),
    Page("/clinic/letters/{letter_id:int}/message.eml", show=message, needs=Needs.ADMIN),
    Page("/clinic/letters/{letter_id:int}/send", act=_act(letters.send_again), again=show_one, needs=Needs.ADMIN),
    Page("/clinic/letters/{letter_id:int}/settle", act=_act(letters.settle), again=show_one, needs=Needs.ADMIN),
)
