"""The clinic for those who run it: overview, figures, settings, letters, recipients, jobs, feeds, history."""

from collections.abc import Sequence

from starlette.responses import Response

from monitor.render.staff.values import Section
from monitor.services.health import list_ailments
from monitor.services.overview import overview_of
from monitor.web.staff import (
    clinic_feeds,
    clinic_figures,
    clinic_history,
    clinic_jobs,
    clinic_letters,
    clinic_recipients,
    clinic_settings,
)
from monitor.web.staff.asking import Asked
from monitor.web.staff.clinic_jobs import tell_finding
from monitor.web.staff.endpoints import Page


def show(asked: Asked) -> Response:
    """Numbers of patients, and for administrators whether the program is well; no patient is named."""
    config = asked.program.config
    clinics = overview_of(asked.desk, seen_within=config.seen_within_working_days)
    is_admin = asked.visitor.actor.role == "admin"
    ailments = [tell_finding(asked, one) for one in list_ailments(asked.desk, config)] if is_admin else None
    return asked.page("clinic_overview.html", Section.CLINIC, clinics=clinics, ailments=ailments)


PAGES: Sequence[Page] = (
    Page("/clinic", show=show),
    *clinic_figures.PAGES,
    *clinic_settings.PAGES,
    *clinic_recipients.PAGES,
    *clinic_letters.PAGES,
    *clinic_jobs.PAGES,
    *clinic_feeds.PAGES,
    *clinic_history.PAGES,
)
