"""What tests of the staff pages share: a browser that is signed in, without the network."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from db import people
from db.engine import writing
from monitor.bootstrap import Program
from monitor.services.sessions import begin_session
from monitor.web.app import make_app

ADDRESS = "http://127.0.0.1:8000"
SignIn = Callable[..., TestClient]


@pytest.fixture
def open_site(program: Program) -> Iterator[Callable[[], TestClient]]:
    """A browser in which nobody is signed in; it follows no redirect by itself."""
    with ExitStack() as stack:

        def make() -> TestClient:
            client = TestClient(
                make_app(program, only_feeds=False), base_url=ADDRESS, follow_redirects=False,
                headers={"sec-fetch-site": "same-origin"},
            )  # fmt: skip
            return stack.enter_context(client)

        yield make


@pytest.fixture
def sign_in(program: Program, open_site: Callable[[], TestClient]) -> SignIn:
    """`sign_in("ada").get("/worklist")`: what Ada sees."""

    def make(login: str) -> TestClient:
        with writing(program.engine) as connection:
            person = people.find_person(connection, login)
            assert person is not None
            token = begin_session(connection, person, at=program.clock.now(), device="Firefox")
        client = open_site()
        client.cookies.set("monitor", token, domain="127.0.0.1")
        return client

    return make
