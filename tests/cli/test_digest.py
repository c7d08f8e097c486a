"""`monitor digest`: what would be sent, in three forms of one content, short before the details."""

import html
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.dossiers import Detail
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from schedules.findings import Section
from schedules.model import Infusion

Run = Callable[..., Any]
DeskOf = Callable[[str], AbstractContextManager[Desk]]
GOLDEN = Path(__file__).parents[1] / "render" / "golden"
PHONE_LINES, PHONE_COLUMNS = 24, 72
pytestmark = [
    pytest.mark.parametrize("kind", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("patients"),
]


@pytest.fixture
def patients(desk_of: DeskOf) -> None:
    """Three invented patients with names that must never stand in a digest."""
    with desk_of("ada") as desk:
        for number, planned in enumerate([None, date(2026, 10, 30), None], start=1):
            days = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
            days += [Infusion(planned, planned=True)] if planned else []
            enrol(
                desk,
                Enrolment(
                    "north", f"NORTH-<{number}>", "alemtuzumab-eu", detail=Detail(name=f"Secret Name {number}"),
                    infusions=days if number < 3 else [], followed_here_from=date(2026, 10, 1),
                ),
            )  # fmt: skip


def digest(run: Run, *more: str, by: str = "ada") -> str:
    ran = run("digest", "--dry-run", *more, by=by)
    assert ran.code == 0, ran.err
    return str(ran.out)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_text_is_what_it_was(run: Run, language: str) -> None:
    text = digest(run, "--lang", language)
    assert max(map(len, text.splitlines())) <= PHONE_COLUMNS
    assert text == (GOLDEN / f"digest-{language}.txt").read_text(encoding="utf-8")


def test_html_says_the_same_and_loads_nothing(run: Run) -> None:
    page = digest(run, "--format", "html")
    body = page.split("<body>")[1]
    said = html.unescape(re.sub(r"<[^>]+>", " ", body)).split()
    text = [word for word in digest(run).split() if set(word) not in ({"="}, {"-"})]
    assert said == text
    assert "NORTH-&lt;1&gt;" in page
    assert not re.search(r"(src|href|url\(|@import)", page)


def test_json_counts_every_section(run: Run) -> None:
    data = json.loads(digest(run, "--format", "json"))
    [north] = data["clinics"]
    assert list(north["counts"]) == [section.value for section in Section]
    assert north["patients_followed"] == 3
    assert north["counts"]["no-plan"] == 1
    assert north["counts"]["planned-day-passed"] == 1
    assert data["overdue"] == sum(north["counts"][name] for name in ("newly-overdue", "escalated", "overdue"))


def test_a_clinic_fits_on_a_phones_screen_before_the_details(run: Run) -> None:
    for day in ("2026-11-02", "2026-11-24", "2027-06-01", "2031-03-01"):
        text = digest(run, "--date", day)
        summary = text.split("\n\n")[1].splitlines()
        assert len(summary) <= PHONE_LINES


def test_no_name_stands_in_it(run: Run) -> None:
    for output_format in ("text", "html", "json"):
        assert "Secret" not in digest(run, "--format", output_format)


def test_without_a_dry_run_it_says_that_nothing_is_sent(run: Run) -> None:
    ran = run("digest", by="ada")
    assert (ran.code, ran.out) == (1, "")
    assert "Sending the digest is not set up" in ran.err
    assert "--dry-run" in ran.err


def test_an_admin_sees_every_clinic_and_cy_only_the_west(run: Run) -> None:
    everywhere = json.loads(digest(run, "--format", "json", by="root-admin"))
    assert [one["clinic"] for one in everywhere["clinics"]] == ["north", "south", "west"]
    text = digest(run, by="cy")
    assert "West Clinic" in text
    assert "North" not in text
    assert "Looked at 0 patients and 0 open checks." in text
