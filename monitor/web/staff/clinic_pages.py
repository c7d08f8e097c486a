"""The clinic for those who run it: overview, workload, adherence, settings, and what administrators look after."""

from collections.abc import Sequence

from monitor.web.staff import clinic_office, clinic_settings, clinic_views
from monitor.web.staff.endpoints import Needs, Page

SETTINGS = "/clinic/settings/{clinic_id}"

PAGES: Sequence[Page] = (
    Page("/clinic", show=clinic_views.overview),
    Page("/clinic/workload", show=clinic_views.workload),
    Page("/clinic/adherence", show=clinic_views.adherence),
    Page("/clinic/adherence.csv", show=clinic_views.adherence_csv),
    Page(SETTINGS, show=clinic_settings.show, act=clinic_settings.change, needs=Needs.ADMIN),
    Page(SETTINGS + "/close", act=clinic_settings.close, again=clinic_settings.show, needs=Needs.ADMIN),
    Page(SETTINGS + "/reopen", act=clinic_settings.reopen, again=clinic_settings.show, needs=Needs.ADMIN),
    Page(SETTINGS + "/follow", act=clinic_settings.go_on, again=clinic_settings.show, needs=Needs.ADMIN),
    Page("/clinic/new", show=clinic_settings.show_new, act=clinic_settings.add, needs=Needs.ADMIN),
    Page("/clinic/letters", show=clinic_office.letters, needs=Needs.ADMIN),
    Page(
        "/clinic/letters/{letter_id:int}", show=clinic_office.letter, act=clinic_office.act_on_letter, needs=Needs.ADMIN
    ),
    Page("/clinic/recipients", show=clinic_office.recipients, act=clinic_office.change_recipient, needs=Needs.ADMIN),
    Page("/clinic/jobs", show=clinic_office.jobs, needs=Needs.ADMIN),
    Page("/clinic/feeds", show=clinic_office.feeds, act=clinic_office.revoke_feed, needs=Needs.ADMIN),
    Page("/clinic/history", show=clinic_office.history, needs=Needs.ADMIN),
    Page("/clinic/history.csv", show=clinic_office.history_csv, needs=Needs.ADMIN),
)
