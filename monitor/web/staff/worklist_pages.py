"""The worklist over HTTP."""

from collections.abc import Sequence

from starlette.responses import Response

from monitor.render.staff.values import Section
from monitor.services.worklist import list_lines
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page


def show(asked: Asked) -> Response:
    lines = list_lines(asked.desk)
    asked.read("worklist", patients=len({line.treatment_id for line in lines}))
    return asked.page("worklist.html", Section.WORKLIST, lines=lines)


PAGES: Sequence[Page] = (Page("/worklist", show=show),)
