"""The course of a treatment: infusions with a preview, checklists, details, discharge."""

from collections.abc import Sequence

from monitor.web.staff import course_checklists, course_details, course_discharge, course_infusions
from monitor.web.staff.endpoints import Page

PAGES: Sequence[Page] = (
    *course_infusions.PAGES,
    *course_checklists.PAGES,
    *course_details.PAGES,
    *course_discharge.PAGES,
)
