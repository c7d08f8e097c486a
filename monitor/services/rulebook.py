"""The rulebook: the protocol that holds for a treatment, with its overlays and its clinic's own settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from db import people, protocols
from db.dossiers import Assignment
from db.engine import Connection
from db.people import Clinic
from schedules.errors import NotFound
from schedules.overlaying import escalate_after, lay_over, override
from schedules.parsing import parse_protocol
from schedules.protocol import Overlay, Protocol
from schedules.working_days import IsWorkingDay, working_days


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What a clinic's configuration sets for one rule; None leaves the protocol's value."""

    before_days: int | None = None
    after_days: int | None = None
    escalation_days: tuple[int, ...] | None = None


Overrides = Mapping[str, Mapping[str, OwnSettings]]
"""Per clinic and rule: windows and escalation steps of the clinic's own."""


@dataclass(slots=True)
class Rulebook:
    """Reads each version once. Give every transaction the same one; a version never changes."""

    overrides: Overrides = field(default_factory=dict)
    escalation: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    _combined: dict[tuple[str, tuple[str, ...], str], Protocol] = field(default_factory=dict)
    _read: dict[str, Protocol | Overlay] = field(default_factory=dict)
    _working_days: dict[str, IsWorkingDay] = field(default_factory=dict)
    _zones: dict[str, ZoneInfo] = field(default_factory=dict)

    def get(self, connection: Connection, assignment: Assignment, clinic_id: str) -> Protocol:
        """The protocol of a treatment as its clinic runs it."""
        key = (assignment.fingerprint, assignment.overlays, clinic_id)
        if key not in self._combined:
            self._combined[key] = self._combine(connection, assignment, clinic_id)
        return self._combined[key]

    def working_days_of(self, connection: Connection, clinic_id: str) -> IsWorkingDay:
        if clinic_id not in self._working_days:
            clinic = _get_clinic(connection, clinic_id)
            self._working_days[clinic_id] = working_days(clinic.country, clinic.subdivision)
        return self._working_days[clinic_id]

    def zone_of(self, connection: Connection, clinic_id: str) -> ZoneInfo:
        """The time zone of a clinic, which nobody can change once it is in the record."""
        if clinic_id not in self._zones:
            self._zones[clinic_id] = ZoneInfo(_get_clinic(connection, clinic_id).time_zone)
        return self._zones[clinic_id]

    def _combine(self, connection: Connection, assignment: Assignment, clinic_id: str) -> Protocol:
        below = self._read_once(connection, assignment.fingerprint)
        overlays = [self._read_once(connection, one) for one in assignment.overlays]
        assert isinstance(below, Protocol)
        combined = lay_over(below, [one for one in overlays if isinstance(one, Overlay)])
        return self.run_by(clinic_id, combined)

    def _read_once(self, connection: Connection, fingerprint: str) -> Protocol | Overlay:
        """Clinics and overlays make many combinations of a few files, and reading one takes longer than a plan."""
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
