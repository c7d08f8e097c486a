"""The clinic's pages in a real browser: they read well, acts work without a script, charts tell the truth."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from playwright.sync_api import expect

from monitor.bootstrap import Program
from monitor.services import clinics
from monitor.services.addresses import issue_to_patient
from monitor.services.desk import Desk
from monitor.services.recipients import Choices, add_recipient
from monitor.services.recording import record_samples
from monitor.services.suggesting import follow_all
from tests.browser.conftest import AsPerson, Ward

pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]
DeskOf = Callable[[str], AbstractContextManager[Desk]]


@pytest.fixture
def busy(ward: Ward, desk_of: DeskOf, program: Program) -> Ward:
    """The ward with samples, a closure that was followed, addresses, and a letter to Ada."""
    with desk_of("ada") as desk:
        for month in (3, 4, 5, 7):
            record_samples(desk, ward.late, ["blood-count"], taken_on=date(2026, month, 3))
        issue_to_patient(desk, "N-LATE", label="own phone", consented=True)
    with desk_of("root-admin") as desk:
        first, last = date(2026, 12, 24), date(2027, 1, 1)
        clinics.close(desk, "north", from_on=first, until_on=last, name="Christmas closing")
        add_recipient(desk, program.config, "ada", Choices("ada@hospital.example", "north"))
    follow_all(program.writing_for_program, "north")
    return ward


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_closure_is_looked_at_entered_and_taken_back(as_person: AsPerson, ward: Ward, script: bool) -> None:
    page = as_person("root-admin", script=script)
    page.goto("/clinic/settings/north")
    page.get_by_label("First day").fill("2026-11-05")
    page.get_by_label("Last day").fill("2026-11-11")
    page.get_by_label("What it is").fill("Moving house")
    page.locator("form[action$='/closures'] button").click()
    expect(page.get_by_text(re.compile(r"About \d+ visits? gets? another|About one visit"))).to_be_visible()
    page.get_by_role("button", name="Close on these days").click()
    expect(page.get_by_role("status").get_by_text("Closure entered: north")).to_be_visible()
    expect(page.get_by_text("Moving house").first).to_be_visible()
    page.get_by_role("link", name=re.compile("Take back.*Moving house")).click()
    page.get_by_label("Reason").fill("Not this year.")
    page.get_by_role("button", name="Take the closure back").click()
    expect(page.get_by_text("No closure lies ahead.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_settings_change_after_a_look_and_a_mistake_loses_nothing(
    as_person: AsPerson, ward: Ward, script: bool
) -> None:
    page = as_person("root-admin", script=script)
    page.goto("/clinic/settings/north")
    page.get_by_label("Time zone").fill("Europe/Berln")
    page.get_by_label("Wednesday").uncheck()
    page.get_by_label("Reason").fill("A day less.")
    page.get_by_role("button", name="See what would move").first.click()
    expect(page.get_by_role("alert").get_by_text("is not a time zone")).to_be_visible()
    assert page.get_by_label("Reason").input_value() == "A day less."
    assert not page.get_by_label("Wednesday").is_checked()
    page.get_by_label("Time zone").fill("Europe/Vienna")
    page.get_by_role("button", name="See what would move").first.click()
    expect(page.get_by_text("Mon, Tue, Thu, Fri")).to_be_visible()
    expect(page.get_by_text("Another time zone")).to_be_visible()
    page.get_by_role("button", name="Change the settings").click()
    expect(page.get_by_role("status").get_by_text("Settings changed: north")).to_be_visible()
    page.goto("/clinic/history?act=clinic+change")
    expect(page.get_by_text("Reason: A day less.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_an_address_is_withdrawn(as_person: AsPerson, busy: Ward, script: bool) -> None:
    page = as_person("root-admin", script=script)
    page.goto("/clinic/feeds")
    page.get_by_role("link", name="Withdraw").last.click()
    page.get_by_label("Reason").fill("Telephone lost.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("status").get_by_text("Address withdrawn")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_bars_of_the_work_ahead_are_the_numbers_of_the_table(as_person: AsPerson, busy: Ward, width: int) -> None:
    page = as_person("ada", width=width)
    page.goto("/clinic/workload")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    chart = page.locator("svg.chart:visible").first
    assert chart.get_attribute("class") == ("chart wide" if width == 1280 else "chart tall")
    depth = "height" if width == 1280 else "width"
    weeks = chart.evaluate(
        f"""(svg) => [...svg.querySelectorAll('g.week')].map((week) => ({{
            bars: [...week.querySelectorAll('[class^=place]')].map((bar) => Number(bar.getAttribute('{depth}'))),
            lost: week.querySelectorAll('.lost').length, title: week.querySelector('title').textContent }}))"""
    )
    rows = page.locator("#table-north tbody tr").all()
    assert len(weeks) == len(rows) == 52
    told = [[one.inner_text() for one in row.locator("th, td").all()] for row in rows]
    numbers = [int(cells[-3]) for cells in told]
    heights = [sum(week["bars"]) for week in weeks]
    assert sum(numbers) > 20
    scale = max(heights) / max(numbers)
    for week, number, height, cells in zip(weeks, numbers, heights, told, strict=True):
        assert height == pytest.approx(number * scale, abs=0.25)
        assert week["lost"] == (cells[-1].count(";") + 1 if cells[-1] else 0)
        said = re.search(r": (\d+|one) visit", week["title"])
        assert said is not None
        assert number == (1 if said[1] == "one" else int(said[1]))
    assert any("Christmas closing" in cells[-1] for cells in told)


def test_the_dots_of_the_shares_are_the_numbers_of_the_table(as_person: AsPerson, busy: Ward) -> None:
    page = as_person("ada")
    page.goto("/clinic/adherence?clinic=north")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    rows = [
        [one.inner_text() for one in row.locator("th, td").all()]
        for row in page.locator("#months-north tbody tr").all()
    ]
    shares = {cells[0]: (int(cells[1]), int(cells[4])) for cells in rows if int(cells[4])}
    dots = page.locator("svg.chart.wide g.dot").evaluate_all(
        """(dots) => dots.map((dot) => [dot.querySelector('title').textContent,
            Number(dot.querySelector('circle').getAttribute('cy'))])"""
    )
    lines = page.locator("svg.chart.wide path.grid").evaluate_all(
        "(lines) => lines.map((line) => Number(line.getAttribute('d').split(' ')[1].split('H')[0]))"
    )
    zero, hundred = max(lines), min(lines)
    assert len(dots) == len(shares) > 3
    for title, y in dots:
        month, _, rest = title.partition(": ")
        done, every = shares[month]
        assert rest.endswith(f"{done} of {every} in time")
        percent = 100 * done // every
        assert (zero - y) / (zero - hundred) * 100 == pytest.approx(percent, abs=0.2)
    total = [one.inner_text() for one in page.locator("#rules-north tfoot td").all()]
    assert int(total[0]) == sum(done for done, _ in shares.values())
    assert int(total[3]) == sum(every for _, every in shares.values())
