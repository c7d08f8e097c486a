"""The course of a treatment: infusions with a preview, checklists, details, discharge."""

from collections.abc import Sequence

from monitor.web.staff.endpoints import Page

PAGES: Sequence[Page] = ()
