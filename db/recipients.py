"""Recipients: who of the staff gets the digest, for which clinics and at which address."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from db import tables
from db.facts import holds, in_pieces


@dataclass(frozen=True, slots=True)
class Recipient:
    """How a person gets the digest. `id` names the row; `clinic_ids` are those that the person may (still) see.

    Confirmed: somebody has read a mail that was sent to this address.
    """

    id: int
    person_id: int
    login: str
    name: str
    role: str
    clinic_id: str
    clinic_ids: frozenset[str]
    address: str
    language: str
    is_weekly: bool
    attaches_worklist: bool
    is_physician: bool
    is_confirmed: bool
    code_sha256: str


@dataclass(frozen=True, slots=True)
class Cover:
    """A person is away from a day to a day, both included; the deputy's digest contains theirs."""

    id: int
    person_id: int
    from_on: date
    until_on: date
    deputy_id: int | None


def list_recipients(connection: Connection) -> list[Recipient]:
    """Everybody who gets the digest or has yet to confirm the address, by login."""
    recipient, person = tables.recipient, tables.person
    query = (
        select(recipient, person.c.login, person.c.name, person.c.role)
        .join(person, person.c.id == recipient.c.person_id)
        .where(holds(recipient))
        .order_by(person.c.login)
    )
    rows = connection.execute(query).all()
    people = [row.person_id for row in rows]
    seen, confirmed = _clinics_seen(connection, people), _confirmed(connection, people)
    return [
        Recipient(
            id=row.id, person_id=row.person_id, login=row.login, name=row.name, role=row.role,
            clinic_id=row.clinic_id, clinic_ids=frozenset(row.clinic_ids) & seen.get(row.person_id, frozenset()),
            address=row.address, language=row.language, is_weekly=row.is_weekly,
            attaches_worklist=row.attaches_worklist, is_physician=row.is_physician,
            is_confirmed=(row.person_id, row.address) in confirmed, code_sha256=row.code_sha256,
        )
        for row in rows
    ]  # fmt: skip


def list_covers(connection: Connection, day: date) -> list[Cover]:
    """Who is away on a day, in the order in which it was entered."""
    cover = tables.cover
    query = select(cover).where(holds(cover), cover.c.from_on <= day, cover.c.until_on >= day).order_by(cover.c.id)
    return [_cover(row) for row in connection.execute(query)]


def _cover(row: Row[Any]) -> Cover:
    return Cover(row.id, row.person_id, row.from_on, row.until_on, row.deputy_id)


def _clinics_seen(connection: Connection, person_ids: Sequence[int]) -> Mapping[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    place = tables.person_clinic
    for some in in_pieces(person_ids):
        for row in connection.execute(select(place).where(place.c.person_id.in_(some))):
            found.setdefault(row.person_id, set()).add(row.clinic_id)
    return {person_id: frozenset(clinic_ids) for person_id, clinic_ids in found.items()}


def _confirmed(connection: Connection, person_ids: Sequence[int]) -> Collection[tuple[int, str]]:
    """Person and address, whichever row the confirmation was given for: other choices leave an address confirmed."""
    recipient, confirmation = tables.recipient, tables.confirmation
    query = (
        select(recipient.c.person_id, recipient.c.address)
        .join(confirmation, confirmation.c.recipient_id == recipient.c.id)
        .where(holds(confirmation))
    )
    found: set[tuple[int, str]] = set()
    for some in in_pieces(person_ids):
        rows = connection.execute(query.where(recipient.c.person_id.in_(some)))
        found |= {(row.person_id, row.address) for row in rows}
    return found
