"""Fetch notes: when which family of programs last fetched, written after the answer and never in its way."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from anyio import to_thread

from db import feeds
from db.engine import Engine, writing
from db.failures import FAILURES
from db.versions import RecordVersion
from monitor.web.kept import Kept

AT_MOST_EVERY = timedelta(minutes=15)
logger = logging.getLogger("monitor.web")


class FetchNotes:
    """Collects what is to be written down and writes it in the background, all that came meanwhile at once."""

    def __init__(self, engine: Engine, versions: RecordVersion) -> None:
        self._engine, self._versions = engine, versions
        self._waiting: dict[tuple[int, str], datetime] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, kept: Kept, client: str, at: datetime) -> None:
        """Takes note of a fetch unless one by the same family was noted a moment ago."""
        last = kept.noted.get(client)
        if last is not None and last <= at < last + AT_MOST_EVERY:
            return
        kept.noted[client] = at
        self._waiting[kept.feed_id, client] = at
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def finish(self) -> None:
        """Wait for what is being written."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, {}
            try:
                await to_thread.run_sync(self._keep, some)
            except FAILURES as failure:
                logger.warning("who fetched could not be written down: %s", type(failure).__name__)

    def _keep(self, some: Mapping[tuple[int, str], datetime]) -> None:
        if self._versions.is_away():  # connecting would leave an empty file in its place
            return
        with writing(self._engine) as connection:
            for (feed_id, client), at in some.items():
                feeds.note_fetch(connection, feed_id, client, at)
