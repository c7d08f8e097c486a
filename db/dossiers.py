"""Dossiers: everything that is known of a treatment, now or as of an earlier instant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Row, func, select

from db import tables
from db.facts import holds, in_pieces, list_facts
from schedules.errors import NotFound
from schedules.intervals import Interval
from schedules.model import Away, Booking, Extra, Facts, Infusion, Key, Person, Report, Sample, Waiver
from schedules.protocol import Role, Sex


@dataclass(frozen=True, slots=True)
class Entered:
    """Who entered a fact and when, who decided it and why; `row_id` names it for a correction."""

    row_id: int
    entered_by: int
    entered_at: datetime
    reason: str | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Detail:
    """What is known about the patient beside the reference."""

    name: str | None = None
    born_on: date | None = None
    sex: Sex | None = None
    language: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """What helps to find a day for the patient, and whom a letter about them goes to; Monday is weekday 0."""

    sampling_place: str | None = None
    weekdays: tuple[int, ...] = ()
    practitioner: str | None = None


NO_PREFERENCE = Preference()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The protocol version (by fingerprint) and overlays of a treatment, and since when it is followed here."""

    fingerprint: str
    overlays: tuple[str, ...]
    followed_here_from: date | None


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody looked at the result of a sample."""

    sample_id: int
    seen_by: str
    result: str | None
    entered: Entered


@dataclass(frozen=True, slots=True)
class ContactNote:
    """What came of trying to reach the patient; never a discharge."""

    kind: str
    text: str | None
    entered: Entered


@dataclass(frozen=True, slots=True)
class EscalationSeen:
    """A person in that role knows that the line of which this check is the oldest is overdue."""

    rule: str
    number: int
    role: Role
    seen_by: str
    entered: Entered


@dataclass(frozen=True, slots=True)
class Departure:
    """Monitoring here ended, how, and to where."""

    discharged_on: date
    kind: str
    transferred_to: str | None
    entered: Entered


@dataclass(frozen=True, slots=True)
class Dossier:
    """One treatment with its facts. `entered` tells of each fact by (table, id) who entered it."""

    treatment_id: int
    patient_id: int
    clinic_id: str
    reference: str
    revision: int
    detail: Detail
    assignment: Assignment
    infusions: tuple[tuple[Infusion, Entered], ...]
    samples: tuple[tuple[Sample, Entered], ...]
    waivers: tuple[tuple[Waiver, Entered], ...]
    bookings: tuple[tuple[Booking, Entered], ...]
    extras: tuple[tuple[Extra, Entered], ...]
    seen: Mapping[int, Seen]
    notes: tuple[ContactNote, ...]
    departure: Departure | None
    reports: tuple[tuple[Report, Entered], ...] = ()
    away: tuple[tuple[Away, Entered], ...] = ()
    escalations_seen: tuple[EscalationSeen, ...] = ()
    preference: Preference = NO_PREFERENCE

    @property
    def person(self) -> Person:
        return Person(self.detail.sex, self.detail.born_on)

    @property
    def given_and_planned(self) -> tuple[Infusion, ...]:
        return tuple(infusion for infusion, _ in self.infusions)

    @property
    def ordered(self) -> tuple[Extra, ...]:
        return tuple(extra for extra, _ in self.extras)

    @property
    def facts(self) -> Facts:
        """What settlement needs."""
        return Facts(
            samples=tuple(sample for sample, _ in self.samples),
            waivers=tuple(waiver for waiver, _ in self.waivers),
            bookings=tuple(booking for booking, _ in self.bookings),
            reports=tuple(report for report, _ in self.reports),
            away=tuple(away for away, _ in self.away),
            weekdays=frozenset(self.preference.weekdays),
            followed_here_from=self.assignment.followed_here_from,
            discharged_on=self.departure.discharged_on if self.departure else None,
        )


def get_dossier(connection: Connection, treatment_id: int, *, known_at: datetime | None = None) -> Dossier:
    """The dossier of one treatment; refuses when there is none (or was none yet)."""
    for dossier in list_dossiers(connection, [treatment_id], known_at=known_at):
        return dossier
    raise NotFound(f"There is no treatment {treatment_id} in the record.")


def list_dossiers(
    connection: Connection, treatment_ids: Sequence[int], *, known_at: datetime | None = None
) -> Iterator[Dossier]:
    """Dossiers in order of the treatment's id, a few hundred at a time, so that memory stays level.

    With `known_at` only what had been entered by that instant; treatments of later date are left out.
    """
    for some in in_pieces(treatment_ids):
        query = (
            select(tables.treatment, tables.patient.c.reference)
            .join(tables.patient)
            .where(tables.treatment.c.id.in_(some))
            .order_by(tables.treatment.c.id)
        )
        if known_at is not None:
            query = query.where(tables.treatment.c.entered_at <= known_at)
        treatments = connection.execute(query).all()
        yield from _dossiers_of(connection, treatments, known_at)


def _dossiers_of(
    connection: Connection, treatments: Sequence[Row[Any]], known_at: datetime | None
) -> Iterator[Dossier]:
    ids = [row.id for row in treatments]
    by_table = {
        table.name: list_facts(connection, table, ids, known_at=known_at)
        for table in (
            tables.assignment, tables.infusion, tables.sample, tables.waiver, tables.booking, tables.extra,
            tables.contact_note, tables.discharge, tables.report, tables.escalation_seen,
        )
    }  # fmt: skip
    patient_ids = [row.patient_id for row in treatments]
    of_patient = {
        table.name: list_facts(connection, table, patient_ids, known_at=known_at)
        for table in (tables.detail, tables.away, tables.preference)
    }
    sample_ids = [row.id for rows in by_table["sample"].values() for row in rows]
    seen = list_facts(connection, tables.seen, sample_ids, known_at=known_at)
    for row in treatments:
        own = {name: rows.get(row.id, []) for name, rows in by_table.items()}
        if own["assignment"]:
            about = {name: rows.get(row.patient_id, []) for name, rows in of_patient.items()}
            yield _dossier(row, about, own, seen)


def _dossier(
    row: Row[Any],
    about: Mapping[str, list[Row[Any]]],
    own: Mapping[str, list[Row[Any]]],
    seen: Mapping[int, list[Row[Any]]],
) -> Dossier:
    assigned = own["assignment"][-1]
    departures = own["discharge"]
    return Dossier(
        treatment_id=row.id,
        patient_id=row.patient_id,
        clinic_id=row.clinic_id,
        reference=row.reference,
        revision=row.revision,
        detail=_detail(about["detail"][-1]) if about["detail"] else Detail(),
        assignment=read_assignment(assigned._mapping),
        infusions=tuple(
            sorted(
                ((Infusion(one.infused_on, one.is_planned, one.course), _entered(one)) for one in own["infusion"]),
                key=lambda pair: pair[0].infused_on,
            )
        ),
        samples=tuple((_sample(one), _entered(one)) for one in own["sample"]),
        waivers=tuple((Waiver(one.id, one.rule, one.due_on), _entered(one)) for one in own["waiver"]),
        bookings=tuple((_booking(one), _entered(one)) for one in own["booking"]),
        extras=tuple((_extra(one), _entered(one)) for one in own["extra"]),
        seen={
            one.id: Seen(one.id, seen[one.id][-1].seen_by, seen[one.id][-1].result, _entered(seen[one.id][-1]))
            for one in own["sample"]
            if one.id in seen
        },
        notes=tuple(ContactNote(one.kind, one.text, _entered(one)) for one in own["contact_note"]),
        departure=_departure(departures[-1]) if departures else None,
        reports=tuple((Report(one.id, one.family, one.done_on, one.place), _entered(one)) for one in own["report"]),
        away=tuple((Away(one.from_on, one.until_on), _entered(one)) for one in about["away"]),
        escalations_seen=tuple(
            EscalationSeen(one.rule, one.number, Role(one.role), one.seen_by, _entered(one))
            for one in own["escalation_seen"]
        ),
        preference=_preference(about["preference"][-1]) if about["preference"] else NO_PREFERENCE,
    )


def list_assignments(connection: Connection, treatment_ids: Sequence[int]) -> dict[int, Assignment]:
    """What each of these treatments follows now, without the rest of its dossier."""
    rows = list_facts(connection, tables.assignment, treatment_ids)
    return {treatment_id: read_assignment(own[-1]._mapping) for treatment_id, own in rows.items() if own}


def list_assignments_at(connection: Connection, clinic_ids: Sequence[str]) -> list[Assignment]:
    """What each treatment of the clinics follows now, in no order."""
    treatment, assignment = tables.treatment, tables.assignment
    latest = (
        select(func.max(assignment.c.id))
        .join(treatment, treatment.c.id == assignment.c.treatment_id)
        .where(treatment.c.clinic_id.in_(clinic_ids), holds(assignment))
        .group_by(assignment.c.treatment_id)
    )
    rows = connection.execute(select(assignment).where(assignment.c.id.in_(latest)))
    return [read_assignment(row._mapping) for row in rows]


def read_assignment(row: Mapping[Any, Any]) -> Assignment:
    """A row of the assignment table as a value."""
    return Assignment(row["fingerprint"], tuple(row["overlays"]), row["followed_here_from"])


def _entered(row: Row[Any]) -> Entered:
    return Entered(row.id, row.entered_by, row.entered_at, row.reason, row.decided_by)


def _detail(row: Row[Any]) -> Detail:
    return Detail(row.name, row.born_on, Sex(row.sex) if row.sex else None, row.language, row.contact)


def _preference(row: Row[Any]) -> Preference:
    return Preference(row.sampling_place, tuple(row.weekdays), row.practitioner)


def _sample(row: Row[Any]) -> Sample:
    said = Key(row.said_rule, row.said_number) if row.said_rule else None
    return Sample(row.id, row.family, row.taken_on, said)


def _booking(row: Row[Any]) -> Booking:
    at: time | None = row.booked_at
    return Booking(row.id, row.family, row.booked_on, at)


def _extra(row: Row[Any]) -> Extra:
    return Extra(row.rule, row.first_number, row.starts_on, Interval.parse(row.every) if row.every else None, row.times)


def _departure(row: Row[Any]) -> Departure:
    return Departure(row.discharged_on, row.kind, row.transferred_to, _entered(row))
