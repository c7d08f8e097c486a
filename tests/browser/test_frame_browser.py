"""The frame in a real browser: a person who is signed in sees a page that reads well and scrolls one way only."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AsPerson, Ward

pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_worklist_reads_well(as_person: AsPerson, ward: Ward, find_faults: Any, scheme: str, width: int) -> None:
    page = as_person("ada", scheme=scheme, width=width)
    page.goto("/worklist")
    expect(page.get_by_text("N-LATE").first).to_be_visible()
    assert find_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
