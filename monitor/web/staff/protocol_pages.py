"""Protocols: read, compared, approved, and their patients planned again."""

from collections.abc import Sequence

from monitor.web.staff.endpoints import Page

PAGES: Sequence[Page] = ()
