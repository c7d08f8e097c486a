"""Previews: what planning many patients again would change, totals first, then each patient rule by rule."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.render.staff.speaking import Speaker
from schedules.model import Key
from schedules.protocol import Protocol
from schedules.replanning import Difference, Pair, Standing

KINDS = ("withdrawn", "moved", "added", "settled")
"""What asks for attention first."""


class Row(NamedTuple):
    """What happens to one check, or to so many of a rule; `kind` is one of `KINDS`."""

    kind: str
    title: str
    checks: int
    sentence: str


@dataclass(frozen=True, slots=True)
class PatientPreview:
    """One patient. `losses` are due or overdue checks that would go; `refusal`: there can be no such plan."""

    clinic_id: str
    reference: str
    treatment_id: int
    revision: int
    old_versions: Sequence[str]
    new_versions: Sequence[str]
    counts: Sequence[tuple[str, int]] = ()
    rows: Sequence[Row] = ()
    losses: Sequence[str] = ()
    refusal: str = ""

    @property
    def changes(self) -> int:
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class Preview:
    """All patients of a page, those who would lose a check first."""

    patients: Sequence[PatientPreview]

    @property
    def losing(self) -> Sequence[PatientPreview]:
        return [one for one in self.patients if one.losses]

    @property
    def impossible(self) -> Sequence[PatientPreview]:
        return [one for one in self.patients if one.refusal]

    @property
    def safe(self) -> Sequence[PatientPreview]:
        return [one for one in self.patients if not one.losses and not one.refusal]

    @property
    def totals(self) -> Sequence[tuple[str, int]]:
        """How many checks over all patients, by kind."""
        return [(kind, sum(dict(one.counts).get(kind, 0) for one in self.patients)) for kind in KINDS]


def count_kinds(difference: Difference) -> Sequence[tuple[str, int]]:
    return [(kind, len(getattr(difference, kind))) for kind in KINDS]


def tell_rows(difference: Difference, name: "Names", say: Speaker, *, is_whole: bool) -> Sequence[Row]:
    """Rule by rule, from the first to the last day; with `is_whole` check by check."""
    found: list[Row] = []
    for kind in KINDS:
        by_rule: defaultdict[str, list[tuple[Key, Standing, Standing]]] = defaultdict(list)
        for key, old, new in _pairs(getattr(difference, kind)):
            by_rule[key.rule].append((key, old, new))
        for rule, own in by_rule.items():
            own.sort(key=lambda one: (one[1].due_on, one[0]))
            title = name.of(rule)
            if is_whole:
                found += [Row(kind, f"{title} {key.number}", 1, _one(kind, old, new, say)) for key, old, new in own]
            else:
                found.append(Row(kind, title, len(own), _several(kind, own, say)))
    return found


@dataclass(frozen=True, slots=True)
class Names:
    """The title of a rule, from the protocol that would hold, or else from the one that does."""

    before: Protocol
    after: Protocol
    say: Speaker

    def of(self, rule_id: str) -> str:
        for protocol in (self.after, self.before):
            if rule := protocol.find_rule(rule_id):
                return self.say.text(rule.title)
        return rule_id

    def lost(self, key: Key, standing: Standing) -> str:
        """Blood count 12, due Mon 2 Nov 2026."""
        return self.say("replan-lost", check=f"{self.of(key.rule)} {key.number}", day=self.say.day(standing.due_on))


def _pairs(found: Sequence[tuple[Key, Standing] | Pair]) -> Iterator[tuple[Key, Standing, Standing]]:
    for one in found:
        yield (one.key, one.before, one.after) if isinstance(one, Pair) else (one[0], one[1], one[1])


def _one(kind: str, old: Standing, new: Standing, say: Speaker) -> str:
    match kind:
        case "moved" if old.due_on != new.due_on:
            return say("replan-from-to", before=say.day(old.due_on), after=say.day(new.due_on))
        case "moved" if old[:3] != new[:3]:
            before, after = (say.days(one.opens_on, one.closes_on) for one in (old, new))
            return say("replan-window", before=before, after=after)
        case "moved" | "settled":
            return say("replan-settled", before=_settled(old, say), after=_settled(new, say))
        case _:
            return say.day(new.due_on)


def _several(kind: str, own: Sequence[tuple[Key, Standing, Standing]], say: Speaker) -> str:
    """Of one check its days, of several the first and the last."""
    _, old, new = own[0]
    if kind in {"moved", "settled"}:
        first = _one(kind, old, new, say)
        return first if len(own) == 1 else say("replan-first", change=first)
    last = own[-1][2]
    return say.day(new.due_on) if len(own) == 1 else say.days(new.due_on, last.due_on)


def _settled(standing: Standing, say: Speaker) -> str:
    return say(f"state-{standing.settlement}")
