"""Whatever happens inside, the answer says no more than its status, and the log no more than where it happened."""

import logging
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from db.migrate import NotReady
from monitor.clock import FixedClock
from monitor.services.addresses import new_token
from monitor.web.access_log import SECONDS, AccessLog
from monitor.web.answers import FIRM
from monitor.web.guard import Guard, Unanswered, refuse

FAULTS = {
    "bug": (ZeroDivisionError("Ada Example"), 500),
    "database": (OperationalError("SELECT * FROM patient", {}, ValueError("Ada Example")), 503),
    "old": (NotReady("The database is of an older version.", "Run `monitor init`."), 503),
    "missing": (HTTPException(404, "Ada Example"), 404),
    "refused": (HTTPException(418, "Ada Example"), 400),
}


async def fail(request: Request) -> Response:
    raise FAULTS[request.path_params["kind"]][0]


async def fail_half_way(request: Request) -> Response:
    def some() -> Iterator[bytes]:
        yield b"half of "
        raise ZeroDivisionError(request.path_params["kind"])

    return StreamingResponse(some())


async def page(request: Request) -> Response:
    return PlainTextResponse("a page", headers={"Content-Security-Policy": "default-src 'self'"})


@pytest.fixture
def client(caplog: pytest.LogCaptureFixture) -> Iterator[TestClient]:
    caplog.set_level(logging.WARNING, "httpx2")  # the client's own log is no part of this
    caplog.set_level(logging.INFO, "monitor")
    log = AccessLog(FixedClock(datetime(2026, 11, 2, 8, tzinfo=UTC)))
    app = Starlette(
        routes=[
            Route("/fail/{kind}/{token}", fail),
            Route("/half/{kind}", fail_half_way),
            Route("/page", page, methods=["GET", "POST"]),
        ],
        middleware=[Middleware(Guard, firm=list(FIRM), log=log)],
        exception_handlers={HTTPException: refuse},
    )
    app.router.default = Unanswered()
    # What the guard lets through would reach the server, and its log: a test has to see it.
    with TestClient(app, raise_server_exceptions=True) as client:
        yield client
    log.write()


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_becomes_a_status_and_an_incident(client: TestClient, kind: str, caplog: pytest.LogCaptureFixture):
    token = new_token()
    answer = client.get(f"/fail/{kind}/{token}")
    assert answer.status_code == FAULTS[kind][1]
    assert "Ada" not in answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert {name.decode(): value.decode() for name, value in FIRM}.items() <= dict(answer.headers).items()
    assert ("retry-after" in answer.headers) == (answer.status_code >= 500)
    incidents = [one.getMessage() for one in caplog.records if "incident" in one.getMessage()]
    if answer.status_code < 500:
        assert incidents == []
        return
    [line] = incidents
    name = type(FAULTS[kind][0]).__name__
    assert re.fullmatch(rf"incident [0-9a-f]{{8}} at /fail/…/…: {name} \(.*test_guard\.py:\d+\)", line), line
    assert token not in caplog.text
    assert "Ada" not in caplog.text
    assert "SELECT" not in caplog.text


def test_two_incidents_have_two_numbers(client: TestClient, caplog: pytest.LogCaptureFixture):
    answers = [client.get(f"/fail/bug/{number}") for number in range(2)]
    assert answers[0].content == answers[1].content
    assert len(set(re.findall(r"incident (\w+)", caplog.text))) == 2


def test_an_answer_that_began_is_broken_off_and_says_nothing(client: TestClient, caplog: pytest.LogCaptureFixture):
    with pytest.raises(Exception) as broken:  # noqa: PT011  (an ExceptionGroup or not, as the framework likes)
        client.get("/half/secret-thing")
    assert "secret-thing" not in repr(broken.value)
    assert broken.value.__cause__ is None
    assert "ZeroDivisionError" in caplog.text
    assert "secret-thing" not in caplog.text


def test_a_page_keeps_its_own_policy_and_gets_what_it_lacks(client: TestClient):
    headers = client.get("/page").headers
    assert headers["content-security-policy"] == "default-src 'self'"
    assert headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert headers["referrer-policy"] == "no-referrer"


def test_what_else_may_be_done_is_said(client: TestClient):
    answer = client.delete("/page")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert client.delete("/nowhere").headers["allow"] == "GET, HEAD"


def test_the_access_log_shows_shapes(client: TestClient, caplog: pytest.LogCaptureFixture):
    token = new_token()
    client.get(f"/fail/missing/{token}?token={token}")
    client.request(token, f"/{token}")
    client.get("/page")
    time.sleep(SECONDS + 0.2)
    lines = [line for one in caplog.records if one.name == "monitor.access" for line in one.getMessage().split("\n")]
    assert [re.sub(r" [\d.]+ ms$", "", line) for line in lines] == [
        "2026-11-02T08:00:00Z GET /fail/…/… 404",
        "2026-11-02T08:00:00Z OTHER (nothing) 405",
        "2026-11-02T08:00:00Z GET /page 200",
    ]
