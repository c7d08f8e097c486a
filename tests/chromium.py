"""Chromium and axe-core for tests: a browser for each module, and what is wrong with a page that it shows."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
RULES = {
    "resultTypes": ["violations"],
    "iframes": False,
    "preload": False,
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}
OPEN_EVERYTHING = "for (const one of document.querySelectorAll('details')) one.open = true"
FindFaults = Callable[[Any], list[str]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium. Where it is not installed its tests are left out, but never in continuous integration.

    For a module, not for the session: while it is open, an event loop runs in this thread, and tests of other modules
    begin loops of their own here.
    """
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = "Chromium is not installed (Debian: apt install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def find_faults() -> FindFaults:
    """What axe-core has to say about a page as it is shown, with everything unfolded.

    Its copy lies in a package that pip can lock.
    """
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

    def run(page: Any) -> list[str]:
        page.evaluate(OPEN_EVERYTHING)
        page.evaluate(axe)
        result = page.evaluate(f"axe.run({json.dumps(RULES)})")
        assert result["testEngine"]["name"] == "axe-core"
        return [
            f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
            for one in result["violations"]
        ]

    return run
