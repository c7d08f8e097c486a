"""Overview: how each clinic of a person stands today, in the same numbers as its worklist."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from db import clinic_figures, examining, protocols
from db.people import Clinic
from monitor.services.desk import Desk
from monitor.services.worklist import SEEN_WITHIN, clinics_of, lines_of_clinic
from schedules.status import State
from schedules.worklists import Kind, Line


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
    """One clinic today: patients, by what they need. One patient may stand in several of the numbers."""

    clinic: Clinic
    today: date
    followed: int
    overdue: int
    due: int
    not_seen: int
    unconfirmed: int
    failed: int
    outdated: Sequence[Outdated]


def overview_of(desk: Desk, *, seen_within: int = SEEN_WITHIN) -> list[Standing]:
    """Each clinic that the person may see."""
    return [_standing(desk, one, seen_within) for one in clinics_of(desk)]


def _standing(desk: Desk, clinic: Clinic, seen_within: int) -> Standing:
    today = desk.today[clinic.id]
    lines = lines_of_clinic(desk, clinic, today, seen_within=seen_within)
    return Standing(
        clinic=clinic,
        today=today,
        followed=clinic_figures.count_followed(desk.connection, clinic.id),
        overdue=_patients(one for one in lines if one.kind is Kind.CHECK and one.label == State.OVERDUE),
        due=_patients(one for one in lines if one.kind is Kind.CHECK and one.label == State.DUE),
        not_seen=_patients(one for one in lines if one.kind is Kind.NOT_SEEN),
        unconfirmed=_patients(one for one in lines if one.kind is Kind.UNCONFIRMED),
        failed=_patients(one for one in lines if one.kind is Kind.FAILED),
        outdated=list_outdated(desk, clinic.id),
    )


def _patients(lines: Iterable[Line]) -> int:
    return len({line.patient for line in lines})


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
