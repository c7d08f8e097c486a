"""`monitor digest`: what would be sent, in three forms of one content, short before the details."""

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.dossiers import Detail
from monitor.bootstrap import Program
from monitor.mail.smtp import SmtpMailer
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from schedules.findings import Section
from schedules.model import Infusion
from tests.conftest import run_command
from tests.invented_letters import Page, add_recipient, letters_of

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
    file = GOLDEN / f"digest-{language}.txt"
    if os.environ.get("REGENERATE_GOLDENS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_html_says_the_same_and_loads_nothing(run: Run) -> None:
    page = digest(run, "--format", "html")
    again = Page(page)
    assert again.words == [word for word in digest(run).split() if set(word) not in ({"="}, {"-"})]
    assert "NORTH-&lt;1&gt;" in page
    assert again.loads == []


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
        summary = next(one for one in text.split("\n\n") if one.startswith("North Clinic")).splitlines()
        assert len(summary) <= PHONE_LINES


def test_no_name_stands_in_it(run: Run) -> None:
    for output_format in ("text", "html", "json"):
        assert "Secret" not in digest(run, "--format", output_format)


def test_an_administrator_sends_what_today_still_lacks(run: Run, program: Program) -> None:
    add_recipient(program, "ada", "north", is_weekly=True)
    add_recipient(program, "bea", "north", confirmed=False)
    assert run("digest", by="ada").code == 1  # no administrator
    first = run("digest", by="root-admin")
    assert (first.code, first.out) == (0, "bea: not planned, the address is not confirmed\nada: sent\n")
    [mail] = program.config.mail.folder.glob("*.eml")
    assert b"Subject: Follow-up digest for Mon 2 Nov 2026" in mail.read_bytes()
    assert "ada: sent already at 2026-11-02 08:00 UTC" in run("digest", "--to", "ada", by="root-admin").out
    assert run("digest", "--kind", "weekly", by="root-admin").out.endswith("ada: sent\n")
    assert list(letters_of(program)) == ["daily/2026-11-02/3", "weekly/2026-11-02/3"]


def test_what_no_server_takes_is_said_and_stays_in_the_outbox(
    program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_recipient(program, "ada", "north")
    nobody = SmtpMailer("127.0.0.1", 9, "none", timeout_seconds=1)
    ran = run_command(("digest",), capsys, monkeypatch, program=replace(program, mailer=nobody), by="root-admin")
    assert (ran.code, ran.out) == (0, "ada: planned, and tried again by a running program\n")


def test_nobody_to_send_to_is_a_refusal_with_the_next_step(run: Run) -> None:
    ran = run("digest", "--to", "cy", by="root-admin")
    assert (ran.code, ran.out) == (1, "")
    assert "'cy' gets no digest" in ran.err
    assert "monitor recipient add" in ran.err


@pytest.mark.parametrize(
    "options", [("--format", "html"), ("--date", "2026-11-01"), ("--dry-run", "--to", "ada"),
                ("--dry-run", "--kind", "weekly", "--date", "2026-11-01")],
)  # fmt: skip
def test_options_that_do_not_fit_together_are_a_question_of_usage(run: Run, options: tuple[str, ...]) -> None:
    assert run("digest", *options, by="root-admin").code == 2


def test_a_recipient_sees_the_letter_as_it_will_come(run: Run, program: Program) -> None:
    add_recipient(program, "dora", "south")
    text = digest(run, by="dora")
    assert "This is your first letter." in text
    assert "North" not in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_week_fits_on_a_phone(run: Run, language: str) -> None:
    text = digest(run, "--kind", "weekly", "--lang", language, by="root-admin")
    assert max(map(len, text.splitlines())) <= PHONE_COLUMNS
    assert len(text.splitlines()) < 3 * PHONE_LINES
    page = digest(run, "--kind", "weekly", "--lang", language, "--format", "html", by="root-admin")
    assert Page(page).words == [word for word in text.split() if set(word) not in ({"="}, {"-"})]
    data = json.loads(digest(run, "--kind", "weekly", "--format", "json", by="root-admin"))
    assert [one["name"][:5] for one in data["clinics"]] == ["North", "South", "West "]


def test_an_admin_sees_every_clinic_and_cy_only_the_west(run: Run) -> None:
    everywhere = json.loads(digest(run, "--format", "json", by="root-admin"))
    assert [one["clinic"] for one in everywhere["clinics"]] == ["north", "south", "west"]
    text = digest(run, by="cy")
    assert "West Clinic" in text
    assert "North" not in text
    assert "Looked at 0 patients and 0 open checks." in text
