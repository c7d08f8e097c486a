"""Reconciling: a pharmacy's list of infusions beside the record, so that nobody who was treated goes unwatched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice

from db import imports, patients
from db.dossiers import Dossier, list_dossiers
from db.staging import Staging
from monitor.services.desk import Desk
from monitor.services.importing.rows import InfusionRow, unpack_infusion
from monitor.services.importing.spooling import Kind, Spool
from schedules.errors import Unacceptable

BATCH = 200


class Kinds(StrEnum):
    """How the list and the record can differ, the most dangerous first."""

    NOT_FOLLOWED = "not-followed"
    LATER_THERE = "later-there"
    MISSING_HERE = "missing-here"
    UNCONFIRMED = "unconfirmed"
    DISCHARGED = "discharged"
    NOT_LISTED = "not-listed"
    MISSING_THERE = "missing-there"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: whose, and about which days. `row` is 0 where the list does not name the patient."""

    kind: Kinds
    reference: str
    clinic_id: str | None
    days: tuple[date, ...]
    row: int = 0


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared, and every difference."""

    file: str
    listed: int
    followed: int
    findings: tuple[Finding, ...]


def reconcile(desk: Desk, spool: Spool, *, clinic_id: str | None = None) -> Reconciliation:
    """Compare the infusions given, patient by patient; nothing is changed. Refuses a list of samples.

    Rows of the list that are planned, or that lie in the future, are left aside. With `clinic_id` only that
    clinic's patients are expected on the list.
    """
    if spool.layout.kind is Kind.SAMPLES:
        raise Unacceptable(
            f"{spool.source.file} is a list of samples.", "Reconcile a list of infusions.", code="file-of-samples",
            file=spool.source.file,
        )  # fmt: skip
    clinic_ids = [one for one in sorted(desk.actor.clinic_ids) if clinic_id in {None, one}]
    if clinic_id and not clinic_ids:
        raise Unacceptable(
            f"There is no clinic '{clinic_id}' among yours.", "Look at `monitor clinic list`.", code="clinic-unknown"
        )
    findings = [*_compare_listed(desk, spool.staging), *_find_not_listed(desk, spool.staging, clinic_ids)]
    order = list(Kinds)
    findings.sort(key=lambda one: (order.index(one.kind), one.reference))
    followed = len({one.patient_id for one in patients.list_treatments(desk.connection, clinic_ids=clinic_ids)})
    return Reconciliation(spool.source.file, spool.staging.count_patients(), followed, tuple(findings))


def _compare_listed(desk: Desk, staging: Staging) -> Iterator[Finding]:
    groups = staging.list_groups()
    while batch := list(islice(groups, BATCH)):
        known = imports.list_known(desk.connection, [group.reference for group in batch])
        seen = {name: one for name, one in known.items() if desk.may_see(one.clinic_id)}
        dossiers: dict[str, list[Dossier]] = {}
        for dossier in list_dossiers(desk.connection, [one for own in seen.values() for one in own.treatment_ids]):
            dossiers.setdefault(dossier.reference, []).append(dossier)
        for group in batch:
            rows = [unpack_infusion(row) for row in group.rows]
            if rows:
                yield from _compare(desk, rows, dossiers.get(group.reference, []))


def _compare(desk: Desk, rows: Sequence[InfusionRow], dossiers: Sequence[Dossier]) -> Iterator[Finding]:
    reference, line = rows[0].reference, rows[0].line
    today = desk.today[dossiers[0].clinic_id] if dossiers else desk.at.date()
    listed = _given_days(rows, today)
    if not dossiers:
        if listed:
            yield Finding(Kinds.NOT_FOLLOWED, reference, rows[0].clinic, tuple(sorted(listed)), line)
        return
    infusions = [infusion for dossier in dossiers for infusion in dossier.given_and_planned]
    given = {one.infused_on for one in infusions if not one.planned}
    planned = {one.infused_on for one in infusions if one.planned}
    last = max(given, default=date.min)
    missing = listed - given - planned
    found = {
        Kinds.LATER_THERE: {day for day in missing if day > last},
        Kinds.MISSING_HERE: {day for day in missing if day < last},
        Kinds.UNCONFIRMED: listed & planned,
        Kinds.MISSING_THERE: given - listed,
    }
    if all(dossier.departure for dossier in dossiers):
        found[Kinds.DISCHARGED] = {day for day in missing if day > last}
    for kind, days in found.items():
        if days:
            yield Finding(kind, reference, dossiers[0].clinic_id, tuple(sorted(days)), line)


def _given_days(rows: Sequence[InfusionRow], today: date) -> set[date]:
    return {
        day
        for row in rows
        if not row.planned
        for offset in range((row.last_on - row.first_on).days + 1)
        if (day := row.first_on + timedelta(days=offset)) <= today
    }


def _find_not_listed(desk: Desk, staging: Staging, clinic_ids: Sequence[str]) -> Iterator[Finding]:
    """Patients with an infusion given who are followed here and whom the list does not name."""
    treatments = patients.list_treatments(desk.connection, clinic_ids=clinic_ids)
    absent = [one.id for one in treatments if not staging.holds(one.reference)]
    for dossier in list_dossiers(desk.connection, absent):
        given = tuple(one.infused_on for one in dossier.given_and_planned if not one.planned)
        if given and not dossier.departure:
            yield Finding(Kinds.NOT_LISTED, dossier.reference, dossier.clinic_id, given)
