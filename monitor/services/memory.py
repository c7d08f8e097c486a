"""Memory: what was worked out of a treatment, kept by a process for as long as nobody has acted on it."""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

MOST = 50_000
"""Things that are kept, of a few kilobytes each; the ones that nobody asked for longest go first."""


Name = tuple[str, int | str]
"""What it is, and of which treatment or clinic."""
Thing = TypeVar("Thing")


class Memory:
    """For whoever only looks. A stamp has to say everything that the thing depends on; equal stamps, equal things.

    Nobody who writes may use it: what they see may never come to be, and would be remembered.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[Name, tuple[object, Any]] = {}
        self._lock = Lock()

    def find(self, name: Name, stamp: object) -> Any:
        """What is kept under the name with that stamp; None where there is none."""
        with self._lock:
            found = self._kept.pop(name, None)
            if found is None or found[0] != stamp:
                return None
            self._kept[name] = found  # now the one that was asked for last
            return found[1]

    def keep(self, name: Name, stamp: object, thing: object) -> None:
        """Keep one thing under the name, in place of what was there."""
        with self._lock:
            self._kept.pop(name, None)
            self._kept[name] = stamp, thing
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]


def recall(memory: Memory | None, name: Name, stamp: object, make: Callable[[], Thing]) -> Thing:
    """What is remembered under the name with that stamp, or else what is made now; without a memory always that."""
    if memory is None:
        return make()
    found: Thing | None = memory.find(name, stamp)
    if found is None:
        found = make()
        memory.keep(name, stamp, found)
    return found
