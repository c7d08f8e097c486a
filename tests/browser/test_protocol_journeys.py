"""Protocols in a real browser, with and without JavaScript: read, compared, approved, patients planned again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from tests.browser.conftest import AsPerson, Ward
from tests.later_versions import approve_text, narrower, without_liver

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.parametrize("kind", ["sqlite"], indirect=True),
    pytest.mark.parametrize("script", [True, False], ids=["script", "no script"]),
]


@pytest.fixture
def program(program: Program, tmp_path: Path) -> Program:
    """With a directory for further files."""
    folder = tmp_path / "files"
    folder.mkdir()
    config = Config.model_validate({"protocols": {"directories": [folder]}})
    return Program(config, program.engine, program.clock, program.rulebook, program.mailer)


def test_a_nurse_reads_a_protocol_and_finds_what_needs_check(as_person: AsPerson, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto("/worklist")
    page.get_by_role("link", name="Protocols", exact=True).click()
    page.get_by_role("link", name="Alemtuzumab (Lemtrada), European Union").click()
    doubts = page.locator("#doubts")
    assert doubts.get_by_text("ECG before the course").is_visible()
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="ECG before the course").click()
    rule = page.locator("#rule-ecg")
    assert page.url.endswith("#rule-ecg")
    assert rule.get_by_role("heading", name="ECG before the course needs check ecg").is_visible()
    assert rule.get_by_text("7 days before each course").is_visible()
    assert page.get_by_role("link", name="Approve").count() == 0
    page.get_by_role("link", name="Auf Deutsch lesen").click()
    assert page.get_by_role("heading", name="Nicht belegt").is_visible()


def test_the_european_and_the_american_protocol_are_compared(as_person: AsPerson, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto("/protocols")
    page.get_by_role("link", name="Compare protocols").click()
    options = page.get_by_label("Before").locator("option").all_text_contents()
    for label, name in (("Before", "alemtuzumab-eu"), ("After", "alemtuzumab-us")):
        page.get_by_label(label).select_option(label=next(one for one in options if one.startswith(name)))
    page.get_by_role("button", name="Compare").click()
    head = page.locator("#head")
    assert head.get_by_text("before: EU").is_visible()
    assert head.get_by_text("now: US").is_visible()
    added = page.locator("#rules article", has_text="added").first
    added.locator("summary").click()
    assert added.get_by_text("On time").is_visible()


def test_an_administrator_approves_a_newer_file(
    as_person: AsPerson, program: Program, clock: FixedClock, script: bool
) -> None:
    (program.config.protocols.directories[0] / "later.yaml").write_text(narrower(), encoding="utf-8")
    clock.advance(timedelta(minutes=1))
    page = as_person("root-admin", script=script)
    page.goto("/protocols")
    page.get_by_role("link", name="Approve alemtuzumab-eu 2026.2").click()
    assert page.get_by_role("link", name="HPV screening").first.is_visible()
    page.get_by_label("The physician who approves").fill("Dr. Erika Example")
    page.get_by_label("The physician has looked at these 4 rules").check()
    page.get_by_role("button", name="Approve version 2026.2").click()
    assert page.get_by_role("alert").get_by_text("Days on time by local policy").is_visible()
    assert page.get_by_label("The physician who approves").input_value() == "Dr. Erika Example"
    assert page.get_by_label("The physician has looked at these 4 rules").is_checked()
    page.get_by_label("The physician has looked at these 2 rules").check()
    page.get_by_label("The physician has looked at these 17 rules").check()
    page.get_by_role("button", name="Approve version 2026.2").click()
    assert page.get_by_role("status").get_by_text("The approval is saved.").is_visible()
    page.goto("/protocols")
    first = page.locator("#alemtuzumab-eu .versions li").first
    assert first.get_by_text("in force").is_visible()
    assert first.get_by_text("Dr. Erika Example").is_visible()


def test_patients_of_an_older_version_are_planned_again(
    as_person: AsPerson, program: Program, ward: Ward, clock: FixedClock, script: bool
) -> None:
    clock.advance(timedelta(minutes=1))
    approve_text(program, without_liver())
    page = as_person("root-admin", script=script)
    page.goto("/protocols")
    page.locator("#alemtuzumab-eu").get_by_text("4 patients follow an older version.").wait_for()
    page.get_by_role("link", name="Plan patients again").click()
    box = page.locator(f"#t{ward.late}")
    assert box.get_by_text("Liver tests 11, due Wed 7 Oct 2026").is_visible()
    box.locator("summary").click()
    assert box.get_by_text("Liver tests: 7 Dec 2025 – 7 Nov 2029").is_visible()
    box.get_by_label("These checks of N-LATE may go").check()
    page.get_by_label("Reason").fill("version 2026.2 was approved")
    page.get_by_role("button", name="again").click()
    assert page.get_by_role("heading", name="Planned again").first.is_visible()
    assert page.get_by_text("W-FAR: would lose a due or overdue check").is_visible()
    page.get_by_role("link", name="Go on with these").click()
    assert page.locator(f"#t{ward.far}").is_visible()
    assert page.locator(f"#t{ward.late}").count() == 0


def test_a_refused_preview_keeps_what_was_ticked(
    as_person: AsPerson, program: Program, ward: Ward, clock: FixedClock, script: bool
) -> None:
    clock.advance(timedelta(minutes=1))
    approve_text(program, without_liver())
    page: Any = as_person("root-admin", script=script)
    page.goto("/protocols/alemtuzumab-eu/replan")
    page.get_by_label("These checks of N-LATE may go").check()
    page.get_by_label("Reason").fill("x")
    clock.advance(timedelta(minutes=1))
    approve_text(program, narrower("2026.3"))
    page.get_by_role("button", name="again").click()
    assert page.get_by_role("alert").get_by_text("Another version was approved since").is_visible()
    assert page.get_by_label("Reason").input_value() == "x"
