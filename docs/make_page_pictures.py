"""Makes the pictures of the patient's page from the real program and the example clinic, so that they stay true.

`python3 run.py screenshots` makes these and all other pictures; it needs Chromium.
"""

from typing import Any

from docs.picturing import DAY, save
from examples.make_clinic import invent_group
from examples.showing import list_calendars
from monitor.bootstrap import Program
from monitor.services.addresses import issue_to_patient

PHONE = {"width": 390, "height": 844}


def make(program: Program, base: str, browser: Any) -> None:
    """Of the demo's patient who comes on time; the address in the picture is as short-lived as the record."""
    quiet = list_calendars(invent_group(DAY))[0].patient.reference
    with program.writing("ada") as desk:
        issued, *_ = issue_to_patient(desk, quiet, label="own phone", consented=True)
    for name, path in (("patient-page", issued.path), ("patient-calendar", f"{issued.path}calendar")):
        page = browser.new_page(viewport=PHONE, device_scale_factor=1.5, color_scheme="light", locale="en-GB")
        page.goto(base + path)
        save(page, name)
        page.close()
