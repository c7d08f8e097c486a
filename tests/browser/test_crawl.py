"""Every page that a link leads to, as a nurse, a clinician and an administrator find it, reads well in every look."""

from datetime import date
from typing import Any

import pytest

from monitor.bootstrap import Program
from monitor.services import clinics
from monitor.services.addresses import issue_to_patient
from monitor.services.booking import book, note_contact
from monitor.services.covering import add_cover
from monitor.services.recipients import Choices, add_recipient
from monitor.services.recording import record_samples
from monitor.services.suggesting import follow_all
from monitor.web.staff import routes
from tests.browser.conftest import AsPerson, Ward
from tests.browser.crawling import FAULTS, UNFOCUSED, Crawl, route_of, told

pytestmark = [
    pytest.mark.chromium, pytest.mark.slow, pytest.mark.parametrize("kind", ["sqlite"], indirect=True),
]  # fmt: skip
ROLES = ("ada", "dora", "root-admin")
LOOKS = (
    ("en-GB", "light", 1280), ("en-GB", "dark", 360), ("de-DE", "light", 360), ("de-DE", "dark", 1280),
)  # fmt: skip
"""Each language in each scheme and at each width; all eight would find little more in twice the time."""
AGAIN = "is the address of a form in the worklist; asked for by itself it leads to the list"
NOT_LINKED = {
    "/clinic/letters/{letter_id:int}/message.eml": "no letter has gone out until jobs have run",
    "/protocols/{protocol_id}/replan": "there is no later version than the one that is followed",
    "/protocols/{protocol_id}/replanned": "follows an act",
    "/treatments/{treatment_id:int}/readmit": "is for patients who were discharged",
    "/undo": AGAIN, "/worklist/record": AGAIN, "/worklist/book": AGAIN, "/worklist/waive": AGAIN,
    "/worklist/note": AGAIN, "/worklist/seen": AGAIN, "/worklist/know": AGAIN,
}  # fmt: skip
"""Pages to which no link leads in this ward, and why."""


@pytest.fixture
def lived_in(ward: Ward, program: Program) -> Ward:
    """The ward with something of everything that pages show."""
    with program.writing("ada") as desk:
        record_samples(desk, ward.soon, ["blood-count"], taken_on=date(2026, 10, 21))
        book(desk, ward.late, ["thyroid"], on=date(2026, 11, 9))
        note_contact(desk, ward.late, kind="unreachable", text="Invented: it rang and rang.")
        issue_to_patient(desk, "N-SOON", label="Her telephone (invented)", consented=True)
    with program.writing("root-admin") as desk:
        first, last = date(2026, 12, 24), date(2027, 1, 1)
        clinics.close(desk, "north", from_on=first, until_on=last, name="Christmas closing")
        add_recipient(desk, program.config, "ada", Choices("ada@hospital.example", "north"))
        add_cover(desk, "ada", from_on=first, until_on=last)
    follow_all(program.writing_for_program, "north")
    return ward


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_every_page_reads_well(
    as_person: AsPerson, lived_in: Ward, find_faults: Any, language: str, scheme: str, width: int
) -> None:
    crawl = Crawl(language[:2], find_faults)
    for login in ROLES:
        crawl.walk(as_person(login, scheme=scheme, width=width, language=language), login)
    missed = {one.path for one in routes.PAGES if one.show} - crawl.visited.keys() - NOT_LINKED.keys()
    faults = [*crawl.faults, *(f"no link leads to {path}" for path in sorted(missed))]
    assert not faults, told(faults)


@pytest.mark.usefixtures("kind")
def test_an_address_belongs_to_its_route() -> None:
    assert route_of("/worklist?clinic=north#t1") == "/worklist"
    assert route_of("https://elsewhere.example/worklist") is None
    assert route_of("#content") is None


BAD = """<!doctype html><html lang="en"><title> </title><style>
  :focus { outline: none } .cut { width: 40px; overflow: hidden; white-space: nowrap } .wide { width: 2000px }
</style><p class="cut">Donaudampfschiff</p><p class="wide">wide</p>
<svg width="40" height="20"><text y="12">Donaudampfschiff</text></svg><a href="/nowhere">there</a>"""


def test_the_crawl_would_find_a_page_that_reads_badly(as_person: AsPerson) -> None:
    page = as_person("ada", width=360)
    page.set_content(BAD)
    page.keyboard.press("Tab")
    found = told([*page.evaluate(FAULTS, "de"), *page.evaluate(UNFOCUSED)])
    for fault in (
        "0 first headings", "no title", "said to be en", "scrolls sideways", "cut off", "passes its drawing",
        "focus is not seen",
    ):  # fmt: skip
        assert fault in found
