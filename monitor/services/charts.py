"""Charts: everything that is known of one treatment on a day, and how each of its checks came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from db import checks as stored
from db import clinic_days, history, patients, people, protocols, tables
from db.checks import StoredCheck, StoredVisit
from db.dossiers import Dossier, Entered
from db.facts import list_trail
from db.history import Deed
from db.patients import Treatment
from db.people import Clinic
from db.protocols import Approval
from monitor.render.check_story import CheckTold, EntryTold, SampleTold
from monitor.render.patient_page import Departed, Page, Told, VisitTold
from monitor.services import enrolling
from monitor.services.changing import follow_dossier
from monitor.services.desk import Desk
from monitor.services.dossiers import get_dossier
from monitor.services.looking import look_at
from monitor.services.memory import recall
from monitor.services.worklist import SEEN_WITHIN, exposures, lines_of
from schedules.advising import AdvicePeriod, Flag, advice_periods, earliest_next_course, flags, in_force
from schedules.errors import NotFound
from schedules.explaining import explain
from schedules.following import Outcome
from schedules.model import Key, Settled, Settlement
from schedules.problems import did_you_mean
from schedules.protocol import Protocol
from schedules.settling import assign_bookings
from schedules.status import Exposure
from schedules.working_days import Lost, list_lost
from schedules.worklists import Line, in_order

CHART_KILOBYTES = 220
"""What the chart of four years takes in the memory, measured."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One treatment on one day. `withdrawn` are checks that a plan once had; `treatment_ids` all of the patient's."""

    dossier: Dossier
    protocol: Protocol
    outcome: Outcome
    today: date
    clinic: Clinic
    visits: Sequence[StoredVisit]
    visit_of: Mapping[Key, StoredVisit]
    withdrawn: Sequence[StoredCheck]
    lines: Sequence[Line]
    exposures: Sequence[Exposure]
    advice: Sequence[AdvicePeriod]
    flags: Sequence[Flag]
    next_course_on: date | None
    treatment_ids: Sequence[int]
    approval: Approval | None = None
    deeds: Sequence[Deed] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    newer_version: str | None = None
    """A version of the protocol that was approved later than the one that the treatment follows."""


def get_chart(desk: Desk, reference: str, treatment_id: int | None = None, *, seen_within: int = SEEN_WITHIN) -> Chart:
    """All there is to show of a treatment: the one named, or the patient's latest."""
    wanted = enrolling.get_treatment_id(desk, reference, treatment_id)
    return chart_of(desk, enrolling.get_own_treatment(desk, wanted), seen_within=seen_within)


def chart_of(desk: Desk, treatment: Treatment, *, seen_within: int = SEEN_WITHIN) -> Chart:
    """The same of a treatment that was looked up already."""
    chart = _recall_chart(desk, treatment, seen_within)
    connection, assigned = desk.connection, chart.dossier.assignment.fingerprint
    newest = protocols.find_newest_approved(connection, chart.protocol.id)
    return replace(
        chart,
        approval=protocols.find_approval(connection, assigned),
        deeds=history.list_deeds(connection, treatment.id),
        names=people.list_logins(connection),
        newer_version=newest[1] if newest and newest[0] != assigned else None,
    )


def _recall_chart(desk: Desk, treatment: Treatment, seen_within: int) -> Chart:
    """The chart without what changes by other acts than those on the patient's treatments: remembered for a day, while
    nobody acts on any of them and the clinic works on the same days."""
    clinic = people.find_clinic(desk.connection, treatment.clinic_id)
    assert clinic is not None
    versions = patients.find_versions_of_patient(desk.connection, treatment.id) if desk.memory else None
    days = desk.rulebook.days_of(desk.connection, clinic.id)
    stamp = versions and (versions, clinic, days, desk.today[clinic.id], seen_within)
    return recall(
        desk.memory, ("chart", treatment.id), stamp,
        lambda: _make_chart(desk, clinic, treatment, seen_within), kilobytes=CHART_KILOBYTES,
    )  # fmt: skip


def _make_chart(desk: Desk, clinic: Clinic, treatment: Treatment, seen_within: int) -> Chart:
    connection, today, wanted = desk.connection, desk.today[clinic.id], treatment.id
    dossier = get_dossier(desk, wanted)
    protocol, outcome = follow_dossier(desk, dossier)
    visits = stored.list_visits(connection, [wanted])[wanted]
    rows = stored.list_checks(connection, [wanted])[wanted]
    by_id = {visit.id: visit for visit in visits}
    courses = outcome.plan.courses
    return Chart(
        dossier=dossier,
        protocol=protocol,
        outcome=outcome,
        today=today,
        clinic=clinic,
        visits=visits,
        visit_of={row.key: by_id[row.visit_id] for row in rows},
        withdrawn=[row for row in rows if row.settlement is Settlement.WITHDRAWN],
        lines=_lines(desk, clinic, dossier, (protocol, outcome), seen_within),
        exposures=list(exposures(dossier, protocol, today).values()),
        advice=in_force(advice_periods(protocol, dossier.person, outcome.plan), today),
        flags=flags(protocol, courses, today=today),
        next_course_on=earliest_next_course(protocol, courses),
        treatment_ids=[one.id for one in patients.list_treatments(connection, patient_id=treatment.patient_id)],
    )


def page_of(chart: Chart) -> Page:
    """The chart as the page shows it."""
    dossier, approval, gone = chart.dossier, chart.approval, chart.dossier.departure
    return Page(
        reference=dossier.reference,
        name=dossier.detail.name,
        born_on=dossier.detail.born_on,
        sex=dossier.detail.sex.value if dossier.detail.sex else None,
        contact=dossier.detail.contact,
        clinic=chart.clinic.name,
        zone=chart.clinic.time_zone,
        today=chart.today,
        protocol=chart.protocol,
        approved_by=approval.approved_by if approval else None,
        approved_at=approval.entered_at if approval else None,
        is_invented=approval.is_invented if approval else False,
        plan=chart.outcome.plan,
        settled=chart.outcome.settled,
        withdrawn=len(chart.withdrawn),
        followed_here_from=dossier.assignment.followed_here_from,
        departure=Departed(gone.discharged_on, gone.kind, gone.transferred_to, gone.entered.decided_by)
        if gone
        else None,
        treatment_id=dossier.treatment_id,
        treatment_ids=chart.treatment_ids,
        lines=chart.lines,
        exposures=chart.exposures,
        visits=_visits(chart),
        advice=chart.advice,
        flags=chart.flags,
        next_course_on=chart.next_course_on,
        notes=[
            Told(one.entered.entered_at, chart.names.get(one.entered.entered_by, "?"), one.kind, one.text)
            for one in dossier.notes
        ],
        deeds=[Told(one.at, one.login, f"{one.act} {one.subject or ''}".strip(), one.reason) for one in chart.deeds],
    )


def _visits(chart: Chart) -> list[VisitTold]:
    """Visits from today on that still have something to do."""
    open_keys = {one.check.key for one in chart.outcome.settled if one.settlement is Settlement.OPEN}
    booked = {
        key: booking.booked_on
        for key, booking in assign_bookings(
            [one.check for one in chart.outcome.settled], chart.dossier.facts.bookings
        ).items()
    }
    told = []
    for visit in chart.outcome.visits:
        keys = [key for key in visit.keys if key in open_keys]
        if keys and visit.visit_on >= chart.today:
            days = [booked[key] for key in keys if key in booked and booked[key] >= chart.today]
            told.append(VisitTold(visit.visit_on, visit.due_on, keys, min(days, default=None)))
    return told


def _lines(
    desk: Desk, clinic: Clinic, dossier: Dossier, followed: tuple[Protocol, Outcome], seen_within: int
) -> list[Line]:
    today = desk.today[clinic.id]
    found = look_at(desk, clinic, dossier, today, followed=followed)
    return in_order(lines_of(desk, found, today, seen_within=seen_within))


def tell(desk: Desk, chart: Chart, wanted: str) -> CheckTold:
    """How one check came about and what became of it; `wanted` is its key as `blood-count/12`."""
    settled = get_settled(chart.outcome, wanted)
    check, dossier = settled.check, chart.dossier
    visit = chart.visit_of.get(check.key)
    after = [
        one for one in chart.outcome.settled if one.check.family == check.family and one.check.due_on > check.due_on
    ]
    overtaken = next((one.settled_on for one in after if one.samples), None)
    waived = next((entered for waiver, entered in dossier.waivers if waiver == settled.waiver), None)
    gone = dossier.departure
    return CheckTold(
        title=chart.protocol.get_rule(check.rule).title,
        explanation=explain(
            chart.protocol,
            check,
            courses=chart.outcome.plan.courses,
            visit_on=visit.visit_on if visit else None,
            away=dossier.facts.away,
            weekdays=dossier.preference.weekdays,
            is_working_day=desk.rulebook.working_days_of(desk.connection, dossier.clinic_id),
            lost=_lost(desk, chart.clinic, check.due_on),
        ),
        settled=settled,
        today=chart.today,
        zone=chart.clinic.time_zone,
        samples=_samples(desk, chart, settled),
        waived=_entry(chart, waived) if waived else None,
        overtaken_on=overtaken if settled.settlement is Settlement.SUPERSEDED else None,
        followed_here_from=dossier.assignment.followed_here_from,
        discharged_on=gone.discharged_on if gone else None,
        discharged=_entry(chart, gone.entered) if gone else None,
    )


def _lost(desk: Desk, clinic: Clinic, day: date) -> Lost | None:
    """The holiday or closure on which the clinic would otherwise work."""
    closures = [(one.closed, one.name) for one in clinic_days.list_closures(desk.connection, clinic.id)]
    lost = list_lost(
        clinic.country, clinic.subdivision, clinic.working_weekdays, closures, from_on=day, until_on=day, language="en"
    )
    return lost[0] if lost else None


def _entry(chart: Chart, entered: Entered) -> EntryTold:
    login = chart.names.get(entered.entered_by, "?")
    return EntryTold(login, entered.entered_at, entered.decided_by, entered.reason)


def _samples(desk: Desk, chart: Chart, settled: Settled) -> list[SampleTold]:
    dossier = chart.dossier
    rows = {row["id"]: row for row in list_trail(desk.connection, tables.sample, dossier.treatment_id)}
    entries = {sample.id: entered for sample, entered in dossier.samples}
    told = []
    for sample in settled.samples:
        entered, seen = entries[sample.id], dossier.seen.get(sample.id)
        told.append(
            SampleTold(
                taken_on=sample.taken_on,
                performed_by=rows[sample.id]["performed_by"],
                entry=_entry(chart, entered),
                seen_by=seen.seen_by if seen else None,
                seen_at=seen.entered.entered_at if seen else None,
            )
        )
    return told


def get_settled(outcome: Outcome, wanted: str) -> Settled:
    """The check of that key; refuses one that the plan lacks, with the nearest that it has."""
    known = {str(one.check.key): one for one in outcome.settled}
    if found := known.get(wanted):
        return found
    rules = sorted({one.check.rule for one in outcome.settled})
    rule = wanted.partition("/")[0]
    if rule in rules:
        numbers = [one.check.number for one in outcome.settled if one.check.rule == rule]
        raise NotFound(f"The plan has no check '{wanted}'.", f"It has {rule}/{min(numbers)} to {rule}/{max(numbers)}.")
    guess = did_you_mean(rule, rules) or f"Its rules: {', '.join(rules)}."
    raise NotFound(f"The plan has no check '{wanted}'.", f"Write it as blood-count/12. {guess}")
