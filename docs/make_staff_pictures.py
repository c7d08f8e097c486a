"""Makes the pictures of the staff pages from the real program and the example clinic: what they show stands in a table.

`python3 run.py screenshots` makes these and all other pictures; it needs Chromium.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from docs.picturing import DAY, save, sign_in
from examples.inventing import Phase
from examples.make_clinic import invent_group
from examples.showing import find_behind, list_calendars
from monitor.bootstrap import Program
from monitor.services.enrolling import get_treatment_id

PAPER = 794
"""An A4 sheet is so many of CSS's pixels wide."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: whose page, where, how large, and what is done there first.

    `{behind}`, `{german}` and `{planned}` in the address stand for treatments of the example clinic.
    """

    name: str
    person: str
    address: str
    width: int = 1280
    height: int = 860
    scheme: str = "light"
    language: str = "en-GB"
    is_paper: bool = False
    scale: float = 1
    then: Callable[[Any], None] | None = None


def plan_a_course(page: Any) -> None:
    """Three more infusions, shown before they are saved."""
    page.fill("[name=first_on]", str(DAY - timedelta(days=3)))
    page.fill("[name=days]", "3")
    page.locator("button[value=look]:visible").first.click()
    page.locator("#preview").wait_for()


def follow_why(page: Any) -> None:
    """Why the first check is due on its day."""
    address = page.locator("main a[href*='/checks/']").first.get_attribute("href")
    page.goto(page.url.split("/treatments/")[0] + address)


PHONE: Mapping[str, Any] = {"width": 390, "height": 800, "scale": 1.5}
SHEET: Mapping[str, Any] = {"width": PAPER, "height": 1123, "is_paper": True}
PICTURES = (
    Picture("staff-worklist", "ada", "/worklist"),
    Picture("staff-worklist-dark", "ada", "/worklist", scheme="dark"),
    Picture("staff-worklist-phone", "ada", "/worklist", **PHONE),
    Picture("staff-worklist-german", "bea", "/worklist", language="de-DE"),
    Picture("staff-worklist-print", "ada", "/worklist?clinic=north&state=overdue", **SHEET),
    Picture("staff-patient", "ada", "/treatments/{behind}", height=1000),
    Picture("staff-patient-dark", "ada", "/treatments/{behind}", height=1000, scheme="dark"),
    Picture("staff-patient-phone", "ada", "/treatments/{behind}", **PHONE),
    Picture("staff-why", "ada", "/treatments/{behind}", then=follow_why),
    Picture("staff-plan-german", "bea", "/treatments/{german}/plan", language="de-DE", **SHEET),
    Picture("staff-preview", "dora", "/treatments/{behind}/infusions/add", height=1000, then=plan_a_course),
    Picture(
        "staff-checklists", "dora", "/treatments/{planned}/checklists?course=2#list-before-each-course", height=900
    ),
    Picture("staff-workload", "olga", "/clinic/workload"),
    Picture("staff-adherence", "olga", "/clinic/adherence"),
)


def make(program: Program, base: str, browser: Any) -> None:
    treatments = find_treatments(program)
    for one in PICTURES:
        take(one, program, base, browser, treatments)


def take(one: Picture, program: Program, base: str, browser: Any, treatments: Mapping[str, int]) -> None:
    context = browser.new_context(
        viewport={"width": one.width, "height": one.height}, device_scale_factor=one.scale, color_scheme=one.scheme,
        locale=one.language, reduced_motion="reduce", bypass_csp=one.is_paper,
    )  # fmt: skip
    context.add_cookies([{**sign_in(program, one.person), "url": base}])
    page = context.new_page()
    answer = page.goto(base + one.address.format(**treatments))
    if not answer.ok:
        raise SystemExit(f"{one.name}: {one.address} answered {answer.status}.")
    if one.then:
        one.then(page)
    if one.is_paper:
        page.emulate_media(media="print")
        page.add_style_tag(content="body { padding: 14mm }")  # paper has a margin, a picture of it has none
    page.wait_for_load_state("networkidle")
    save(page, one.name)
    context.close()


def find_treatments(program: Program) -> dict[str, int]:
    """Of a patient who is behind, of one who speaks German, and of one whose next course is planned."""
    group = invent_group(DAY)
    # The course of the first one was given up; the second one has a cold, which somebody answered.
    _, planned, *_ = [
        story for story in group.stories
        if story.patient.phase is Phase.BETWEEN and any(infusion.planned for infusion in story.patient.infusions)
    ]  # fmt: skip
    stories = {"behind": find_behind(group), "german": list_calendars(group)[2], "planned": planned}
    with program.reading("dora") as desk:
        return {name: get_treatment_id(desk, story.patient.reference) for name, story in stories.items()}
