"""Picturing: what the scripts that make pictures share - the example clinic on one day, its address, and Chromium."""

import contextlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import sync_playwright

from db.engine import writing
from db.people import find_person
from examples import demo
from examples.make_clinic import MADE_FOR
from examples.performing import AFTERNOON
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.sessions import begin_session
from monitor.web.serving import make_listener, open_socket, url_of

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
DAY = MADE_FOR
"""The day on which all pictures are taken, so that they change only with the program."""
LARGEST = 250 * 1024
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("The pictures need Chromium, and it is not installed (Debian, Ubuntu: apt install chromium).")
    return found


@contextmanager
def example_clinic(made: Path | None = None) -> Iterator[tuple[Program, Path]]:
    """The demo's record on `DAY` and its folder: a throw-away one, or one that `made` has already."""
    with tempfile.TemporaryDirectory() as folder:
        to = made or Path(folder) / "demo"
        if made is None:
            print(f"making the example clinic as it is on {DAY}, which takes a minute", flush=True)
            with contextlib.redirect_stdout(io.StringIO()):
                demo.run(to, today=DAY, fresh=True, serve=False)
        with demo.opened(to, FixedClock(datetime.combine(DAY, AFTERNOON, tzinfo=UTC))) as program:
            yield program, to


@contextmanager
def serving(program: Program) -> Iterator[str]:
    """The program's address while it is served; its clock stands still."""
    with closing(open_socket("127.0.0.1", 0)) as listening:
        listener = make_listener(program, only_feeds=False)
        thread = Thread(target=lambda: listener.run(sockets=[listening]), daemon=True)
        thread.start()
        yield url_of(listening)
        listener.should_exit = True
        thread.join(30)


@contextmanager
def browsing() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


def sign_in(program: Program, login: str) -> dict[str, str]:
    """The cookie of a new session of that person."""
    with writing(program.engine) as connection:
        person = find_person(connection, login)
        if person is None:
            raise SystemExit(f"Nobody of the example clinic is called '{login}'.")
        token = begin_session(connection, person, at=program.clock.now(), device="Chromium")
    return {"name": "monitor", "value": token}


def save(page: Any, name: str, **how: Any) -> None:
    """Refuses a picture that would make the repository heavy."""
    IMAGES.mkdir(exist_ok=True)
    file = IMAGES / f"{name}.png"
    page.screenshot(path=str(file), **how)
    size = file.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{name}.png has {size // 1024} kB, and at most {LARGEST // 1024} are meant: show less of it.")
    print(f"{file.relative_to(ROOT)}  {size // 1024} kB", flush=True)
