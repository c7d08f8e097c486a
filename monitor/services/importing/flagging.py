"""Flagging: what departs from how the drug is given, for a person to look at; nothing is refused for it."""

from collections.abc import Sequence

from db.dossiers import Assignment
from monitor.services.importing.findings import Findings, Said
from monitor.services.importing.grounds import Grounds
from monitor.services.importing.verdicts import ChangedPatient, NewPatient
from schedules.advising import flags
from schedules.intervals import Interval, Unit, after
from schedules.model import Infusion
from schedules.planning import group_courses


def flag(grounds: Grounds, findings: Findings, said: Said, act: NewPatient | ChangedPatient) -> None:
    """Departures that this file brings: between courses, in the days of a course, in what is planned."""
    if isinstance(act, NewPatient):
        _flag_courses(grounds, findings, said, act.assignment, ())
        _flag_far_ahead(grounds, findings, said, act.infusions)
        return
    new = (*act.added, *(infusion for infusion, _ in act.confirmed))
    if new:
        _flag_courses(grounds, findings, said, act.dossier.assignment, act.dossier.given_and_planned)
        _flag_far_ahead(grounds, findings, said, new)
    if new and act.dossier.departure:
        row = said.days[new[0].infused_on][1]
        message = f"Monitoring of '{said.reference}' ended here on {act.dossier.departure.discharged_on}."
        findings.warn(row, "reference", message, "The infusion is kept, but it does not re-admit the patient.")


def _flag_courses(
    grounds: Grounds, findings: Findings, said: Said, assignment: Assignment, before: Sequence[Infusion]
) -> None:
    """What the courses with this file's days depart in; what they departed in before is known already."""
    # Without the day of taking over, so that all patients of a protocol share one entry of the rulebook.
    protocol = grounds.get_protocol(Assignment(assignment.fingerprint, assignment.overlays, None), said.clinic_id)
    gap_days, today = protocol.courses.gap_days, grounds.desk.today[said.clinic_id]
    now = {one.infused_on: one for one in before} | {day: infusion for day, (infusion, _) in said.days.items()}
    courses = group_courses(now.values(), gap_days)
    known = flags(protocol, group_courses(before, gap_days), today=today)
    for one in flags(protocol, courses, today=today):
        if one not in known:
            days = (infusion.infused_on for infusion in courses[one.course - 1].infusions)
            row = next((said.days[day][1] for day in days if day in said.days), said.rows[0])
            findings.warn(row, findings.day_column, f"'{said.reference}': {one.sentence('en')}")


def _flag_far_ahead(grounds: Grounds, findings: Findings, said: Said, new: Sequence[Infusion]) -> None:
    today = grounds.desk.today[said.clinic_id]
    horizon = after(today, Interval(grounds.horizon_years, Unit.YEAR))
    far = {said.days[one.infused_on][1]: one for one in reversed(new) if one.planned and one.infused_on > horizon}
    for row, first in far.items():
        message = f"{first.infused_on} is planned more than {grounds.horizon_years} years ahead."
        findings.warn(row, findings.day_column, message, "Look at the year.")
