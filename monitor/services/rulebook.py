"""The rulebook: the protocol that holds for a treatment, with its overlays and its clinic's own settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from db import protocols
from db.clinic_days import find_days
from db.dossiers import Assignment
from db.engine import Connection
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


@dataclass(frozen=True, slots=True)
class LocalDays:
    """A clinic's time zone and working days, how often they have been changed, and when last."""

    zone: ZoneInfo
    is_working_day: IsWorkingDay
    changes: int
    changed_at: datetime | None


@dataclass(slots=True)
class Rulebook:
    """Reads each version once. Give every transaction the same one; a version never changes."""

    overrides: Overrides = field(default_factory=dict)
    escalation: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    _combined: dict[tuple[str, tuple[str, ...], str], Protocol] = field(default_factory=dict)
    _read: dict[str, Protocol | Overlay] = field(default_factory=dict)

    def get(self, connection: Connection, assignment: Assignment, clinic_id: str) -> Protocol:
        """The protocol of a treatment as its clinic runs it."""
        key = (assignment.fingerprint, assignment.overlays, clinic_id)
        if key not in self._combined:
            self._combined[key] = self._combine(connection, assignment, clinic_id)
        return self._combined[key]

    def days_of(self, connection: Connection, clinic_id: str) -> LocalDays:
        """What makes a day at a clinic, read anew each time: an administrator may have changed it in another process.

        One question, and no more: the tests for equal values are one and the same. Whoever is about to store something
        asks after locking the treatment, so that no change slips in between.
        """
        days = find_days(connection, clinic_id)
        if days is None:
            raise NotFound(f"There is no clinic '{clinic_id}' in the record.")
        return LocalDays(
            ZoneInfo(days.time_zone),
            working_days(days.country, days.subdivision, days.weekdays, days.closures),
            days.changes,
            days.changed_at,
        )

    def working_days_of(self, connection: Connection, clinic_id: str) -> IsWorkingDay:
        return self.days_of(connection, clinic_id).is_working_day

    def zone_of(self, connection: Connection, clinic_id: str) -> ZoneInfo:
        return self.days_of(connection, clinic_id).zone

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


def read_stored(connection: Connection, fingerprint: str) -> Protocol | Overlay:
    """A protocol or overlay version from the text that the record keeps."""
    stored = protocols.find_protocol(connection, fingerprint)
    if stored is None:
        raise NotFound(f"The record does not keep the protocol version {fingerprint[:12]}.")
    parsed = parse_protocol(stored.text, file=f"{stored.protocol_id} {stored.version}")
    if parsed.protocol is None:
        raise AssertionError(f"the stored text of {stored.protocol_id} {stored.version} no longer parses")
    return parsed.protocol
