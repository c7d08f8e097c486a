"""Differences: what a re-plan would change, as rows that a person can check, from day to day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.render.staff.speaking import Speaker
from schedules.model import Key, Settlement
from schedules.protocol import Protocol
from schedules.replanning import Difference, Standing


@dataclass(frozen=True, slots=True)
class Change:
    """Checks that change together: what they are, their day before and after (None: they were not, or are not any
    more), and how they stand; `count` is how many they are."""

    title: str
    count: int
    before: date | None
    after: date | None
    word: str


def list_changes(difference: Difference, protocol: Protocol, say: Speaker) -> Mapping[str, Sequence[Change]]:
    """By kind, each in order of the day; a kind of which there is nothing is left out."""
    found = {
        "added": [_change(key, None, one, protocol, say) for key, one in difference.added],
        "moved": [_change(one.key, one.before, one.after, protocol, say) for one in difference.moved],
        "withdrawn": [_change(key, one, None, protocol, say) for key, one in difference.withdrawn],
        "settled": [_change(one.key, one.before, one.after, protocol, say) for one in difference.settled],
    }
    return {
        kind: sorted(rows, key=lambda row: row.after or row.before or date.min) for kind, rows in found.items() if rows
    }


def list_losses(losses: Sequence[tuple[Key, Standing]], protocol: Protocol, say: Speaker) -> Sequence[Change]:
    """The due and overdue checks that would go or be postponed."""
    return [_change(key, one, None, protocol, say) for key, one in losses]


def _change(key: Key, before: Standing | None, after: Standing | None, protocol: Protocol, say: Speaker) -> Change:
    rule = protocol.find_rule(key.rule)
    words = list(_words(before, after, say))
    return Change(
        title=f"{say.text(rule.title) if rule else key.rule} {key.number}",
        count=1,
        before=before.due_on if before else None,
        after=after.due_on if after else None,
        word=" → ".join(words),
    )


def _words(before: Standing | None, after: Standing | None, say: Speaker) -> Iterator[str]:
    """How the check was and is settled, where that says something."""
    stands = [one.settlement for one in (before, after) if one is not None]
    if len(set(stands)) > 1 or any(one is not Settlement.OPEN for one in stands):
        for one in dict.fromkeys(stands):
            yield say(f"state-{one.value}")
