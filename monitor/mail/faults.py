"""Faults: what a mail server or the system said, short and printable, and without anybody's address."""

import errno
import re
import ssl
from base64 import b64encode

LONGEST = 200
ADDRESS = re.compile(r"<?[^\s<>]*@[^\s<>]*>?")
HIDDEN = "…"


def say_reply(stage: str, code: int, text: bytes, *, secrets: tuple[str, ...] = ()) -> str:
    """`RCPT: 550 5.1.1 unknown user`; the secrets (user, password) are hidden where a server repeats them."""
    said = text.decode("utf-8", "replace")
    return shorten(f"{stage}: {code if code > 0 else 'no reply code'} {said}", secrets=secrets)


def say_error(stage: str, error: Exception) -> str:
    """`connecting: Connection refused`; never an exception's own text, which may hold addresses."""
    match error:
        case TimeoutError():
            reason = "no answer in time"
        case ssl.SSLCertVerificationError():
            reason = f"its certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            reason = f"no encrypted connection: {error.reason or 'broken off'}"
        case OSError(errno=int(number)) if number in errno.errorcode:
            reason = error.strerror or errno.errorcode[number]
        case OSError(errno=int()):  # of the resolver, with numbers of its own
            reason = "its name is not known"
        case _:
            reason = "the connection broke off"
    return shorten(f"{stage}: {reason}")


def shorten(text: str, *, secrets: tuple[str, ...] = ()) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, HIDDEN)
    text = ADDRESS.sub(HIDDEN, text)
    text = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def spellings_of(user: str, password: str) -> tuple[str, ...]:
    """What a server may repeat of a sign-in: user and password, in clear and as they cross the wire."""
    coded = (f"\0{user}\0{password}", password, user)
    return (*(b64encode(one.encode()).decode() for one in coded if one), password, user)
