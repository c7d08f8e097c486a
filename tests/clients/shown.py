"""What a calendar client shows its user, in one shape for every client, so that they can be compared."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the client's calendar; what it shows twice stands twice in its list."""

    uid: str
    """Nothing where the client keeps no UIDs."""
    summary: str
    starts: date | datetime
    """A day, or an aware instant."""
    ends: date | datetime
    """The first day, or instant, that no longer belongs to it."""
    status: str = ""
    """CONFIRMED, TENTATIVE, CANCELLED, or nothing where the calendar says nothing."""
    sequence: int = 0
    alarms: tuple[timedelta, ...] = ()
    """How long after the start it rings; negative before."""

    @property
    def day(self) -> date:
        return self.starts.date() if isinstance(self.starts, datetime) else self.starts


class Client(Protocol):
    """A calendar program with one subscription and a home directory of its own."""

    keeps_uids: ClassVar[bool]

    def subscribe(self, url: str) -> None:
        """Add the calendar at `url`, as its user would; nothing has to be fetched yet."""

    def refresh(self) -> str:
        """Ask the server now and wait for the end of it; returns the complaint, or nothing when all is well."""

    def events(self) -> list[Shown]:
        """Everything it shows, in order of days, then of titles."""

    def close(self) -> None:
        """Stop what it started."""


def in_order(events: list[Shown]) -> list[Shown]:
    return sorted(events, key=lambda one: (one.day, one.summary, one.uid))


def as_kept_by(client: Client, events: list[Shown]) -> list[Shown]:
    """The events as this client can show them."""
    return in_order(events if client.keeps_uids else [replace(one, uid="") for one in events])
