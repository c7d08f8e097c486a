"""The clinic of the tests: invented people, and a few invented patients with a page of their own."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from examples.setting_up import set_up
from monitor.bootstrap import Program, assemble
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import Database
from monitor.services.addresses import issue_to_patient
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion

CLINIC = "north"
ADMINISTRATOR, NURSE = "olga", "ada"
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))


def new_clinic(url: str, *, patients: int, at: datetime | None = None) -> tuple[Program, list[int], list[str]]:
    """So many patients in a migrated database: the program, their treatments, and the paths of their pages.

    Entered `at` that instant, or yesterday: what is new a moment ago has no date in the headers yet.
    """
    program = assemble(Config(db=Database(url=url)))
    earlier = replace(program, clock=FixedClock(at or program.clock.now() - timedelta(days=1)))
    set_up(earlier)
    treatments, pages = [], []
    for number in range(patients):
        reference = f"N-{number:03}"
        wanted = Enrolment(CLINIC, reference, "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 9, 1))
        with earlier.writing(NURSE) as desk:
            treatments.append(enrol(desk, wanted)[0])
            pages.append(issue_to_patient(desk, reference, label="own phone", consented=True)[0].path)
    return program, treatments, pages
