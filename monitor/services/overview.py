"""Overview: how each clinic of a person stands today, in the same numbers as its worklist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from db import checks as stored
from db import clinic_figures, examining, protocols, tables, worklists
from db.checks import StoredCheck
from db.dossiers import list_dossiers
from db.facts import list_facts
from db.people import Clinic
from monitor.services.desk import Desk
from monitor.services.worklist import SEEN_WITHIN, clinics_of, unseen_days
from schedules.status import State, state_of


@dataclass(frozen=True, slots=True)
class Outdated:
    """A protocol version that treatments follow and that asks for somebody: not approved, or no longer the newest."""

    protocol_id: str
    version: str
    treatments: int
    newer: str | None
    """The version approved since; None where this one has no approval at all."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One clinic today: treatments, by what they need. One may stand in several of the numbers."""

    clinic: Clinic
    today: date
    followed: int
    overdue: int
    due: int
    not_seen: int
    unconfirmed: int
    outdated: Sequence[Outdated]


def overview_of(desk: Desk, *, seen_within: int = SEEN_WITHIN) -> list[Standing]:
    """Each clinic that the person may see."""
    return [_standing(desk, one, seen_within) for one in clinics_of(desk)]


def _standing(desk: Desk, clinic: Clinic, seen_within: int) -> Standing:
    today = desk.today[clinic.id]
    states = _states(desk, clinic.id, today)
    return Standing(
        clinic=clinic,
        today=today,
        followed=clinic_figures.count_followed(desk.connection, clinic.id),
        overdue=len(states[State.OVERDUE]),
        due=len(states[State.DUE]),
        not_seen=_count_not_seen(desk, clinic.id, today, seen_within),
        unconfirmed=_count_unconfirmed(desk, clinic.id, today),
        outdated=list_outdated(desk, clinic.id),
    )


def _states(desk: Desk, clinic_id: str, today: date) -> Mapping[State, set[int]]:
    """By state the treatments with a line of the worklist in it: what presses most of a family decides."""
    first: dict[tuple[int, str], StoredCheck] = {}
    for row in stored.list_pressing(desk.connection, today, clinic_ids=[clinic_id]):
        known = first.setdefault((row.treatment_id, row.family), row)
        if row.closes_on < known.closes_on:
            first[row.treatment_id, row.family] = row
    found: dict[State, set[int]] = {state: set() for state in State}
    for row in first.values():
        found[state_of(row, today)].add(row.treatment_id)
    return found


def _count_not_seen(desk: Desk, clinic_id: str, today: date, seen_within: int) -> int:
    # So many working days take at least as many days: the sieve lets through too much, never too little.
    ids = sorted(worklists.list_unseen(desk.connection, today - timedelta(days=seen_within), clinic_ids=[clinic_id]))
    recorded = worklists.list_recorded(desk.connection, ids)
    is_working_day = desk.rulebook.working_days_of(desk.connection, clinic_id)
    return sum(
        bool(
            unseen_days(
                dossier, recorded[dossier.treatment_id].date(), today, is_working_day=is_working_day,
                seen_within=seen_within,
            )
        )
        for dossier in list_dossiers(desk.connection, ids)
    )  # fmt: skip


def _count_unconfirmed(desk: Desk, clinic_id: str, today: date) -> int:
    """Nobody plans for a patient who has left."""
    ids = worklists.list_unconfirmed(desk.connection, today, clinic_ids=[clinic_id])
    return len(ids - list_facts(desk.connection, tables.discharge, sorted(ids)).keys())


def list_outdated(desk: Desk, clinic_id: str) -> list[Outdated]:
    """The versions in force at a clinic that nobody approved, or since which a newer one was approved."""
    kept = {one.fingerprint: one for one in protocols.list_protocols(desk.connection)}
    approvals = {mark: known for mark in kept if (known := protocols.find_approval(desk.connection, mark))}
    newest: dict[str, str] = {}
    for mark in sorted(approvals, key=lambda mark: approvals[mark].entered_at):
        newest[kept[mark].protocol_id] = mark
    found = []
    for one in examining.list_in_force(desk.connection, [clinic_id]):
        version = kept[one.fingerprint]
        latest = newest.get(version.protocol_id)
        if one.fingerprint not in approvals:
            found.append(Outdated(version.protocol_id, version.version, one.treatments, None))
        elif latest is not None and latest != one.fingerprint:
            found.append(Outdated(version.protocol_id, version.version, one.treatments, kept[latest].version))
    return found
