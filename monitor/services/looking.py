"""Looking: what a treatment asks for on a day, from the stored checks or computed again as it was known then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from db import patients, worklists
from db.dossiers import Dossier, list_dossiers
from db.outlines import Outline, list_outlines, outline_of
from db.people import Clinic
from db.worklists import BookableRow, PressingRow
from monitor.services.changing import follow_dossier
from monitor.services.desk import Desk
from monitor.services.memory import recall_each
from schedules.following import Outcome
from schedules.model import Booking, Check, Origin, Settlement
from schedules.protocol import Protocol, Recurring
from schedules.settling import TAKEOVER, assign_bookings, assign_reports, is_outside
from schedules.status import State, state_of
from schedules.worklists import Booked, Pressing, Reported


@dataclass(frozen=True, slots=True)
class Followed:
    """One treatment on one day: open checks whose window has opened, and what a worklist says beside them.

    `next_visits`, `booked` and `reported` are by family.
    """

    outline: Outline
    protocol: Protocol
    today: date
    zone: str
    pressing: Sequence[Pressing]
    next_visits: Mapping[str, date]
    booked: Mapping[str, Booked]
    reported: Mapping[str, Reported]

    @property
    def recorded_on(self) -> date:
        """The day on which the treatment came into this record."""
        return self.outline.recorded_at.date()


@dataclass(frozen=True, slots=True)
class Failure:
    """A treatment that could not be computed, and the kind of fault (never its text, which may hold a name)."""

    reference: str
    treatment_id: int
    clinic_id: str
    fault: str


def look(
    desk: Desk,
    clinics: Sequence[Clinic],
    day: date,
    *,
    unseen_by: date,
    known_on: date | None = None,
    is_near: bool = False,
) -> Iterator[Followed | Failure]:
    """The treatments of some clinics that need a look on `day`; `unseen_by` is the last day whose results press.

    With what was known by the end of a past `known_on` (that same day, if left out), computed again from the
    facts; otherwise from the record as it is, all clinics at once. `is_near` leaves out visits of later checks, which
    takes the longest to find.
    """
    known_on = known_on or day
    past = [one for one in clinics if known_on < desk.today[one.id]]
    for clinic in past:
        yield from compute_again(desk, clinic, day, known_at=end_of(known_on, clinic.time_zone))
    if present := [one for one in clinics if one not in past]:
        yield from _read_stored(desk, present, day, unseen_by=unseen_by, is_near=is_near)


def _read_stored(
    desk: Desk, clinics: Sequence[Clinic], day: date, *, unseen_by: date, is_near: bool
) -> Iterator[Followed | Failure]:
    """From the stored checks; outlines are read only of treatments that a sieve let through.

    What presses is read each time; what stands beside it is remembered of treatments on which nobody has acted since.
    """
    connection, ids = desk.connection, [one.id for one in clinics]
    zones = {one.id: one.time_zone for one in clinics}
    pressing = worklists.list_pressing(connection, day, clinic_ids=ids)
    unseen = worklists.list_unseen(connection, unseen_by, clinic_ids=ids)
    wanted = sorted(pressing.keys() | worklists.list_unconfirmed(connection, day, clinic_ids=ids) | unseen)
    stamps = {
        one: (version, zones[version.clinic_id], day, one in unseen, pressing.get(one))
        for one, version in (patients.list_versions(connection, wanted) if desk.memory else {}).items()
    }
    failures: list[Failure] = []

    def make(new: Sequence[int]) -> dict[int, Followed]:
        outlines = list(list_outlines(connection, new, day, unseen=unseen))
        next_visits = {} if is_near else worklists.list_next_visits(connection, new, from_on=day)
        bookable = _read_bookable(desk, outlines)
        made = {}
        for outline in outlines:
            own = outline.treatment_id
            try:
                rows, told = pressing.get(own, ()), bookable.get(own, ())
                protocol = desk.rulebook.get(connection, outline.assignment, outline.clinic_id)
                checks = _checks_of(protocol, told) if told else []
                made[own] = Followed(
                    outline=outline,
                    protocol=protocol,
                    today=day,
                    zone=zones[outline.clinic_id],
                    pressing=[row.check for row in rows],
                    next_visits=_near_visits(rows, day) if is_near else next_visits[own],
                    booked=_booked(checks, _candidates(outline), day),
                    reported=_reported(checks, outline),
                )
            except Exception as fault:  # noqa: BLE001 - one patient's failure is shown and hides nobody else
                failures.append(Failure(outline.reference, own, outline.clinic_id, type(fault).__name__))
        return made

    kind = "followed, near" if is_near else "followed"
    yield from recall_each(desk.memory, kind, wanted, stamps, make).values()
    yield from failures


def _near_visits(rows: Sequence[PressingRow], day: date) -> dict[str, date]:
    """The visits of what presses, as far as their day is still to come."""
    found: dict[str, date] = {}
    for check, visit_on in rows:
        if visit_on >= day:
            found[check.family] = min(visit_on, found.get(check.family, visit_on))
    return found


def _read_bookable(desk: Desk, outlines: Sequence[Outline]) -> Mapping[int, Sequence[BookableRow]]:
    """By treatment the checks that a booking or a report may speak of, where there is one that nobody answered.

    A family that presses has a check that is open by now, so that a booking of it never needs a later one.
    """
    ids: list[int] = []
    told: list[tuple[str, date]] = []
    for one in outlines:
        own = [(booking.family, booking.booked_on) for booking in _candidates(one)]
        if _awaits_an_answer(one):
            own += [(report.family, report.done_on) for report in one.reports]
        if own:
            ids.append(one.treatment_id)
            told += own
    if not told:
        return {}
    found: dict[int, list[BookableRow]] = {}
    families, opens_by = sorted({family for family, _ in told}), max(day for _, day in told)
    for row in worklists.list_bookable(desk.connection, ids, families, opens_by=opens_by):
        found.setdefault(row.treatment_id, []).append(row)
    return found


def compute_again(
    desk: Desk, clinic: Clinic, day: date, *, known_at: datetime | None = None
) -> Iterator[Followed | Failure]:
    """From the facts alone, of every treatment of the clinic: as they were known at that instant."""
    ids = [one.id for one in patients.list_treatments(desk.connection, clinic_ids=[clinic.id])]
    recorded = worklists.list_recorded(desk.connection, ids)
    for dossier in list_dossiers(desk.connection, ids, known_at=known_at):
        yield _compute(desk, clinic, dossier, day, Known(recorded[dossier.treatment_id]))


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
    return _compute(desk, clinic, dossier, day, Known(recorded[dossier.treatment_id], followed))


@dataclass(frozen=True, slots=True)
class Known:
    """When a treatment came into this record, and what it amounts to where somebody has just computed that."""

    recorded_at: datetime
    followed: tuple[Protocol, Outcome] | None = None


def _compute(desk: Desk, clinic: Clinic, dossier: Dossier, day: date, known: Known) -> Followed | Failure:
    try:
        protocol, outcome = known.followed or follow_dossier(desk, dossier)
        outline = outline_of(dossier, day, known.recorded_at)
        own = [(one.check, one.settlement is Settlement.OPEN) for one in outcome.settled]
        return Followed(
            outline=outline,
            protocol=protocol,
            today=day,
            zone=clinic.time_zone,
            pressing=_pressing(outcome, day),
            next_visits=_next_visits(outcome, day),
            booked=_booked(own, _candidates(outline), day),
            reported=_reported(own, outline),
        )
    except Exception as fault:  # noqa: BLE001 - as above
        return Failure(dossier.reference, dossier.treatment_id, clinic.id, type(fault).__name__)


def _checks_of(protocol: Protocol, rows: Sequence[BookableRow]) -> list[tuple[Check, bool]]:
    """The stored checks of one treatment as its plan has them, in the plan's order, and whether each is open.

    What the stored row does not keep, nobody here asks for: only that the grid's checks are told from the others.
    """
    places = {rule.id: place for place, rule in enumerate(protocol.rules)}
    grid = {rule.id for rule in protocol.rules if isinstance(rule.schedule, Recurring)}
    ordered = sorted(
        ((row.check, row.is_open) for row in rows),
        # Of one day: rules as the protocol has them, then what was ordered, then what taking over added.
        key=lambda one: (
            one[0].due_on,
            one[0].rule.endswith(TAKEOVER),
            places.get(one[0].rule, len(places)),
            one[0].number,
        ),
    )
    return [
        (Check(*one[:6], Origin.GRID if one.rule in grid else Origin.LISTED, one.due_on, 0, one.confirm), is_open)
        for one, is_open in ordered
    ]


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


def _candidates(outline: Outline) -> list[Booking]:
    """Bookings later than their family's last sample; any other has been answered by that sample."""
    return [one for one in outline.bookings if one.booked_on > outline.latest.get(one.family, date.min)]


def _booked(checks: Sequence[tuple[Check, bool]], candidates: Sequence[Booking], day: date) -> dict[str, Booked]:
    """By family the booking that was entered last, as far as the check that it belongs to is still open."""
    if not candidates:
        return {}
    open_checks = {check.key: check for check, is_open in checks if is_open}
    held = assign_bookings([check for check, _ in checks], candidates)
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


def _awaits_an_answer(outline: Outline) -> bool:
    """The same of an outline."""
    return any(report.done_on > outline.answered.get(report.family, date.min) for report in outline.reports)


def _reported(checks: Sequence[tuple[Check, bool]], outline: Outline) -> dict[str, Reported]:
    """By family what the patient said last of a check that is still open."""
    if not outline.reports:
        return {}
    is_open = {check.key for check, is_open in checks if is_open}
    told = assign_reports([check for check, _ in checks], outline.reports)
    in_order = sorted((report for key, report in told.items() if key in is_open), key=lambda report: report.id)
    return {report.family: Reported(report.done_on, report.place) for report in in_order}


def local_day(at: datetime, zone: str) -> date:
    """The day that a calendar on the clinic's wall showed at that instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def end_of(day: date, zone: str) -> datetime:
    """The last instant of a day at the clinic; the night in which the clocks change is as long as it is."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)) - timedelta(microseconds=1)
