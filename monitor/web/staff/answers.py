"""Answers of the staff pages: kept by nobody, framed by nobody, told to nobody."""

from collections.abc import Mapping

from starlette.responses import Response

from monitor.web.page_answers import HEADERS, HTML


def html(text: str, status: int = 200, **more: str) -> Response:
    """A page; `more` are headers, written with underscores."""
    return Response(text, status, {**HEADERS, **{name.replace("_", "-"): value for name, value in more.items()}}, HTML)


def go_to(address: str) -> Response:
    """After a form: look at a page, so that a reload sends nothing twice."""
    return Response(b"", 303, {**HEADERS, "location": address})


def download(content: bytes, content_type: str, name: str) -> Response:
    """A file to keep. `name` is one of ours, in plain letters."""
    disposition: Mapping[str, str] = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, {**HEADERS, **disposition}, content_type)


def is_local(address: str) -> bool:
    """Whether it is a path of ours: a form could ask to be sent elsewhere afterwards."""
    return (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and "\n" not in address
        and "\r" not in address
    )
