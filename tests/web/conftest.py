"""A patient with a calendar and a page, a clinic's calendar, and the application that serves them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.addresses import Issued, issue_to_clinic, issue_to_patient
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.web.app import make_app
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))


@dataclass(frozen=True, slots=True)
class Given:
    """One patient of `north`, and every kind of address that leads there."""

    treatment_id: int
    page: Issued
    calendar: Issued
    staff: Issued


@pytest.fixture
def given(desk_of: DeskOf, clock: FixedClock) -> Given:
    """Followed from 1 September under the protocol for Europe; a minute ago, since what is new has no date yet."""
    enrolment = Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 9, 1))
    with desk_of("ada") as desk:
        treatment_id = enrol(desk, enrolment)[0]
        page, calendar = issue_to_patient(desk, "N-1", label="own phone", consented=True)
        staff = issue_to_clinic(desk, "north", label="ward")
    clock.advance(timedelta(minutes=1))
    return Given(treatment_id, page, calendar, staff)


@pytest.fixture
def client(program: Program) -> Iterator[TestClient]:
    """A client that follows no redirect and shows what an exception becomes, in an application that has started."""
    app = make_app(program, only_feeds=True)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        # What the client would send of itself would hide what it was told to send.
        for name in ("accept", "accept-encoding", "user-agent"):
            client.headers.pop(name, None)
        yield client
