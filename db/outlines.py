"""Outlines: what a worklist needs to know of many treatments, without the years of samples that nobody asks for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Date, Row, Select, bindparam, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from db import tables
from db.dossiers import Assignment, Dossier, read_assignment
from db.facts import holds, in_pieces
from schedules.model import Booking, Infusion, Report
from schedules.protocol import Role


class LastNote(NamedTuple):
    """What came of the last contact, and when it was entered."""

    kind: str
    entered_at: datetime


class SeenAt(NamedTuple):
    """Somebody in that role knew of the line whose oldest check this is."""

    rule: str
    number: int
    role: Role
    seen_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Outline:
    """One treatment on one day. By family: `last` the day of the last sample up to that day, `latest` of any sample,
    `answered` of those that nobody assigned to another check; `unseen` are samples whose result nobody has seen.
    """

    treatment_id: int
    clinic_id: str
    reference: str
    recorded_at: datetime
    assignment: Assignment
    has_left: bool = False
    infusions: tuple[Infusion, ...] = ()
    last: Mapping[str, date] = field(default_factory=dict)
    latest: Mapping[str, date] = field(default_factory=dict)
    answered: Mapping[str, date] = field(default_factory=dict)
    unseen: tuple[tuple[str, date], ...] = ()
    bookings: tuple[Booking, ...] = ()
    reports: tuple[Report, ...] = ()
    note: LastNote | None = None
    escalations_seen: tuple[SeenAt, ...] = ()


def outline_of(dossier: Dossier, day: date, recorded_at: datetime) -> Outline:
    """The same from a dossier, which knows all of it."""
    taken = sorted((sample.taken_on, sample.family, sample.said_to_be) for sample, _ in dossier.samples)
    return Outline(
        treatment_id=dossier.treatment_id,
        clinic_id=dossier.clinic_id,
        reference=dossier.reference,
        recorded_at=recorded_at,
        assignment=dossier.assignment,
        has_left=dossier.departure is not None,
        infusions=dossier.given_and_planned,
        last={family: taken_on for taken_on, family, _ in taken if taken_on <= day},
        latest={family: taken_on for taken_on, family, _ in taken},
        answered={family: taken_on for taken_on, family, said in taken if said is None},
        unseen=tuple(
            (sample.family, sample.taken_on) for sample, _ in dossier.samples if sample.id not in dossier.seen
        ),
        bookings=tuple(booking for booking, _ in dossier.bookings),
        reports=tuple(report for report, _ in dossier.reports),
        note=LastNote(dossier.notes[-1].kind, dossier.notes[-1].entered.entered_at) if dossier.notes else None,
        escalations_seen=tuple(
            SeenAt(one.rule, one.number, one.role, one.seen_by, one.entered.entered_at)
            for one in dossier.escalations_seen
        ),
    )


def list_outlines(
    connection: Connection, treatment_ids: Sequence[int], day: date, *, unseen: Collection[int]
) -> Iterator[Outline]:
    """Outlines in order of the treatment's id, from what holds now; `unseen` are the treatments whose unseen samples
    are wanted."""
    for some in in_pieces(treatment_ids):
        yield from _outlines(connection, some, day, [one for one in some if one in unseen])


def _outlines(
    connection: Connection, ids: Sequence[int], day: date, unseen_of: Sequence[int]
) -> Iterator[Outline]:  # fmt: skip
    def by_treatment(query: Select[Any], of: Sequence[int] = ids, **more: object) -> dict[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = {}
        for row in connection.execute(query, {"ids": of, **more}) if of else ():
            found.setdefault(row[0], []).append(row)
        return found

    infusions, samples = by_treatment(_INFUSIONS), by_treatment(_LAST_SAMPLES, day=day)
    unseen, notes, marks = by_treatment(_UNSEEN, unseen_of), by_treatment(_NOTES), by_treatment(_MARKS)
    bookings, reports, left = by_treatment(_BOOKINGS), by_treatment(_REPORTS), by_treatment(_LEFT)
    assignments = by_treatment(_ASSIGNMENTS)
    for row in connection.execute(_TREATMENTS, {"ids": ids}):
        own = row.id
        if own not in assignments:
            continue
        taken = samples.get(own, ())
        yield Outline(
            treatment_id=own,
            clinic_id=row.clinic_id,
            reference=row.reference,
            recorded_at=row.entered_at,
            assignment=read_assignment(assignments[own][-1]._mapping),
            has_left=own in left,
            infusions=tuple(Infusion(one.infused_on, one.is_planned, one.course) for one in infusions.get(own, ())),
            last={one.family: one.last_on for one in taken if one.last_on},
            latest={one.family: one.latest_on for one in taken},
            answered={one.family: one.answered_on for one in taken if one.answered_on},
            unseen=tuple((one.family, one.taken_on) for one in unseen.get(own, ())),
            bookings=tuple(Booking(one.id, one.family, one.booked_on, one.booked_at) for one in bookings.get(own, ())),
            reports=tuple(Report(one.id, one.family, one.done_on, one.place) for one in reports.get(own, ())),
            note=LastNote(notes[own][-1].kind, notes[own][-1].entered_at) if own in notes else None,
            escalations_seen=tuple(
                SeenAt(one.rule, one.number, Role(one.role), one.seen_by, one.entered_at) for one in marks.get(own, ())
            ),
        )


# --- Statements: built once, since to build one takes longer than to run it ---------------------------------

_IDS: BindParameter[int] = bindparam("ids", expanding=True)


def _of(table: Any, *columns: str) -> Select[Any]:
    """The facts of a table that hold, of some treatments, in the order in which they were entered."""
    wanted = [table.c[name] for name in ("treatment_id", *columns)]
    return select(*wanted).where(table.c.treatment_id.in_(_IDS), holds(table)).order_by(table.c.id)


_TREATMENTS = (
    select(
        tables.treatment.c.id, tables.treatment.c.clinic_id, tables.patient.c.reference, tables.treatment.c.entered_at
    )
    .join(tables.patient)
    .where(tables.treatment.c.id.in_(_IDS))
    .order_by(tables.treatment.c.id)
)
_ASSIGNMENTS = _of(tables.assignment, "fingerprint", "overlays", "followed_here_from")
_INFUSIONS = (
    _of(tables.infusion, "infused_on", "is_planned", "course")
    .order_by(None)
    .order_by(tables.infusion.c.infused_on, tables.infusion.c.id)
)
_NOTES = _of(tables.contact_note, "kind", "entered_at")
_MARKS = _of(tables.escalation_seen, "rule", "number", "role", "seen_by", "entered_at")
_BOOKINGS = _of(tables.booking, "id", "family", "booked_on", "booked_at")
_REPORTS = _of(tables.report, "id", "family", "done_on", "place")
_LEFT = _of(tables.discharge)


def _latest(condition: ColumnElement[bool]) -> ColumnElement[date]:
    return func.max(case((condition, tables.sample.c.taken_on)), type_=Date)


_LAST_SAMPLES = (
    select(
        tables.sample.c.treatment_id,
        tables.sample.c.family,
        func.max(tables.sample.c.taken_on).label("latest_on"),
        _latest(tables.sample.c.taken_on <= bindparam("day", type_=Date)).label("last_on"),
        _latest(tables.sample.c.said_rule.is_(None)).label("answered_on"),
    )
    .where(tables.sample.c.treatment_id.in_(_IDS), holds(tables.sample))
    .group_by(tables.sample.c.treatment_id, tables.sample.c.family)
)
_SEEN = select(tables.seen.c.id).where(tables.seen.c.sample_id == tables.sample.c.id, holds(tables.seen)).exists()
# What was taken before the treatment came into the record was somebody else's to see, and may be years of samples.
_UNSEEN = (
    _of(tables.sample, "family", "taken_on")
    .join(tables.treatment, tables.treatment.c.id == tables.sample.c.treatment_id)
    .where(~_SEEN, tables.sample.c.taken_on >= func.date(tables.treatment.c.entered_at))
)
