"""The desk: one transaction, with who acts, when, what day it is at each clinic, and the rules in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from db.engine import Connection
from db.facts import Stamp
from db.people import PATIENT, Actor
from monitor.services.rulebook import Rulebook
from schedules.errors import NotAllowed, Unacceptable

MAY_WRITE = {"nurse", "clinician", "admin"}
PATIENTS_ACTS = {"report", "report taken back", "away", "away taken back", "wishes"}
"""What patients may enter on their own page: what they tell us, never what a nurse decides."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every service gets. `today` was worked out once, from `at` and each clinic's time zone."""

    connection: Connection
    actor: Actor
    at: datetime
    today: Mapping[str, date]
    rulebook: Rulebook

    def stamp(self, *, reason: str | None = None, decided_by: str | None = None) -> Stamp:
        """Who enters a fact now; the reason and the person who decided, where they differ."""
        return Stamp(self.actor.id, self.at, reason, decided_by)

    def may_see(self, clinic_id: str) -> bool:
        return clinic_id in self.actor.clinic_ids

    def require_writer(self, act: str = "") -> None:
        """Refuse (NotAllowed) whoever may not act; a patient may tell what stands in `PATIENTS_ACTS`."""
        if self.actor.role == PATIENT and act in PATIENTS_ACTS:
            return
        if self.actor.role not in MAY_WRITE:
            raise NotAllowed(
                f"'{self.actor.login}' may look but not change anything.", "Ask a nurse or a clinician of the clinic."
            )

    def require_admin(self) -> None:
        if self.actor.role != "admin":
            raise NotAllowed(f"Only an administrator may do this; '{self.actor.login}' is none.")

    def decider(self, decided_by: str | None) -> str:
        """Who decided: the person named, or the acting clinician. A decision without a clinician is refused."""
        if decided_by:
            return decided_by
        if self.actor.role == "clinician":
            return self.actor.name
        raise Unacceptable(
            "A clinician decides this, and none was named.", "Name the clinician who decided (--decided-by).",
            code="decider-missing",
        )  # fmt: skip
