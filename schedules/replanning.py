"""Re-planning: the difference between what the record has and what the facts now amount to."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple, TypeVar
from typing import Protocol as Shape

from schedules.model import Key, Settlement
from schedules.settling import TAKEOVER
from schedules.status import State, state_of

LOST_TO = {Settlement.WITHDRAWN, Settlement.BEFORE_RECORD}
ANSWERED = {Settlement.DONE, Settlement.SUPERSEDED}


class Standing(NamedTuple):
    """A check as the record keeps it: its window and how it was settled."""

    opens_on: date
    due_on: date
    closes_on: date
    settlement: Settlement
    settled_on: date | None


class Pair(NamedTuple):
    """One check before and after."""

    key: Key
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class Difference:
    """What a re-plan changes, by key. A withdrawn check stays in the record; one that returns is moved."""

    added: tuple[tuple[Key, Standing], ...]
    moved: tuple[Pair, ...]
    withdrawn: tuple[tuple[Key, Standing], ...]
    settled: tuple[Pair, ...]
    untouched: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.moved or self.withdrawn or self.settled)


def compare(before: Mapping[Key, Standing], after: Mapping[Key, Standing]) -> Difference:
    """The difference by key; a check both moved and settled differently is listed as moved."""
    added, moved, withdrawn, settled = [], [], [], []
    for key, new in after.items():
        old = before.get(key)
        if old is None:
            added.append((key, new))
        elif old[:3] != new[:3] or old.settlement is Settlement.WITHDRAWN:
            moved.append(Pair(key, old, new))
        elif old[3:] != new[3:]:
            settled.append(Pair(key, old, new))
    for key, old in before.items():
        if key not in after and old.settlement is not Settlement.WITHDRAWN:
            withdrawn.append((key, old))
    untouched = len(after) - len(added) - len(moved) - len(settled)
    return Difference(tuple(added), tuple(moved), tuple(withdrawn), tuple(settled), untouched)


def losses(difference: Difference, today: date) -> tuple[tuple[Key, Standing], ...]:
    """The due and overdue checks that a re-plan would withdraw, postpone or declare before record.

    These need a confirmation of their own and stand in the next digest. The check that taking a patient
    over added may go without one where samples became known and nothing else changed: they answer it.
    """
    is_answered = _is_all_of_samples(difference)
    found = [(key, old) for key, old in difference.withdrawn if not (is_answered and _is_of_takeover(key))]
    found += [
        (pair.key, pair.before)
        for pair in (*difference.moved, *difference.settled)
        if pair.after.settlement in LOST_TO or _is_postponed(pair, today)
    ]
    return tuple((key, old) for key, old in found if _is_pressing(old, today))


def _is_all_of_samples(difference: Difference) -> bool:
    """Whether a sample alone can have made this difference: no days changed, and what was settled was answered."""
    others = [key for key, _ in difference.withdrawn if not _is_of_takeover(key)]
    answered = all(pair.after.settlement in ANSWERED for pair in difference.settled)
    return answered and not (difference.added or difference.moved or others)


def _is_of_takeover(key: Key) -> bool:
    return key.rule.endswith(TAKEOVER)


def _is_postponed(pair: Pair, today: date) -> bool:
    return pair.after.settlement is Settlement.OPEN and pair.after.closes_on > pair.before.closes_on


def _is_pressing(standing: Standing, today: date) -> bool:
    return standing.settlement is Settlement.OPEN and state_of(standing, today) in {State.DUE, State.OVERDUE}


class HasKey(Shape):
    """Whatever is said of one check."""

    @property
    def key(self) -> Key: ...


One = TypeVar("One", bound=HasKey)


def list_runs(changes: Iterable[One], likeness: Callable[[One], Hashable]) -> Iterator[list[One]]:
    """Runs of consecutive numbers of one rule that change in the same way, so that they can share a line."""
    ordered = sorted(changes, key=lambda one: one.key)
    for _, members in groupby(ordered, key=lambda one: (one.key.rule, likeness(one))):
        run: list[One] = []
        for one in members:
            if run and one.key.number != run[-1].key.number + 1:
                yield run
                run = []
            run.append(one)
        yield run
