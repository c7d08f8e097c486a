"""`monitor patient away`: a nurse hears on the telephone when somebody cannot come."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest

from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
Run = Callable[..., Any]
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
DAYS = ("--from", "2026-11-14", "--until", "2026-11-18")
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def ours(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        enrol(desk, Enrolment("north", "N-AWAY-1", "alemtuzumab-eu", infusions=COURSE))


def next_visit(run: Run) -> str:
    listed = json.loads(run("worklist", "--rule", "blood-count", "--format", "json", by="ada").out)
    return str(listed[-1]["next_visit_on"])


def test_days_are_noted_and_taken_back(ours: None, run: Run) -> None:
    assert next_visit(run) == "2026-11-16"
    ran = run("patient", "away", "N-AWAY-1", *DAYS, by="ada")
    assert (ran.code, ran.out) == (0, "N-AWAY-1 is away from 2026-11-14 to 2026-11-18; suggested days follow.\n")
    assert next_visit(run) == "2026-11-13"
    ran = run("patient", "away", "N-AWAY-1", *DAYS, "--take-back", by="ada")
    assert (ran.code, ran.out) == (0, "N-AWAY-1 is not away from 2026-11-14 to 2026-11-18; suggested days follow.\n")
    assert next_visit(run) == "2026-11-16"
    ran = run("patient", "away", "N-AWAY-1", *DAYS, "--take-back", by="ada")
    assert (ran.code, "Noted: none." in ran.err) == (1, True)


def test_what_cannot_be_is_said(ours: None, run: Run) -> None:
    ran = run("patient", "away", "N-AWAY-1", "--from", "2026-11-18", "--until", "2026-11-14", by="ada")
    assert (ran.code, ran.err) == (1, "2026-11-14 comes before 2026-11-18.\nGive the first day first, then the last.\n")
    assert run("patient", "away", "N-AWAY-1", *DAYS, by="cy").code == 1
    assert run("patient", "away", "N-AWAY-1", by="ada").code == 2
