"""Storing: the pure decision which rows of checks, visits and periods to add and to change; none is ever deleted."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from db.calendars import LONG_GONE
from db.checks import StoredCheck, StoredPeriod, StoredVisit, Writes
from schedules.following import Outcome, Period, name_visits
from schedules.model import Key, Settled, Settlement
from schedules.protocol import Protocol
from schedules.replanning import Standing
from schedules.stands import stand_of
from schedules.visits import Known, Visit
from schedules.working_days import IsWorkingDay

SECOND = timedelta(seconds=1)


Mark = tuple[Key, Settlement, date | None]
"""A check and how it was settled, when."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the record has of one treatment before an act: withdrawn rows, too."""

    treatment_id: int
    clinic_id: str
    checks: Sequence[StoredCheck] = ()
    visits: Sequence[StoredVisit] = ()
    periods: Sequence[StoredPeriod] = ()

    @property
    def standings(self) -> dict[Key, Standing]:
        return {
            row.key: Standing(row.opens_on, row.due_on, row.closes_on, row.settlement, row.settled_on)
            for row in self.checks
        }


@dataclass(frozen=True, slots=True)
class Moment:
    """When an act happens: the instant, the clinic's day, its working days, and its time zone."""

    at: datetime
    today: date
    is_working_day: IsWorkingDay
    zone: ZoneInfo


def standings_of(settled: Iterable[Settled]) -> dict[Key, Standing]:
    """An outcome in the form in which the record keeps it."""
    return {
        one.check.key: Standing(
            one.check.opens_on, one.check.due_on, one.check.closes_on, one.settlement, one.settled_on
        )
        for one in settled
    }


def decide_writes(record: Record, protocol: Protocol, outcome: Outcome, moment: Moment) -> Writes:
    """The rows that make the record hold the outcome; the same outcome twice gives none."""
    ids = name_visits(protocol, outcome.visits, _known(record), _new_id)
    visit_of = {key: visit_id for visit, visit_id in zip(outcome.visits, ids, strict=True) for key in visit.keys}
    periods = _decide_periods(record, outcome, moment.at)
    if not record.visits:
        # Nothing to compare with, and an import of thousands would feel it.
        visits = [_new_visit(record, outcome, *pair, moment.at) for pair in zip(outcome.visits, ids, strict=True)]
        checks = [_row(record, one, visit_of[Key(*one.check[:2])]) for one in outcome.settled]
        return Writes(visits, (), checks, (), *periods)
    visits_decided = _decide_visits(record, outcome, visit_of, ids, moment)
    return Writes(*visits_decided, *_decide_checks(record, outcome, visit_of), *periods)


def _new_id() -> str:
    """Random, so that a calendar's UID says nothing about the patient or the day."""
    return secrets.token_hex(16)


# --- Checks -----------------------------------------------------------------------------------------


def _decide_checks(
    record: Record, outcome: Outcome, visit_of: Mapping[Key, str]
) -> tuple[list[StoredCheck], list[StoredCheck]]:
    old = {row.key: row for row in record.checks}
    rows = [_row(record, one, visit_of[one.check.key]) for one in outcome.settled]
    gone = [
        row._replace(settlement=Settlement.WITHDRAWN, settled_on=None)
        for row in record.checks
        if row.key not in visit_of and row.settlement is not Settlement.WITHDRAWN
    ]
    changed = [row for row in rows if row.key in old and old[row.key] != row]
    return [row for row in rows if row.key not in old], changed + gone


def _row(record: Record, one: Settled, visit_id: str) -> StoredCheck:
    check = one.check
    return StoredCheck(
        record.treatment_id, check.rule, check.number, record.clinic_id, check.family, check.opens_on, check.due_on,
        check.closes_on, check.confirm, one.settlement, one.settled_on, visit_id,
    )  # fmt: skip


# --- Visits -----------------------------------------------------------------------------------------


def _known(record: Record) -> list[Known]:
    """The record's visits, withdrawn ones too, so that a check that returns revives its calendar entry."""
    keys: dict[str, list[Key]] = {}
    for row in record.checks:
        keys.setdefault(row.visit_id, []).append(row.key)
    oldest_first = sorted(record.visits, key=lambda visit: (visit.created_at, visit.due_on, visit.id))
    return [Known(visit.id, age, tuple(keys.get(visit.id, ()))) for age, visit in enumerate(oldest_first)]


def _decide_visits(
    record: Record, outcome: Outcome, visit_of: Mapping[Key, str], ids: Sequence[str], moment: Moment
) -> tuple[list[StoredVisit], list[StoredVisit]]:
    """A visit's sequence grows when its days, its checks or what became of them changed."""
    old = {visit.id: visit for visit in record.visits}
    touched = _visits_with_other_checks(record, outcome, visit_of)
    new, changed = [], []
    for visit, visit_id in zip(outcome.visits, ids, strict=True):
        fresh = _new_visit(record, outcome, visit, visit_id, moment.at)
        if visit_id not in old:
            new.append(fresh)
            continue
        known = old[visit_id]
        kept = fresh._replace(sequence=known.sequence, created_at=known.created_at, changed_at=known.changed_at)
        if kept != known or visit_id in touched:
            changed.append(kept)
    asked_for = set(ids)
    changed += [
        one._replace(is_withdrawn=True, booked_on=None, booked_at=None, reported_on=None)
        for one in record.visits
        if one.id not in asked_for and not one.is_withdrawn
    ]
    shown, out_of_sight = _steps_shown(record, moment), _out_of_sight(record, outcome, visit_of, moment)
    return new, [
        one._replace(
            sequence=one.sequence + shown.get(one.id, 0) + 1,
            changed_at=one.changed_at if one.id in out_of_sight else _later(moment.at, one.changed_at),
        )
        for one in changed
    ]


def _later(at: datetime, before: datetime) -> datetime:
    """When a row changed, in a later second than its last change, even if a clock was set back.

    Some calendar programs skip an event whose LAST-MODIFIED did not grow.
    """
    return max(at, before + SECOND)


def _steps_shown(record: Record, moment: Moment) -> dict[str, int]:
    """By how much a calendar may have shown more than the stored sequence: an overdue visit moves on by itself."""
    closes: dict[str, date] = {}
    for row in record.checks:
        if row.settlement is Settlement.OPEN and row.closes_on < moment.today:
            closes[row.visit_id] = min(row.closes_on, closes.get(row.visit_id, date.max))
    stands = {visit_id: stand_of(day, moment.today, moment.is_working_day) for visit_id, day in closes.items()}
    return {visit_id: stand.step + 1 for visit_id, stand in stands.items() if stand}


def _out_of_sight(record: Record, outcome: Outcome, visit_of: Mapping[Key, str], moment: Moment) -> set[str]:
    """The visits that no calendar shows and that nobody acted on: days computed anew bring none of them back.

    What was settled long ago and still is in the same way, and what came into the record as history.
    """
    was, now = defaultdict[str, set[Mark]](set), defaultdict[str, set[Mark]](set)
    for row in record.checks:
        if row.settlement not in {Settlement.WITHDRAWN, Settlement.BEFORE_RECORD}:
            was[row.visit_id].add((row.key, row.settlement, row.settled_on))
    for one in outcome.settled:
        if one.settlement is not Settlement.BEFORE_RECORD:
            now[visit_of[one.check.key]].add((one.check.key, one.settlement, one.settled_on))
    long_gone = {
        visit.id for visit in record.visits if moment.at - visit.changed_at > LONG_GONE and not _has_open(was[visit.id])
    }
    # By check, since visits may have come apart or together.
    before = {mark for visit_id in long_gone for mark in was[visit_id]}
    after = {mark for marks in now.values() for mark in marks}
    unchanged = {one for one in long_gone if now[one] <= before and was[one] <= after}
    return unchanged | {
        visit.id
        for visit in record.visits
        if not _has_open(marks := was[visit.id] | now[visit.id])
        and visit.came_as_history([settled_on for *_, settled_on in marks], moment.zone)
    }


def _has_open(marks: Iterable[Mark]) -> bool:
    return any(settlement is Settlement.OPEN for _, settlement, _ in marks)


def _visits_with_other_checks(record: Record, outcome: Outcome, visit_of: Mapping[Key, str]) -> set[str]:
    was = {
        (row.key, row.visit_id, row.opens_on, row.closes_on, row.settlement, row.settled_on)
        for row in record.checks
        if row.settlement is not Settlement.WITHDRAWN
    }
    now = {
        (
            one.check.key,
            visit_of[one.check.key],
            one.check.opens_on,
            one.check.closes_on,
            one.settlement,
            one.settled_on,
        )
        for one in outcome.settled
    }
    return {visit_id for _, visit_id, *_ in was ^ now}


def _new_visit(record: Record, outcome: Outcome, visit: Visit, visit_id: str, at: datetime) -> StoredVisit:
    booked_on = booked_at = reported_on = None
    if outcome.booked or outcome.reported:
        bookings = [outcome.booked[key] for key in visit.keys if key in outcome.booked]
        if bookings:
            agreed = max(bookings, key=lambda one: one.id)
            booked_on, booked_at = agreed.booked_on, agreed.booked_at
        reported_on = max(
            (outcome.reported[key].done_on for key in visit.keys if key in outcome.reported), default=None
        )
    return StoredVisit(
        visit_id, record.treatment_id, visit.due_on, visit.place, visit.opens_on, visit.closes_on, visit.visit_on,
        0, False, at, at, booked_on, booked_at, reported_on,
    )  # fmt: skip


# --- Periods ----------------------------------------------------------------------------------------


def _decide_periods(record: Record, outcome: Outcome, at: datetime) -> tuple[list[StoredPeriod], list[StoredPeriod]]:
    old = {(row.name, row.number): row for row in record.periods}
    asked_for = {(one.name, one.number): one for one in outcome.periods}
    new = [_new_period(record, one, at) for name, one in asked_for.items() if name not in old]
    kept = [old[name]._replace(starts_on=one.starts_on, ends_on=one.ends_on, is_withdrawn=False)
            for name, one in asked_for.items() if name in old]  # fmt: skip
    kept += [row._replace(is_withdrawn=True) for name, row in old.items() if name not in asked_for]
    changed = [row for row in kept if row != old[row.name, row.number]]
    return new, [row._replace(sequence=row.sequence + 1, changed_at=_later(at, row.changed_at)) for row in changed]


def _new_period(record: Record, one: Period, at: datetime) -> StoredPeriod:
    return StoredPeriod(_new_id(), record.treatment_id, *one, 0, False, at, at)
