"""Glances: one look at the record's version for all requests that came in together, and none that is too old."""

import asyncio
from collections.abc import Hashable

from db.versions import RecordVersion


class Glance:
    """The record's version, looked up once for the requests that had come in by then.

    A look takes a dozen system calls. What the loop has received before it runs a task it hands over first, so that
    whoever shares a look asked before it was taken.
    """

    def __init__(self, versions: RecordVersion) -> None:
        self._versions = versions
        self._version: Hashable = None
        self._is_taken = False

    def take(self) -> Hashable:
        if not self._is_taken:
            # Runs after the tasks that are ready now, and before any that further requests make.
            asyncio.get_running_loop().call_soon(self._forget)
            self._version, self._is_taken = self._versions.read(), True
        return self._version

    def _forget(self) -> None:
        self._is_taken = False
