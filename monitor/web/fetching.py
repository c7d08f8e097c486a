"""Fetching: what an address shows now, out of one consistent view of the record; runs in a worker thread."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime

from db.engine import Connection, reading
from db.feeds import Address
from db.migrate import NotReady
from db.people import PATIENT, Actor
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.services.address_feeds import NOTICE_FOR, get_feed_at, is_over, state_of_feed
from monitor.services.addresses import find_address
from monitor.services.desk import Desk
from monitor.web.answers import Headers
from monitor.web.kept import Day, Kept, day_around
from monitor.web.limits import Bucket
from monitor.web.packing import pack


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Looks addresses of one purpose up; `firm` are the headers that every answer carries."""

    program: Program
    versions: RecordVersion
    purpose: str
    firm: Headers

    def fetch(self, token: str, known: Kept | None, version: Hashable, now: datetime) -> Kept | None:
        """What to keep for a token; None where it opens nothing of this purpose.

        `version` was taken before, so that a commit meanwhile makes what is kept look old, never new.
        """
        if self.versions.is_away():
            raise NotReady("The file of the database is away.")
        with reading(self.program.engine) as connection:
            address = find_address(connection, token)
            if address is None or address.purpose != self.purpose:
                return None
            day, desk = self._desk(connection, address, now)
            kept = Kept(
                address.id, None, None, _gone_at(address), version, day,
                known.bucket if known else self._new_bucket(now), known.noted if known else {},
            )  # fmt: skip
            if is_over(address, now):
                return kept
            state = state_of_feed(desk, address)
            if known is not None and known.calendar is not None and known.state == state:
                return replace(kept, state=state, calendar=known.calendar, drawn=known.drawn)
            feed = get_feed_at(desk, self.program.config, address, drawn=known.drawn if known else {})
        calendar = pack(feed.render(), feed.changed_at, file=f"{self.purpose}.ics", firm=self.firm)
        return replace(kept, state=state, calendar=calendar, drawn=feed.drawn)

    def _desk(self, connection: Connection, address: Address, now: datetime) -> tuple[Day, Desk]:
        """The desk of one who only looks, and nowhere but at this clinic."""
        clinic_id, rulebook = address.clinic_id, self.program.rulebook
        day = day_around(now, rulebook.zone_of(connection, clinic_id))
        reader = Actor(0, "feed", "", PATIENT, frozenset({clinic_id}))
        return day, Desk(connection, reader, now, {clinic_id: day.on}, rulebook)

    def _new_bucket(self, now: datetime) -> Bucket:
        bucket = Bucket(self.program.config.feed.requests_per_minute, now)
        bucket.take(now)
        return bucket


def _gone_at(address: Address) -> datetime | None:
    """When the notice of a withdrawn address goes, too."""
    return address.ended_at + NOTICE_FOR if address.ended_at else None
