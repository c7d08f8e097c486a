"""`monitor worklist`: the table people read, the files machines read, and nothing for a stranger."""

import csv
import io
import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from monitor.render.consoles import Paper
from monitor.render.worklist import render_table
from monitor.services.booking import book, note_contact
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.recording import record_samples
from monitor.services.worklist import list_lines
from schedules.model import Infusion
from schedules.worklists import Kind, Line

DeskOf = Callable[[str], AbstractContextManager[Desk]]
Run = Callable[..., Any]
TODAY = date(2026, 11, 2)
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
MONTHLY = ["blood-count", "creatinine", "urinalysis", "liver"]
ALL = [*MONTHLY, "thyroid", "skin", "hpv"]
GOLDEN = Path(__file__).parents[1] / "render" / "golden"
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)

PROMISED = ["patient", "clinic", "rule", "number", "state", "opens_on", "due_on", "closes_on", "days_overdue"]
"""Scripts and hospitals rely on these names and on their order."""


def follow(desk: Desk, reference: str, *, course: date = COURSE[0].infused_on, planned: date | None = None) -> int:
    days = [Infusion(course + timedelta(days=offset)) for offset in range(5)]
    days += [Infusion(planned, planned=True)] if planned else []
    enrolment = Enrolment("north", reference, "alemtuzumab-eu", infusions=days, followed_here_from=date(2026, 10, 1))
    return enrol(desk, enrolment)[0]


@pytest.fixture
def north(desk_of: DeskOf) -> None:
    """Five invented patients: long missed, missed and booked, due, open, and one with a planned day that passed."""
    with desk_of("ada") as desk:
        note_contact(desk, follow(desk, "NORTH-1"), kind="unreachable")
        missed = follow(desk, "NORTH-2")
        record_samples(desk, missed, ALL, taken_on=date(2026, 10, 1))
        book(desk, missed, MONTHLY, on=date(2026, 11, 6))
        for reference, day in (("NORTH-3", 26), ("NORTH-4", 3)):
            treatment = follow(desk, reference, course=date(2026, 1, day))
            record_samples(desk, treatment, ALL, taken_on=date(2026, 10, 2))
        fifth = follow(desk, "NORTH-5", planned=date(2026, 10, 30))
        record_samples(desk, fifth, [*ALL, "ecg"], taken_on=date(2026, 10, 20))


@pytest.mark.parametrize(("width", "language"), [(80, "en"), (120, "en"), (80, "de")])
def test_the_table_is_what_it_was(north: None, run: Run, width: int, language: str) -> None:
    ran = run("worklist", "--lang", language, by="ada", width=width)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= width
    file = GOLDEN / f"worklist-{language}-{width}.txt"
    if os.environ.get("REGENERATE_GOLDENS"):
        file.write_text(ran.out, encoding="utf-8")
    assert ran.out == file.read_text(encoding="utf-8")


def test_colour_is_never_the_only_sign(look_as: DeskOf, north: None) -> None:
    with look_as("ada") as desk:
        lines = list_lines(desk)
    asked: dict[str, Any] = {"clinics": ["North"], "day": TODAY, "language": "en"}
    plain = render_table(lines, **asked, paper=Paper(80, plain=True))
    coloured = render_table(lines, **asked, paper=Paper(80, colour=True))
    assert "\x1b[" in coloured
    assert "\x1b" not in plain
    for sign in ("# overdue", "^ due", "o open", "* unconfirmed"):
        assert sign in plain


def test_json_has_one_entry_for_each_open_check_under_promised_names(north: None, run: Run) -> None:
    found = json.loads(run("worklist", "--format", "json", by="ada").out)
    assert all(list(one)[: len(PROMISED)] == PROMISED for one in found)
    first = next(one for one in found if one["rule"] == "blood-count" and one["patient"] == "NORTH-1")
    assert {name: first[name] for name in PROMISED} == {
        "patient": "NORTH-1", "clinic": "north", "rule": "blood-count", "number": 9, "state": "overdue",
        "opens_on": "2026-10-09", "due_on": "2026-10-16", "closes_on": "2026-10-23", "days_overdue": 10,
    }  # fmt: skip
    assert (first["missed"], first["exposure_days"], first["exposure_limit_days"]) == (2, 290, 45)
    assert len({(one["patient"], one["rule"], one["number"]) for one in found}) == len(found)
    overdue = json.loads(run("worklist", "--format", "json", "--state", "overdue", by="ada").out)
    assert overdue == [one for one in found if one["state"] == "overdue"]


def test_csv_and_xlsx_hold_what_json_holds(north: None, run: Run, tmp_path: Path) -> None:
    found = json.loads(run("worklist", "--format", "json", by="ada").out)
    rows = list(csv.DictReader(io.StringIO(run("worklist", "--format", "csv", by="ada").out)))
    assert [(row["patient"], row["rule"], row["due_on"]) for row in rows] == [
        (one["patient"], one["rule"], one["due_on"]) for one in found
    ]
    book_file = tmp_path / "worklist.xlsx"
    assert run("worklist", "--format", "xlsx", by="ada").code == 2
    assert run("worklist", "--format", "xlsx", "--output", str(book_file), by="ada").code == 0
    sheet = load_workbook(book_file).active
    assert sheet is not None
    assert sheet.max_row == len(found) + 1


def test_a_reference_that_begins_a_formula_stays_text(desk_of: DeskOf, run: Run) -> None:
    with desk_of("ada") as desk:
        follow(desk, "=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(run("worklist", "--format", "csv", by="ada").out)))
    assert {row["patient"] for row in rows} == {"'=HYPERLINK(1)"}


@pytest.mark.parametrize(
    ("asked", "patients"),
    [
        (["--state", "overdue"], {"NORTH-1", "NORTH-2", "NORTH-5"}),
        (["--state", "due"], {"NORTH-3"}),
        (["--state", "unconfirmed"], {"NORTH-5"}),
        (["--unbooked", "--state", "overdue", "--rule", "blood-count"], {"NORTH-1"}),
        (["--rule", "thyroid", "--state", "not-seen"], set()),
    ],
)
def test_filters(north: None, run: Run, asked: list[str], patients: set[str]) -> None:
    out = run("worklist", *asked, by="ada").out
    assert {f"NORTH-{number}" for number in range(1, 6) if f"NORTH-{number}" in out} == patients
    assert ("No line of this kind" in out) is (not patients)


def test_another_day_and_an_unknown_clinic(north: None, run: Run) -> None:
    early = run("worklist", "--as-of", "2026-10-31", by="ada")
    assert (early.code, "knew no patient yet" in early.err) == (1, True)
    assert "NORTH-4" in run("worklist", "--as-of", "2026-12-31", "--state", "overdue", by="ada").out
    refused = run("worklist", "--clinic", "west", by="ada")
    assert (refused.code, "among yours" in refused.err) == (1, True)
    assert run("worklist", "--as-of", "tomorrow", by="ada").code == 2


def test_a_failure_is_told_where_machines_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Line(kind=Kind.FAILED, patient="N-9", clinic="north", treatment_id=9, today=TODAY, failure="ValueError")
    out = render_table([failed], clinics=["North"], day=TODAY, language="en", paper=Paper(80))
    assert "could not be computed" in " ".join(out.split())
    assert replace(failed, patient="N-8").label == "failed"


COMMANDS = [
    ("worklist",), ("worklist", "--format", "json"), ("worklist", "--format", "csv"),
    ("worklist", "--as-of", "2026-11-20"), ("worklist", "--as-of", "2026-11-01"), ("worklist", "--clinic", "north"),
    ("digest", "--dry-run"), ("digest", "--dry-run", "--format", "html"), ("digest", "--dry-run", "--format", "json"),
    ("patient", "show", "NORTH-1"), ("patient", "show", "NORTH-1", "--format", "json"),
    ("patient", "show", "NORTH-1", "--explain", "blood-count/9"),
    ("patient", "change", "NORTH-1", "--sex", "male", "--reason", "x"),
    ("patient", "discharge", "NORTH-1", "--kind", "moved", "--reason", "x", "--decided-by", "Dr. X"),
    ("patient", "readmit", "NORTH-1", "--reason", "x"),
    ("patient", "takeover", "NORTH-1", "--from", "2026-11-01", "--reason", "x"),
    ("infusion", "add", "NORTH-1", "2026-11-01", "--reason", "x"), ("infusion", "confirm", "NORTH-5", "2026-10-30"),
    ("infusion", "correct", "NORTH-1", "2026-01-16", "--to", "2026-01-17", "--reason", "x", "--preview"),
    ("infusion", "withdraw", "NORTH-1", "2026-01-16", "--reason", "x"), ("feed", "render", "NORTH-1"),
]  # fmt: skip


def test_cy_sees_nothing_and_changes_nothing(north: None, run: Run, look_as: DeskOf) -> None:
    with look_as("ada") as desk:
        before = list_lines(desk)
    for command in COMMANDS:
        ran = run(*command, by="cy")
        named = set(command) & {"NORTH-1", "NORTH-5"}
        assert ran.code == (1 if named or "north" in command else 0), command
        assert "NORTH" not in ran.out, command
        assert not [word for word in ran.err.split() if "NORTH" in word and word.strip("'.") not in named], command
    with look_as("ada") as desk:
        assert list_lines(desk) == before
