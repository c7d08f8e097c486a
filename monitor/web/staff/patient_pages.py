"""The patient: search, chart, timeline, why a date is what it is, and what goes on paper."""

from collections.abc import Sequence

from starlette.responses import Response

from db.history import list_deeds
from monitor.render.check_story import settlement
from monitor.render.patient_page import count_progress
from monitor.render.staff.speaking import speaker
from monitor.render.staff.timeline import count_states, draw_timeline, word_of
from monitor.render.staff.values import Section
from monitor.services import charts, patients
from monitor.services.enrolling import get_own_treatment
from monitor.services.finding import find_patients
from monitor.services.patients import Chart
from monitor.services.worklist import clinics_of
from monitor.web.staff import patient_acts as acts
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page
from monitor.web.staff.worklist_acts import CONTACTS, again_of
from schedules.explaining import sentences
from schedules.model import Key
from schedules.worklists import Kind

MOST_FOUND = 200
TREATMENT = "/treatments/{treatment_id:int}"


def chart_of(asked: Asked, what: str) -> Chart:
    """The chart of the treatment in the path, which becomes a row of the access log."""
    treatment = get_own_treatment(asked.desk, asked.number("treatment_id"))
    asked.read(what, treatment_id=treatment.id, clinic_id=treatment.clinic_id)
    return patients.get_chart(
        asked.desk, treatment.reference, treatment.id, seen_within=asked.program.config.seen_within_working_days
    )


def show_list(asked: Asked) -> Response:
    words, clinic = asked.query("q")[:200], asked.query("clinic")
    is_mine, with_gone = bool(asked.query("mine")), bool(asked.query("gone"))
    found = find_patients(asked.desk, words=words, clinic=clinic, is_mine=is_mine, with_departed=with_gone)
    asked.read("patients", clinic_id=clinic or None, patients=min(len(found), MOST_FOUND))
    return asked.page(
        "patients.html",
        Section.PATIENTS,
        found=found[:MOST_FOUND],
        hidden=max(0, len(found) - MOST_FOUND),
        words=words,
        clinic=clinic,
        clinics=clinics_of(asked.desk),
        is_mine=is_mine,
        with_gone=with_gone,
    )


def show_patient(asked: Asked) -> Response:
    chart = chart_of(asked, "patient")
    beside, say = charts.list_beside(asked.desk, chart), speaker(asked.language)
    plan = chart.outcome.plan
    return asked.page(
        "patient.html",
        Section.PATIENTS,
        chart=chart,
        beside=beside,
        dossier=chart.dossier,
        timeline=draw_timeline(
            chart.protocol, chart.outcome.settled, plan.courses, today=chart.today, ends_on=plan.ends_on,
            booked=beside.booked, say=say,
        ),
        states=count_states(chart.outcome.settled, chart.today),
        word_of=lambda one: word_of(one, chart.today),
        progress=count_progress(chart.protocol, chart.outcome.settled),
        pressing=[line for line in chart.lines if line.kind is Kind.CHECK],
        age=_age(chart),
        deeds=list(reversed(list_deeds(asked.desk.connection, chart.dossier.treatment_id))),
        again=again_of(asked),
        contacts=CONTACTS,
        is_clinician=asked.desk.actor.role == "clinician",
        families={rule.family: rule for rule in reversed(chart.protocol.rules) if rule.is_follow_up},
    )  # fmt: skip


def _age(chart: Chart) -> int | None:
    born = chart.dossier.detail.born_on
    if born is None:
        return None
    return chart.today.year - born.year - ((chart.today.month, chart.today.day) < (born.month, born.day))


def show_check(asked: Asked) -> Response:
    """Why a check stands on its day, and what became of it."""
    chart = chart_of(asked, "check")
    told = patients.tell(asked.desk, chart, f"{asked.request.path_params['rule']}/{asked.number('number')}")
    return asked.page(
        "check.html", Section.PATIENTS, chart=chart, dossier=chart.dossier, told=told,
        why=sentences(told.explanation, asked.language), became=list(settlement(told, asked.language)),
        state=word_of(told.settled, chart.today), back=f"/treatments/{chart.dossier.treatment_id}",
    )  # fmt: skip


def show_slip(asked: Asked) -> Response:
    """What the laboratory is asked for: all that is open now, or the next visit there."""
    chart = chart_of(asked, "slip")
    keys = {Key(check.rule, check.number) for line in chart.lines for check in line.checks}
    if not keys:
        coming = [one for one in charts.list_beside(asked.desk, chart).visits if one.is_open]
        keys = {one.check.key for visit in coming[:1] for one in visit.checks}
    checks = [one.check for one in chart.outcome.settled if one.check.key in keys]
    return asked.page(
        "slip.html", Section.PATIENTS, chart=chart, dossier=chart.dossier, checks=checks, reach=_reach(asked, chart)
    )


def show_plan(asked: Asked) -> Response:
    """One sheet for the patient, in the patient's language."""
    chart = chart_of(asked, "plan")
    language = chart.dossier.detail.language or asked.language
    visits = [
        one for one in charts.list_beside(asked.desk, chart).visits
        if one.is_open and one.place.value != "office" and one.closes_on >= chart.today
    ]  # fmt: skip
    return asked.page(
        "plan_sheet.html", Section.PATIENTS, chart=chart, dossier=chart.dossier, visits=visits[:14],
        own=speaker(language), reach=_reach(asked, chart), hidden=len(visits) - 14,
    )  # fmt: skip


def show_letter(asked: Asked) -> Response:
    """To the general practitioner: what is watched, until when, what is next, and what to report at once."""
    chart = chart_of(asked, "letter")
    beside = charts.list_beside(asked.desk, chart)
    visits = [one for one in beside.visits if one.is_open and one.closes_on >= chart.today]
    return asked.page(
        "letter.html", Section.PATIENTS, chart=chart, dossier=chart.dossier, beside=beside, visits=visits[:6],
        reach=_reach(asked, chart), follow_up=[rule for rule in chart.protocol.rules if rule.is_follow_up],
    )  # fmt: skip


def _reach(asked: Asked, chart: Chart) -> tuple[str, str]:
    return asked.program.config.reach(chart.clinic.id)


PAGES: Sequence[Page] = (
    Page("/patients", show=show_list),
    Page(TREATMENT, show=show_patient),
    Page(TREATMENT + "/checks/{rule}/{number:int}", show=show_check),
    Page(TREATMENT + "/slip", show=show_slip),
    Page(TREATMENT + "/plan", show=show_plan),
    Page(TREATMENT + "/letter", show=show_letter),
    Page(TREATMENT + "/extras", act=acts.order, again=show_patient),
    Page(TREATMENT + "/away", act=acts.add_away, again=show_patient),
    Page(TREATMENT + "/away/remove", act=acts.remove_away, again=show_patient),
    Page(TREATMENT + "/preferences", act=acts.prefer, again=show_patient),
    Page(TREATMENT + "/nurse", act=acts.name, again=show_patient),
    Page(TREATMENT + "/addresses", act=acts.issue, again=show_patient),
    Page(TREATMENT + "/addresses/revoke", act=acts.revoke, again=show_patient),
)
