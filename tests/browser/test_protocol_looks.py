"""The protocols' pages read well: no fault for axe-core, one way of scrolling, headings in order, short lines."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import expect

from monitor.bootstrap import Program
from monitor.clock import FixedClock
from tests.browser.conftest import AsPerson, Ward
from tests.later_versions import approve_text, without_liver

pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]
PAGES = (
    "/protocols",
    "/protocols/alemtuzumab-eu",
    "/protocols/vitamin-d?lang=de",
    "/protocols/compare",
    "/protocols/compare?left=alemtuzumab-eu&right=alemtuzumab-us",
    "/protocols/vitamin-d/approve",
    "/protocols/alemtuzumab-eu/replan",
    "/protocols/alemtuzumab-eu/replanned?left=1-losses.2-faster",
)
HEADINGS = """[...document.querySelectorAll('h1, h2, h3, h4')].map(one => Number(one.tagName[1]))"""
LONGEST = """Math.max(0, ...[...document.querySelectorAll('.prose p, .lead')].map(one =>
    one.getBoundingClientRect().width / parseFloat(getComputedStyle(one).fontSize)))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_reads_well(
    as_person: AsPerson, program: Program, ward: Ward, clock: FixedClock, find_faults: Any, scheme: str, width: int
) -> None:
    clock.advance(timedelta(minutes=1))
    approve_text(program, without_liver())
    page = as_person("root-admin", scheme=scheme, width=width)
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert find_faults(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address}, unfolded"
        levels = page.evaluate(HEADINGS)
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), address
        assert page.evaluate(LONGEST) <= 48, address


def test_a_protocol_is_reached_by_keyboard_and_its_picture_can_be_scrolled(as_person: AsPerson) -> None:
    page = as_person("ada", width=360)
    page.goto("/protocols/alemtuzumab-eu")
    region = page.get_by_role("group", name="The rhythm over 48 months")
    region.focus()
    assert region.evaluate("one => one === document.activeElement")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    for _ in range(50):  # scrolling takes a moment; a function that the page itself asks again the policy forbids
        if region.evaluate("one => one.scrollLeft") > 0:
            break
        page.wait_for_timeout(100)
    assert region.evaluate("one => one.scrollLeft") > 0


def test_on_paper_there_is_a_whole_protocol_without_what_can_be_pressed(as_person: AsPerson) -> None:
    page = as_person("ada")
    page.goto("/protocols/alemtuzumab-eu")
    page.emulate_media(media="print")
    assert page.locator(".contents").is_hidden()
    assert page.get_by_role("link", name="Compare", exact=True).is_hidden()
    expect(page.locator("#rule-blood-count")).to_be_visible()
    width = page.locator(".rhythm").evaluate("one => [one.clientWidth, one.parentElement.clientWidth]")
    assert width[0] <= width[1]
