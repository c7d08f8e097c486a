"""The rulebook: the protocol that holds for a treatment, with its overlays and its clinic's own settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from db import people, protocols
from db.closures import list_closures
from db.dossiers import Assignment
from db.engine import Connection
from db.people import Clinic
from schedules.errors import NotFound
from schedules.overlaying import escalate_after, lay_over, override
from schedules.parsing import parse_protocol
from schedules.protocol import Overlay, Protocol
from schedules.working_days import USUAL, IsWorkingDay, working_days


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What a clinic's configuration sets for one rule; None leaves the protocol's value."""

    before_days: int | None = None
    after_days: int | None = None
    escalation_days: tuple[int, ...] | None = None


Overrides = Mapping[str, Mapping[str, OwnSettings]]
"""Per clinic and rule: windows and escalation steps of the clinic's own."""


class Place(NamedTuple):
    """What a clinic's place decides: which days are working days, and when a day begins."""

    is_working_day: IsWorkingDay
    zone: ZoneInfo


@dataclass(slots=True)
class Rulebook:
    """Reads each version once. Give every transaction the same one; a version never changes."""

    overrides: Overrides = field(default_factory=dict)
    escalation: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    _combined: dict[tuple[str, tuple[str, ...], str], Protocol] = field(default_factory=dict)
    _read: dict[str, Protocol | Overlay] = field(default_factory=dict)
    _places: WeakKeyDictionary[Connection, dict[str, Place]] = field(default_factory=WeakKeyDictionary)

    def get(self, connection: Connection, assignment: Assignment, clinic_id: str) -> Protocol:
        """The protocol of a treatment as its clinic runs it."""
        key = (assignment.fingerprint, assignment.overlays, clinic_id)
        if key not in self._combined:
            self._combined[key] = self._combine(connection, assignment, clinic_id)
        return self._combined[key]

    def working_days_of(self, connection: Connection, clinic_id: str) -> IsWorkingDay:
        return self._place_of(connection, clinic_id).is_working_day

    def zone_of(self, connection: Connection, clinic_id: str) -> ZoneInfo:
        return self._place_of(connection, clinic_id).zone

    def forget_places(self, connection: Connection) -> None:
        """For who changed a clinic and goes on in the same transaction."""
        self._places.pop(connection, None)

    def _place_of(self, connection: Connection, clinic_id: str) -> Place:
        """Read once in each transaction, and by none of them kept for another: an administrator, perhaps at another
        replica, may change a clinic at any time."""
        own = self._places.setdefault(connection, {})
        if clinic_id not in own:
            own[clinic_id] = _read_place(connection, clinic_id)
        return own[clinic_id]

    def _combine(self, connection: Connection, assignment: Assignment, clinic_id: str) -> Protocol:
        below = self.read(connection, assignment.fingerprint)
        overlays = [self.read(connection, one) for one in assignment.overlays]
        assert isinstance(below, Protocol)
        combined = lay_over(below, [one for one in overlays if isinstance(one, Overlay)])
        return self.run_by(clinic_id, combined)

    def read(self, connection: Connection, fingerprint: str) -> Protocol | Overlay:
        """A version that the record keeps, read once: clinics and overlays make many combinations of a few files, and
        reading one takes longer than a plan."""
        if fingerprint not in self._read:
            self._read[fingerprint] = read_stored(connection, fingerprint)
        return self._read[fingerprint]

    def run_by(self, clinic_id: str, protocol: Protocol) -> Protocol:
        """A protocol with the windows and steps of a clinic's own."""
        if days := self.escalation.get(clinic_id):
            protocol = escalate_after(protocol, days)
        known = {rule.id for rule in protocol.rules}
        # A clinic's settings may speak of rules of several protocols; those of others are left aside here.
        own = {rule: change for rule, change in self.overrides.get(clinic_id, {}).items() if rule in known}
        return override(protocol, own)


def _read_place(connection: Connection, clinic_id: str) -> Place:
    clinic = _get_clinic(connection, clinic_id)
    closed = tuple((one.from_on, one.until_on) for one in list_closures(connection, clinic_id))
    weekdays = USUAL if clinic.working_weekdays is None else clinic.working_weekdays
    return Place(working_days(clinic.country, clinic.subdivision, weekdays, closed), ZoneInfo(clinic.time_zone))


def _get_clinic(connection: Connection, clinic_id: str) -> Clinic:
    clinic = people.find_clinic(connection, clinic_id)
    if clinic is None:
        raise NotFound(f"There is no clinic '{clinic_id}' in the record.")
    return clinic


def read_stored(connection: Connection, fingerprint: str) -> Protocol | Overlay:
    """A protocol or overlay version from the text that the record keeps."""
    stored = protocols.find_protocol(connection, fingerprint)
    if stored is None:
        raise NotFound(f"The record does not keep the protocol version {fingerprint[:12]}.")
    parsed = parse_protocol(stored.text, file=f"{stored.protocol_id} {stored.version}")
    if parsed.protocol is None:
        raise AssertionError(f"the stored text of {stored.protocol_id} {stored.version} no longer parses")
    return parsed.protocol
