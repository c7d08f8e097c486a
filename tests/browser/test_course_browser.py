"""Journeys through a treatment's course in a real browser, with and without JavaScript."""

from typing import Any

import pytest

from db.dossiers import get_dossier
from db.engine import reading
from db.patients import find_patient, list_treatments
from monitor.bootstrap import Program
from tests.browser.conftest import AsPerson, Ward

pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]
with_and_without = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
FAULTY = (
    b"reference,clinic,protocol,infusion\n"
    b"X-1,north,alemtuzumab-eu,2026-01-12..2026-01-16\n"
    b"X-2,north,alemtuzumab-eu,31.02.2026\n"
)


def days_of(program: Program, treatment: int) -> list[tuple[str, bool]]:
    with reading(program.engine) as connection:
        dossier = get_dossier(connection, treatment)
    return [(one.infused_on.isoformat(), one.planned) for one in dossier.given_and_planned]


@with_and_without
def test_an_infusion_is_corrected_after_its_losses_were_seen(
    as_person: AsPerson, ward: Ward, program: Program, script: bool
) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.planned}/infusions")
    page.get_by_role("link", name="Withdraw Mon 26 Oct 2026").click()
    preview = page.locator("#preview")
    assert preview.get_by_text("due or overdue").first.is_visible()
    page.locator("#reason").fill("the patient has a cold")
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_text("Tick that these checks may go").first.wait_for()
    assert page.locator("#reason").input_value() == "the patient has a cold"
    page.locator("#confirm").check()
    page.get_by_role("button", name="Withdraw").click()
    page.wait_for_url("**/infusions?did=*")
    assert page.get_by_text("Infusion corrected").is_visible()
    assert ("2026-10-26", True) not in days_of(program, ward.planned)


@with_and_without
def test_a_planned_infusion_that_has_passed_is_confirmed(
    as_person: AsPerson, ward: Ward, program: Program, script: bool
) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.planned}/infusions")
    page.get_by_role("link", name="Was given").click()
    assert page.locator("#preview").get_by_text("End of follow-up").is_visible()
    page.get_by_role("button", name="They were given").click()
    page.wait_for_url("**/infusions?did=*")
    assert ("2026-10-26", False) in days_of(program, ward.planned)


@with_and_without
def test_a_wrong_day_is_corrected(as_person: AsPerson, ward: Ward, program: Program, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.soon}/infusions")
    page.get_by_role("link", name="Other day Tue 3 Feb 2026").click()
    page.locator("#to_on").fill("2026-02-04")
    page.get_by_role("button", name="Show what this changes").click()
    page.locator("#preview").wait_for()
    assert page.get_by_text("one day later").first.is_visible()
    if page.locator("#confirm").count():
        page.locator("#confirm").check()
    page.locator("#reason").fill("the nurse had mixed up the days")
    page.get_by_role("button", name="Save the correction").click()
    page.wait_for_url("**/infusions?did=*")
    assert ("2026-02-04", False) in days_of(program, ward.soon)


@with_and_without
def test_a_patient_is_enrolled_with_two_courses(as_person: AsPerson, program: Program, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto("/patients/new")
    page.locator("#reference").fill("N-77")
    page.locator("#protocol").select_option("alemtuzumab-eu")
    page.locator("#first_on_1").fill("2025-01-13")
    page.locator("#first_on_2").fill("2026-01-19")
    page.locator("#followed_here_from").fill("2026-10-01")
    page.locator("main").get_by_role("button", name="Show the plan").click()
    page.locator("#preview").wait_for()
    assert page.locator("#preview").get_by_text("Course 2").is_visible()
    page.get_by_role("button", name="Enrol the patient").click()
    page.wait_for_url("**/treatments/*")
    with reading(program.engine) as connection:
        patient = find_patient(connection, "N-77")
        assert patient is not None
        (treatment,) = list_treatments(connection, patient_id=patient.id)
    assert len(days_of(program, treatment.id)) == 8


@with_and_without
def test_the_good_rows_of_a_faulty_file_are_taken_in(as_person: AsPerson, program: Program, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto("/patients/import")
    page.locator("#file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": FAULTY})
    page.get_by_role("button", name="Show the report").click()
    assert page.get_by_text("31.02.2026").is_visible()
    page.get_by_role("button", name="Save the one patient without a problem").click()
    assert page.get_by_text("The list was taken in").is_visible()
    with reading(program.engine) as connection:
        assert find_patient(connection, "X-1")
        assert find_patient(connection, "X-2") is None


@with_and_without
def test_a_patient_is_discharged_and_followed_again(
    as_person: AsPerson, ward: Ward, program: Program, script: bool
) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.late}/discharge")
    page.locator("#gone-transferred").check()
    page.locator("#place").fill("Other Clinic (invented)")
    page.locator("#decision_by").fill("Dr. Dora Example")
    page.get_by_role("button", name="Show what this changes").click()
    page.locator("#preview").get_by_text("open → discharged").first.wait_for()
    page.locator("#reason").fill("moved to another town")
    page.get_by_role("button", name="Discharge", exact=True).click()
    page.wait_for_url("**/treatments/*?did=*")
    page.goto(f"/treatments/{ward.late}/readmit")
    page.locator("#reason").fill("came back")
    page.get_by_role("button", name="Follow again").click()
    page.wait_for_url("**/treatments/*?did=*")
    with reading(program.engine) as connection:
        assert get_dossier(connection, ward.late).departure is None


@with_and_without
def test_a_checklist_is_answered_and_the_clinician_decides(as_person: AsPerson, ward: Ward, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.planned}/checklists?course=1")
    stroke = page.get_by_role("group", name="Has there ever been a stroke?")
    stroke.get_by_label("yes", exact=True).check()
    stroke.get_by_label("Note").fill("2011, see letter")
    page.get_by_role("button", name="Save the answers").first.click()
    page.get_by_text("The clinician decides.").wait_for()
    assert stroke.get_by_label("yes", exact=True).is_checked()


PLACES = ("infusions", "infusions/add", "infusions/confirm?day=2026-10-26", "infusions/withdraw?day=2026-10-26",
          "infusions/correct?day=2026-10-26", "checklists?course=1", "details", "discharge")  # fmt: skip


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_every_page_reads_well(as_person: AsPerson, ward: Ward, find_faults: Any, scheme: str, width: int) -> None:
    language = "de-DE" if width == 360 else "en-GB"
    page = as_person("ada", scheme=scheme, width=width, language=language)
    addresses = [f"/treatments/{ward.planned}/{one}" for one in PLACES] + ["/patients/new", "/patients/import"]

    def judge(what: str) -> list[str]:
        wide = page.evaluate("document.documentElement.scrollWidth")
        return [f"{what}: {one}" for one in find_faults(page)] + ([f"{what}: {wide} px wide"] if wide > width else [])

    faults = []
    for address in addresses:
        page.goto(address)
        faults += judge(address)
    page.goto(f"/treatments/{ward.planned}/infusions/correct?day=2025-10-24")
    page.locator("#to_on").fill("2025-12-12")
    page.locator("button[value=look]").click()
    faults += judge("preview of a correction")
    page.locator("button[value=save]").evaluate("button => { button.form.noValidate = true; button.click() }")
    page.locator("#reason-trouble").wait_for()
    faults += judge("preview without a reason")
    page.goto("/patients/import")
    page.locator("#file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": FAULTY})
    page.locator("button[value=report]").click()
    faults += judge("report of an import")
    page.goto("/patients/new")
    page.locator("#reference").fill("n late")
    page.locator("#protocol").select_option("alemtuzumab-eu")
    page.locator("#first_on_1").fill("2026-01-12")
    page.locator("button[value=look]").last.click()
    page.locator("#preview").wait_for()
    faults += judge("plan before enrolling")
    assert faults == []
