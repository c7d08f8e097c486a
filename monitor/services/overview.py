"""Overview: how each clinic of a person stands today, in the same numbers as its worklist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from db import clinic_figures, examining, protocols, tables, worklists
from db.facts import list_facts
from db.outlines import list_outlines
from db.people import Clinic
from db.protocols import StoredProtocol
from monitor.services.clinic_figures import stamp_of
from monitor.services.desk import Desk
from monitor.services.memory import recall
from monitor.services.worklist import SEEN_WITHIN, clinics_of, unseen_days
from schedules.status import State, state_of
from schedules.worklists import Pressing


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


@dataclass(frozen=True, slots=True)
class Versions:
    """Every protocol version of the record, those with an approval, and the newest approved one of each protocol."""

    kept: Mapping[str, StoredProtocol]
    approved: frozenset[str]
    newest: Mapping[str, str]


def overview_of(desk: Desk, *, seen_within: int = SEEN_WITHIN) -> list[Standing]:
    """Each clinic that the person may see."""
    clinics, versions = clinics_of(desk), _read_versions(desk)
    return recall(
        desk.memory, ("overview", " ".join(one.id for one in clinics)),
        ([stamp_of(desk, one) for one in clinics], versions, seen_within),
        lambda: _overview_of(desk, clinics, versions, seen_within),
    )  # fmt: skip


def _overview_of(desk: Desk, clinics: Sequence[Clinic], versions: Versions, seen_within: int) -> list[Standing]:
    not_seen = _count_not_seen(desk, clinics, seen_within)
    return [_standing(desk, one, not_seen[one.id], versions) for one in clinics]


def _standing(desk: Desk, clinic: Clinic, not_seen: int, versions: Versions) -> Standing:
    today = desk.today[clinic.id]
    states = _states(desk, clinic.id, today)
    return Standing(
        clinic=clinic,
        today=today,
        followed=clinic_figures.count_followed(desk.connection, clinic.id),
        overdue=len(states[State.OVERDUE]),
        due=len(states[State.DUE]),
        not_seen=not_seen,
        unconfirmed=_count_unconfirmed(desk, clinic.id, today),
        outdated=_list_outdated(desk, clinic.id, versions),
    )


def _states(desk: Desk, clinic_id: str, today: date) -> Mapping[State, set[int]]:
    """By state the treatments with a line of the worklist in it: what presses most of a family decides."""
    found: dict[State, set[int]] = {state: set() for state in State}
    for treatment_id, rows in worklists.list_pressing(desk.connection, today, clinic_ids=[clinic_id]).items():
        first: dict[str, Pressing] = {}
        for check, _ in rows:
            first[check.family] = min(check, first.get(check.family, check), key=lambda one: one.closes_on)
        for check in first.values():
            found[state_of(check, today)].add(treatment_id)
    return found


def _count_not_seen(desk: Desk, clinics: Sequence[Clinic], seen_within: int) -> Mapping[str, int]:
    """By clinic; the few outlines that a sieve lets through are read, all clinics of one day together."""
    by_day: dict[date, list[str]] = {}
    for one in clinics:
        by_day.setdefault(desk.today[one.id], []).append(one.id)
    is_working_day = {one.id: desk.rulebook.working_days_of(desk.connection, one.id) for one in clinics}
    found = {one.id: 0 for one in clinics}
    for today, ids in by_day.items():
        # So many working days take at least as many days: the sieve lets through too much, never too little.
        unseen_by = today - timedelta(days=seen_within)
        wanted = worklists.list_unseen(desk.connection, unseen_by, clinic_ids=ids)
        for outline in list_outlines(desk.connection, sorted(wanted), today, unseen=wanted):
            late = unseen_days(
                outline, outline.recorded_at.date(), today, is_working_day=is_working_day[outline.clinic_id],
                seen_within=seen_within,
            )  # fmt: skip
            found[outline.clinic_id] += bool(late)
    return found


def _count_unconfirmed(desk: Desk, clinic_id: str, today: date) -> int:
    """Nobody plans for a patient who has left."""
    ids = worklists.list_unconfirmed(desk.connection, today, clinic_ids=[clinic_id])
    return len(ids - list_facts(desk.connection, tables.discharge, sorted(ids)).keys())


def _read_versions(desk: Desk) -> Versions:
    kept = {one.fingerprint: one for one in protocols.list_protocols(desk.connection)}
    approvals = {mark: known for mark in kept if (known := protocols.find_approval(desk.connection, mark))}
    newest: dict[str, str] = {}
    for mark in sorted(approvals, key=lambda mark: approvals[mark].entered_at):
        newest[kept[mark].protocol_id] = mark
    return Versions(kept, frozenset(approvals), newest)


def _list_outdated(desk: Desk, clinic_id: str, versions: Versions) -> list[Outdated]:
    """The versions in force at a clinic that nobody approved, or since which a newer one was approved."""
    found = []
    for one in examining.list_in_force(desk.connection, [clinic_id]):
        version = versions.kept[one.fingerprint]
        latest = versions.newest.get(version.protocol_id)
        if one.fingerprint not in versions.approved:
            found.append(Outdated(version.protocol_id, version.version, one.treatments, None))
        elif latest is not None and latest != one.fingerprint:
            newer = versions.kept[latest].version
            found.append(Outdated(version.protocol_id, version.version, one.treatments, newer))
    return found
