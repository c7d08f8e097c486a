"""The walk: every treatment of a clinic is looked at, and one that cannot be computed is named and hides nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from db import digests, patients
from db.digests import Reach
from db.dossiers import Dossier, list_dossiers
from db.people import Clinic
from monitor.services.changing import follow_dossier
from monitor.services.desk import Desk
from monitor.services.looking import Failure, awaits_an_answer, end_of
from schedules.following import Outcome
from schedules.model import Report, Settlement
from schedules.planning import group_courses, group_episodes
from schedules.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Walked:
    """One treatment as far as the digest needs it; `ends_on` is the end of follow-up, `reports` are unanswered."""

    dossier: Dossier
    protocol: Protocol
    ends_on: date | None
    is_treated: bool
    reach: Mapping[str, Reach]
    reports: tuple[Report, ...] = ()

    @property
    def open_checks(self) -> int:
        return sum(one.open_checks for one in self.reach.values())

    def is_followed(self, day: date) -> bool:
        """Neither discharged nor at the end of follow-up with nothing left open."""
        ended = self.ends_on is not None and self.ends_on < day
        return self.dossier.departure is None and not (ended and not self.open_checks)


def walk(desk: Desk, clinic: Clinic, day: date) -> tuple[list[Walked], list[Failure]]:
    """Every treatment of the clinic, none left out: one that cannot be computed is a failure of its own."""
    is_past = day < desk.today[clinic.id]
    known_at = end_of(day, clinic.time_zone) if is_past else None
    reach = {} if is_past else digests.list_reach(desk.connection, clinic_ids=[clinic.id])
    ids = [one.id for one in patients.list_treatments(desk.connection, clinic_ids=[clinic.id])]
    walked, failures = [], []
    for dossier in list_dossiers(desk.connection, ids, known_at=known_at):
        try:
            protocol = desk.rulebook.get(desk.connection, dossier.assignment, clinic.id)
            # To plan anew costs more than all the rest: only where the stored checks do not tell.
            outcome = follow_dossier(desk, dossier)[1] if is_past or awaits_an_answer(dossier) else None
            own = _reach_of(outcome) if is_past and outcome else reach.get(dossier.treatment_id, {})
            reports = tuple(outcome.reported.values()) if outcome else ()
            courses = group_courses(dossier.given_and_planned, protocol.courses.gap_days)
            ends = [one.ends_on for one in group_episodes(courses, protocol.follow_up.lasts) if one.ends_on]
            walked.append(Walked(dossier, protocol, ends[-1] if ends else None, bool(courses), own, reports))
        except Exception as fault:  # noqa: BLE001 - one patient's failure is shown and hides nobody else
            failures.append(Failure(dossier.reference, dossier.treatment_id, dossier.clinic_id, type(fault).__name__))
    return walked, failures


def _reach_of(outcome: Outcome) -> dict[str, Reach]:
    found: dict[str, Reach] = {}
    for one in outcome.settled:  # in order of the due day
        if one.settlement is not Settlement.DISCHARGED:
            before = found.get(one.check.family, Reach(0, None, None))
            is_open = one.settlement is Settlement.OPEN
            last_open_on = one.check.due_on if is_open else before.last_open_on
            found[one.check.family] = Reach(before.open_checks + is_open, one.check.due_on, last_open_on)
    return found
