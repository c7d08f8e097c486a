"""`monitor infusion`: every change of a day is shown before it counts, and losses need a confirmation of their own."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest

from monitor.clock import FixedClock
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion

Run = Callable[..., Any]
DeskOf = Callable[[str], AbstractContextManager[Desk]]
pytestmark = [
    pytest.mark.parametrize("kind", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("patient"),
]
COURSES = [Infusion(date(2024, 1, 8) + timedelta(days=n)) for n in range(5)]
COURSES += [Infusion(date(2025, 1, 13) + timedelta(days=n)) for n in range(3)]
"""The third row of the oracle table: follow-up ends on 2029-01-15, and blood count 60 moved there."""


@pytest.fixture
def patient(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        enrol(
            desk,
            Enrolment("north", "NORTH-1", "alemtuzumab-eu", infusions=COURSES, followed_here_from=date(2026, 10, 1)),
        )


def page(run: Run) -> Any:
    return json.loads(run("patient", "show", "NORTH-1", "--format", "json", by="ada").out)


def infused(run: Run) -> dict[str, bool]:
    return {one["infused_on"]: one["planned"] for one in page(run)["infusions"]}


def test_a_correction_is_previewed_with_what_moves_and_what_is_added(run: Run) -> None:
    correct = ("infusion", "correct", "NORTH-1", "2025-01-15", "--to", "2025-01-29", "--reason", "typing error")
    preview = run(*correct, "--preview", by="ada", width=80)
    said = [" ".join(row.split()) for row in preview.out.splitlines()]
    assert said[0] == "Preview: nothing was saved."
    assert "Full blood count 60 Fri 12 Jan 2029 3 days earlier" in said
    assert "Full blood count 61 Mon 29 Jan 2029" in said
    assert page(run)["follow_up_ends_on"] == "2029-01-15"
    saved = run(*correct, by="ada", width=80)
    assert saved.out.splitlines()[0] == "Saved."
    assert saved.out.splitlines()[1:] == preview.out.splitlines()[1:]
    assert page(run)["follow_up_ends_on"] == "2029-01-29"
    assert "2025-01-15" not in infused(run)


def test_the_preview_for_machines_names_every_check(run: Run) -> None:
    ran = run(
        "infusion", "add", "NORTH-1", "2026-10-19..2026-10-21", "--reason", "third course", "--preview",
        "--format", "json", by="ada",
    )  # fmt: skip
    data = json.loads(ran.out)
    assert data["preview"] is True
    assert {one["check"] for one in data["added"]} >= {"blood-count/61", "blood-count/82", "ecg/3"}
    assert {one["check"]: one["after"]["due_on"] for one in data["moved"]}["blood-count/60"] == "2029-01-12"
    assert data["untouched"] > 200


def test_a_planned_course_is_added_and_confirmed_day_by_day(run: Run, clock: FixedClock) -> None:
    planned = ("infusion", "add", "NORTH-1", "2026-11-04..2026-11-06", "--planned", "--reason", "third course")
    assert run(*planned, by="ada").code == 0
    assert infused(run)["2026-11-05"] is True
    early = run("infusion", "confirm", "NORTH-1", "2026-11-04", by="ada")
    assert (early.code, "cannot have been given" in early.err) == (1, True)
    clock.advance(timedelta(days=5))
    assert run("infusion", "confirm", "NORTH-1", "2026-11-04..2026-11-05", by="ada").code == 0
    assert (infused(run)["2026-11-05"], infused(run)["2026-11-06"]) == (False, True)
    assert page(run)["follow_up_ends_on"] == "2030-11-05"
    assert "unconfirmed" in run("worklist", "--state", "unconfirmed", by="ada").out
    withdraw = ("infusion", "withdraw", "NORTH-1", "2026-11-06", "--reason", "not given")
    assert "platelets-day-3/3" in run(*withdraw, by="ada").err  # due on that day, so it needs a confirmation
    assert run(*withdraw, "--confirm-losses", by="ada").code == 0
    assert "2026-11-06" not in infused(run)


def test_withdrawing_a_course_never_lets_a_due_check_go_unseen(run: Run) -> None:
    withdraw = ("infusion", "withdraw", "NORTH-1", "2024-01-12", "--reason", "not given")
    preview = run(*withdraw, "--preview", by="ada")
    refused = run(*withdraw, by="ada")
    if "would go or be postponed" in preview.out:
        assert (refused.code, "--confirm-losses" in refused.err) == (1, True)
        assert "2024-01-12" in infused(run)
        assert run(*withdraw, "--confirm-losses", by="ada").code == 0
    assert "2024-01-12" not in infused(run)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("correct", "NORTH-1", "2025-02-15", "--to", "2025-02-16", "--reason", "x"), 1, "has no infusion on"),
        (("add", "NORTH-1", "2025-01-15", "--reason", "x"), 1, "already in the record"),
        (("confirm", "NORTH-1", "2025-01-15"), 1, "already recorded as given"),
        (("add", "NORTH-1", "2026-13-01", "--reason", "x"), 2, "is not a day"),
        (("add", "NORTH-1", "2026-01-09..2026-01-08", "--reason", "x"), 2, "must run forwards"),
        (("add", "NORTH-9", "2026-01-09", "--reason", "x"), 1, "no patient 'NORTH-9'"),
        (("add", "NORTH-1", "2026-01-09"), 2, "--reason"),
    ],
)
def test_refusals(run: Run, args: tuple[str, ...], code: int, words: str) -> None:
    ran = run("infusion", *args, by="ada")
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
