"""Journeys in a browser, with and without JavaScript: two courses, an infusion corrected, a file, a transfer."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import AsPerson, Ward

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.parametrize("kind", ["sqlite"], indirect=True),
]
BOTH = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
CSV = (
    "reference,clinic,protocol,infusion\n"
    "X-1,north,alemtuzumab-eu,2026-01-12\n"
    "X-2,north,alemtuzumab-eu,31.02.2026\n"
    "X-3,north,alemtuzumab-eu,2026-02-09\n"
)


@BOTH
def test_enrol_with_two_courses(as_person: AsPerson, ward: Ward, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto("/patients/new")
    page.get_by_label("Reference").fill("N-NEW")
    page.locator("[name='first_on-1']").fill("2024-01-08")
    page.locator("[name='length-1']").fill("5")
    page.locator("[name='first_on-2']").fill("2025-01-13")
    page.locator("[name='length-2']").fill("3")
    page.get_by_label("Followed here from").fill("2026-10-01")
    page.get_by_role("button", name="See the plan").click()
    assert page.get_by_text("Mon 15 Jan 2029").first.is_visible(), "48 months after the last infusion"
    assert page.get_by_text("Nothing has been saved yet.").is_visible()
    page.get_by_role("button", name="Enrol", exact=True).click()
    assert page.locator("h1").inner_text().startswith("N-NEW")
    page.goto("/worklist")
    assert page.get_by_role("link", name="N-NEW").first.is_visible()


@BOTH
def test_correct_an_infusion_after_a_look_at_what_would_change(as_person: AsPerson, ward: Ward, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.soon}/infusions")
    page.get_by_text("Correct: Tue 3 Feb 2026").click()
    opened = page.locator("details[open]").last
    opened.get_by_label("New day").fill("2026-02-05")
    opened.get_by_role("button", name="Move to this day").click()
    assert "Preview" in page.locator("h1").inner_text()
    assert page.get_by_text("checks move").first.is_visible()
    if page.get_by_label("I have looked at each of them").count():
        page.get_by_label("I have looked at each of them").check()
    page.get_by_label("Reason").fill("the pharmacy's list says so (invented)")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("Infusion corrected").first.is_visible()
    page.goto(f"/treatments/{ward.soon}/infusions")
    assert page.get_by_text("Thu 5 Feb 2026").first.is_visible()


@BOTH
def test_import_a_file_with_faults_and_take_in_its_good_rows(
    as_person: AsPerson, ward: Ward, script: bool, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(CSV, encoding="utf-8")
    page = as_person("ada", script=script)
    page.goto("/patients/import")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="See the report").click()
    assert page.get_by_role("heading", name="1 problem").is_visible()
    assert page.get_by_text("row 3").is_visible()
    page.get_by_role("button", name="Import the good rows").click()
    assert page.get_by_text("2 patients added").is_visible()
    assert page.get_by_text("X-2").first.is_visible(), "who was left out is named"
    page.goto("/patients?q=X-")
    assert page.get_by_role("link", name="X-1").first.is_visible()
    assert page.get_by_role("link", name="X-2").count() == 0


@BOTH
def test_a_transfer_and_the_way_back(as_person: AsPerson, ward: Ward, script: bool) -> None:
    page = as_person("dora", script=script)
    page.goto(f"/treatments/{ward.late}/discharge")
    page.get_by_label("Taken over by").fill("Other Clinic (invented)")
    page.locator("[name='reason']").fill("moved house")
    page.get_by_role("button", name="Discharge").click()
    assert page.get_by_text("Other Clinic (invented)").first.is_visible()
    page.goto(f"/treatments/{ward.late}/readmit")
    page.locator("[name='reason']").fill("came back")
    page.get_by_role("button", name="Follow again").click()
    page.goto("/worklist")
    assert page.get_by_role("link", name="N-LATE").first.is_visible()


PAGES = (
    "/patients/new", "/patients/import", "/treatments/{late}/infusions", "/treatments/{late}/details",
    "/treatments/{late}/checklists", "/treatments/{late}/discharge", "/treatments/{planned}/infusions",
)  # fmt: skip
OFFICE = (
    "/clinic", "/clinic/workload", "/clinic/adherence", "/clinic/settings/north", "/clinic/new", "/clinic/letters",
    "/clinic/recipients", "/clinic/jobs", "/clinic/feeds", "/clinic/history",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("login", "pages"), [("ada", PAGES), ("root-admin", OFFICE)], ids=["course", "clinic"])
@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 1280, "en-GB"), ("dark", 360, "de-DE")])
def test_these_pages_read_well(
    as_person: AsPerson, ward: Ward, find_faults: Any, login: str, pages: tuple[str, ...], scheme: str, width: int,
    language: str,
) -> None:  # fmt: skip
    page = as_person(login, scheme=scheme, width=width, language=language)
    found = {}
    for path in pages:
        address = path.format(late=ward.late, planned=ward.planned)
        assert page.goto(address).status == 200
        if faults := find_faults(page):
            found[path] = faults
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found[f"{path} scrolls"] = [f"{wide} px"]
    assert found == {}
