"""Memory: what was worked out of a treatment, kept by a process for as long as nobody has acted on it."""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, TypeVar

MOST_KILOBYTES = 300_000
"""What is kept in all; the things that nobody asked for longest go first."""
SMALL = 10
"""Kilobytes of what is said of one treatment on the worklist, measured in the example clinic."""


Name = tuple[str, int | str]
"""What it is, and of which treatment or clinic."""
Thing = TypeVar("Thing")


class Memory:
    """For whoever only looks. A stamp has to say everything that the thing depends on; equal stamps, equal things.

    Nobody who writes may use it: what they see may never come to be, and would be remembered.
    """

    def __init__(self, most_kilobytes: int = MOST_KILOBYTES) -> None:
        self._most, self._held = most_kilobytes, 0
        self._kept: dict[Name, _Kept] = {}
        self._lock = Lock()

    def find(self, name: Name, stamp: object) -> Any:
        """What is kept under the name with that stamp; None where there is none."""
        with self._lock:
            found = self._kept.get(name)
            if found is None or found.stamp != stamp:
                return None
            self._kept[name] = self._kept.pop(name)  # now the one that was asked for last
            return found.thing

    def keep(self, name: Name, stamp: object, thing: object, *, kilobytes: int = SMALL) -> None:
        """Keep one thing under the name, in place of what was there; `kilobytes` is about what it takes."""
        with self._lock:
            if before := self._kept.pop(name, None):
                self._held -= before.kilobytes
            self._kept[name] = _Kept(stamp, thing, kilobytes)
            self._held += kilobytes
            while self._held > self._most:
                self._held -= self._kept.pop(next(iter(self._kept))).kilobytes


class _Kept(NamedTuple):
    stamp: object
    thing: Any
    kilobytes: int


def recall(
    memory: Memory | None, name: Name, stamp: object, make: Callable[[], Thing], *, kilobytes: int = SMALL
) -> Thing:
    """What is remembered under the name with that stamp, or else what is made now; always that without a memory, and
    where there is no stamp (None)."""
    if memory is None or stamp is None:
        return make()
    found: Thing | None = memory.find(name, stamp)
    if found is None:
        found = make()
        memory.keep(name, stamp, found, kilobytes=kilobytes)
    return found


def recall_each(
    memory: Memory | None,
    kind: str,
    ids: Sequence[int],
    stamps: Mapping[int, object],
    make: Callable[[Sequence[int]], Mapping[int, Thing]],
) -> dict[int, Thing]:
    """The same of several treatments: `make` gets those that are not remembered, and may leave some out; one without a
    stamp never is."""
    known: dict[int, Thing] = {}
    if memory is not None:
        known = {
            one: thing
            for one in ids
            if one in stamps and (thing := memory.find((kind, one), stamps[one])) is not None
        }  # fmt: skip
    new = [one for one in ids if one not in known]
    made = make(new) if new else {}
    if memory is not None:
        for one in made.keys() & stamps.keys():
            memory.keep((kind, one), stamps[one], made[one])
    return {**known, **made}
