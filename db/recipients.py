"""Recipients: who of the staff gets the digest, for which clinics and at which address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from db import tables
from db.facts import holds, in_pieces
from db.letters import LetterState


@dataclass(frozen=True, slots=True)
class Recipient:
    """How a person gets the digest. `id` names the row; `clinic_ids` are those that the person may (still) see.

    Confirmed: somebody has read a mail that was sent to this address. `coded_at` is when the code was made that stands
    in that mail, in the row `coded_id`; `chosen_ids` are the clinics as they were entered.
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
    confirmed_at: datetime | None = None
    coded_at: datetime | None = None
    coded_id: int = 0
    chosen_ids: frozenset[str] = frozenset()


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
    coded = _coded(connection, people)
    return [
        Recipient(
            id=row.id, person_id=row.person_id, login=row.login, name=row.name, role=row.role,
            clinic_id=row.clinic_id, clinic_ids=frozenset(row.clinic_ids) & seen.get(row.person_id, frozenset()),
            address=row.address, language=row.language, is_weekly=row.is_weekly,
            attaches_worklist=row.attaches_worklist, is_physician=row.is_physician,
            is_confirmed=(row.person_id, row.address) in confirmed, code_sha256=row.code_sha256,
            confirmed_at=confirmed.get((row.person_id, row.address)),
            coded_at=coded[row.person_id, row.code_sha256][1], coded_id=coded[row.person_id, row.code_sha256][0],
            chosen_ids=frozenset(row.clinic_ids),
        )
        for row in rows
    ]  # fmt: skip


def find_recipient(connection: Connection, person_id: int) -> Recipient | None:
    """How one person gets the digest; None where they do not."""
    return next((one for one in list_recipients(connection) if one.person_id == person_id), None)


def find_owner(connection: Connection, recipient_id: int) -> tuple[int, str] | None:
    """Whose row it is or was, and the hash of its code."""
    recipient = tables.recipient
    row = connection.execute(
        select(recipient.c.person_id, recipient.c.code_sha256).where(recipient.c.id == recipient_id)
    ).one_or_none()
    return (row.person_id, row.code_sha256) if row else None


def lock_recipients(connection: Connection) -> None:
    """One at a time decides who gets the digest: of the last two, who leave at once, the second has to stay.

    Whoever only refers to a clinic goes on undisturbed. SQLite's transaction has the lock already.
    """
    clinic = tables.clinic
    connection.execute(select(clinic.c.id).order_by(clinic.c.id).with_for_update(key_share=True)).all()


def list_confirmations(connection: Connection, person_id: int) -> list[int]:
    """The confirmations that hold of a person's addresses, by row id."""
    recipient, confirmation = tables.recipient, tables.confirmation
    query = (
        select(confirmation.c.id)
        .join(recipient, recipient.c.id == confirmation.c.recipient_id)
        .where(recipient.c.person_id == person_id, holds(confirmation))
        .order_by(confirmation.c.id)
    )
    return list(connection.execute(query).scalars())


def count_deeds(connection: Connection, act: str, subject: str) -> int:
    """How often an act was entered of a subject."""
    history = tables.history
    query = select(func.count()).where(history.c.act == act, history.c.subject == subject)
    return int(connection.execute(query).scalar_one())


def list_last_sent(connection: Connection) -> Mapping[int, datetime]:
    """When a mail server last took a letter for each person."""
    letter = tables.letter
    query = (
        select(letter.c.person_id, func.max(letter.c.ended_at).label("at"))
        .where(letter.c.state == LetterState.SENT)
        .group_by(letter.c.person_id)
    )
    return {row.person_id: row.at for row in connection.execute(query)}


def list_treated_clinics(connection: Connection) -> frozenset[str]:
    """The clinics that have ever had a treatment."""
    return frozenset(connection.execute(select(tables.treatment.c.clinic_id).distinct()).scalars())


# --- Cover --------------------------------------------------------------------------------------------


def list_covers(connection: Connection, day: date) -> list[Cover]:
    """Who is away on a day, in the order in which it was entered."""
    cover = tables.cover
    query = select(cover).where(holds(cover), cover.c.from_on <= day, cover.c.until_on >= day).order_by(cover.c.id)
    return [_cover(row) for row in connection.execute(query)]


def list_covers_from(connection: Connection, day: date) -> list[Cover]:
    """Who is or will be away on a day or after it, the earliest first."""
    cover = tables.cover
    query = select(cover).where(holds(cover), cover.c.until_on >= day).order_by(cover.c.from_on, cover.c.id)
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


def _confirmed(connection: Connection, person_ids: Sequence[int]) -> Mapping[tuple[int, str], datetime]:
    """By person and address since when, whichever row it was given for: other choices leave an address confirmed."""
    recipient, confirmation = tables.recipient, tables.confirmation
    query = (
        select(recipient.c.person_id, recipient.c.address, confirmation.c.entered_at)
        .join(confirmation, confirmation.c.recipient_id == recipient.c.id)
        .where(holds(confirmation))
        .order_by(confirmation.c.id.desc())
    )
    found: dict[tuple[int, str], datetime] = {}
    for some in in_pieces(person_ids):
        for row in connection.execute(query.where(recipient.c.person_id.in_(some))):
            found[row.person_id, row.address] = row.entered_at  # the earliest stays
    return found


def _coded(connection: Connection, person_ids: Sequence[int]) -> Mapping[tuple[int, str], tuple[int, datetime]]:
    """By person and code in which row and when it was made: other choices carry it along."""
    recipient = tables.recipient
    query = select(recipient.c.id, recipient.c.person_id, recipient.c.code_sha256, recipient.c.entered_at)
    found: dict[tuple[int, str], tuple[int, datetime]] = {}
    for some in in_pieces(person_ids):
        for row in connection.execute(query.where(recipient.c.person_id.in_(some)).order_by(recipient.c.id.desc())):
            found[row.person_id, row.code_sha256] = (row.id, row.entered_at)
    return found
