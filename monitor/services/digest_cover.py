"""Whose clinics a digest covers: the recipient's own, and those of everybody who is away and named them as deputy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from db.people import Actor
from db.recipients import Cover, Recipient
from monitor.render.digest_parts import Lacking, StandIn, Uncovered


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody on one day: the people by id, how each gets the digest, and who is away."""

    people: Mapping[int, Actor]
    recipients: Mapping[int, Recipient]
    covers: Sequence[Cover]

    def is_away(self, person_id: int) -> bool:
        return any(cover.person_id == person_id for cover in self.covers)

    def clinics_of(self, person_id: int) -> frozenset[str]:
        """The clinics that a person answers for; whoever gets no digest answers for those that they see."""
        recipient, person = self.recipients.get(person_id), self.people.get(person_id)
        return recipient.clinic_ids if recipient else person.clinic_ids if person else frozenset()


@dataclass(frozen=True, slots=True)
class Round:
    """The clinics of one digest, for whom it stands in at each, and whether an administrator reads it."""

    clinic_ids: frozenset[str]
    stands_in: Mapping[str, tuple[StandIn, ...]]
    is_admin: bool


def find_round(reader: Recipient, staff: Staff) -> Round:
    """The reader's clinics and, unless the reader is away, those of the people whom they stand in for.

    Of a clinic that the deputy may not see there is nothing; `list_uncovered` tells administrators.
    """
    stands_in: dict[str, tuple[StandIn, ...]] = {}
    is_admin = reader.role == "admin"
    for cover in [] if staff.is_away(reader.person_id) else staff.covers:
        if cover.deputy_id == reader.person_id and cover.person_id in staff.people:
            away = staff.people[cover.person_id]
            is_admin = is_admin or away.role == "admin"
            for clinic_id in staff.clinics_of(away.id) & _seen_by(reader, staff):
                stands_in[clinic_id] = (*stands_in.get(clinic_id, ()), StandIn(away.name, cover.until_on))
    return Round(reader.clinic_ids | stands_in.keys(), stands_in, is_admin)


def list_uncovered(staff: Staff, clinic_ids: frozenset[str]) -> Iterator[Uncovered]:
    """Who of some clinics is away without anybody whose digest contains theirs; a deputy who is away is none."""
    for cover in staff.covers:
        away = staff.people.get(cover.person_id)
        if away is None or not staff.clinics_of(away.id) & clinic_ids:
            continue
        deputy = staff.people.get(cover.deputy_id) if cover.deputy_id else None
        why = _lacking(staff, away, deputy)
        if why:
            yield Uncovered(away.name, cover.until_on, why, deputy.name if deputy else "")


def _lacking(staff: Staff, away: Actor, deputy: Actor | None) -> Lacking | None:
    if deputy is None:
        return Lacking.NOBODY
    if staff.is_away(deputy.id):
        return Lacking.AWAY
    recipient = staff.recipients.get(deputy.id)
    if recipient is None or not recipient.is_confirmed:
        return Lacking.NO_DIGEST
    return Lacking.MAY_NOT_SEE if staff.clinics_of(away.id) - _seen_by(recipient, staff) else None


def _seen_by(reader: Recipient, staff: Staff) -> frozenset[str]:
    person = staff.people.get(reader.person_id)
    return person.clinic_ids if person else frozenset()
