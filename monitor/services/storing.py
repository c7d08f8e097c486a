"""Storing: the pure decision which rows of checks and visits to add and to change; nothing is ever deleted."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.checks import StoredCheck, StoredVisit, Writes
from schedules.following import Outcome, name_visits
from schedules.model import Key, Settled, Settlement
from schedules.protocol import Protocol
from schedules.replanning import Standing
from schedules.visits import Known, Visit


@dataclass(frozen=True, slots=True)
class Record:
    """What the record has of one treatment before an act: withdrawn rows, too."""

    treatment_id: int
    clinic_id: str
    checks: Sequence[StoredCheck] = ()
    visits: Sequence[StoredVisit] = ()

    @property
    def standings(self) -> dict[Key, Standing]:
        return {
            row.key: Standing(row.opens_on, row.due_on, row.closes_on, row.settlement, row.settled_on)
            for row in self.checks
        }


def standings_of(settled: Iterable[Settled]) -> dict[Key, Standing]:
    """An outcome in the form in which the record keeps it."""
    return {
        one.check.key: Standing(
            one.check.opens_on, one.check.due_on, one.check.closes_on, one.settlement, one.settled_on
        )
        for one in settled
    }


def decide_writes(record: Record, protocol: Protocol, outcome: Outcome, *, at: datetime) -> Writes:
    """The rows that make the record hold the outcome; the same outcome twice gives none."""
    ids = name_visits(protocol, outcome.visits, _known(record), lambda: secrets.token_hex(16))
    visit_of = {key: visit_id for visit, visit_id in zip(outcome.visits, ids, strict=True) for key in visit.keys}
    if not record.visits:
        # Nothing to compare with, and an import of thousands would feel it.
        return Writes(
            new_visits=[_new_visit(record, *pair, at) for pair in zip(outcome.visits, ids, strict=True)],
            new_checks=[_row(record, one, visit_of[Key(*one.check[:2])]) for one in outcome.settled],
        )
    new_visits, changed_visits = _decide_visits(record, outcome, visit_of, ids, at)
    new_checks, changed_checks = _decide_checks(record, outcome, visit_of)
    return Writes(new_visits, changed_visits, new_checks, changed_checks)


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


def _known(record: Record) -> list[Known]:
    """The record's visits, withdrawn ones too, so that a check that returns revives its calendar entry."""
    keys: dict[str, list[Key]] = {}
    for row in record.checks:
        keys.setdefault(row.visit_id, []).append(row.key)
    oldest_first = sorted(record.visits, key=lambda visit: (visit.created_at, visit.due_on, visit.id))
    return [Known(visit.id, age, tuple(keys.get(visit.id, ()))) for age, visit in enumerate(oldest_first)]


def _decide_visits(
    record: Record, outcome: Outcome, visit_of: Mapping[Key, str], ids: Sequence[str], at: datetime
) -> tuple[list[StoredVisit], list[StoredVisit]]:
    """A visit's sequence grows when its days, its checks or what became of them changed."""
    old = {visit.id: visit for visit in record.visits}
    touched = _visits_with_other_checks(record, outcome, visit_of)
    new, changed = [], []
    for visit, visit_id in zip(outcome.visits, ids, strict=True):
        if visit_id not in old:
            new.append(_new_visit(record, visit, visit_id, at))
            continue
        kept = old[visit_id]._replace(
            due_on=visit.due_on, place=visit.place, opens_on=visit.opens_on, closes_on=visit.closes_on,
            visit_on=visit.visit_on, is_withdrawn=False,
        )  # fmt: skip
        if kept != old[visit_id] or visit_id in touched:
            changed.append(kept)
    asked_for = set(ids)
    changed += [
        one._replace(is_withdrawn=True) for one in record.visits if one.id not in asked_for and not one.is_withdrawn
    ]
    return new, [one._replace(sequence=one.sequence + 1, changed_at=at) for one in changed]


def _visits_with_other_checks(record: Record, outcome: Outcome, visit_of: Mapping[Key, str]) -> set[str]:
    was = {
        (row.key, row.visit_id, row.settlement) for row in record.checks if row.settlement is not Settlement.WITHDRAWN
    }
    now = {(one.check.key, visit_of[one.check.key], one.settlement) for one in outcome.settled}
    return {visit_id for _, visit_id, _ in was ^ now}


def _new_visit(record: Record, visit: Visit, visit_id: str, at: datetime) -> StoredVisit:
    return StoredVisit(
        visit_id, record.treatment_id, visit.due_on, visit.place, visit.opens_on, visit.closes_on, visit.visit_on,
        0, False, at, at,
    )  # fmt: skip
