"""Telling that something was done: a patient's word, which waits for the clinic and closes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db import checks as stored
from db import tables
from db.dossiers import Dossier, Entered, get_dossier, list_dossiers
from db.facts import add_fact, void_fact
from monitor.render.site.names import Trouble
from monitor.services.changing import Change, change, follow_dossier
from monitor.services.desk import Desk
from monitor.services.telling import NotTold, clean_line, lock_treatments
from schedules.errors import NotFound
from schedules.following import Outcome
from schedules.model import Check, Key, Report, Settlement
from schedules.settling import by_family, find_check_for, in_settling_order

LONGEST_PLACE = 100

Occasion = tuple[datetime, int, date, str | None]
"""What the reports of one form have in common."""


@dataclass(frozen=True, slots=True)
class _Visit:
    """A visit of the patient and the checks of it that are still open."""

    treatment_id: int
    open_keys: frozenset[Key]


def tell_done(desk: Desk, patient_id: int, visit_id: str, *, done_on: date, place: str | None = None) -> Change:
    """The patient says that a visit's checks were done on a day. They stay open until a sample is recorded.

    As a sample of that day would, the word speaks of the checks that were open on it. Refuses a day to come, one
    before every window, a visit with nothing open, and what was said already.
    """
    desk.require_writer("report")
    visit = _find_visit(desk, patient_id, visit_id)
    dossier = get_dossier(desk.connection, visit.treatment_id)
    today = desk.today[dossier.clinic_id]
    if done_on > today:
        raise NotTold(Trouble.DAY_TO_COME, f"{done_on} is still to come (today is {today}).", "Choose an earlier day.")
    where = clean_place(place)
    _, outcome = follow_dossier(desk, dossier)
    families = _families_told(outcome, visit, done_on)

    def enter() -> None:
        for family in families:
            add_fact(
                desk.connection, tables.report, dossier.treatment_id, stamp=desk.stamp(), family=family,
                done_on=done_on, place=where,
            )  # fmt: skip

    return change(desk, dossier.treatment_id, "report", enter, subject=f"{', '.join(families)} of {done_on}"[:200])


def clean_place(place: str | None) -> str | None:
    """Where it was done; None where nothing was said. Refuses a story."""
    cleaned = clean_line(place or "")
    if len(cleaned) > LONGEST_PLACE:
        raise NotTold(Trouble.TOO_LONG, f"The place has more than {LONGEST_PLACE} characters.", "Shorten it.")
    return cleaned or None


def _find_visit(desk: Desk, patient_id: int, visit_id: str) -> _Visit:
    """The visit, after the lock; refuses one that is not this patient's, or where nothing is open."""
    ids = [one.id for one in lock_treatments(desk, patient_id)]
    for treatment_id, rows in stored.list_checks(desk.connection, ids).items():
        keys = [one.key for one in rows if one.visit_id == visit_id and one.settlement is Settlement.OPEN]
        if keys:
            return _Visit(treatment_id, frozenset(keys))
    raise NotTold(Trouble.VISIT_GONE, "This visit has nothing open, or no longer.", "Look at the plan again.")


def _families_told(outcome: Outcome, visit: _Visit, done_on: date) -> Sequence[str]:
    """The families of the visit of which a sample of that day would settle an open check."""
    is_open = {one.check.key for one in outcome.settled if one.settlement is Settlement.OPEN}
    members = by_family(in_settling_order(one.check for one in outcome.settled))
    asked = [one.check for one in outcome.settled if one.check.key in visit.open_keys]
    meant: dict[str, Check] = {}
    for check in asked:
        found = find_check_for(members[check.family], done_on)
        if found and found.key in is_open:
            meant[check.family] = found
    if not meant:
        raise NotTold(
            Trouble.DAY_TOO_EARLY, f"On {done_on} none of these checks was open yet.",
            "Talk to the clinic about what was done then.",
        )  # fmt: skip
    fresh = [family for family, check in meant.items() if check.key not in outcome.reported]
    if not fresh:
        raise NotTold(Trouble.ALREADY_REPORTED, "This was said already.", "Take it back to say it differently.")
    return fresh


def take_back_done(desk: Desk, patient_id: int, report_id: int) -> Change:
    """The patient takes back what was said in one go; a later reader still finds it in the history."""
    desk.require_writer("report taken back")
    ids = [one.id for one in lock_treatments(desk, patient_id)]
    for dossier in list_dossiers(desk.connection, ids):
        together = _said_together(dossier, report_id)
        if together:
            return _take_back(desk, dossier, together)
    raise NotFound("There is no such report any more.", "Look at the list again.")


def _said_together(dossier: Dossier, report_id: int) -> list[tuple[Report, Entered]]:
    """The report of that id with those that were entered with it: one form speaks of several families."""
    named = next((occasion_of(report, entered) for report, entered in dossier.reports if report.id == report_id), None)
    if named is None:
        return []
    return [(report, entered) for report, entered in dossier.reports if occasion_of(report, entered) == named]


def occasion_of(report: Report, entered: Entered) -> Occasion:
    return entered.entered_at, entered.entered_by, report.done_on, report.place


def _take_back(desk: Desk, dossier: Dossier, together: Sequence[tuple[Report, Entered]]) -> Change:
    def enter() -> None:
        for report, _ in together:
            void_fact(desk.connection, tables.report, report.id, stamp=desk.stamp())

    subject = f"{', '.join(report.family for report, _ in together)} of {together[0][0].done_on}"[:200]
    return change(desk, dossier.treatment_id, "report taken back", enter, subject=subject)
