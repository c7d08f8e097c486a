"""Charts: what a patient's page needs beside the chart itself - visits, preferences, addresses, other treatments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from db import people, tables
from db.caring import Preference, find_named, find_preference
from db.facts import add_fact
from db.history import add_deed
from monitor.services.addresses import Listed, list_of_patient
from monitor.services.desk import Desk
from monitor.services.enrolling import get_own_treatment
from monitor.services.patients import Chart
from monitor.services.telling_away import Period, list_away
from schedules.model import Key, Settled, Settlement
from schedules.protocol import Place
from schedules.settling import assign_bookings


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One trip: its days, its place, its checks with how each stands, and the day that was agreed."""

    visit_on: date
    due_on: date
    opens_on: date
    closes_on: date
    place: Place
    checks: Sequence[Settled]
    booked_on: date | None
    booked_at: time | None

    @property
    def is_open(self) -> bool:
        return any(one.settlement is Settlement.OPEN for one in self.checks)


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the chart."""

    visits: Sequence[VisitRow]
    booked: frozenset[Key]
    preference: Preference
    nurse: str | None
    nurses: Sequence[str]
    away: Sequence[Period]
    addresses: Sequence[Listed]


def list_beside(desk: Desk, chart: Chart) -> Beside:
    """Everything that the page shows apart from plan and history."""
    dossier, connection = chart.dossier, desk.connection
    settled = {one.check.key: one for one in chart.outcome.settled}
    held = assign_bookings([one.check for one in chart.outcome.settled], dossier.facts.bookings)
    named = find_named(connection, dossier.patient_id)
    nurse = people.find_person_by_id(connection, named[1]) if named else None
    staff = [one for one in people.list_people(connection) if dossier.clinic_id in one.clinic_ids]
    visits = []
    for visit in chart.outcome.visits:
        booked = [held[key] for key in visit.keys if key in held]
        agreed = max(booked, key=lambda one: one.id, default=None)
        visits.append(
            VisitRow(
                visit.visit_on, visit.due_on, visit.opens_on, visit.closes_on, visit.place,
                [settled[key] for key in visit.keys], agreed.booked_on if agreed else None,
                agreed.booked_at if agreed else None,
            )
        )  # fmt: skip
    return Beside(
        visits=visits,
        booked=frozenset(key for key, one in held.items() if one.booked_on >= chart.today),
        preference=find_preference(connection, dossier.patient_id),
        nurse=nurse.login if nurse else None,
        nurses=[one.login for one in staff if not one.is_disabled and one.role != "viewer"],
        away=list_away(connection, dossier.patient_id, today=chart.today),
        addresses=list_of_patient(connection, dossier.patient_id),
    )


def set_preference(
    desk: Desk, treatment_id: int, *, sampling_place: str, weekdays: Sequence[int], practitioner: str
) -> int:
    """Where blood is taken, which weekdays suit, who the general practitioner is. Returns the history's line."""
    desk.require_writer()
    treatment = get_own_treatment(desk, treatment_id)
    before = find_preference(desk.connection, treatment.patient_id)
    add_fact(
        desk.connection, tables.preference, treatment.patient_id, stamp=desk.stamp(), replaces_id=before.row_id,
        sampling_place=sampling_place or None, weekdays=sorted(set(weekdays)), practitioner=practitioner or None,
    )  # fmt: skip
    return add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act="preference", subject=treatment.reference,
        clinic_id=treatment.clinic_id,
    )  # fmt: skip
