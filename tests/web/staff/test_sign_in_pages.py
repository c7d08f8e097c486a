"""Signing in: the right password lets in, a wrong one says the same to everybody, and nothing typed is lost."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from html import unescape
from threading import Lock
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from db import people, sessions, tables
from db.credentials import find_credential
from db.engine import reading, writing
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.services import passwords
from monitor.services.passwords import set_password
from monitor.web.app import make_app
from tests.web.staff.conftest import ADDRESS, SignIn

GOOD = "vier gelbe Tassen im Regen"
OPEN_SITE = Callable[[], TestClient]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def known(program: Program) -> Program:
    """Ada and Bea have passwords."""
    with writing(program.engine) as connection:
        for login in ("ada", "bea"):
            person = people.find_person(connection, login)
            assert person is not None
            set_password(connection, person.id, GOOD, program.clock.now())
    return program


def fields_of(text: str) -> dict[str, str]:
    """The hidden fields of a page."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', text)
    return {unescape(name): unescape(value) for name, value in found}


def count_sessions(program: Program) -> int:
    with reading(program.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(tables.session)).scalar_one())


def test_the_right_password_leads_to_the_page_that_was_wanted(known: Program, open_site: OPEN_SITE) -> None:
    site = open_site()
    asked = site.get("/worklist?clinic=north")
    page = site.get(asked.headers["location"])
    assert page.status_code == 200
    answer = site.post("/sign-in", data={**fields_of(page.text), "login": " ada ", "password": GOOD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/worklist?clinic=north")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age" not in cookie
    assert "Ada Example" in site.get("/worklist").text
    assert site.get("/sign-in?back=/account").headers["location"] == "/account"


def test_over_https_the_cookie_is_bound_to_the_host(known: Program) -> None:
    config = Config.model_validate({"web": {"public_url": "https://ward.example"}})
    app = make_app(replace(known, config=config), only_feeds=False)
    with TestClient(app, base_url="https://ward.example", follow_redirects=False) as site:
        answer = site.post(
            "/sign-in", data={"login": "ada", "password": GOOD}, headers={"sec-fetch-site": "same-origin"}
        )
        assert re.match(r"__Host-monitor=[\w-]{43};", answer.headers["set-cookie"])
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        page = site.get("/worklist")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    for part in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


@pytest.mark.parametrize("kind_of", ["wrong", "unknown", "no password", "disabled", "patient", "program", "endless"])
def test_everybody_hears_the_same_no(known: Program, open_site: OPEN_SITE, kind_of: str) -> None:
    login, password = {
        "wrong": ("ada", "not the right one at all"),
        "unknown": ("nobody", GOOD),
        "no password": ("dora", GOOD),
        "disabled": ("bea", GOOD),
        "patient": ("patient", GOOD),
        "program": ("program", GOOD),
        "endless": ("ada", "x" * 100_000),
    }[kind_of]
    if kind_of == "disabled":
        with writing(known.engine) as connection:
            bea = people.find_person(connection, "bea")
            assert bea is not None
            people.set_disabled(connection, bea.id, known.clock.now())
    site = open_site()
    answer = site.post("/sign-in", data={"login": login, "password": password})
    other = open_site().post("/sign-in", data={"login": "ada", "password": "something else that is wrong"})
    assert answer.status_code == other.status_code == 401
    assert answer.text.replace(f'value="{login}"', "") == other.text.replace('value="ada"', "")
    assert password not in answer.text
    assert "set-cookie" not in answer.headers
    assert site.get("/worklist").status_code == 303


def test_an_unknown_login_costs_as_much_work_as_a_known_one(
    known: Program, open_site: OPEN_SITE, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    hasher = passwords._hasher

    class Counted:
        def verify(self, against: str, password: str) -> bool:
            judged.append(against)
            return hasher.verify(against, password)

        def check_needs_rehash(self, against: str) -> bool:
            return hasher.check_needs_rehash(against)

    passwords._nobodys()
    monkeypatch.setattr(passwords, "_hasher", Counted())
    for login in ("ada", "nobody", "dora"):
        open_site().post("/sign-in", data={"login": login, "password": "wrong, whoever it is"})
    assert len(judged) == 3
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in judged)


def test_the_session_is_a_new_one_and_the_one_before_ends(known: Program, sign_in: SignIn) -> None:
    bea = sign_in("bea")
    before = bea.cookies["monitor"]
    answer = bea.post("/sign-in", data={"login": "ada", "password": GOOD})
    assert answer.status_code == 303
    assert f"monitor={before}" not in answer.headers["set-cookie"]
    assert count_sessions(known) == 1


def test_a_password_under_old_parameters_is_hashed_anew(known: Program, open_site: OPEN_SITE) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD)
    with writing(known.engine) as connection:
        connection.execute(tables.credential.update().values(password_hash=old))
    assert open_site().post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 303
    with reading(known.engine) as connection:
        ada = people.find_person(connection, "ada")
        assert ada is not None
        found = find_credential(connection, ada.id)
    assert found is not None
    assert found.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert open_site().post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 303


@pytest.mark.parametrize("origin", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {}])
def test_nobody_is_signed_in_from_another_site(known: Program, origin: dict[str, str]) -> None:
    with TestClient(make_app(known, only_feeds=False), base_url=ADDRESS, follow_redirects=False) as site:
        answer = site.post("/sign-in", data={"login": "ada", "password": GOOD}, headers=origin)
        assert answer.status_code == 403
        named = site.post(
            "/sign-in", data={"login": "ada", "password": GOOD}, headers={"origin": "http://evil.example"}
        )
        assert named.status_code == 403
        ours = site.post("/sign-in", data={"login": "ada", "password": GOOD}, headers={"origin": ADDRESS})
        assert ours.status_code == 303


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "/sign-out"]
)
def test_nobody_is_sent_elsewhere_afterwards(known: Program, open_site: OPEN_SITE, back: str) -> None:
    answer = open_site().post("/sign-in", data={"login": "ada", "password": GOOD, "back": back})
    assert answer.headers["location"] == "/worklist"


# --- Throttling: F15 ----------------------------------------------------------------------------------


def placed(program: Program, **sign_in: Any) -> Callable[[str], TestClient]:
    """A browser at an address, behind a reverse proxy that is trusted."""
    config = program.config.model_copy(
        update={"sign_in": program.config.sign_in.model_copy(update={"trusted_proxies": ("127.0.0.1",), **sign_in})}
    )
    app = make_app(replace(program, config=config), only_feeds=False)
    return lambda address: TestClient(
        app, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 50_000),
        headers={"sec-fetch-site": "same-origin", "x-forwarded-for": address},
    )  # fmt: skip


@pytest.mark.slow
@SQLITE
def test_a_thousand_wrong_passwords_fifty_at_once_lock_nobody_out(
    known: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, most, judged, lock = 0, 0, 0, Lock()
    hasher = passwords._hasher

    class Watched:
        """Counts how many hashes are in flight."""

        def verify(self, against: str, password: str) -> bool:
            nonlocal going, most, judged
            with lock:
                going, judged = going + 1, judged + 1
                most = max(most, going)
            try:
                return hasher.verify(against, password)
            finally:
                with lock:
                    going -= 1

        def check_needs_rehash(self, against: str) -> bool:
            return hasher.check_needs_rehash(against)

    passwords._nobodys()
    monkeypatch.setattr(passwords, "_hasher", Watched())
    at = placed(known)
    attacker, ada = at("203.0.113.9"), at("198.51.100.7")

    def guess(number: int) -> tuple[int, str]:
        login = "ada" if number % 2 else f"nobody{number}"
        answer = attacker.post("/sign-in", data={"login": login, "password": f"a wrong guess {number}"})
        return answer.status_code, answer.text.replace(f'value="{login}"', "")

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(guess, range(1000)))
        assert ada.post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 303
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401
    assert most <= 2
    assert judged <= 50, "all but the first few came too soon to be judged"


def test_after_some_mistakes_the_right_password_has_to_wait_but_not_elsewhere(
    known: Program, clock: FixedClock
) -> None:
    at = placed(known)
    here, elsewhere = at("203.0.113.9"), at("198.51.100.7")

    def enter(site: TestClient, password: str) -> int:
        return site.post("/sign-in", data={"login": "ada", "password": password}).status_code

    for _ in range(6):
        enter(here, "wrong again, and again")
    assert enter(here, GOOD) == 401, "too soon"
    assert enter(elsewhere, GOOD) == 303
    assert enter(here, GOOD) == 401, "another place's success does not help here"
    clock.advance(timedelta(seconds=5))
    assert enter(here, GOOD) == 303
    for _ in range(5):
        assert enter(here, "wrong") == 401
    assert enter(here, GOOD) == 303, "a success wiped out the mistakes"


def test_the_wait_never_grows_beyond_five_minutes(known: Program, clock: FixedClock) -> None:
    here = placed(known)("203.0.113.9")
    for _ in range(30):
        here.post("/sign-in", data={"login": "ada", "password": "wrong again, and again"})
        clock.advance(timedelta(minutes=5))
    clock.advance(timedelta(seconds=1))
    assert here.post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 303


def test_whoever_tries_many_logins_from_one_address_has_to_wait_too(known: Program) -> None:
    at = placed(known)
    here, elsewhere = at("203.0.113.9"), at("198.51.100.7")
    for number in range(41):
        here.post("/sign-in", data={"login": f"somebody{number}", "password": "the same for all"})
    assert here.post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 401
    assert elsewhere.post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 303


@SQLITE
def test_what_a_stranger_writes_about_their_address_counts_for_nothing(known: Program) -> None:
    config = known.config.model_copy(
        update={"sign_in": known.config.sign_in.model_copy(update={"trusted_proxies": ("10.0.0.0/8",)})}
    )
    app = make_app(replace(known, config=config), only_feeds=False)

    def enter(number: int, password: str) -> int:
        site = TestClient(
            app, base_url=ADDRESS, follow_redirects=False, client=("203.0.113.9", 1),
            headers={"sec-fetch-site": "same-origin", "x-forwarded-for": f"198.51.100.{number}"},
        )  # fmt: skip
        return site.post("/sign-in", data={"login": "ada", "password": password}).status_code

    for number in range(6):
        assert enter(number, "wrong") == 401
    assert enter(7, GOOD) == 401, "it was the same address all the time"


@SQLITE
def test_the_attempts_hold_nothing_that_was_typed(known: Program, open_site: OPEN_SITE) -> None:
    open_site().post("/sign-in", data={"login": "a secret typed into the wrong field", "password": "x"})
    with reading(known.engine) as connection:
        keys = connection.execute(select(tables.attempt.c.key)).scalars().all()
    assert sorted(re.sub(r"[0-9a-f]{64}$", "…", key) for key in keys) == ["address/…", "login/…"]


@SQLITE
def test_when_too_many_want_in_at_once_it_says_come_again(
    known: Program, open_site: OPEN_SITE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    with passwords._turn(), passwords._turn():
        answer = open_site().post("/sign-in", data={"login": "ada", "password": GOOD})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Too many people" in answer.text


# --- A session that lapses while somebody types -------------------------------------------------------

NOTE = 'rang, no answer\r\n\r\nshe will "call back" <soon> & éü\r\n'


def test_what_was_typed_comes_along_and_is_sent_after_signing_in(
    known: Program, sign_in: SignIn, clock: FixedClock
) -> None:
    ada = sign_in("ada")
    clock.advance(timedelta(minutes=31))
    lapsed = ada.post("/account/language?x=1", data={"page-language": "de", "note": NOTE, "revision": "7"})
    assert lapsed.status_code == 401
    assert "Until now Ada Example was signed in here." in lapsed.text
    assert 'value="ada"' in lapsed.text
    wrong = ada.post("/sign-in", data={**fields_of(lapsed.text), "login": "ada", "password": "wrong"})
    assert wrong.status_code == 401
    shown = ada.post("/sign-in", data={**fields_of(wrong.text), "login": "ada", "password": GOOD})
    assert shown.status_code == 200
    assert "she will &#34;call back&#34; &lt;soon&gt; &amp; éü" in shown.text
    assert "not you" not in shown.text
    assert fields_of(shown.text) == {"page-language": "de", "note": NOTE, "revision": "7"}
    assert 'action="/account/language?x=1"' in shown.text
    assert ada.post("/account/language?x=1", data=fields_of(shown.text)).status_code == 303
    assert "Ihr Konto" in ada.get("/account").text


def test_somebody_else_is_told_whose_it_was(known: Program, sign_in: SignIn, clock: FixedClock) -> None:
    ada = sign_in("ada")
    clock.advance(timedelta(hours=13))
    lapsed = ada.post("/account/language", data={"page-language": "de"})
    shown = ada.post("/sign-in", data={**fields_of(lapsed.text), "login": "bea", "password": GOOD})
    assert "Ada Example typed this, not you." in shown.text
    assert "entered under your name, Bea Example" in shown.text


def test_a_password_never_comes_along(known: Program, sign_in: SignIn, clock: FixedClock) -> None:
    ada = sign_in("ada")
    clock.advance(timedelta(minutes=31))
    lapsed = ada.post("/account/password", data={"old-password": GOOD, "new-password": "something-quite-new"})
    assert GOOD not in lapsed.text
    assert "something-quite-new" not in lapsed.text


@SQLITE
@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "/\\evil.example", ""])
def test_what_was_typed_goes_to_no_other_place(known: Program, open_site: OPEN_SITE, to: str) -> None:
    answer = open_site().post(
        "/sign-in", data={"login": "ada", "password": GOOD, "carried-to": to, "carried": "note=x"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/worklist")


@SQLITE
def test_a_file_cannot_come_along_and_it_says_so(known: Program, open_site: OPEN_SITE) -> None:
    answer = open_site().post(
        "/sign-in",
        data={
            "login": "ada",
            "password": GOOD,
            "carried-to": "/patients/import",
            "carried": "",
            "carried-files": "yes",
        },
    )
    assert "The file did not come along." in answer.text


@SQLITE
def test_signing_out_twice_is_no_reason_to_sign_in(known: Program, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    empty = {"content-type": "application/x-www-form-urlencoded"}
    assert ada.post("/sign-out", headers=empty).headers["location"] == "/sign-in"
    assert ada.get("/worklist").status_code == 303
    assert ada.post("/sign-out", headers=empty).headers["location"] == "/sign-in"
    assert count_sessions(known) == 0


@pytest.mark.parametrize(("idle", "is_in"), [(30, True), (31, False)])
def test_a_session_is_over_after_half_an_hour_without_use(
    sign_in: SignIn, clock: FixedClock, idle: int, is_in: bool
) -> None:
    ada = sign_in("ada")
    clock.advance(timedelta(minutes=idle))
    assert (ada.get("/worklist").status_code == 200) == is_in


def test_a_session_is_over_after_twelve_hours_however_busy(sign_in: SignIn, clock: FixedClock) -> None:
    ada = sign_in("ada")
    for _ in range(36):
        clock.advance(timedelta(minutes=20))
        assert ada.get("/worklist").status_code == 200
    clock.advance(timedelta(minutes=1))
    assert ada.get("/worklist").status_code == 303


@SQLITE
def test_where_passwords_are_off_none_is_taken(known: Program) -> None:
    site = placed(known, passwords=False)("198.51.100.7")
    assert 'type="password"' not in site.get("/sign-in").text
    assert site.post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 403
    assert count_sessions(known) == 0


def test_the_record_keeps_the_hash_of_a_session_alone(known: Program, open_site: OPEN_SITE) -> None:
    site = open_site()
    site.post(
        "/sign-in",
        data={"login": "ada", "password": GOOD},
        headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"},
    )
    token = site.cookies["monitor"]
    assert len(token) == 43
    with reading(known.engine) as connection:
        (row,) = connection.execute(select(tables.session)).all()
        (shown,) = sessions.list_sessions(connection, row.person_id)
    assert token not in str(row)
    assert shown.device == "Firefox, Linux"
