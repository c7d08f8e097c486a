"""`monitor plan`: needs no database, says all problems at once, and prints what scripts rely on."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ical.calendar_stream import IcsCalendarStream

from monitor.cli import cli, main
from schedules.errors import FileRefused, NotFound, Unacceptable

TWO = ("--infusion", "2024-01-08..2024-01-12", "--infusion", "2025-01-13..2025-01-15")
EU = ("plan", "--protocol", "alemtuzumab-eu", "--country", "DE")


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


Shell = Callable[..., Ran]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Shell:
    """`shell("plan", …)` in an empty directory, as a person without any configuration would call it."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MONITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args: str) -> Ran:
        code = 0
        try:
            main(list(args))
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsysbinary.readouterr()
        return Ran(code, said.out.decode(), said.err.decode())

    return run


def _plan(shell: Shell, *args: str) -> Any:
    ran = shell(*EU, "--format", "json", *args)
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


ORACLES = [
    (("2024-01-08..2024-01-12",), "2028-01-12", 48, 16, 4),
    (("2024-01-08..2024-01-12", "2025-01-08..2025-01-10"), "2029-01-10", 60, 20, 5),
    (("2024-01-08..2024-01-12", "2025-01-13..2025-01-15"), "2029-01-15", 60, 20, 5),
    (("2024-01-08..2024-01-12", "2025-01-27..2025-01-29"), "2029-01-29", 61, 21, 5),
    (("2024-01-31",), "2028-01-31", 48, 16, 4),
]


@pytest.mark.parametrize(("infusions", "ends_on", "monthly", "three_monthly", "yearly"), ORACLES)
def test_the_plans_worked_out_by_hand(
    shell: Shell, infusions: tuple[str, ...], ends_on: str, monthly: int, three_monthly: int, yearly: int
):
    data = _plan(shell, *(part for days in infusions for part in ("--infusion", days)))
    assert data["follow_up_ends_on"] == ends_on
    expected = {"blood-count": monthly, "creatinine": monthly, "urinalysis": monthly, "liver": monthly}
    for rule, count in {**expected, "thyroid": three_monthly, "skin": yearly}.items():
        checks = [check for check in data["checks"] if check["rule"] == rule]
        assert [check["number"] for check in checks] == list(range(1, count + 1))
        assert checks[-1]["due_on"] == checks[-1]["opens_on"] == ends_on


def test_checks_come_in_order_with_their_visit_inside_the_window(shell: Shell):
    data = _plan(shell, *TWO, "--sex", "female", "--born", "1988-03-02")
    due = [check["due_on"] for check in data["checks"]]
    assert due == sorted(due)
    assert all(check["opens_on"] <= check["visit_on"] <= check["closes_on"] for check in data["checks"])
    assert not any(check["confirm"] for check in data["checks"])
    assert all(date.fromisoformat(check["visit_on"]).weekday() < 5 for check in data["checks"])


def test_sex_decides_and_unknown_includes(shell: Shell):
    rules = {
        sex: {check["rule"] for check in _plan(shell, *TWO, "--sex", sex)["checks"]}
        for sex in ("male", "female", "unknown")
    }
    assert rules["female"] - rules["male"] == {"hpv", "pregnancy-test"}
    assert rules["unknown"] == rules["female"]


def test_planned_days_bring_no_follow_up(shell: Shell):
    data = _plan(shell, "--planned", "2099-01-12..2099-01-16")
    assert data["follow_up_ends_on"] is None
    assert {check["origin"] for check in data["checks"]} == {"baseline", "in-course"}
    assert data["infusions"] == []
    assert len(data["planned_infusions"]) == 5


def test_overlays_are_laid_over(shell: Shell):
    data = _plan(shell, *TWO, "--overlay", "vitamin-d", "--overlay", "self-check")
    assert data["protocol"]["overlays"] == ["vitamin-d 2026.1", "self-check 2026.1"]
    assert {"vitamin-d", "self-check"} <= {check["rule"] for check in data["checks"]}


def test_the_table_is_plain_text_when_nobody_looks(shell: Shell):
    ran = shell(*EU, *TWO)
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert max(len(line) for line in ran.out.splitlines()) <= 80
    assert "Mon 15 Jan 2029" in ran.out
    assert "Großes Blutbild" in shell(*EU, *TWO, "--lang", "de").out


def test_csv_and_ics_hold_the_same_plan(shell: Shell):
    checks = _plan(shell, *TWO)["checks"]
    rows = list(csv.DictReader(io.StringIO(shell(*EU, *TWO, "--format", "csv").out)))
    assert [row["due_on"] for row in rows] == [check["due_on"] for check in checks]
    ran = shell(*EU, *TWO, "--format", "ics")
    events = IcsCalendarStream.calendar_from_ics(ran.out).events
    assert {str(event.dtstart) for event in events} == {check["visit_on"] for check in checks}
    assert all(event.summary in {"Reminder: please arrange", "Reminder", "Follow-up ends"} for event in events)


def test_detail_and_reference_are_a_choice(shell: Shell):
    plain, again, detailed, other = (
        shell(*EU, *TWO, "--format", "ics", *more).out
        for more in ((), (), ("--detail", "--sex", "female"), ("--reference", "P-0001"))
    )
    assert plain == again
    assert "Full blood count" in detailed.replace("\r\n ", "")
    assert "menstrual bleeding" in detailed.replace("\r\n ", "")
    assert "P-0001" not in other
    assert not _uids(plain) & _uids(other)


def _uids(content: str) -> set[str | None]:
    return {event.uid for event in IcsCalendarStream.calendar_from_ics(content).events}


def test_a_result_can_go_to_a_file(shell: Shell, tmp_path: Path):
    ran = shell(*EU, *TWO, "--format", "ics", "--output", "plan.ics")
    assert (ran.code, ran.out, ran.err) == (0, "", "Written: plan.ics\n")
    assert (tmp_path / "plan.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    failed = shell(*EU, *TWO, "--output", "nowhere/plan.txt")
    assert failed.code == 1
    assert "nowhere/plan.txt cannot be written" in failed.err


def test_every_problem_of_the_options_is_said_at_once(shell: Shell):
    ran = shell(
        "plan", "--protocol", "alemtuzumab-uk", "--infusion", "2024-13-01", "--infusion", "2024-01-12..2024-01-08",
        "--planned", "2024-01-01..2024-12-31", "--planned", "20240108", "--sex", "femal", "--born", "1788-03-02",
        "--country", "XX", "--format", "tabel", "--lang", "fr", "--overlay", "vitamin",
    )  # fmt: skip
    assert (ran.code, ran.out) == (2, "")
    for sentence in (
        "11 problems:",
        "--infusion '2024-13-01' is not a day. Write it as 2024-01-08.",
        "--infusion 2024-01-12..2024-01-08 ends before it begins. Write the earlier day first.",
        "--planned 2024-01-01..2024-12-31 is 366 days long. Give one range for each course.",
        "--planned '20240108' is not a day. Write it as 2024-01-08.",
        "--sex 'femal' is not known. Did you mean 'female'? Known: female, male, other, unknown.",
        "--born 1788-03-02 lies outside the years 1900 to 2199.",
        "--country 'XX' is not known. Write a country as DE, or a part of it as DE-BY.",
        "--format 'tabel' is not known. Did you mean 'table'? Known: table, json, csv, ics.",
        "--lang 'fr' is not known. Known: en, de.",
        "There is no protocol 'alemtuzumab-uk'. Did you mean 'alemtuzumab-us'?",
        "There is no overlay 'vitamin'. Did you mean 'vitamin-d'?",
    ):
        assert sentence in ran.err


def test_nothing_at_all_is_a_usage_error_that_says_what_is_missing(shell: Shell):
    ran = shell("plan")
    assert ran.code == 2
    assert "Name at least one infusion day, such as --infusion 2024-01-08..2024-01-12." in ran.err
    assert "--protocol is missing. Known: alemtuzumab-eu" in ran.err


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--infusion", "2024-01-08", "--born", "2024-01-09"), "lies before the birth date 2024-01-09"),
        (("--infusion", "2024-01-08", "--infusion", "2024-01-08..2024-01-09"), "2024-01-08 is named more than once."),
        (("--infusion", "2024-01-08", "--planned", "2024-01-08"), "more than once as given and as planned."),
        (("--infusion", "2024-01-08", "--overlay", "foo"), "There is no overlay 'foo'."),
    ],
)
def test_what_is_understood_and_impossible_is_refused(shell: Shell, args: tuple[str, ...], sentence: str):
    ran = shell(*EU, *args)
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err


def test_an_infusion_on_the_day_of_birth_is_not_before_it(shell: Shell):
    assert shell(*EU, "--infusion", "2024-01-08", "--born", "2024-01-08").code == 0


def test_refusals_keep_their_family_for_other_doors():
    invoke = CliRunner().invoke
    args = ["plan", "--infusion", "2024-01-08", "--protocol"]
    assert isinstance(invoke(cli, [*args, "alemtuzumab-uk"]).exception, NotFound)
    assert isinstance(invoke(cli, [*args, "vitamin-d"]).exception, Unacceptable)
    assert isinstance(invoke(cli, [*args, "cladribine", "--overlay", "vitamin-d"]).exception, Unacceptable)


def test_doubtful_days_are_noted_on_stderr_and_planned_all_the_same(shell: Shell):
    ran = shell(*EU, "--format", "json", "--infusion", "2098-01-08", "--planned", "2024-01-08..2024-01-09")
    assert ran.code == 0
    assert "planned, but in the past: 2024-01-08, 2024-01-09. Were they given? Then use --infusion." in ran.err
    assert "counted as given, but in the future: 2098-01-08. Are they planned? Use --planned." in ran.err
    assert json.loads(ran.out)["follow_up_ends_on"] == "2102-01-08"


def test_flags_reach_people_in_every_format(shell: Shell):
    early = ("--infusion", "2024-01-08..2024-01-12", "--infusion", "2024-12-02..2024-12-04")
    sentence = "Course 2 begins on 2 December 2024, 37 days early"
    for form in ("csv", "ics"):
        assert sentence in shell(*EU, *early, "--format", form).err
    assert sentence in shell(*EU, *early).out
    assert json.loads(shell(*EU, *early, "--format", "json").out)["flags"][0]["id"] == "courses-too-close"


def test_drafts_say_so(shell: Shell):
    ran = shell("plan", "--protocol", "cladribine", "--infusion", "2024-01-08", "--format", "csv")
    assert "'cladribine' is a draft, not for clinical use." in ran.err
    assert "DRAFT, not for clinical use" in shell("plan", "--protocol", "cladribine", "--infusion", "2024-01-08").out


def test_a_part_of_a_country_has_holidays_of_its_own(shell: Shell):
    args = ("plan", "--protocol", "alemtuzumab-eu", "--infusion", "2024-02-06", "--format", "json", "--country")
    whole, part = (json.loads(shell(*args, country).out) for country in ("DE", "de-by"))
    epiphany = [{c["key"]: c["visit_on"] for c in data["checks"]}["blood-count/11"] for data in (whole, part)]
    assert epiphany == ["2025-01-06", "2025-01-07"]
    assert part["country"] == "DE-BY"


def test_configured_directories_and_language_count(shell: Shell, tmp_path: Path):
    own = Path(__file__).parents[1] / "render" / "example.yaml"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "example.yaml").write_bytes(own.read_bytes())
    (tmp_path / "config.yaml").write_text("language: de\nprotocols: {directories: [own]}\n", encoding="utf-8")
    ran = shell("plan", "--protocol", "example", "--infusion", "2024-01-08")
    assert ran.code == 0
    assert ran.out.startswith("Beispielbehandlung\n")


def test_a_faulty_file_is_refused_with_its_lines(shell: Shell, tmp_path: Path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bad.yaml").write_text("kind: protocol\nid: bad\nversion: '2026.1'\n", encoding="utf-8")
    (tmp_path / "config.yaml").write_text("protocols: {directories: [own]}\n", encoding="utf-8")
    ran = shell("plan", "--protocol", "bad", "--infusion", "2024-01-08")
    assert ran.code == 1
    assert "own/bad.yaml:1" in ran.err
    assert shell(*EU, *TWO).code == 0
    assert isinstance(
        CliRunner().invoke(cli, ["plan", "--protocol", "bad", "--infusion", "2024-01-08"]).exception, FileRefused
    )


COMMAND = Path(sys.executable).with_name("monitor")
AS_INSTALLED = [str(COMMAND)] if COMMAND.exists() else [sys.executable, "-m", "monitor"]


def test_the_installed_command_plans(tmp_path: Path):
    ran = subprocess.run(
        [*AS_INSTALLED, *EU, *TWO, "--format", "json"], cwd=tmp_path, capture_output=True, text=True, check=False,
        encoding="utf-8",
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["follow_up_ends_on"] == "2029-01-15"


def test_a_terminal_without_utf_8_gets_ascii_shapes(tmp_path: Path):
    ran = subprocess.run(
        [*AS_INSTALLED, *EU, *TWO, "--lang", "de"], cwd=tmp_path, capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert ran.returncode == 0
    assert "Großes Blutbild" in ran.stdout.decode("latin-1")
    assert b"o" + b"*" * 35 in ran.stdout


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path):
    ran = subprocess.run(
        ["bash", "-c", f"'{AS_INSTALLED[0]}' {' '.join((*EU, *TWO))} | head -1"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout == "Alemtuzumab (Lemtrada), European Union\n"
    assert ran.stderr == ""


@pytest.mark.parametrize("args", [["--help"], ["plan", "--help"], ["protocol", "--help"]])
def test_help_loads_nothing_heavy(args: list[str], tmp_path: Path):
    script = (
        "import sys\nfrom monitor.cli import cli\n"
        f"try:\n    cli.main({args!r})\nexcept SystemExit:\n    pass\n"
        "heavy = {'pydantic', 'rich', 'babel', 'holidays', 'icalendar', 'openpyxl', 'xlsxwriter', 'yaml', 'pendulum'}\n"
        "assert not heavy & set(sys.modules), sorted(heavy & set(sys.modules))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
