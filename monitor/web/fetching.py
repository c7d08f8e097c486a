"""Fetching: what an address shows now, out of one consistent view of the record; runs in a worker thread."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from db import feeds
from db.engine import Connection, reading, writing
from db.feeds import Address
from db.migrate import NotReady
from db.people import PATIENT, Actor
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.services.addresses import find_address
from monitor.services.desk import Desk
from monitor.services.feeds import NOTICE_FOR, Drawn, get_feed_at, is_over, state_of_feed
from monitor.web.answers import Headers
from monitor.web.kept import Day, Kept, day_around
from monitor.web.limits import Bucket
from monitor.web.packing import Packed, pack

ATTEMPTS = 3
"""Renderings until nothing is committed meanwhile; after that the last one is served, right when it was read."""


@dataclass(frozen=True, slots=True)
class Found:
    """An address in one view of the record: its clinic's desk, the state that its bytes follow from, and the bytes.

    No state: even the notice has gone. No bytes: they are those that are known.
    """

    address: Address
    day: Day
    desk: Desk
    state: Hashable = None
    content: bytes | None = None
    drawn: Mapping[int, Drawn] = field(default_factory=dict)


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
        found, calendar = None, None
        for _ in range(ATTEMPTS):
            found = self._find(token, known, now)
            if found is None:
                return None
            if found.content is None:
                calendar = known.calendar if known and found.state is not None else None
                break
            calendar, is_latest = self._date(found, found.content, version)
            if is_latest:
                break
            version = self.versions.read()
        assert found is not None
        gone_at = found.address.ended_at + NOTICE_FOR if found.address.ended_at else None
        bucket = known.bucket if known else self._new_bucket(now)
        noted = known.noted if known else {}
        return Kept(found.address.id, found.state, calendar, gone_at, version, found.day, bucket, noted, found.drawn)

    def _find(self, token: str, known: Kept | None, now: datetime) -> Found | None:
        with reading(self.program.engine) as connection:
            address = find_address(connection, token)
            if address is None or address.purpose != self.purpose:
                return None
            day, desk = self._desk(connection, address, now)
            if is_over(address, now):
                return Found(address, day, desk)
            state = state_of_feed(desk, address)
            if known is not None and known.calendar is not None and known.state == state:
                return Found(address, day, desk, state, drawn=known.drawn)
            before = known.drawn if known else {}
            feed = get_feed_at(desk, self.program.config, address, drawn=before)
            return Found(address, day, desk, state, feed.render(), feed.drawn)

    def _date(self, found: Found, content: bytes, version: Hashable) -> tuple[Packed, bool]:
        """The bytes with their Last-Modified, and whether they were still the latest when that was written down.

        Two who render at once write in turn; whoever read the older record has to come again, or a client could see
        Last-Modified go back.
        """
        digest = sha256(content).hexdigest()
        with writing(self.program.engine) as connection:
            changed_at = feeds.note_state(connection, found.address.id, digest, found.desk.at)
            # While SQLite lets nobody else write, an unchanged version is proof enough.
            is_latest = version is not None and version == self.versions.read()
            if not is_latest:
                is_latest = state_of_feed(replace(found.desk, connection=connection), found.address) == found.state
        return pack(content, changed_at, file=f"{self.purpose}.ics", firm=self.firm), is_latest

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
