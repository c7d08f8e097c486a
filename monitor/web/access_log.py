"""The access log: one line a request, with the route's shape in place of its path, written a handful at a time."""

import asyncio
import logging
import re
from functools import lru_cache

from starlette.types import Scope

from monitor.clock import Clock
from monitor.logs import HIDDEN

logger = logging.getLogger("monitor.access")
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "REPORT"}
PARAMETER = re.compile(r"\{[^}]*\}")
NO_ROUTE = "(nothing)"
AT_ONCE = 500
SECONDS = 0.5


class AccessLog:
    """`2026-11-02T08:00:00Z GET /c/…/appointments.ics 304 0.2 ms`.

    Handing each line to `logging` alone would cost as much as the rest of an answer from memory.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: list[str] = []

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        if not logger.isEnabledFor(logging.INFO):
            return
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        at = self._clock.now().isoformat(timespec="seconds")[:19]
        self._lines.append(f"{at}Z {method} {shape_of(scope)} {status} {seconds * 1000:.1f} ms")
        if len(self._lines) >= AT_ONCE:
            self.write()
        elif len(self._lines) == 1:
            asyncio.get_running_loop().call_later(SECONDS, self.write)

    def write(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            logger.info("\n".join(lines))


def shape_of(scope: Scope) -> str:
    """`/c/…/appointments.ics`: the route, with its secrets left out."""
    path: str | None = getattr(scope.get("route"), "path", None)
    return _without_secrets(path) if path else NO_ROUTE


@lru_cache(maxsize=100)
def _without_secrets(path: str) -> str:
    return PARAMETER.sub(HIDDEN, path)
