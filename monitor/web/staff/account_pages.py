"""A person's own account, and the people of a clinic."""

from collections.abc import Sequence

from monitor.web.staff.endpoints import Page

PAGES: Sequence[Page] = ()
