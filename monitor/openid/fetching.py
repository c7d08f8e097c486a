"""Fetching: what the sign-in service says, over https or from this machine, whole, and not without end."""

import json
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from monitor.openid.faults import ServiceSilent

SECONDS = 10
LARGEST = 512 * 1024


class _Stay(HTTPRedirectHandler):
    """Goes nowhere else: a secret goes to the address that was looked up, or not at all."""

    def redirect_request(self, *_: object) -> None:
        return None


def fetch(address: str, *, form: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """A JSON object; with `form` it is asked for by POST. Refuses (ServiceSilent) whatever else comes."""
    if not is_safe(address):
        raise ServiceSilent("an address without https")
    asked = Request(address, data=form, headers={"accept": "application/json", **(headers or {})})  # noqa: S310  (checked)
    try:
        with build_opener(_Stay).open(asked, timeout=SECONDS) as answer:
            body = answer.read(LARGEST + 1)
    except (OSError, ValueError, HTTPException) as failure:
        raise ServiceSilent(f"{getattr(failure, 'code', '') or type(failure).__name__}") from None
    if len(body) > LARGEST:
        raise ServiceSilent("too long an answer")
    try:
        found = json.loads(body)
    except ValueError:
        raise ServiceSilent("no JSON") from None
    if not isinstance(found, dict):
        raise ServiceSilent("no JSON object")
    return found


def is_safe(address: str) -> bool:
    """Whether nobody in between can read or change what is said."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"
