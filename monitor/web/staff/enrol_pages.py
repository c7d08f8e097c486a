"""Enrolling a patient, and importing a file, in the browser."""

from collections.abc import Sequence

from monitor.web.staff.endpoints import Page

PAGES: Sequence[Page] = ()
