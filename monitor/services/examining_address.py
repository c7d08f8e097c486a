"""Examining the address: whether what patients are given to scan can be reached, and by nobody in between."""

from collections.abc import Iterator
from http.client import HTTPException
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from monitor.services.found import Finding, Weight

ANSWER_SECONDS = 5


def examine_address(public_url: str) -> Iterator[Finding]:
    """Patients' calendars are fetched from outside, by programs that follow no redirect and carry a secret address."""
    address = urlsplit(public_url)
    if is_this_machine(address.hostname or ""):
        yield Finding(
            "public-address-local", Weight.NOTE,
            f"web.public_url is {public_url}: calendars and patients' pages open on this machine alone.",
            "Set it to the address by which patients reach the program, such as https://calendar.hospital.example.",
        )  # fmt: skip
        return
    if address.scheme != "https":
        yield Finding(
            "public-address-open", Weight.ERROR,
            f"web.public_url is {public_url}: secret addresses would cross the network for all to read.",
            "Put a reverse proxy with a certificate in front, and set web.public_url to its https:// address.",
        )  # fmt: skip
    yield from examine_answer(public_url)


def examine_answer(base: str) -> Iterator[Finding]:
    """Whether this program answers there; asked without any secret."""
    hint = "Start `monitor serve`, and look at the reverse proxy. From inside a hospital the address may be closed."
    try:
        with build_opener(_Stay).open(f"{base}/livez", timeout=ANSWER_SECONDS) as answer:
            if answer.read(64).strip() == b"ok":
                return
            sentence = f"Something else than this program answers at {base}."
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        sentence = f"Nothing of this program answers at {base} ({reason})."
    yield Finding("public-address-silent", Weight.WARNING, sentence, hint)


class _Stay(HTTPRedirectHandler):
    """Goes nowhere else, as calendar programs do not."""

    def redirect_request(self, *_: object) -> None:
        return None


def is_this_machine(host: str) -> bool:
    """Whether a host is the machine itself, which no patient can reach."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
