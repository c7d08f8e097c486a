"""The guard: around everything else, so that no reply lacks a header, no fault tells more than its number."""

import logging
import secrets
from collections.abc import Callable
from time import perf_counter

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.failures import FAILURES
from db.migrate import NotReady
from monitor.logs import places_of
from monitor.web.access_log import AccessLog, shape_of
from monitor.web.answers import AT_FAULT, NOT_ALLOWED, NOT_FOUND, UNAVAILABLE, UNREADABLE, Answer, Headers, not_allowed

logger = logging.getLogger("monitor.web")


Failing = Callable[[Scope, int, str], Response | None]
"""A page for a status and perhaps an incident, where whoever asked wants one; None where the short text will do."""


class Guard:
    """Headers on every reply, one line in the access log, and an incident's number in place of an exception."""

    def __init__(self, app: ASGIApp, *, firm: Headers, log: AccessLog, failing: Failing | None = None) -> None:
        self._app, self._firm, self._log, self._failing = app, firm, log, failing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._complete(message["headers"])
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as fault:  # noqa: BLE001  (nothing of it may reach the server, which would log its text)
            answer, incident = _judge(fault), note_incident(fault, scope)
            if status:
                # Half of an answer is out: only breaking off can tell the client that it is not whole.
                raise BrokenOff from None
            page = self._page(scope, answer.status, incident)
            await (page(scope, receive, watch) if page else answer.send(watch, method=scope["method"]))
        self._log.add(scope, status, perf_counter() - started)
        return None

    def _page(self, scope: Scope, status: int, incident: str) -> Response | None:
        try:
            return self._failing(scope, status, incident) if self._failing else None
        except Exception as fault:  # noqa: BLE001  (the page about a fault is at fault, too)
            note_incident(fault, scope)
            return None

    def _complete(self, headers: Headers) -> Headers:
        """With the firm headers that are missing. Those of a feed's answers end with them already."""
        if headers[-len(self._firm) :] == self._firm:
            return headers
        there = {name.lower() for name, _ in headers}
        return [*headers, *(one for one in self._firm if one[0] not in there)]


class BrokenOff(Exception):  # noqa: N818  (no fault of its own)
    """An answer that began could not be finished; what happened stands in the log under its incident."""


def report(fault: Exception, scope: Scope) -> Answer:
    """Note it in the log; returns the short text that fits."""
    note_incident(fault, scope)
    return _judge(fault)


def note_incident(fault: Exception, scope: Scope) -> str:
    """One line in the log: the incident's number, the kind of fault and where it was; neither its text nor the path.
    Returns the number."""
    incident = secrets.token_hex(4)
    where = places_of(fault.__traceback__)
    logger.error("incident %s at %s: %s (%s)", incident, shape_of(scope), type(fault).__name__, where)
    return incident


def _judge(fault: Exception) -> Answer:
    return UNAVAILABLE if isinstance(fault, (*FAILURES, NotReady)) else AT_FAULT


class Unanswered:
    """Where no route fits: 404, and 405 to whoever wants to change something."""

    def __init__(self, failing: Failing | None = None) -> None:
        self._failing = failing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = NOT_FOUND if scope["method"] in {"GET", "HEAD"} else NOT_ALLOWED
        page = self._failing(scope, answer.status, "") if self._failing else None
        if page is not None:
            return await page(scope, receive, send)
        return await answer.send(send, method=scope["method"])


async def refuse(request: Request, refusal: Exception) -> Response:
    """The framework's own refusals in our words: the status counts, its text does not."""
    assert isinstance(refusal, HTTPException)
    answer = _refusal(refusal.status_code, (refusal.headers or {}).get("Allow", ""))
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response


def _refusal(status: int, allow: str) -> Answer:
    match status:
        case 404:
            return NOT_FOUND
        case 405:
            allowed = sorted(one.strip() for one in allow.split(",") if one.strip())
            return not_allowed(*allowed) if allowed else NOT_ALLOWED
        case _:
            return UNREADABLE
