"""Reading: a letter's bytes as a person reads them."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

SHOWN = ("From", "To", "Subject", "Date", "Message-ID")


def headers_of(letter: bytes) -> dict[str, str]:
    """Decoded, the first of each name."""
    message = _parse(letter)
    return {name: str(message[name]) for name in message}


def read_letter(letter: bytes) -> str:
    """The headers that say something, the text, and what is attached by its name and size."""
    message = _parse(letter)
    lines = [f"{name}: {message[name]}" for name in SHOWN if name in message]
    text = message.get_body(("plain", "html"))
    lines += ["", *(text.get_content().rstrip().splitlines() if text is not None else ["(no text)"])]
    for part in message.iter_attachments():
        size = len(part.get_payload(decode=True) or b"")
        lines.append(f"\nAttached: {part.get_filename() or part.get_content_type()} ({size} bytes)")
    return "\n".join(lines) + "\n"


def _parse(letter: bytes) -> EmailMessage:
    return message_from_bytes(letter, policy=default)
