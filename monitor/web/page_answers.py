"""Page answers: how everything below a patient's page is sent: kept by nobody, framed by nobody, told to nobody."""

from collections.abc import Mapping

from starlette.responses import Response

from monitor.render.site.names import Notice
from monitor.render.site.pages import render_notice

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
HTML = "text/html; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"
SOON = 30
"""Seconds after which asking again may help."""

STATUS: Mapping[Notice, int] = {
    Notice.NOT_FOUND: 404,
    Notice.WITHDRAWN: 410,
    Notice.TOO_MANY_REQUESTS: 429,
    Notice.UNAVAILABLE: 503,
    Notice.NOT_ACCEPTED: 403,
}


def page(html: str, status: int = 200) -> Response:
    return Response(html, status, HEADERS, HTML)


def notice(which: Notice, status: int | None = None, **more: str) -> Response:
    """A page that stands alone, the same whoever asks; `more` are headers, written with underscores."""
    extra = {name.replace("_", "-"): value for name, value in more.items()}
    if which is Notice.UNAVAILABLE:
        extra = {"retry-after": str(SOON), **extra}
    return Response(render_notice(which), status or STATUS[which], {**HEADERS, **extra}, HTML)


def calendar_file(content: bytes) -> Response:
    """One file to keep."""
    disposition = {"content-disposition": 'attachment; filename="appointments.ics"'}
    return Response(content, 200, {**HEADERS, **disposition}, CALENDAR)


def go_to(address: str) -> Response:
    """After a form: look at the page again, so that a reload sends nothing twice."""
    return Response(b"", 303, {**HEADERS, "location": address})


def asset(content: bytes, content_type: str, *, is_named: bool) -> Response:
    """A file of ours; for good where the address holds its fingerprint."""
    caching = {"cache-control": FOR_EVER if is_named else "no-cache"}
    return Response(content, 200, {**HEADERS, **caching}, content_type)
