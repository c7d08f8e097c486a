"""The patient: search, chart, timeline, why a date is what it is, and what goes on paper."""

from collections.abc import Sequence

from monitor.web.staff.endpoints import Page

PAGES: Sequence[Page] = ()
