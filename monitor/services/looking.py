"""Looking: what a treatment asks for on a day, from the stored checks or computed again as it was known then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from db import checks as stored
from db import patients, worklists
from db.checks import StoredCheck
from db.dossiers import Dossier, list_dossiers
from db.people import Clinic
from monitor.services.changing import follow_dossier
from monitor.services.desk import Desk
from schedules.following import Outcome
from schedules.model import Booking, Settlement
from schedules.protocol import Protocol
from schedules.settling import assign_bookings, is_outside
from schedules.status import State, state_of
from schedules.worklists import Booked, Pressing, Reported


@dataclass(frozen=True, slots=True)
class Followed:
    """One treatment on one day: open checks whose window has opened, and what a worklist says beside them.

    `recorded_on` is the day on which the treatment came into this record; `next_visits`, `booked` and `reported` are
    by family.
    """

    dossier: Dossier
    protocol: Protocol
    today: date
    zone: str
    recorded_on: date
    pressing: Sequence[Pressing]
    next_visits: Mapping[str, date]
    booked: Mapping[str, Booked]
    reported: Mapping[str, Reported]


@dataclass(frozen=True, slots=True)
class Failure:
    """A treatment that could not be computed, and the kind of fault (never its text, which may hold a name)."""

    reference: str
    treatment_id: int
    fault: str


def look(
    desk: Desk, clinic: Clinic, day: date, *, unseen_by: date, known_on: date | None = None
) -> Iterator[Followed | Failure]:
    """The treatments of a clinic that need a look on `day`; `unseen_by` is the last day whose results press.

    With what was known by the end of a past `known_on` (that same day, if left out), computed again from the
    facts; otherwise from the record as it is.
    """
    known_on = known_on or day
    if known_on < desk.today[clinic.id]:
        yield from compute_again(desk, clinic, day, known_at=end_of(known_on, clinic.time_zone))
    else:
        yield from read_stored(desk, clinic, day, unseen_by=unseen_by)


def read_stored(desk: Desk, clinic: Clinic, day: date, *, unseen_by: date) -> Iterator[Followed | Failure]:
    """From the stored checks; dossiers are read only of treatments that a sieve let through."""
    connection, ids = desk.connection, [clinic.id]
    pressing: dict[int, list[Pressing]] = {}
    for row in stored.list_pressing(connection, day, clinic_ids=ids):
        pressing.setdefault(row.treatment_id, []).append(_from_row(row))
    wanted = sorted(
        pressing.keys()
        | worklists.list_unconfirmed(connection, day, clinic_ids=ids)
        | worklists.list_unseen(connection, unseen_by, clinic_ids=ids)
    )
    recorded = worklists.list_recorded(connection, wanted)
    next_visits = worklists.list_next_visits(connection, wanted, from_on=day)
    for dossier in list_dossiers(connection, wanted):
        try:
            own = pressing.get(dossier.treatment_id, [])
            candidates = _candidates(dossier)
            outcome = follow_dossier(desk, dossier)[1] if candidates or awaits_an_answer(dossier) else None
            yield Followed(
                dossier=dossier,
                protocol=desk.rulebook.get(connection, dossier.assignment, clinic.id),
                today=day,
                zone=clinic.time_zone,
                recorded_on=recorded[dossier.treatment_id].date(),
                pressing=own,
                next_visits=next_visits[dossier.treatment_id],
                booked=_booked(outcome, candidates, day) if outcome else {},
                reported=_reported(outcome) if outcome else {},
            )
        except Exception as fault:  # noqa: BLE001 - one patient's failure is shown and hides nobody else
            yield Failure(dossier.reference, dossier.treatment_id, type(fault).__name__)


def compute_again(
    desk: Desk, clinic: Clinic, day: date, *, known_at: datetime | None = None
) -> Iterator[Followed | Failure]:
    """From the facts alone, of every treatment of the clinic: as they were known at that instant."""
    ids = [one.id for one in patients.list_treatments(desk.connection, clinic_ids=[clinic.id])]
    recorded = worklists.list_recorded(desk.connection, ids)
    for dossier in list_dossiers(desk.connection, ids, known_at=known_at):
        yield _compute(desk, clinic, dossier, day, Known(recorded[dossier.treatment_id].date()))


def look_at(
    desk: Desk,
    clinic: Clinic,
    dossier: Dossier,
    day: date,
    *,
    followed: tuple[Protocol, Outcome] | None = None,
) -> Followed | Failure:
    """One treatment, computed from its facts; `followed` where that was done a moment ago."""
    recorded = worklists.list_recorded(desk.connection, [dossier.treatment_id])
    return _compute(desk, clinic, dossier, day, Known(recorded[dossier.treatment_id].date(), followed))


@dataclass(frozen=True, slots=True)
class Known:
    """When a treatment came into this record, and what it amounts to where somebody has just computed that."""

    recorded_on: date
    followed: tuple[Protocol, Outcome] | None = None


def _compute(desk: Desk, clinic: Clinic, dossier: Dossier, day: date, known: Known) -> Followed | Failure:
    try:
        protocol, outcome = known.followed or follow_dossier(desk, dossier)
        return Followed(
            dossier=dossier,
            protocol=protocol,
            today=day,
            zone=clinic.time_zone,
            recorded_on=known.recorded_on,
            pressing=_pressing(outcome, day),
            next_visits=_next_visits(outcome, day),
            booked=_booked(outcome, _candidates(dossier), day),
            reported=_reported(outcome),
        )
    except Exception as fault:  # noqa: BLE001 - as above
        return Failure(dossier.reference, dossier.treatment_id, type(fault).__name__)


def _from_row(row: StoredCheck) -> Pressing:
    return Pressing(row.rule, row.number, row.family, row.opens_on, row.due_on, row.closes_on, row.confirm)


def _pressing(outcome: Outcome, day: date) -> list[Pressing]:
    return [
        Pressing(*one.check[:6], one.check.confirm)
        for one in outcome.settled
        if one.settlement is Settlement.OPEN and state_of(one.check, day) is not State.UPCOMING
    ]


def _next_visits(outcome: Outcome, day: date) -> dict[str, date]:
    families = {one.check.key: one.check.family for one in outcome.settled if one.settlement is Settlement.OPEN}
    found: dict[str, date] = {}
    for visit in outcome.visits:
        for key in visit.keys:
            if visit.visit_on >= day and key in families:
                family = families[key]
                found[family] = min(found.get(family, visit.visit_on), visit.visit_on)
    return found


def _candidates(dossier: Dossier) -> list[Booking]:
    """Bookings later than their family's last sample; any other has been answered by that sample."""
    last: dict[str, date] = {}
    for sample, _ in dossier.samples:
        last[sample.family] = max(sample.taken_on, last.get(sample.family, sample.taken_on))
    return [one for one, _ in dossier.bookings if one.booked_on > last.get(one.family, date.min)]


def _booked(outcome: Outcome, candidates: Sequence[Booking], day: date) -> dict[str, Booked]:
    """By family the booking that was entered last, as far as the check that it belongs to is still open."""
    open_checks = {one.check.key: one.check for one in outcome.settled if one.settlement is Settlement.OPEN}
    held = assign_bookings([one.check for one in outcome.settled], candidates)
    found: dict[str, Booked] = {}
    for key, booking in sorted(held.items(), key=lambda pair: pair[1].id):
        if check := open_checks.get(key):
            passed = booking.booked_on < day
            found[booking.family] = Booked(booking.booked_on, booking.booked_at, is_outside(booking, check), passed)
    return found


def awaits_an_answer(dossier: Dossier) -> bool:
    """Whether a report may still speak of an open check: a sample of its day or a later one has answered any other.

    A sample that a person assigned to another check answers nothing here.
    """
    last: dict[str, date] = {}
    for sample, _ in dossier.samples:
        if sample.said_to_be is None:
            last[sample.family] = max(sample.taken_on, last.get(sample.family, sample.taken_on))
    return any(report.done_on > last.get(report.family, date.min) for report, _ in dossier.reports)


def _reported(outcome: Outcome) -> dict[str, Reported]:
    """By family what the patient said last of a check that is still open."""
    in_order = sorted(outcome.reported.values(), key=lambda report: report.id)
    return {report.family: Reported(report.done_on, report.place) for report in in_order}


def local_day(at: datetime, zone: str) -> date:
    """The day that a calendar on the clinic's wall showed at that instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def end_of(day: date, zone: str) -> datetime:
    """The last instant of a day at the clinic; the night in which the clocks change is as long as it is."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)) - timedelta(microseconds=1)
