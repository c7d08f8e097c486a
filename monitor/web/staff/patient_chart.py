"""The chart of a patient, and why each of its dates is what it is."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup
from starlette.responses import Response

from db import caring
from db.history import Deed
from monitor.render import check_story
from monitor.render.staff import patient_facts, timeline
from monitor.render.staff.speaking import speaker
from monitor.render.staff.template import render_part
from monitor.render.staff.timeline import Beside
from monitor.render.staff.values import Section
from monitor.services import addresses, charts, enrolling
from monitor.services.caring import MAY_BE_NAMED
from monitor.services.charts import Chart
from monitor.services.looking import local_day
from monitor.services.memory import recall
from monitor.services.telling_away import list_away
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page
from schedules.errors import NotFound
from schedules.explaining import sentences
from schedules.model import Settlement
from schedules.titles import list_titles
from schedules.worklists import Kind

RECENT, VISITS = 12, 6
"""So many lines of the history, and visits of each sort, stand there before somebody asks for all."""
TIMELINE_KILOBYTES = 430
"""What drawing and table of four years take in the memory, measured."""


def get_chart(asked: Asked) -> Chart:
    """The chart of the address. Refuses (NotFound) a treatment that is not in the person's clinics."""
    treatment = enrolling.get_own_treatment(asked.desk, asked.number("treatment_id"))
    return charts.chart_of(asked.desk, treatment, seen_within=asked.program.config.seen_within_working_days)


def beside_of(chart: Chart) -> Beside:
    return Beside(chart.today, chart.outcome.booked, chart.outcome.reported)


def show(asked: Asked) -> Response:
    chart, say = get_chart(asked), speaker(asked.language)
    asked.read("patient", treatment_id=chart.dossier.treatment_id)
    page, outcome, connection = charts.page_of(chart), chart.outcome, asked.desk.connection
    beside = beside_of(chart)
    coming, past = patient_facts.list_trips(
        say, chart.protocol, outcome.visits, outcome.settled, beside,
        most=None if asked.query("visits") == "all" else VISITS,
    )  # fmt: skip
    nurse = caring.find_nurse(connection, chart.dossier.patient_id)
    colleagues = caring.list_colleagues(connection, chart.clinic.id, MAY_BE_NAMED)
    everything = asked.query("history") == "all"
    return asked.page(
        "patient.html",
        Section.PATIENTS,
        chart=chart,
        dossier=chart.dossier,
        page=page,
        today=chart.today,
        person=patient_facts.tell_person(page, say),
        facts=list(patient_facts.tell_facts(page, say)),
        progress=patient_facts.measure(page, say),
        departure=patient_facts.tell_departure(page, say) if page.departure else "",
        timeline=_timeline_of(asked, chart, beside),
        name_of_family=lambda family: timeline.name_of_family(say, chart.protocol, family),
        groups=patient_facts.group_lines(chart.lines),
        approved_on=_approved_on(chart),
        pressing=[one for one in chart.lines if one.kind is Kind.CHECK],
        unseen=[one for one in chart.lines if one.kind is Kind.NOT_SEEN],
        deciders=[one.name for one in colleagues if one.role == "clinician"],
        may_decide=asked.visitor.actor.role == "clinician",
        coming=coming,
        past=past,
        nurse=next((one.name for one in colleagues if nurse and one.id == nurse.nurse_id), ""),
        away=list_away(connection, chart.dossier.patient_id, today=chart.today),
        addresses=addresses.list_of_patient(connection, chart.dossier.patient_id),
        names=caring.list_names(connection),
        titles=list_titles(chart.protocol),
        deeds=list(reversed(chart.deeds if everything else chart.deeds[-RECENT:])),
        earlier=0 if everything else max(len(chart.deeds) - RECENT, 0),
    )


def _timeline_of(asked: Asked, chart: Chart, beside: Beside) -> Markup:
    """Drawing and table of hundreds of checks; remembered for as long as none of them is another."""
    say, protocol, outcome, of = speaker(asked.language), chart.protocol, chart.outcome, chart.dossier.treatment_id

    def draw() -> Markup:
        line = timeline.draw(say, protocol, outcome.plan, outcome.settled, beside)
        withdrawn = len(chart.withdrawn)
        return render_part("patient_timeline.html", say, own=f"/treatments/{of}", line=line, withdrawn=withdrawn)

    stamp = protocol, outcome.plan, outcome.settled, beside, len(chart.withdrawn)
    return recall(asked.desk.memory, (f"timeline {asked.language}", of), stamp, draw, kilobytes=TIMELINE_KILOBYTES)


def why(asked: Asked) -> Response:
    """Where one check comes from, and what became of it."""
    chart, say = get_chart(asked), speaker(asked.language)
    asked.read("check", treatment_id=chart.dossier.treatment_id)
    wanted = f"{asked.request.path_params['rule']}/{asked.number('number')}"
    gone = next((row for row in chart.withdrawn if str(row.key) == wanted), None)
    if gone is not None:
        name = timeline.name_of_check(say, chart.protocol, gone.key)
        return asked.page("check_withdrawn.html", Section.PATIENTS, chart=chart, check=gone, name=name)
    known = {str(one.check.key) for one in chart.outcome.settled}
    if wanted not in known:
        raise NotFound(f"The plan has no check '{wanted}'.", code="check-unknown", check=wanted)
    told = charts.tell(asked.desk, chart, wanted)
    settled, key = told.settled, told.settled.check.key
    return asked.page(
        "check.html",
        Section.PATIENTS,
        chart=chart,
        told=told,
        check=settled.check,
        name=timeline.name_of_check(say, chart.protocol, key),
        state=timeline.state_word(settled, chart.today),
        is_open=settled.settlement is Settlement.OPEN,
        explanation=told.explanation,
        how=sentences(told.explanation, asked.language),
        became=list(check_story.settlement(told, asked.language)),
        booking=chart.outcome.booked.get(key),
        report=chart.outcome.reported.get(key),
        rule=chart.protocol.get_rule(key.rule),
        approved_on=_approved_on(chart),
        deeds=_deeds_about(chart, wanted),
        names=caring.list_names(asked.desk.connection),
        titles=list_titles(chart.protocol),
    )


def _approved_on(chart: Chart) -> date | None:
    return local_day(chart.approval.entered_at, chart.clinic.time_zone) if chart.approval else None


def _deeds_about(chart: Chart, wanted: str) -> list[Deed]:
    """Lines of the history that name this check."""
    return [deed for deed in chart.deeds if deed.subject and wanted in deed.subject.replace(":", " ").split()]


PAGES: Sequence[Page] = (
    Page("/treatments/{treatment_id:int}", show=show),
    Page("/treatments/{treatment_id:int}/checks/{rule}/{number:int}", show=why),
)
