"""What tests in a real browser share: the program on loopback, an invented ward, Chromium, and axe-core.

`as_person("ada")` is a page in which Ada is signed in; `as_person("ada", script=False)` one without JavaScript.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest

from db import people
from db.engine import writing
from monitor.bootstrap import Program
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.sessions import begin_session
from monitor.web.serving import make_listener, open_socket, url_of
from schedules.model import Infusion
from tests.chromium import browser, find_faults

__all__ = ["browser", "find_faults"]  # fixtures

DeskOf = Callable[[str], AbstractContextManager[Desk]]


def infusions(first: date, days: int) -> tuple[Infusion, ...]:
    return tuple(Infusion(first + timedelta(days=offset)) for offset in range(days))


@dataclass(frozen=True, slots=True)
class Ward:
    """The treatments of three patients of `north` and one of `west`, by reference, on Monday 2 November 2026.

    N-LATE owes tests since long, N-SOON has some due about now, N-PLAN has an infusion planned that has passed,
    W-FAR is of another clinic.
    """

    late: int
    soon: int
    planned: int
    far: int


@pytest.fixture
def ward(desk_of: DeskOf) -> Ward:
    with desk_of("ada") as desk:
        late, _ = enrol(
            desk,
            Enrolment("north", "N-LATE", "alemtuzumab-eu", infusions=infusions(date(2025, 11, 3), 5)),
        )
        soon, _ = enrol(
            desk,
            Enrolment(
                "north", "N-SOON", "alemtuzumab-eu", infusions=infusions(date(2026, 1, 30), 5),
                followed_here_from=date(2026, 10, 20),
            ),
        )  # fmt: skip
        planned, _ = enrol(
            desk,
            Enrolment(
                "north", "N-PLAN", "alemtuzumab-eu",
                infusions=(*infusions(date(2025, 10, 20), 5), Infusion(date(2026, 10, 26), planned=True)),
                followed_here_from=date(2026, 10, 25),
            ),
        )  # fmt: skip
    with desk_of("cy") as desk:
        far, _ = enrol(desk, Enrolment("west", "W-FAR", "alemtuzumab-eu", infusions=infusions(date(2025, 11, 3), 5)))
    return Ward(late, soon, planned, far)


@pytest.fixture
def address(program: Program) -> Iterator[str]:
    """The program as it is served, on loopback, at the test's fixed time."""
    with closing(open_socket("127.0.0.1", 0)) as listening:
        listener = make_listener(program, only_feeds=False)
        thread = Thread(target=lambda: listener.run(sockets=[listening]), daemon=True)
        thread.start()
        yield url_of(listening)
        listener.should_exit = True
        thread.join(30)


def go_back(page: Any) -> None:
    """Press the browser's own "back", once the page stands.

    Chromium tells a new address a moment before its own process has left the old page, and then refuses the step.
    """
    page.wait_for_load_state()
    page.go_back()


AsPerson = Callable[..., Any]


@pytest.fixture
def as_person(program: Program, address: str, browser: Any) -> Iterator[AsPerson]:
    """A page in which a person is signed in, in a browser window of its own; errors of its console fail the test."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def make(
            login: str, *, script: bool = True, scheme: str = "light", width: int = 1280, language: str = "en-GB"
        ) -> Any:
            with writing(program.engine) as connection:
                person = people.find_person(connection, login)
                assert person is not None
                token = begin_session(connection, person, at=program.clock.now(), device="Chromium")
            context = browser.new_context(
                base_url=address, java_script_enabled=script, color_scheme=scheme, locale=language,
                viewport={"width": width, "height": 900}, reduced_motion="reduce",
            )  # fmt: skip
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            context.add_cookies([{"name": "monitor", "value": token, "url": address}])
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield make
    # A refused form answers with 4xx, which Chromium writes to its console, too.
    assert [one for one in complaints if "Failed to load resource" not in one] == []
