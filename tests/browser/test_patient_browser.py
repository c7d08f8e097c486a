"""The patient's pages in a real browser: found, read, acted on and printed, with and without JavaScript."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from db.dossiers import Detail, get_dossier
from db.engine import reading
from monitor.bootstrap import Program
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.recording import record_samples
from schedules.model import Infusion
from schedules.protocol import Sex
from tests.browser.conftest import AsPerson, DeskOf, Ward, go_back, infusions

pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]
PLACES = (
    "", "/checks/blood-count/10", "/notes", "/away", "/preferences", "/nurse", "/extras", "/addresses", "/slip",
    "/letter", "/plan",
)  # fmt: skip


@pytest.fixture
def whole(desk_of: DeskOf, ward: Ward) -> int:
    """A patient about whom much is known: two courses, a planned one, samples, and a name."""
    with desk_of("ada") as desk:
        treatment, _ = enrol(
            desk,
            Enrolment(
                "north", "N-WHOLE", "alemtuzumab-eu",
                detail=Detail("Wilhelmine Invented-Longname", date(1988, 3, 2), Sex.FEMALE, "de", "0000 000 000"),
                infusions=(
                    *infusions(date(2024, 9, 2), 5), *infusions(date(2025, 9, 8), 3),
                    Infusion(date(2026, 12, 7), planned=True),
                ),
                followed_here_from=date(2025, 1, 1),
            ),
        )  # fmt: skip
        for month in range(1, 12):
            record_samples(desk, treatment, ["blood-count", "creatinine"], taken_on=date(2025, month, 6))
    return treatment


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_reads_well_and_scrolls_one_way_only(
    as_person: AsPerson, whole: int, find_faults: Callable[[Any], list[str]], scheme: str, width: int
) -> None:
    language = "de-DE" if width == 360 else "en-GB"  # the longer words on the narrower screen
    page = as_person("ada", scheme=scheme, width=width, language=language)
    for address in ("/patients?state=all", *(f"/treatments/{whole}{place}" for place in PLACES)):
        page.goto(address)
        assert find_faults(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("script", [True, False])
def test_a_nurse_finds_out_why_a_date_is_what_it_is(as_person: AsPerson, ward: Ward, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto("/patients")
    page.get_by_label("Reference or name").fill("late")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="N-LATE").click()
    assert page.get_by_role("heading", level=1).inner_text() == "N-LATE"
    page.locator("#now-title ~ ul").get_by_role("link", name="due Thu 7 May 2026").first.click()
    assert "why Thu 7 May 2026?" in page.get_by_role("heading", level=1).inner_text()
    read = page.locator("main").inner_text()
    assert "Counted from 7 November 2025, the last infusion day of the first course" in read
    assert "local policy" in read
    page.get_by_role("link", name="Act on it").click()
    expect(page.get_by_role("heading", name="What presses now")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_shape_of_the_timeline_leads_to_its_check_and_so_does_the_table(
    as_person: AsPerson, ward: Ward, script: bool
) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.late}")
    shape = page.locator('.marks[data-family="thyroid"] a.mark').first
    assert "Thyroid test" in shape.locator("title").text_content()
    shape.locator(".hit").click()
    assert "Thyroid test" in page.get_by_role("heading", level=1).inner_text()
    go_back(page)
    page.locator("#checks > summary").click()
    page.locator("#checks").get_by_role("link", name="Thyroid test 2", exact=True).click()
    assert page.url.endswith("/checks/thyroid/2")


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_the_part_around_today_stands_there_first(as_person: AsPerson, whole: int, script: bool) -> None:
    page = as_person("ada", script=script, width=360)
    page.goto(f"/treatments/{whole}")
    today, names = page.locator("path.today").bounding_box(), page.locator(".line.names").bounding_box()
    assert names["x"] + names["width"] <= today["x"] < 360
    if script:  # what follows is asked by a script of the test's own: nobody is held there
        expect(page.locator(".line-here i")).to_have_css("scroll-snap-align", "none")
        page.evaluate("document.querySelector('.line-box').scrollLeft = 0")
        assert page.evaluate("document.querySelector('.line-box').scrollLeft") == 0


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_what_presses_stands_before_the_ways_to_papers_and_forms(
    as_person: AsPerson, ward: Ward, script: bool
) -> None:
    page = as_person("ada", script=script, width=360)
    page.goto(f"/treatments/{ward.late}")
    infusions = page.get_by_role("link", name="Infusions", exact=True)
    expect(infusions).not_to_be_visible()
    assert page.get_by_role("heading", name="What presses now").bounding_box()["y"] < 300
    page.get_by_text("More about this patient", exact=True).click()
    infusions.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Infusions")
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.late}")
    expect(page.get_by_role("link", name="Infusions", exact=True)).to_be_visible()


def test_the_keyboard_passes_the_timeline_in_a_few_steps(as_person: AsPerson, ward: Ward) -> None:
    page = as_person("ada")
    page.goto(f"/treatments/{ward.late}")
    page.locator(".line-box").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#checks') !== null")


@pytest.mark.parametrize("script", [True, False])
def test_days_away_are_noted_and_taken_back(as_person: AsPerson, program: Program, ward: Ward, script: bool) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.soon}")
    page.get_by_role("link", name="Days away").click()
    page.get_by_label("First day").fill("2026-12-18")
    page.get_by_label("Last day").fill("2026-12-14")
    page.get_by_role("button", name="Note days away").click()
    assert "The last day comes before the first." in page.locator("#refused").inner_text()
    assert page.get_by_label("First day").input_value() == "2026-12-18"
    page.get_by_label("First day").fill("2026-12-11")
    page.get_by_role("button", name="Note days away").click()
    assert "Away noted: N-SOON" in page.locator("#done").inner_text()
    assert page.locator("ul.away").inner_text().startswith("11 Dec – 14 Dec 2026")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("none noted")).to_be_visible()
    with reading(program.engine) as connection:
        assert get_dossier(connection, ward.soon).away == ()


@pytest.mark.parametrize("script", [True, False])
def test_an_extra_and_a_note_are_entered_from_the_chart(
    as_person: AsPerson, program: Program, ward: Ward, script: bool
) -> None:
    page = as_person("ada", script=script)
    page.goto(f"/treatments/{ward.soon}")
    page.get_by_role("link", name="Order extra checks").click()
    page.get_by_label("Which check").select_option(label="Thyroid test")
    page.get_by_label("First one due on").fill("2026-11-09")
    page.get_by_label("Reason").fill("tired (invented)")
    page.get_by_label("Decided by").fill("Dr. Dora Example")
    page.get_by_role("button", name="Order extra checks").click()
    assert "Ordered: N-SOON" in page.locator("#done").inner_text()
    assert page.locator('.marks[data-family="thyroid"] a.mark .sign').count() == 1
    page.locator("summary", has_text="Keep a note").click()
    page.get_by_label("What came of it").select_option("unreachable")
    page.locator("#note_text").fill("no answer (invented)")
    page.get_by_role("button", name="Keep a note").click()
    expect(page.get_by_text("no answer (invented)").first).to_be_visible()
    with reading(program.engine) as connection:
        kept = get_dossier(connection, ward.soon)
    assert len(kept.extras) == len(kept.notes) == 1


# --- Paper ------------------------------------------------------------------------------------------------


def count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("sheet", ["plan", "slip", "letter"])
def test_each_paper_is_one_sheet_of_a4(as_person: AsPerson, whole: int, ward: Ward, sheet: str, language: str) -> None:
    page = as_person("ada")
    for treatment in (whole, ward.late, ward.planned):
        page.goto(f"/treatments/{treatment}/{sheet}?language={language}")
        pdf = page.pdf(prefer_css_page_size=True)
        assert count_pages(pdf) == 1
        assert re.search(rb"/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]", pdf)


def test_a_slip_for_every_test_that_a_laboratory_can_be_asked_for_is_one_sheet(as_person: AsPerson, whole: int) -> None:
    page = as_person("ada")
    page.goto(f"/treatments/{whole}/slip?visit=2026-11-27&language=de")
    assert page.locator(".sheet tbody tr").count() >= 15
    assert count_pages(page.pdf(prefer_css_page_size=True)) == 1


def test_a_printed_chart_shows_all_of_the_timeline_and_nothing_that_can_be_pressed(
    as_person: AsPerson, whole: int
) -> None:
    page = as_person("ada", width=1100)
    page.goto(f"/treatments/{whole}")
    page.emulate_media(media="print")
    shown = "[...document.querySelectorAll('form, .on-screen, .buttons')].filter(one => one.offsetHeight > 0).length"
    assert page.evaluate(shown) == 0
    assert page.evaluate(
        "document.querySelector('.line-inner').scrollWidth <= document.querySelector('.line-box').clientWidth + 1"
    )
    assert page.locator("a.mark").count() > 150
