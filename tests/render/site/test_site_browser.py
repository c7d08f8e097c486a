"""The patient's pages in a real browser: axe-core finds nothing, nothing scrolls sideways, the plan is one sheet.

They are served over loopback with the policy that they are made for, so that an inline style would be an error here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from monitor.protocols import load_files
from monitor.render.site import pages
from monitor.render.site.assets import NAMES, load_asset
from monitor.render.site.values import Notice, PrintPage, ReportPage, VisitState
from tests.chromium import OPEN_EVERYTHING, FindFaults, browser, find_faults

__all__ = ["browser", "find_faults"]  # fixtures

MakeSample = Callable[..., Any]
pytestmark = pytest.mark.chromium

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; script-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
PROTOCOLS = [entry.id for entry in load_files().protocols]


@dataclass
class Site:
    """Pages by name at an address of loopback."""

    address: str = ""
    content: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def put(self, name: str, html: str) -> str:
        self.content[f"/{name}"] = html.encode(), "text/html; charset=utf-8"
        return f"{self.address}/{name}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    for name in NAMES:
        made.content[f"/static/{name}"] = load_asset(name).content, load_asset(name).content_type

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, content_type = made.content.get(self.path.partition("?")[0], (b"", ""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", content_type or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        made.address = f"http://127.0.0.1:{server.server_port}"
        yield made
        server.shutdown()
        thread.join()


def everything(make: MakeSample, language: str) -> dict[str, str]:
    """Every page, and the ones that look different without a number, with names, with nothing to do.

    With the visits of about a year and a half, in all their states: axe takes its time over each of them.
    """
    sample = make(language=language, overlays=("vitamin-d", "skin-autoimmunity", "self-check"))
    around = timedelta(days=300)
    sample = replace(sample, visits=tuple(one for one in sample.visits if abs(one.day - sample.chrome.today) < around))
    assert {one.state for one in sample.visits} >= {*VisitState} - {VisitState.OPEN, VisitState.LEFT}
    left = [replace(one, state=VisitState.LEFT, booked_on=None, reported=None) for one in sample.visits[:3]]
    silent = sample.with_chrome(telephone="")
    return {
        **sample.all(),
        "home-with-names": sample.with_chrome(shows_names=True).home(),
        "home-without-number": silent.home(visits=sample.visits[:3]),
        "home-empty": sample.home(visits=(), symptoms=(), has_ended=True),
        "home-left": sample.home(visits=left, progress=None, advice=(), afterwards=(), has_left=True),
        "report-left": pages.render_report(
            ReportPage(chrome=sample.chrome, visits=left, progress=None, has_left=True), language
        ),
        "notice": pages.render_notice(Notice.WITHDRAWN),
    }


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_axe_finds_nothing(
    site: Site, browser: Any, find_faults: FindFaults, sample: MakeSample, language: str, scheme: str, width: int
):
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    found: dict[str, list[str]] = {}
    for name, html in everything(sample, language).items():
        page.goto(site.put(name, html))
        if faults := find_faults(page):
            found[name] = faults
    context.close()
    assert found == {}
    assert complaints == []


def test_axe_would_find_something(site: Site, browser: Any, find_faults: FindFaults, sample: MakeSample):
    broken = sample().home().replace("<h1", '<img src="data:,"><h1').replace('<html lang="en">', "<html>")
    page = browser.new_page()
    page.goto(site.put("broken", broken))
    found = find_faults(page)
    page.close()
    assert {"image-alt", "html-has-lang"} <= {one.partition(":")[0] for one in found}


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_scrolls_sideways_on_the_smallest_telephone(
    site: Site, browser: Any, sample: MakeSample, language: str
):
    page = browser.new_page(viewport={"width": 320, "height": 640})
    wide = {}
    for name, html in everything(sample, language).items():
        page.goto(site.put(name, html))
        page.evaluate(OPEN_EVERYTHING)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[name] = width
    page.close()
    assert wide == {}


def test_what_has_the_focus_is_never_hidden_behind_the_bar(site: Site, browser: Any, sample: MakeSample):
    page = browser.new_page(viewport={"width": 390, "height": 800}, reduced_motion="reduce")
    page.goto(site.put("home", sample().home()))
    hidden, seen = [], 0
    for _ in range(80):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => { const bar = document.querySelector('.bar'), one = document.activeElement;
            const box = one.getBoundingClientRect(), edge = bar.getBoundingClientRect().top;
            return [one.tagName, one.textContent.trim(), bar.contains(one), box.top, edge]; }"""
        )
        seen += place[0] != "BODY"
        if place[0] != "BODY" and not place[2] and place[3] >= place[4]:
            hidden.append(place)
    page.close()
    assert seen > 30
    assert hidden == []


def test_targets_are_large_enough_for_one_thumb(site: Site, browser: Any, sample: MakeSample):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    small: dict[str, list[Any]] = {}
    for name, html in everything(sample, "de").items():
        page.goto(site.put(name, html))
        found = page.evaluate(
            """() => [...document.querySelectorAll('a:not(.skip), button, summary, select, input, .choice label')]
            .filter(one => one.offsetParent !== null || one.closest('.bar'))
            .map(one => [one.tagName, one.textContent.trim().slice(0, 40), one.getBoundingClientRect()])
            .filter(([tag, , box]) => box.height < (tag === 'INPUT' ? 24 : 32) || box.width < 24)
            .map(([tag, text, box]) => [tag, text, box.width, box.height])"""
        )
        if found:
            small[name] = found
    page.close()
    # Links inside an error summary are lines of text.
    assert {name: found for name, found in small.items() if "trouble" not in name and name != "calendar-empty"} == {}


def count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("protocol_id", PROTOCOLS)
def test_the_printed_plan_is_one_sheet_of_a4(
    site: Site, browser: Any, sample: MakeSample, protocol_id: str, language: str
):
    page = browser.new_page()
    one = sample(protocol_id, language)
    page.goto(site.put("print", one.all()["print"]))
    pdf = page.pdf(prefer_css_page_size=True)
    page.close()
    assert count_pages(pdf) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]", pdf)


@pytest.mark.parametrize("name", ["print", "report", "home"])
def test_no_sheet_of_paper_shows_the_secret_address(site: Site, browser: Any, sample: MakeSample, name: str):
    """Browsers print it above or below a page that leaves them room."""
    page = browser.new_page()
    page.goto(site.put(name, sample().all()[name]))
    bare, with_address = (
        re.sub(rb"/(Creation|Mod)Date [^\n]*", b"", page.pdf(prefer_css_page_size=True, display_header_footer=shows))
        for shows in (False, True)
    )
    page.close()
    assert bare == with_address


@pytest.mark.parametrize("count", [0, 1, 15, 16, 24, 25, 54, 200])
def test_however_much_is_planned_it_stays_one_sheet(site: Site, browser: Any, sample: MakeSample, count: int):
    one = sample(language="de", overlays=("vitamin-d", "skin-autoimmunity", "self-check"))
    first = next(visit for visit in one.visits if visit.state is VisitState.UPCOMING)
    today = one.chrome.today
    visits = [
        replace(
            first,
            id=str(number),
            day=today + timedelta(days=number % 300),
            state=VisitState.OVERDUE if number % 4 == 0 else VisitState.UPCOMING,
            booked_on=today + timedelta(days=number) if number % 5 == 0 else None,
        )
        for number in range(count)
    ]
    long = replace(
        one.chrome, contact="\n".join(["Tagesklinik, Haus 3, Ebene 2, Montag bis Freitag 8:00 bis 15:30"] * 4)
    )
    html = pages.render_print(PrintPage(chrome=long, visits=visits, progress=None, symptoms=one.symptoms), "de")
    page = browser.new_page()
    page.goto(site.put("print", html))
    pdf = page.pdf(prefer_css_page_size=True)
    page.close()
    assert count_pages(pdf) == 1
    assert ("weitere: siehe" in html) == (count > 54)


def test_a_report_prints_without_what_only_a_screen_needs(site: Site, browser: Any, sample: MakeSample):
    page = browser.new_page()
    page.goto(site.put("report", sample().all()["report"]))
    page.emulate_media(media="print")
    screen_only = "[...document.querySelectorAll('.bar, .pages, .end, .on-screen')]"
    shown = page.evaluate(f"{screen_only}.filter(one => one.offsetHeight > 0).map(one => one.className)")
    page.close()
    assert shown == []


def test_it_works_without_javascript(site: Site, browser: Any, sample: MakeSample):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.put("calendar", sample().all()["calendar"]))
    assert page.get_by_role("button", name="Copy").count() == 0
    page.get_by_text("Code to scan").click()
    assert page.get_by_role("img", name="QR code with the address").is_visible()
    assert page.get_by_label("Address to copy").input_value().startswith("https://")
    context.close()


def test_copying_an_address_is_said_aloud(site: Site, browser: Any, sample: MakeSample):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(site.put("calendar", sample().all()["calendar"]))
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied", exact=True).wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label("Address to copy").input_value()
    context.close()
