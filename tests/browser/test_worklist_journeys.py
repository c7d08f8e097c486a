"""A morning at the worklist in a real browser, with and without JavaScript: record, book, waive, note, undo."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from db.dossiers import Dossier, get_dossier
from db.engine import reading
from monitor.bootstrap import Program
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from tests.browser.conftest import AsPerson, Ward, infusions

pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]
DeskOf = Callable[[str], AbstractContextManager[Desk]]
with_and_without = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
TODAY = date(2026, 11, 2)


def rows(page: Any, reference: str) -> Any:
    """The rows of one patient."""
    return page.locator("tbody.patient").filter(has=page.get_by_role("link", name=reference, exact=True))


def press(page: Any, reference: str, act: str, *, test: str = "") -> Any:
    """Open the form of an act for the visit with a test of a patient, or for the one that presses most."""
    named = f"{act} {reference}, {test}" if test else f"{act} {reference}"
    rows(page, reference).get_by_role("link", name=named).first.click()
    return page.locator("form.open")


def dossier(program: Program, treatment: int) -> Dossier:
    with reading(program.engine) as connection:
        return get_dossier(connection, treatment)


@with_and_without
def test_a_visit_is_recorded_partly_and_can_be_undone(
    as_person: AsPerson, ward: Ward, program: Program, script: bool
) -> None:
    page = as_person("ada", script=script)
    page.goto("/worklist?state=overdue")
    form = press(page, "N-LATE", "Record", test="Full blood count")
    form.get_by_label("Urinalysis", exact=True).uncheck()
    form.get_by_label("Note").fill("blood arrived, urine missing")
    form.get_by_role("button", name="Record").click()
    assert "state=overdue" in page.url
    told = page.locator("#done")
    expect(told).to_be_visible()
    assert "Recorded: N-LATE" in told.inner_text()
    assert "Urinalysis" in rows(page, "N-LATE").inner_text()
    assert "Full blood count" not in rows(page, "N-LATE").inner_text()
    assert {sample.family for sample, _ in dossier(program, ward.late).samples} == {
        "blood-count",
        "creatinine",
        "liver",
    }
    told.get_by_role("button", name="Undo").click()
    assert "Taken back: N-LATE" in page.locator("#done").inner_text()
    assert dossier(program, ward.late).samples == ()


@with_and_without
def test_the_morning_round(as_person: AsPerson, ward: Ward, program: Program, script: bool) -> None:
    """Find a patient, record, book another, and note a call: the choice stays as it was."""
    page = as_person("ada", script=script)
    page.goto("/worklist")
    page.get_by_label("Reference or name").fill("n-l")
    page.get_by_role("button", name="Show").click()
    expect(rows(page, "N-SOON")).to_have_count(0)
    press(page, "N-LATE", "Record").get_by_role("button", name="Record").click()
    assert "q=n-l" in page.url
    form = press(page, "N-LATE", "Book")
    form.get_by_label("Day", exact=True).fill("2026-11-04")
    form.get_by_label("Hour").fill("09:30")
    form.get_by_role("button", name="Book").click()
    assert "Wed 4 Nov 2026, 09:30 · in 2 days" in rows(page, "N-LATE").inner_text()
    form = press(page, "N-LATE", "Note")
    form.get_by_label("not reached").check()
    form.locator("textarea").fill("voicemail")
    form.get_by_role("button", name="Note").click()
    assert "not reached, 2 Nov: voicemail" in rows(page, "N-LATE").inner_text()
    own = dossier(program, ward.late)
    assert (len(own.bookings) > 0, [one.kind for one in own.notes]) == (True, ["unreachable"])


@with_and_without
def test_a_day_past_the_window_is_booked_only_when_somebody_says_that_it_stands(
    as_person: AsPerson, ward: Ward, program: Program, script: bool
) -> None:
    page = as_person("ada", script=script)
    page.goto("/worklist?q=n-soon&state=due")
    form = press(page, "N-SOON", "Book")
    form.get_by_label("Day", exact=True).fill("2027-02-01")
    form.get_by_role("button", name="Book").click()
    assert "it would be overdue" in page.locator("#refused").inner_text()
    form = page.locator("form.open")
    assert form.get_by_label("Day", exact=True).input_value() == "2027-02-01"
    assert dossier(program, ward.soon).bookings == ()
    form.get_by_label("It stands all the same").check()
    form.get_by_role("button", name="Book").click()
    assert dossier(program, ward.soon).bookings[0][0].booked_on == date(2027, 2, 1)
    assert "overdue" not in page.locator("#done").inner_text()


@with_and_without
def test_one_check_is_waived_with_who_decided_and_why(
    as_person: AsPerson, ward: Ward, program: Program, script: bool
) -> None:
    page = as_person("ada", script=script)
    page.goto("/worklist")
    form = press(page, "N-LATE", "Waive")
    form.get_by_role("radio").first.check()
    form.get_by_label("Decided by").fill("Dr. Dora Example")
    form.get_by_label("Reason").fill("done elsewhere")
    form.get_by_role("button", name="Waive").click()
    assert "Waived: N-LATE" in page.locator("#done").inner_text()
    (waiver, entered), *_ = dossier(program, ward.late).waivers
    assert (waiver.rule, entered.decided_by, entered.reason) == (waiver.rule, "Dr. Dora Example", "done elsewhere")


@with_and_without
def test_of_two_nurses_the_second_reads_what_the_first_one_did_and_loses_nothing(
    as_person: AsPerson, ward: Ward, program: Program, script: bool
) -> None:
    ada, bea = as_person("ada", script=script), as_person("bea", script=script, language="de-DE")
    for page in (ada, bea):
        page.goto("/worklist")
    mine = press(bea, "N-LATE", "Notieren")
    mine.locator("textarea").fill("kommt am Montag")
    yours = press(ada, "N-LATE", "Note")
    yours.locator("textarea").fill("comes on Monday")
    yours.get_by_role("button", name="Note").click()
    mine.get_by_role("button", name="Notieren").click()
    said = bea.locator("#refused").inner_text()
    assert "Jemand war schneller" in said
    assert "Ada Example: Notiert, erreicht" in said
    again = bea.locator("form.open")
    assert again.locator("textarea").input_value() == "kommt am Montag"
    again.get_by_role("button", name="Notieren").click()
    assert [one.text for one in dossier(program, ward.late).notes] == ["comes on Monday", "kommt am Montag"]


@with_and_without
def test_several_patients_are_recorded_on_one_day_and_one_of_them_undone(
    as_person: AsPerson, ward: Ward, program: Program, desk_of: DeskOf, script: bool
) -> None:
    with desk_of("ada") as desk:
        other, _ = enrol(desk, Enrolment("north", "N-TOO", "alemtuzumab-eu", infusions=infusions(date(2025, 11, 3), 5)))
    page = as_person("ada", script=script)
    page.goto("/worklist?state=overdue")
    for reference in ("N-LATE", "N-TOO"):
        rows(page, reference).get_by_role("checkbox", name=f"Choose {reference}").check()
    page.locator("#several").get_by_role("button", name="Record").click()
    page.get_by_label("Day", exact=True).fill((TODAY - timedelta(days=3)).isoformat())
    page.get_by_role("button", name="Record for 2 patients").click()
    assert "Recorded: N-LATE, N-TOO" in page.locator("#done").inner_text()
    assert all(dossier(program, one).samples for one in (ward.late, other))
    page.get_by_text("Undo for one of them alone").click()
    page.get_by_role("button", name="Undo N-TOO").click()
    assert dossier(program, ward.late).samples
    assert dossier(program, other).samples == ()


# --- The keyboard ---------------------------------------------------------------------------------------


def test_a_whole_visit_is_recorded_with_the_keyboard_alone(as_person: AsPerson, ward: Ward, program: Program) -> None:
    page = as_person("ada")
    page.goto("/worklist")
    page.keyboard.press("/")
    page.keyboard.type("n-late jj dd")  # typed, and no key of the list
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Control+A")
    page.keyboard.type("n-late")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=n-late**")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('[data-row]')")
    page.keyboard.press("d")
    page.wait_for_url("**do=record**")
    expect(page.locator("[name=taken_on]:focus")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "do=record" not in url)
    expect(page.locator(f"#t{ward.late}")).to_be_focused()
    page.keyboard.press("x")
    assert page.locator(".pick input").first.is_checked()
    page.keyboard.press("d")
    page.wait_for_url("**do=record**")
    page.keyboard.press("Enter")
    page.wait_for_url("**did=**")
    assert dossier(program, ward.late).samples
    expect(page.locator(f"#t{ward.late}")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/treatments/{ward.late}")


def test_the_keys_help_and_can_be_switched_off_for_good(as_person: AsPerson, ward: Ward) -> None:
    page = as_person("ada")
    page.goto("/worklist")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement === document.body")
    assert "do=record" not in page.url
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_label("Single keys work").check()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+d")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('[data-row]')")


# --- Read by everybody ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_reads_well(as_person: AsPerson, ward: Ward, find_faults: Any, scheme: str, width: int) -> None:
    for language, login in (("en-GB", "ada"), ("de-DE", "dora")):
        page = as_person(login, scheme=scheme, width=width, language=language)
        for address in (
            "/worklist",
            f"/worklist?do=record&of={ward.late}.blood-count",
            f"/worklist?do=book&of={ward.late}.blood-count",
            f"/worklist?do=waive&of={ward.late}.blood-count",
            f"/worklist?do=note&of={ward.late}.blood-count",
            f"/worklist/several?do=record&t={ward.late}&t={ward.soon}",
            "/worklist?state=failed",
        ):
            page.goto(address)
            assert find_faults(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_on_paper_nobody_is_missing_and_there_is_room_to_write(as_person: AsPerson, ward: Ward) -> None:
    page = as_person("ada")
    page.goto("/worklist")
    page.emulate_media(media="print")
    expect(page.get_by_role("columnheader", name="Done on / note")).to_be_visible()
    expect(page.get_by_text("Shown: everybody")).to_be_visible()
    for reference in ("N-LATE", "N-SOON", "N-PLAN"):
        expect(page.get_by_role("link", name=reference, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Record N-LATE").first).not_to_be_visible()


@with_and_without
def test_on_a_phone_the_filters_are_folded_away_until_they_are_used(
    as_person: AsPerson, ward: Ward, script: bool
) -> None:
    page = as_person("ada", script=script, width=360)
    page.goto("/worklist")
    rule = page.get_by_label("Test", exact=True)
    expect(rule).not_to_be_visible()
    assert page.get_by_role("link", name="N-LATE", exact=True).bounding_box()["y"] < 600
    page.get_by_text("Filters", exact=True).click()
    rule.select_option("Thyroid test")
    page.get_by_role("button", name="Show").click()
    expect(rule).to_have_value("thyroid")
    expect(rule, "what leaves somebody out is never folded away").to_be_visible()
    page.get_by_role("link", name="Show everybody").click()
    expect(rule).not_to_be_visible()


def test_on_a_wide_screen_the_filters_stand_open(as_person: AsPerson, ward: Ward) -> None:
    page = as_person("ada")
    for path, label in (("/worklist", "Test"), ("/patients", "Named nurse")):
        page.goto(path)
        expect(page.get_by_label(label, exact=True)).to_be_visible()
        expect(page.get_by_text("Filters", exact=True)).not_to_be_visible()
