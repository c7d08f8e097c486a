"""What goes wrong looks like a page to a person, and stays a short text to a machine."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from monitor.bootstrap import Program
from monitor.web.app import make_app
from monitor.web.staff import worklist_pages
from tests.web.staff.conftest import ADDRESS, SignIn

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OpenSite = Callable[[], TestClient]


@pytest.mark.parametrize(
    ("language", "said"), [("en-GB,en", "This page does not exist"), ("de-DE", "Diese Seite gibt es nicht")]
)
def test_an_unknown_address_is_a_page_in_the_readers_language(open_site: OpenSite, language: str, said: str) -> None:
    answer = open_site().get("/nowhere/at-all", headers={**HTML, "accept-language": language})
    assert answer.status_code == 404
    assert said in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    head = open_site().head("/nowhere/at-all", headers=HTML)
    assert (head.status_code, head.content) == (404, b"")


@pytest.mark.parametrize("path", ["/c/x/appointments.ics", "/c/nothing", "/livez/x", "/robots.txt/x"])
def test_a_machines_address_keeps_its_short_text(open_site: OpenSite, path: str) -> None:
    answer = open_site().get(path, headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")


def test_a_machine_gets_a_short_text_anywhere(open_site: OpenSite) -> None:
    answer = open_site().get("/nowhere", headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")


def test_the_outside_alone_knows_no_page_of_ours(program: Program) -> None:
    with TestClient(make_app(program, only_feeds=True), base_url=ADDRESS) as outside:
        for path in ("/nowhere", "/sign-in", "/worklist", "/invitation/x"):
            answer = outside.get(path, headers=HTML)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8"), path


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/worklist"), ("POST", "/nowhere"), ("PUT", "/sign-in")])
def test_what_is_not_possible_says_so(open_site: OpenSite, method: str, path: str) -> None:
    answer = open_site().request(method, path, headers=HTML)
    assert (answer.status_code, "This is not possible here" in answer.text) == (405, True)
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (ZeroDivisionError("Ada Example"), 500, "Something went wrong on our side"),
        (OperationalError("SELECT", {}, ValueError("Ada Example")), 503, "record cannot be reached"),
    ],
)
def test_a_fault_is_a_page_with_its_number(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception, status: int,
    said: str,
) -> None:  # fmt: skip
    ada = sign_in("ada")

    def fail(*_: object, **__: object) -> object:
        raise fault

    monkeypatch.setattr(worklist_pages, "choose", fail)
    answer = ada.get("/worklist", headers=HTML)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert "Ada" not in answer.text
    assert "retry-after" in answer.headers
    if status == 500:
        (incident,) = re.findall(r"incident (\w{8}) at /worklist", caplog.text)
        assert incident in answer.text
        assert ada.get("/worklist", headers={"accept": "*/*"}).headers["content-type"].startswith("text/plain")


def test_too_large_a_form_is_a_page(sign_in: SignIn) -> None:
    answer = sign_in("ada").post("/account/language", data={"page-language": "x" * 300_000})
    assert (answer.status_code, "too large" in answer.text) == (413, True)


def test_a_form_that_is_none_is_a_page(sign_in: SignIn) -> None:
    answer = sign_in("ada").post("/account/language", json={"page-language": "de"})
    assert (answer.status_code, "could not be read" in answer.text) == (415, True)
