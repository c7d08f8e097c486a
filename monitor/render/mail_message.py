"""Mail messages: text and page as one message, whose bytes are the same whenever it is written again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


def message_id_of(key: str, sender: str) -> str:
    """The Message-ID that follows from a letter's key: whoever sends it again sends the same."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def write_message(
    *,
    key: str,
    sender: str,
    to: str,
    subject: str,
    at: datetime,
    text: str,
    page: str | None = None,
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """A whole message as it goes over the wire. Lines are short and plain ASCII, whatever the texts hold."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id_of(key, sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine replies
    message.set_content(text, cte="quoted-printable")
    if page is not None:
        message.add_alternative(page, subtype="html", cte="quoted-printable")
    for one in attachments:
        kind, _, subtype = one.media_type.partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.name)
    _name_boundaries(message, sha256(key.encode()).hexdigest()[:24])
    return _lines_of(headers or {}) + message.as_bytes()


def _lines_of(headers: Mapping[str, str]) -> bytes:
    """Addresses on one line each, as they are: the library would take a long one for text and encode it."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if any(not line.isascii() or not line.isprintable() or len(line) > 990 for line in lines):
        raise ValueError("a header that is written as it is holds printable ASCII only")
    return "".join(f"{line}\r\n" for line in lines).encode()


def _name_boundaries(message: EmailMessage, mark: str) -> None:
    """Boundaries follow from the key; the library would draw them by lot."""
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{mark}_{number}")
