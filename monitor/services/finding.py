"""Finding patients: by reference or name, clinic, nurse, followed or discharged, and how each of them stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from db import directory, patients
from db.directory import NOTHING_AHEAD, Ahead, Listed, Standing, Wanted
from monitor.services.desk import Desk
from monitor.services.memory import recall_each
from schedules.errors import NotFound
from schedules.status import State, state_of

PER_PAGE = 50
Outlook = tuple[Sequence[Standing], Ahead]


@dataclass(frozen=True, slots=True)
class Search:
    """What a person asks for; `is_followed` None is both."""

    words: str = ""
    clinic_id: str | None = None
    is_followed: bool | None = True
    nurse_id: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Face:
    """One treatment, how many of its checks are in each state, and the day of the next visit.

    `next_on` is None where there is none, or none that comes in time for what presses: then one has to be arranged.
    """

    listed: Listed
    today: date
    overdue: int
    due: int
    open: int
    next_on: date | None
    is_booked: bool

    @property
    def state(self) -> str:
        """The most urgent one; upcoming where nothing presses."""
        found = ((self.overdue, State.OVERDUE), (self.due, State.DUE), (self.open, State.OPEN))
        return next((state.value for number, state in found if number), State.UPCOMING.value)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of those that fit, and how many fit in all."""

    faces: Sequence[Face]
    total: int
    page: int
    pages: int


def find_patients(desk: Desk, search: Search) -> Found:
    """One row a treatment, so that nothing of an earlier one is hidden. Refuses (NotFound) another's clinic."""
    if search.clinic_id is not None and not desk.may_see(search.clinic_id):
        raise NotFound(f"There is no clinic '{search.clinic_id}' among yours.", code="clinic-unknown")
    clinic_ids = [search.clinic_id] if search.clinic_id else sorted(desk.actor.clinic_ids)
    wanted = Wanted(clinic_ids, search.words, search.is_followed, search.nurse_id)
    total = directory.count_listed(desk.connection, wanted)
    pages = max(-(-total // PER_PAGE), 1)
    page = min(max(search.page, 1), pages)
    rows = directory.list_page(desk.connection, wanted, first=(page - 1) * PER_PAGE, most=PER_PAGE)
    return Found(_faces(desk, rows), total, page, pages)


def _faces(desk: Desk, rows: Sequence[Listed]) -> list[Face]:
    """How each stands is remembered of treatments on which nobody has acted since."""
    days = {row.treatment_id: desk.today[row.clinic_id] for row in rows}
    versions = patients.list_versions(desk.connection, list(days)) if desk.memory else {}
    stamps = {one: (version, days[one]) for one, version in versions.items()}
    outlooks = recall_each(desk.memory, "outlook", list(days), stamps, lambda ids: _look_ahead(desk, ids, days))
    return [_face(row, days[row.treatment_id], *outlooks[row.treatment_id]) for row in rows]


def _look_ahead(desk: Desk, ids: Sequence[int], days: Mapping[int, date]) -> Mapping[int, Outlook]:
    standings = directory.list_standings(desk.connection, ids, until=max(days.values()))
    ahead: dict[int, Ahead] = {}
    for today in set(days.values()):  # one day, or two while it is midnight between the clinics
        ahead |= directory.list_ahead(desk.connection, [one for one in ids if days[one] == today], from_on=today)
    return {one: (standings[one], ahead.get(one, NOTHING_AHEAD)) for one in ids}


def _face(row: Listed, today: date, standings: Sequence[Standing], ahead: Ahead) -> Face:
    states = [state_of(one, today) for one in standings]
    # A visit that would come too late for what presses is not shown: it would seem to be enough.
    until = min((one.closes_on for one in standings), default=date.max)
    suggested_on = ahead.suggested_on if ahead.suggested_on and ahead.suggested_on <= until else None
    days = [(day, is_booked) for day, is_booked in ((ahead.booked_on, True), (suggested_on, False)) if day]
    next_on, is_booked = min(days, default=(None, False))
    return Face(
        row, today, states.count(State.OVERDUE), states.count(State.DUE), states.count(State.OPEN), next_on, is_booked
    )
