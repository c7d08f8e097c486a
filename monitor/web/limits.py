"""Limits: an address may be asked often, but not without end; the answer says when to come back."""

import math
from datetime import datetime


class Bucket:
    """So many requests at once, and so many more each minute; one per known address."""

    __slots__ = ("_at", "_left", "_per_minute")

    def __init__(self, per_minute: int, at: datetime) -> None:
        self._per_minute = per_minute
        self._left = float(per_minute)
        self._at = at

    def take(self, at: datetime) -> int:
        """Takes one and returns 0, or takes none and returns the seconds until there is one."""
        passed = (at - self._at).total_seconds()
        if passed:
            # A clock that was set back gives nothing and takes nothing.
            self._left = min(self._per_minute, self._left + max(passed, 0.0) * self._per_minute / 60)
            self._at = at
        if self._left < 1:
            return max(1, math.ceil(round((1 - self._left) * 60 / self._per_minute, 3)))
        self._left -= 1
        return 0
