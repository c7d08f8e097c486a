"""Paper: the plan for the patient, the laboratory's slip, and the letter to the general practitioner."""

from collections.abc import Sequence
from datetime import date
from itertools import islice

from starlette.responses import Response

from monitor.render.site.pages import render_sheet
from monitor.render.site.values import Back
from monitor.render.staff import patient_facts
from monitor.render.staff.patient_papers import list_signs, list_slips, list_watched, write_slip
from monitor.render.staff.speaking import SPEAKERS, Speaker, speaker
from monitor.render.staff.values import Section
from monitor.services import charts
from monitor.services.charts import Chart
from monitor.services.patient_site import open_for_staff, print_page
from monitor.web.staff.answers import html
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page
from monitor.web.staff.patient_acts import HERE
from monitor.web.staff.patient_chart import beside_of, get_chart

NEXT = 4


def plan(asked: Asked) -> Response:
    """The sheet that the patient's own page prints, in the patient's language."""
    chart = get_chart(asked)
    asked.read("plan on paper", treatment_id=chart.dossier.treatment_id)
    site = open_for_staff(asked.desk, asked.program.config, chart.dossier.patient_id, chart.clinic)
    say = speaker(asked.language)
    back = Back(f"/treatments/{chart.dossier.treatment_id}", say("paper-back"), say.language)
    return html(render_sheet(print_page(site), site.language, back))


def slip(asked: Asked) -> Response:
    chart, speak = get_chart(asked), _language(asked)
    asked.read("laboratory slip", treatment_id=chart.dossier.treatment_id)
    outcome = chart.outcome
    found = list_slips(outcome.visits, outcome.settled)
    due_on = _day(asked.query("visit"))
    contact, telephone = asked.program.config.reach(chart.clinic.id)
    return asked.page(
        "patient_slip.html",
        Section.PATIENTS,
        chart=chart,
        speak=speak,
        languages=list(SPEAKERS),
        slip=write_slip(speak, chart.protocol, found, outcome.settled, today=chart.today, due_on=due_on),
        visits=[visit for visit, _ in found][:12],
        chosen=due_on,
        today=chart.today,
        contact=contact,
        telephone=telephone,
    )


def letter(asked: Asked) -> Response:
    chart, speak = get_chart(asked), _language(asked)
    asked.read("letter to the practitioner", treatment_id=chart.dossier.treatment_id)
    outcome, page = chart.outcome, charts.page_of(chart)
    coming, _ = patient_facts.list_trips(speak, chart.protocol, outcome.visits, outcome.settled, beside_of(chart))
    contact, telephone = asked.program.config.reach(chart.clinic.id)
    given = [day for course in outcome.plan.courses for day in course.given]
    return asked.page(
        "patient_letter.html",
        Section.PATIENTS,
        chart=chart,
        page=page,
        speak=speak,
        languages=list(SPEAKERS),
        person=patient_facts.tell_person(page, speak),
        watched=list_watched(speak, chart.protocol, outcome.settled),
        signs=list_signs(speak, [chart.protocol]),
        coming=list(islice((trip for trip in coming.told if trip.shown_on >= chart.today), NEXT)),
        titles_of=lambda trip: list(dict.fromkeys(_title(speak, chart, part.key.rule) for part in trip.parts)),
        overdue=[speak.text(line.title) for line in chart.lines if line.overdue],
        last_infusion_on=max(given, default=None),
        ends_on=outcome.plan.ends_on,
        departure=patient_facts.tell_departure(page, speak) if page.departure else "",
        contact=contact,
        telephone=telephone,
    )


def _language(asked: Asked) -> Speaker:
    """Of the paper: the one that was asked for, else the person's own."""
    return speaker(asked.query("language", asked.language))


def _title(speak: Speaker, chart: Chart, rule_id: str) -> str:
    return speak.text(chart.protocol.get_rule(rule_id).title)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


PAGES: Sequence[Page] = (
    Page(f"{HERE}/plan", show=plan),
    Page(f"{HERE}/slip", show=slip),
    Page(f"{HERE}/letter", show=letter),
)
