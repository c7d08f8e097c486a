"""The hospital's own sign-in: who is linked gets in, and whatever does not hold lets in nobody."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from db import people, tables
from db.engine import reading, writing
from db.identities import Identity, add_identity, list_identities
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.openid import service
from monitor.services.inviting import invite
from monitor.services.passwords import set_password
from monitor.web.app import make_app
from tests.openid_provider import CLIENT, SECRET
from tests.web.staff.conftest import ADDRESS

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
Site = Callable[[], TestClient]


class Hospital:
    """The service, as a process of its own."""

    def __init__(self, address: str) -> None:
        self.address = address

    def next(self, **what: Any) -> None:
        """What the next one who signs in there gets."""
        self._ask("POST", "/next", json.dumps(what))

    def keys_fetched(self) -> int:
        return int(json.loads(self._ask("GET", "/state")[1])["keys_fetched"])

    def visit(self, address: str) -> str:
        """Sign in there: where the browser is sent back to."""
        parts = urlsplit(address)
        assert f"http://{parts.netloc}" == self.address
        return self._ask("GET", f"{parts.path}?{parts.query}")[0]

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[str, str]:
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=10)
        connection.request(method, path, body)
        answer = connection.getresponse()
        said = answer.getheader("location") or "", answer.read().decode()
        connection.close()
        return said


@pytest.fixture
def hospital(clock: FixedClock) -> Iterator[Hospital]:
    file = Path(__file__).parents[2] / "openid_provider.py"
    arguments = [sys.executable, str(file), str(int(clock.now().timestamp()))]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield Hospital(process.stdout.readline().strip())
        process.stdin.close()
        process.wait(10)


def configured(program: Program, issuer: str, **sign_in: Any) -> Program:
    oidc = {"issuer": issuer, "client_id": CLIENT, "client_secret": SECRET, "name": "House account"}
    config = Config.model_validate({"sign_in": {"oidc": oidc, **sign_in}})
    return replace(program, config=config)


@pytest.fixture
def linked(program: Program, hospital: Hospital) -> Program:
    """Ada is u-1 there."""
    with writing(program.engine) as connection:
        ada = people.find_person(connection, "ada")
        assert ada is not None
        add_identity(connection, Identity(hospital.address, "u-1", ada.id))
    return configured(program, hospital.address)


@pytest.fixture
def site(linked: Program) -> Site:
    app = make_app(linked, only_feeds=False)
    return lambda: TestClient(app, base_url=ADDRESS, follow_redirects=False)


def there_and_back(hospital: Hospital, browser: TestClient, begin: str = "/sign-in/service?back=/account") -> Any:
    """What the browser is shown at the end."""
    away = browser.get(begin)
    assert away.status_code == 303, away.text
    return browser.get(hospital.visit(away.headers["location"]))


def count_sessions(program: Program) -> int:
    with reading(program.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(tables.session)).scalar_one())


def test_whoever_is_linked_gets_in_and_where_they_wanted_to_go(linked: Program, hospital: Hospital, site: Site) -> None:
    browser = site()
    assert "Sign in with House account" in browser.get("/sign-in?back=/account").text
    answer = there_and_back(hospital, browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    page = browser.get("/account").text
    assert "Ada Example" in page
    assert "by the hospital" in page
    with reading(linked.engine) as connection:
        assert connection.execute(select(func.count()).select_from(tables.oidc_request)).scalar_one() == 0


@SQLITE
def test_what_is_sent_there_holds_no_secret_of_ours(hospital: Hospital, linked: Program, site: Site) -> None:
    browser = site()
    away = browser.get("/sign-in/service?back=/worklist")
    query = parse_qs(urlsplit(away.headers["location"]).query)
    assert query["redirect_uri"] == [f"{ADDRESS}/sign-in/service/back"]
    assert query["scope"] == ["openid"]
    with reading(linked.engine) as connection:
        (row,) = connection.execute(select(tables.oidc_request)).all()
    assert row.verifier not in away.headers["location"]
    assert query["state"][0] not in str(row), "only its hash is kept"
    cookie = next(one for one in away.headers.get_list("set-cookie") if "state" in one)
    for part in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/"):
        assert part in cookie


FAULTS = (
    "nonce", "no nonce", "audience", "several audiences", "issuer", "expired", "not yet", "no subject", "wrong key",
    "unknown key", "shared secret", "no signature", "changed",
)  # fmt: skip


@SQLITE
@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_hold_lets_in_nobody(
    linked: Program, hospital: Hospital, site: Site, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "monitor")
    hospital.next(subject="u-1", fault=fault)
    browser = site()
    answer = there_and_back(hospital, browser)
    assert answer.status_code == 403
    assert "failed a check" in answer.text
    assert count_sessions(linked) == 0
    assert browser.get("/worklist").status_code == 303
    (line,) = [one.getMessage() for one in caplog.records if one.name == "monitor.web"]
    assert "does not hold" in line
    assert "hospital.example" not in line
    hospital.next(subject="u-1")
    assert there_and_back(hospital, browser).status_code == 303, "the next time all is well again"


@SQLITE
@pytest.mark.parametrize(("fault", "said"), [("denied", "did not let you in"), ("mixed up", "longer than ten minutes")])
def test_a_no_and_another_services_answer_let_in_nobody(
    linked: Program, hospital: Hospital, site: Site, fault: str, said: str
) -> None:
    hospital.next(fault=fault)
    answer = there_and_back(hospital, site())
    assert (answer.status_code, said in answer.text) == (403, True)
    assert count_sessions(linked) == 0


def test_an_answer_counts_once(linked: Program, hospital: Hospital, site: Site) -> None:
    browser = site()
    back = hospital.visit(browser.get("/sign-in/service").headers["location"])
    state = browser.cookies["monitor-state"]
    assert browser.get(back).status_code == 303
    browser.cookies.set("monitor-state", state, domain="127.0.0.1")
    again = browser.get(back)
    assert (again.status_code, "used already" in again.text) == (403, True)
    assert count_sessions(linked) == 1


@SQLITE
def test_an_answer_counts_only_in_the_browser_that_was_sent(linked: Program, hospital: Hospital, site: Site) -> None:
    mine, other = site(), site()
    back = hospital.visit(mine.get("/sign-in/service").headers["location"])
    assert other.get(back).status_code == 403
    other.get("/sign-in/service")
    assert other.get(back).status_code == 403
    assert count_sessions(linked) == 0
    assert mine.get(back).status_code == 303


@SQLITE
def test_an_answer_counts_for_ten_minutes(linked: Program, hospital: Hospital, site: Site, clock: FixedClock) -> None:
    browser = site()
    back = hospital.visit(browser.get("/sign-in/service").headers["location"])
    clock.advance(timedelta(minutes=10, seconds=1))
    assert browser.get(back).status_code == 403
    assert count_sessions(linked) == 0


@SQLITE
@pytest.mark.parametrize("query", ["", "?state=x", "?state=x&code=y", "?code=y", "?error=z", "?state=%ff"])
def test_nonsense_lets_in_nobody(site: Site, query: str) -> None:
    assert site().get(f"/sign-in/service/back{query}").status_code == 403


@SQLITE
def test_nobody_is_sent_elsewhere_afterwards(hospital: Hospital, site: Site) -> None:
    answer = there_and_back(hospital, site(), "/sign-in/service?back=https://evil.example/")
    assert answer.headers["location"] == "/worklist"


def test_somebody_unknown_is_told_and_a_mail_address_of_theirs_counts_for_nothing(
    linked: Program, hospital: Hospital, site: Site
) -> None:
    with writing(linked.engine) as connection:
        connection.execute(
            tables.person.update().where(tables.person.c.login == "bea").values(login="ada@hospital.example")
        )
    hospital.next(subject="u-2 <b>")
    answer = there_and_back(hospital, site())
    assert answer.status_code == 403
    assert "u-2 &lt;b&gt;" in answer.text
    assert "Ask an administrator" in answer.text
    assert count_sessions(linked) == 0


@SQLITE
def test_somebody_who_has_left_is_unknown(linked: Program, hospital: Hospital, site: Site) -> None:
    with writing(linked.engine) as connection:
        ada = people.find_person(connection, "ada")
        assert ada is not None
        people.set_disabled(connection, ada.id, linked.clock.now())
    assert there_and_back(hospital, site()).status_code == 403
    assert count_sessions(linked) == 0


def test_a_link_of_ours_says_who_somebody_is_there(linked: Program, hospital: Hospital, site: Site) -> None:
    with linked.writing("root-admin") as desk:
        link = urlsplit(invite(desk, linked.config, "cy").link).path
    browser = site()
    assert "Link House account" in browser.get(link).text
    hospital.next(subject="u-7")
    answer = there_and_back(hospital, browser, f"{link}/service")
    assert answer.status_code == 303
    assert "Cy Example" in browser.get("/worklist").text
    assert browser.get(link).status_code == 404, "used up"
    assert there_and_back(hospital, site()).status_code == 303
    with reading(linked.engine) as connection:
        cy = people.find_person(connection, "cy")
        assert cy is not None
        assert [one.subject for one in list_identities(connection, cy.id)] == ["u-7"]


def test_a_link_gives_nobody_elses_sign_in_away(linked: Program, hospital: Hospital, site: Site) -> None:
    with linked.writing("root-admin") as desk:
        link = urlsplit(invite(desk, linked.config, "cy").link).path
    hospital.next(subject="u-1")
    browser = site()
    answer = there_and_back(hospital, browser, f"{link}/service")
    assert (answer.status_code, "somebody else here" in answer.text) == (409, True)
    assert browser.get(link).status_code == 200, "the link is still good"
    assert count_sessions(linked) == 0


@SQLITE
def test_a_link_that_was_replaced_meanwhile_says_nothing(linked: Program, hospital: Hospital, site: Site) -> None:
    with linked.writing("root-admin") as desk:
        link = urlsplit(invite(desk, linked.config, "cy").link).path
    browser = site()
    back = hospital.visit(browser.get(f"{link}/service").headers["location"])
    with linked.writing("root-admin") as desk:
        invite(desk, linked.config, "cy")
    assert browser.get(back).status_code == 404
    assert browser.get(f"{link}/service").status_code == 404


def test_an_administrator_links_and_unlinks(linked: Program, hospital: Hospital, site: Site) -> None:
    with writing(linked.engine) as connection:
        root, bea = (people.find_person(connection, one) for one in ("root-admin", "bea"))
        assert root is not None
        assert bea is not None
        set_password(connection, root.id, "vier gelbe Tassen im Regen", linked.clock.now())
    admin, browser = site(), site()
    ours = {"origin": ADDRESS}
    admin.post("/sign-in", data={"login": "root-admin", "password": "vier gelbe Tassen im Regen"}, headers=ours)
    own = f"/clinic/people/{bea.id}"
    assert admin.post(f"{own}/identity", data={"subject": "u-9"}, headers=ours).status_code == 303
    assert "u-9" in admin.get(own).text
    taken = admin.post(f"{own}/identity", data={"subject": "u-1"}, headers=ours)
    assert (taken.status_code, "linked with somebody else" in taken.text) == (409, True)
    hospital.next(subject="u-9")
    there_and_back(hospital, browser)
    assert "Bea Example" in browser.get("/worklist").text
    out = {"issuer": hospital.address, "subject": "u-9"}
    assert admin.post(f"{own}/unlink", data=out, headers=ours).status_code == 303
    assert browser.get("/worklist").status_code == 303
    assert there_and_back(hospital, browser).status_code == 403


@SQLITE
def test_a_new_key_of_the_service_is_looked_up_and_strangers_cannot_make_us_ask_without_end(
    hospital: Hospital, site: Site, clock: FixedClock
) -> None:
    browser = site()
    assert there_and_back(hospital, browser).status_code == 303
    hospital.next(subject="u-1", rotate=True)
    assert there_and_back(hospital, site()).status_code == 403, "a minute has not passed"
    clock.advance(timedelta(seconds=61))
    assert there_and_back(hospital, site()).status_code == 303
    fetched = hospital.keys_fetched()
    hospital.next(subject="u-1", fault="unknown key")
    for _ in range(5):
        there_and_back(hospital, site())
    assert hospital.keys_fetched() == fetched == 2


@SQLITE
def test_a_service_that_is_away_or_calls_itself_otherwise_says_come_again(
    program: Program, hospital: Hospital, linked: Program, site: Site
) -> None:
    hospital.next(fault="issuer of discovery")
    answer = site().get("/sign-in/service")
    assert (answer.status_code, "does not answer" in answer.text) == (503, True)
    with TestClient(
        make_app(configured(program, "http://127.0.0.1:1"), only_feeds=False), base_url=ADDRESS, follow_redirects=False
    ) as away:
        assert away.get("/sign-in/service").status_code == 503
        assert away.get("/sign-in").status_code == 200
    with TestClient(
        make_app(configured(program, "http://login.hospital.example"), only_feeds=False), base_url=ADDRESS
    ) as open_to_all:
        assert open_to_all.get("/sign-in/service").status_code == 503, "nothing goes over plain http to elsewhere"


@SQLITE
def test_without_its_libraries_it_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "find_spec", lambda name: None)
    answer = site().get("/sign-in/service")
    assert (answer.status_code, "extra “oidc”" in answer.text) == (503, True)


@SQLITE
def test_where_no_service_is_set_there_is_none(program: Program) -> None:
    with TestClient(make_app(program, only_feeds=False), base_url=ADDRESS, follow_redirects=False) as browser:
        assert browser.get("/sign-in/service").status_code == 404
        assert "Sign in with" not in browser.get("/sign-in").text


@SQLITE
def test_where_passwords_are_off_a_link_only_links(program: Program, hospital: Hospital) -> None:
    only = configured(program, hospital.address, passwords=False)
    with only.writing("root-admin") as desk:
        link = urlsplit(invite(desk, only.config, "ada").link).path
    with TestClient(make_app(only, only_feeds=False), base_url=ADDRESS, follow_redirects=False) as browser:
        assert 'type="password"' not in browser.get("/sign-in").text + browser.get(link).text
        form = {"new-password": "vier gelbe Tassen im Regen", "again-password": "vier gelbe Tassen im Regen"}
        assert browser.post(link, data=form, headers={"origin": ADDRESS}).status_code == 422
        assert there_and_back(hospital, browser, f"{link}/service").status_code == 303
        assert "Ada Example" in browser.get("/worklist").text


@SQLITE
def test_what_was_typed_waits_in_its_window_while_another_signs_in(
    hospital: Hospital, site: Site, clock: FixedClock
) -> None:
    browser = site()
    there_and_back(hospital, browser)
    clock.advance(timedelta(minutes=31))
    hospital.next(subject="u-1", now=int(clock.now().timestamp()))
    lapsed = browser.post("/account/language", data={"page-language": "de"}, headers={"origin": ADDRESS})
    assert lapsed.status_code == 401
    assert 'target="_blank"' in lapsed.text
    assert '<input type="hidden" name="page-language" value="de">' in lapsed.text
    assert (
        there_and_back(hospital, browser, "/sign-in/service?back=/sign-in/done").headers["location"] == "/sign-in/done"
    )
    assert "go back to the other one" in browser.get("/sign-in/done").text
    sent = browser.post("/account/language", data={"page-language": "de"}, headers={"origin": ADDRESS})
    assert sent.status_code == 303
