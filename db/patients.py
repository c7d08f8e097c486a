"""Patients and treatments: found by reference, locked before an act, counted by revisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from db import tables
from db.facts import holds, in_pieces


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient of a clinic, by the clinic's own reference."""

    id: int
    clinic_id: str
    reference: str


@dataclass(frozen=True, slots=True)
class Treatment:
    """A treatment and how many acts there were on it."""

    id: int
    patient_id: int
    clinic_id: str
    reference: str
    revision: int


class Version(NamedTuple):
    """What tells one state of a treatment from every other: the act that led to it, and when, so that the same number
    of acts after a restore is not taken for the same state."""

    clinic_id: str
    revision: int
    deed_id: int
    at: datetime


class Alike(NamedTuple):
    """A patient who may be the one that is meant: `why` is reference, name or infusion, whichever agrees first."""

    reference: str
    treatment_id: int
    why: str


def add_patient(connection: Connection, *, clinic_id: str, reference: str, at: datetime) -> int:
    row = insert(tables.patient).values(clinic_id=clinic_id, reference=reference, entered_at=at)
    return int(connection.execute(row.returning(tables.patient.c.id)).scalar_one())


def add_treatment(connection: Connection, *, patient_id: int, clinic_id: str, at: datetime) -> int:
    row = insert(tables.treatment).values(patient_id=patient_id, clinic_id=clinic_id, revision=0, entered_at=at)
    return int(connection.execute(row.returning(tables.treatment.c.id)).scalar_one())


def find_patient(connection: Connection, reference: str) -> Patient | None:
    row = connection.execute(
        select(tables.patient.c.id, tables.patient.c.clinic_id, tables.patient.c.reference).where(
            tables.patient.c.reference == reference
        )
    ).one_or_none()
    return Patient(*row) if row else None


def list_treatments(
    connection: Connection,
    *,
    clinic_ids: Sequence[str] | None = None,
    patient_id: int | None = None,
    ids: Sequence[int] | None = None,
) -> Sequence[Treatment]:
    """Treatments in order of their id: of some clinics, of one patient, or those named."""
    if ids is not None:
        pieces = (connection.execute(_treatments().where(tables.treatment.c.id.in_(some))) for some in in_pieces(ids))
        return sorted((Treatment(*row) for piece in pieces for row in piece), key=lambda one: one.id)
    if patient_id is not None and clinic_ids is None:
        return [Treatment(*row) for row in connection.execute(_OF_PATIENT, {"patient_id": patient_id})]
    query = _treatments().order_by(tables.treatment.c.id)
    if clinic_ids is not None:
        query = query.where(tables.treatment.c.clinic_id.in_(clinic_ids))
    if patient_id is not None:
        query = query.where(tables.treatment.c.patient_id == patient_id)
    return [Treatment(*row) for row in connection.execute(query)]


def list_references(connection: Connection, patient_ids: Sequence[int]) -> dict[int, str]:
    """The references of some patients, by id."""
    table = tables.patient
    found: dict[int, str] = {}
    for some in in_pieces(patient_ids):
        query = select(table.c.id, table.c.reference).where(table.c.id.in_(some))
        found |= {row.id: row.reference for row in connection.execute(query)}
    return found


def list_alike(
    connection: Connection,
    clinic_ids: Sequence[str],
    *,
    reference: str,
    name: str | None,
    born_on: date | None,
    days: Sequence[date],
) -> Sequence[Alike]:
    """Patients of these clinics whose reference has the same letters and digits, or who were born on the same day and
    share the name or an infusion day; each with the latest treatment, in order of the reference.
    """
    patient, treatment, detail, infusion = tables.patient, tables.treatment, tables.detail, tables.infusion
    query = select(patient.c.reference, treatment.c.id).join(treatment, treatment.c.patient_id == patient.c.id)
    own = [(row[0], row[1]) for row in connection.execute(query.where(patient.c.clinic_id.in_(clinic_ids)))]
    latest = dict(sorted(own, key=lambda pair: pair[1]))
    found = {known: "reference" for known in latest if _plain(known) == _plain(reference)}
    if born_on is not None:
        born = (
            select(patient.c.reference, detail.c.name, patient.c.id)
            .join(detail, detail.c.patient_id == patient.c.id)
            .where(patient.c.clinic_id.in_(clinic_ids), detail.c.born_on == born_on, holds(detail))
        )
        for known, its_name, patient_id in connection.execute(born).all():
            if name and its_name and _plain(name) == _plain(its_name):
                found.setdefault(known, "name")
            shared = (
                select(infusion.c.id)
                .join(treatment, treatment.c.id == infusion.c.treatment_id)
                .where(treatment.c.patient_id == patient_id, infusion.c.infused_on.in_(days), holds(infusion))
                .limit(1)
            )
            if days and connection.execute(shared).first():
                found.setdefault(known, "infusion")
    return [Alike(known, latest[known], found[known]) for known in sorted(found) if known in latest]


def _plain(text: str) -> str:
    """Without case, blanks and signs: "N-0012" is "n0012"."""
    return "".join(one for one in text.casefold() if one.isalnum())


def lock_treatment(connection: Connection, treatment_id: int) -> Treatment | None:
    """The treatment, held until the transaction ends: whoever acts second waits and then sees the first act."""
    query = _treatments().where(tables.treatment.c.id == treatment_id).with_for_update(of=tables.treatment)
    row = connection.execute(query).one_or_none()
    return Treatment(*row) if row else None


def advance_revision(connection: Connection, treatment_id: int, *, expected: int) -> bool:
    """Count one act; False when somebody else acted since `expected` was read."""
    table = tables.treatment
    counted = update(table).where(table.c.id == treatment_id, table.c.revision == expected)
    return connection.execute(counted.values(revision=expected + 1)).rowcount == 1


def list_versions(connection: Connection, treatment_ids: Sequence[int]) -> dict[int, Version]:
    """By treatment its version. Every act counts, so that with the same version all its facts and checks are the same;
    one whose last act the history does not have has none."""
    found: dict[int, Version] = {}
    for some in in_pieces(treatment_ids):
        found |= {row[0]: Version(*row[1:]) for row in connection.execute(_VERSIONS, {"ids": some})}
    return found


def find_versions_of_patient(connection: Connection, treatment_id: int) -> dict[int, Version] | None:
    """The versions of all treatments of the patient whom this one is of: what an act on any of them may have changed,
    such as days away, is everybody's. None where one of them has none."""
    rows = connection.execute(_VERSIONS_OF_PATIENT, {"treatment_id": treatment_id}).all()
    found = {row[0]: Version(*row[1:]) for row in rows}
    return None if any(one.deed_id is None for one in found.values()) else found


_VERSION = (
    tables.treatment.c.id, tables.treatment.c.clinic_id, tables.treatment.c.revision, tables.history.c.id,
    tables.history.c.at,
)  # fmt: skip
_IS_LAST_ACT = (tables.history.c.treatment_id == tables.treatment.c.id) & (
    tables.history.c.revision == tables.treatment.c.revision
)
_VERSIONS = (
    select(*_VERSION)
    .join(tables.history, _IS_LAST_ACT)
    .where(tables.treatment.c.id.in_(bindparam("ids", expanding=True)))
)
_MEANT = tables.treatment.alias("meant")
_VERSIONS_OF_PATIENT = (
    select(*_VERSION)
    .join(_MEANT, (_MEANT.c.patient_id == tables.treatment.c.patient_id) & (_MEANT.c.id == bindparam("treatment_id")))
    .outerjoin(tables.history, _IS_LAST_ACT)
    .order_by(tables.treatment.c.id)
)


def _treatments() -> Select[Any]:
    treatment, patient = tables.treatment, tables.patient
    return select(
        treatment.c.id, treatment.c.patient_id, treatment.c.clinic_id, patient.c.reference, treatment.c.revision
    ).join(patient, patient.c.id == treatment.c.patient_id)


_OF_PATIENT = (
    _treatments().where(tables.treatment.c.patient_id == bindparam("patient_id")).order_by(tables.treatment.c.id)
)
"""Built once: every fetch of a calendar asks it."""
