"""Grounds: what a judgement of a patient's rows rests on beside the rows, looked up once for a whole file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from db import imports
from db import protocols as versions
from db.dossiers import Assignment
from monitor.services import approving
from monitor.services.desk import Desk
from monitor.services.importing.headings import Layout, plain
from schedules.errors import NeedsApproval
from schedules.problems import did_you_mean
from schedules.protocol import Overlay, Protocol

MOST_GUESSES = 25
"""A guess compares with every reference of the record; a file of another hospital would take all day."""

Fault = tuple[str, str]
"""What is wrong, and a hint."""


class Unassignable(NamedTuple):
    """Why a protocol with overlays cannot be followed: the column to blame, what is wrong, and a hint."""

    column: str
    message: str
    hint: str


@dataclass
class Grounds:
    """The desk, the layout of the file, and the clinics, protocols and references that it may name.

    `library` are the ids of the protocol files of this installation, approved or not.
    """

    desk: Desk
    layout: Layout
    library: Sequence[str]
    horizon_years: int
    _assigned: dict[tuple[str, tuple[str, ...]], Assignment | Unassignable] = field(default_factory=dict)
    _families: dict[tuple[Assignment, str], dict[str, set[str]]] = field(default_factory=dict)
    _guesses: int = 0

    def find_clinic_fault(self, clinic_id: str) -> Fault | None:
        """Why a clinic cannot be meant; one that the person may not see is as unknown as one that is not there."""
        if clinic_id in self.desk.today and self.desk.may_see(clinic_id):
            return None
        return f"There is no clinic '{clinic_id}' among yours.", did_you_mean(clinic_id, self.desk.actor.clinic_ids)

    def assign(self, protocol_id: str, overlay_ids: tuple[str, ...]) -> Assignment | Unassignable:
        """The approved version of a protocol with overlays, or why there is none."""
        key = (protocol_id, overlay_ids)
        if key not in self._assigned:
            self._assigned[key] = self._assign(protocol_id, overlay_ids)
        return self._assigned[key]

    def _assign(self, protocol_id: str, overlay_ids: tuple[str, ...]) -> Assignment | Unassignable:
        marks: list[str] = []
        for column, one in (("protocol", protocol_id), *(("overlays", overlay) for overlay in overlay_ids)):
            mark = self._find_approved(one)
            if isinstance(mark, tuple):
                return Unassignable(column, *mark)
            version = self.desk.rulebook.read(self.desk.connection, mark)
            if isinstance(version, Overlay) == (column == "protocol"):
                noun = "an overlay" if isinstance(version, Overlay) else "a protocol"
                return Unassignable(column, f"'{one}' is {noun}.", "It stands in the wrong column.")
            if isinstance(version, Overlay) and protocol_id not in version.over:
                message = f"The overlay '{one}' is not made for '{protocol_id}'."
                return Unassignable(column, message, f"It is for {', '.join(version.over)}.")
            marks.append(mark)
        return Assignment(marks[0], tuple(marks[1:]), None)

    def _find_approved(self, protocol_id: str) -> str | Fault:
        try:
            return approving.get_approved(self.desk, protocol_id)
        except NeedsApproval as refusal:
            known = {*self.library, *(one.protocol_id for one in versions.list_protocols(self.desk.connection))}
            if protocol_id in known:
                return refusal.sentence, refusal.next_step
            return f"There is no protocol '{protocol_id}'.", did_you_mean(protocol_id, known)

    def get_protocol(self, assignment: Assignment, clinic_id: str) -> Protocol:
        return self.desk.rulebook.get(self.desk.connection, assignment, clinic_id)

    def list_families(self, assignment: Assignment, clinic_id: str) -> dict[str, set[str]]:
        """The families that a word may mean: by their own name, a rule's id, or its title in any language."""
        key = (assignment, clinic_id)
        if key not in self._families:
            found: dict[str, set[str]] = {}
            for rule in self.get_protocol(assignment, clinic_id).rules:
                for word in (rule.id, rule.family, *rule.title.values()):
                    found.setdefault(plain(word), set()).add(rule.family)
            self._families[key] = found
        return self._families[key]

    def guess_reference(self, reference: str) -> str:
        """The reference that may be meant, among those that the person may see."""
        self._guesses += 1
        return did_you_mean(reference, self._references) if self._guesses <= MOST_GUESSES else ""

    @cached_property
    def _references(self) -> Sequence[str]:
        return imports.list_references(self.desk.connection, sorted(self.desk.actor.clinic_ids))
