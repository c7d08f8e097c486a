"""The feeds' door: a calendar to whoever holds its address, from memory as long as nothing changed."""

import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from anyio import CapacityLimiter, to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.clock import Clock
from monitor.services.addresses import APPOINTMENTS, TOKEN, WORKLIST
from monitor.web.answers import GONE, NOT_ALLOWED, NOT_FOUND, Answer, too_many
from monitor.web.clients import family_of
from monitor.web.conditions import still_has, unchanged_since, wants_gzip
from monitor.web.fetch_notes import FetchNotes
from monitor.web.fetching import Fetcher
from monitor.web.glance import Glance
from monitor.web.kept import Kept, Shelf
from monitor.web.packing import Packed

ADDRESS = re.compile(rf"/c/([^/]+)/({APPOINTMENTS}|{WORKLIST})\.ics")


class Wanted(NamedTuple):
    """The headers that matter; several lines of one name are one list."""

    if_none_match: bytes | None = None
    if_modified_since: bytes | None = None
    accept_encoding: bytes = b""
    user_agent: bytes = b""


class FeedLane:
    """Leads to the doors before any other route is tried, since nearly every request is a calendar program's."""

    def __init__(self, app: ASGIApp, *, doors: Iterable["FeedDoor"]) -> None:
        self._app = app
        self._doors = {door.purpose: door for door in doors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (found := ADDRESS.fullmatch(scope["path"])):
            token, purpose = found.groups()
            door = self._doors[purpose]
            scope["route"] = door
            return await door.answer(token, scope, send)
        return await self._app(scope, receive, send)


class FeedDoor:
    """Answers requests for one purpose."""

    def __init__(
        self, fetcher: Fetcher, clock: Clock, *, shelf: Shelf, notes: FetchNotes, threads: CapacityLimiter
    ) -> None:
        self._fetcher, self._clock, self._shelf, self._notes, self._threads = fetcher, clock, shelf, notes, threads
        self._glance = Glance(fetcher.versions)
        self.purpose = fetcher.purpose
        self.path = f"/c/{{token}}/{self.purpose}.ics"

    async def answer(self, token: str, scope: Scope, send: Send) -> None:
        method = scope["method"]
        if method not in {"GET", "HEAD"}:
            return await NOT_ALLOWED.send(send, method=method)
        now = self._clock.now()
        found = await self._find(token, now)
        if isinstance(found, Answer):
            return await found.send(send, method=method)
        assert found.calendar is not None
        wanted = read_headers(scope["headers"])
        await choose(found.calendar, wanted, now).send(send, method=method)
        if method == "GET":
            self._notes.note(found, family_of(wanted.user_agent), now)
        return None

    async def _find(self, token: str, now: datetime) -> Kept | Answer:
        """The calendar, from memory unless something may have changed; or the answer that there is none."""
        if not TOKEN.fullmatch(token):
            return NOT_FOUND
        key = self.purpose, sha256(token.encode()).digest()
        kept = self._shelf.find(key)
        if kept is not None and (seconds := kept.bucket.take(now)):
            return too_many(seconds)
        version = self._glance.take()
        if kept is None or not kept.holds(version, now):
            kept = await to_thread.run_sync(self._fetcher.fetch, token, kept, version, now, limiter=self._threads)
            if kept is None:
                self._shelf.drop(key)
                return NOT_FOUND
            self._shelf.put(key, kept)
        return GONE if kept.is_gone(now) else kept


def read_headers(headers: Iterable[tuple[bytes, bytes]]) -> Wanted:
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _READ:
            found[name] = found[name] + b", " + value if name in found else value
    return Wanted(
        found.get(b"if-none-match"),
        found.get(b"if-modified-since"),
        found.get(b"accept-encoding", b""),
        found.get(b"user-agent", b""),
    )


_READ = {b"if-none-match", b"if-modified-since", b"accept-encoding", b"user-agent"}


def choose(calendar: Packed, wanted: Wanted, now: datetime) -> Answer:
    """Packed or not, whole or "as you have it"; a tag outweighs a day, and what is too young has no day."""
    encoded = calendar.gzipped if wants_gzip(wanted.accept_encoding) else calendar.identity
    is_young = calendar.is_young(now)
    if wanted.if_none_match is not None:
        is_unchanged = still_has(wanted.if_none_match, encoded.etag)
    elif wanted.if_modified_since is not None and not is_young:
        is_unchanged = unchanged_since(wanted.if_modified_since, calendar.changed_at, now=now)
    else:
        is_unchanged = False
    answer = encoded.unchanged if is_unchanged else encoded.whole
    return answer.undated() if is_young else answer
