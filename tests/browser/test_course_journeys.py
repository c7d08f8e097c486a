"""A journey in a real browser: enrol a patient with two courses, and find the patient on the worklist."""

import pytest

from tests.browser.conftest import AsPerson, Ward

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.parametrize("kind", ["sqlite"], indirect=True),
]


def test_enrol_with_two_courses(as_person: AsPerson, ward: Ward) -> None:
    page = as_person("ada")
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
