"""Makes the pictures of the patient's page from the real program, in a real browser, so that they stay true.

Run `python3 run.py demo --no-serve` first, then `.venv/bin/python docs/make_page_pictures.py`; it needs Chromium.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from playwright.sync_api import ViewportSize, sync_playwright

ROOT = Path(__file__).parents[1]
MONITOR = Path(sys.executable).with_name("monitor")
DEMO = ROOT / "demo-output"
PHONE = ViewportSize(width=390, height=844)


def copy_demo(to: Path) -> Path:
    """The demo's record, so that the picture's address does not stand in it."""
    shutil.copy(DEMO / "record.sqlite3", to / "record.sqlite3")
    settings = yaml.safe_load((DEMO / "config.yaml").read_text(encoding="utf-8"))
    settings["db"]["url"] = f"sqlite:///{to / 'record.sqlite3'}"
    (to / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return to / "config.yaml"


def issue_page(config: Path, reference: str) -> str:
    """The path of a new page."""
    asked = ["--config", str(config), "--by", "ada", "feed", "issue", reference, "--label", "own phone", "--consent"]
    ran = subprocess.run([str(MONITOR), *asked, "--format", "json"], capture_output=True, text=True, check=True)
    address = json.loads(ran.stdout)["addresses"][0]["address"]
    return str(re.sub(r"^https?://[^/]+", "", address))


@contextmanager
def serving(config: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [MONITOR, "--config", config, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        assert process.stderr is not None
        yield next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
    finally:
        process.terminate()
        process.wait(timeout=30)


def find_quiet() -> str:
    """The demo's patient who comes on time: the last of the calendars that it writes for north."""
    names = sorted(file.stem for file in (DEMO / "calendars").glob("*.ics"))
    behind = re.search(r"patient (\S+),", (DEMO / "addresses.txt").read_text(encoding="utf-8"))
    return next(name for name in names if behind is None or name != behind[1])


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("This needs Chromium (Debian: apt install chromium).")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        config = copy_demo(Path(folder))
        path = issue_page(config, find_quiet())
        with serving(config) as base:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name, page_path in (("patient-page", path), ("patient-calendar", f"{path}calendar")):
                page = browser.new_page(viewport=PHONE, device_scale_factor=1.5, color_scheme="light")
                page.goto(base + page_path)
                page.screenshot(path=str(ROOT / "docs" / "images" / f"{name}.png"))
                print(f"docs/images/{name}.png")
            browser.close()


if __name__ == "__main__":
    main()
