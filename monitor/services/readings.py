"""Readings: who has read about a patient, or what a person has read, for an administrator who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from db import people, read_log
from db.read_log import KeptReading
from monitor.services.desk import Desk
from monitor.services.enrolling import get_patient
from monitor.services.people import get_colleague
from schedules.errors import Unacceptable

MOST = 500
"""Lines at once; who needs more asks for fewer days."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What was found, the latest first, by the clock of `zone`; `is_cut` when there was more."""

    found: Sequence[KeptReading]
    is_cut: bool
    zone: str


def list_readings(
    desk: Desk, *, reference: str = "", login: str = "", from_on: date, until_on: date
) -> Readings:  # fmt: skip
    """From the beginning of one day to the end of another, by the clock of the patient's clinic, or of the first of the
    administrator's. Refuses a patient and a person that are not there, and days in the wrong order."""
    desk.require_admin()
    if until_on < from_on:
        raise Unacceptable("The last day comes before the first.", "Turn them round.", code="days-turned")
    clinics = {one.id: one for one in people.list_clinics(desk.connection) if desk.may_see(one.id)}
    patient = get_patient(desk, reference) if reference else None
    if login:
        get_colleague(desk.connection, login)
    here = clinics[patient.clinic_id] if patient else next(iter(clinics.values()), None)
    zone = here.time_zone if here else "UTC"
    found = read_log.list_readings(
        desk.connection, since=_midnight(from_on, zone), before=_midnight(until_on + timedelta(days=1), zone),
        login=login or None, reference=patient.reference if patient else None, clinic_ids=sorted(clinics),
        most=MOST + 1,
    )  # fmt: skip
    return Readings(found[:MOST], len(found) > MOST, zone)


def _midnight(on: date, zone: str) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(zone))
