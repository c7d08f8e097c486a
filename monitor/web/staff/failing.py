"""Failing: an address that is not there and a fault of ours look like our pages, where a person asked for one."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from monitor.render.staff.template import render_page
from monitor.render.staff.values import Frame, Section
from monitor.web.staff.answers import html
from monitor.web.staff.visitors import asked_language

OTHERS = ("/c/", "/p/", "/r/", "/assets/", "/livez", "/healthz", "/robots.txt")
"""Calendars, patients' pages and what machines ask have answers of their own."""
NAMES = {404: "not-found", 405: "not-possible", 503: "unavailable", 500: "at-fault"}
AFTER = {503: "30", 500: "60"}
"""Seconds after which asking again may help."""


def show_failure(scope: Scope, status: int, incident: str) -> Response | None:
    """None where a machine asked, or for something else than our pages."""
    wants = Headers(scope=scope).get("accept", "")
    if status not in NAMES or "text/html" not in wants or scope["path"].startswith(OTHERS):
        return None
    frame = Frame(language=asked_language(Request(scope)), section=Section.NONE, path="/worklist")
    text = render_page(
        "said.html", frame, name=NAMES[status], facts={"incident": incident}, go=("/worklist", "to-worklist")
    )
    more = {"retry_after": AFTER[status]} if status in AFTER else {}
    if status == 405:
        more["allow"] = "GET, HEAD"
    response = html("" if scope["method"] == "HEAD" else text, status, **more)
    if scope["method"] == "HEAD":
        response.headers["content-length"] = str(len(text.encode()))
    return response
