"""The clinic for those who run it: settings, letters, jobs, feeds, history, charts."""

from collections.abc import Sequence

from monitor.web.staff.endpoints import Page

PAGES: Sequence[Page] = ()
