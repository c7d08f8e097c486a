"""Signing in: by login and password, without telling a stranger anything, and without locking anybody out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from db import people
from db.engine import reading, writing
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services import signing_in
from monitor.services.passwords import set_password
from tests.web.staff.conftest import SignIn

PASSWORD = "three unlikely herons"
Open = Callable[[], TestClient]


@pytest.fixture
def known(program: Program) -> None:
    with writing(program.engine) as connection:
        for login in ("ada", "bea"):
            person = people.find_person(connection, login)
            assert person is not None
            set_password(connection, person.id, PASSWORD, program.clock.now())


def attempt(client: TestClient, login: str, password: str, **more: str):
    return client.post("/sign-in", data={"login": login, "password": password, **more})


def test_the_right_password_leads_to_where_the_person_wanted_to_go(known, open_site: Open) -> None:
    browser = open_site()
    answer = attempt(browser, "ada", PASSWORD, back="/worklist?clinic=north")
    assert (answer.status_code, answer.headers["location"]) == (303, "/worklist?clinic=north")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert browser.get("/worklist").status_code == 200


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_nobody_is_sent_elsewhere(known, open_site: Open, back: str) -> None:
    assert attempt(open_site(), "ada", PASSWORD, back=back).headers["location"] == "/worklist"


def test_a_wrong_password_and_an_unknown_login_are_answered_alike(known, open_site: Open) -> None:
    first, second = attempt(open_site(), "ada", "wrong"), attempt(open_site(), "nobody", "wrong")
    assert first.status_code == second.status_code == 403
    assert first.text.replace("ada", "nobody") == second.text


def test_after_some_mistakes_one_waits_and_nobody_else_does(
    known, open_site: Open, clock: FixedClock, program: Program
) -> None:
    browser = open_site()
    for _ in range(signing_in.FREE_TRIES):
        assert attempt(browser, "ada", "wrong").status_code == 403
    answer = attempt(browser, "ada", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300
    assert attempt(browser, "bea", PASSWORD).status_code == 303
    with reading(program.engine) as connection:  # the same login from another place: not locked out
        assert signing_in.seconds_to_wait(connection, "ada", "192.0.2.7", program.clock.now()) == 0
    clock.advance(timedelta(minutes=5))
    assert attempt(browser, "ada", PASSWORD).status_code == 303


def test_a_session_ends_without_use_and_at_last_in_any_case(sign_in: SignIn, clock: FixedClock) -> None:
    idle, busy = sign_in("ada"), sign_in("bea")
    clock.advance(timedelta(minutes=31))
    assert idle.get("/worklist").status_code == 303
    busy = sign_in("bea")
    for _ in range(12 * 3):
        clock.advance(timedelta(minutes=20))
        busy.get("/worklist")
    clock.advance(timedelta(minutes=1))
    assert busy.get("/worklist").status_code == 303


def test_a_form_that_comes_too_late_is_not_lost(known, sign_in: SignIn, clock: FixedClock) -> None:
    browser = sign_in("ada")
    clock.advance(timedelta(hours=1))
    late = browser.post(
        "/worklist/note", data={"treatment": "1", "text": "called <twice>", "back": "/worklist?sort=due"}
    )
    assert late.status_code == 401
    assert "called \\u0026lt;twice" in late.text or "called &lt;twice" in late.text
    carried = late.text.split('name="carried" value="')[1].split('"')[0]
    import html

    back = attempt(browser, "ada", PASSWORD, back="/worklist?sort=due", carried=html.unescape(carried))
    assert back.status_code == 200
    assert 'action="/worklist/note"' in back.text
    assert "called &lt;twice&gt;" in back.text


def test_an_invitation_sets_a_password_once(program: Program, open_site: Open) -> None:
    at = program.clock.now()
    with writing(program.engine) as connection:
        bea = people.find_person(connection, "bea")
        assert bea is not None
        token = signing_in.invite(connection, bea.id, at=at, hours=72)
    browser = open_site()
    assert "Bea Example" in browser.get(f"/invitation/{token}").text
    assert browser.get(f"/invitation/{token}").status_code == 200, "looking uses nothing up"
    short = browser.post(f"/invitation/{token}", data={"password": "short", "again": "short"})
    assert short.status_code == 422
    done = browser.post(f"/invitation/{token}", data={"password": PASSWORD, "again": PASSWORD})
    assert done.status_code == 303
    assert browser.get("/worklist").status_code == 200
    assert open_site().post(f"/invitation/{token}", data={"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert attempt(open_site(), "bea", PASSWORD).status_code == 303


def test_an_old_invitation_is_over(program: Program, open_site: Open, clock: FixedClock) -> None:
    with writing(program.engine) as connection:
        bea = people.find_person(connection, "bea")
        assert bea is not None
        token = signing_in.invite(connection, bea.id, at=program.clock.now(), hours=72)
    clock.advance(timedelta(hours=73))
    assert open_site().get(f"/invitation/{token}").status_code == 404
