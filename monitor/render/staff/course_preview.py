"""The re-plan preview: what an act would add, move, withdraw and settle differently, in lines for people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.render.staff.speaking import Speaker
from schedules.advising import Flag
from schedules.model import Key
from schedules.protocol import Protocol
from schedules.replanning import Difference, Pair, Standing, list_runs

Lost = Sequence[tuple[Key, Standing]]


@dataclass(frozen=True, slots=True)
class Step:
    """One check before and after; `before` is None for one that is added, `after` for one that is withdrawn."""

    key: Key
    before: Standing | None
    after: Standing | None

    @property
    def days(self) -> int:
        """By how many days the due day moves; 0 where there is nothing to compare."""
        return (self.after.due_on - self.before.due_on).days if self.before and self.after else 0

    def likeness(self) -> tuple[object, ...]:
        """What neighbours share that stand on one line."""
        return self.days, *(one.settlement if one else None for one in (self.before, self.after))


@dataclass(frozen=True, slots=True)
class Line:
    """Checks of one rule that change alike: what they are, how they change, and each of them where it is several."""

    title: str
    count: int
    change: str
    details: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """All that changes in one way; `kind` is added, moved, withdrawn or settled."""

    kind: str
    count: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a page says of one treatment before anything is saved."""

    treatment_id: int
    groups: Sequence[Group]
    losses: Sequence[str]
    untouched: int
    ended_on: date | None
    ends_on: date | None
    flags: Sequence[str]


def tell_preview(
    difference: Difference,
    losses: Lost,
    protocol: Protocol,
    say: Speaker,
    *,
    treatment_id: int,
    ended_on: date | None,
    ends_on: date | None,
    flags: Sequence[Flag] = (),
) -> Preview:
    """The kinds of change, the one that matters most first."""
    groups = [
        Group(kind, len(steps), [_line(kind, run, protocol, say) for run in list_runs(steps, Step.likeness)])
        for kind, steps in _sorted(difference)
        if steps
    ]
    return Preview(
        treatment_id,
        groups,
        [_lost(key, one, protocol, say) for key, one in losses],
        difference.untouched,
        ended_on,
        ends_on,
        [one.sentence(say.language) for one in flags],
    )


def _sorted(difference: Difference) -> Iterator[tuple[str, list[Step]]]:
    yield "withdrawn", [Step(key, one, None) for key, one in difference.withdrawn]
    yield "moved", [_step(pair) for pair in difference.moved]
    yield "settled", [_step(pair) for pair in difference.settled]
    yield "added", [Step(key, None, one) for key, one in difference.added]


def _step(pair: Pair) -> Step:
    return Step(pair.key, pair.before, pair.after)


def _line(kind: str, run: Sequence[Step], protocol: Protocol, say: Speaker) -> Line:
    first, last = run[0], run[-1]
    title = title_of(protocol, first.key.rule, say)
    if first is last:
        return Line(
            say("course-check", title=title, number=first.key.number), 1, _change(kind, first, say, is_alone=True)
        )
    span = _span(kind, first, last, say)
    notes = _notes(first, say)
    change = say("course-and", first=span, second=notes) if notes else span
    details = [f"{step.key.number}: {_change(kind, step, say, is_alone=False)}" for step in run]
    numbers = f"{first.key.number}–{last.key.number}"
    return Line(say("course-check", title=title, number=numbers), len(run), change, details)


def _span(kind: str, first: Step, last: Step, say: Speaker) -> str:
    """From the first to the last day of several; for those that move, of the first before and after."""
    if kind == "moved" and first.days:
        assert first.before
        assert first.after
        return say("course-first", before=say.day(first.before.due_on), after=say.day(first.after.due_on))
    days = [standing.due_on for step in (first, last) if (standing := step.after or step.before)]
    return say.days(days[0], days[-1])


def _change(kind: str, step: Step, say: Speaker, *, is_alone: bool) -> str:
    before, after = step.before, step.after
    told = after or before
    assert told
    if before and after and kind == "moved" and step.days:
        days = say("course-from-to", before=say.day(before.due_on), after=say.day(after.due_on))
    elif before and after and kind == "moved" and before[:3] != after[:3]:
        spans = [say.days(one.opens_on, one.closes_on) for one in (before, after)]
        days = say("course-window", day=say.day(after.due_on), before=spans[0], after=spans[1])
    else:
        days = say.day(told.due_on)
    notes = _notes(step, say) if is_alone else ""
    return say("course-and", first=days, second=notes) if notes else days


def _notes(step: Step, say: Speaker) -> str:
    """How far it moves, and how it would be settled where that changes or is not open."""
    before, after = step.before, step.after
    notes = []
    if step.days:
        notes.append(say.count("course-later" if step.days > 0 else "course-earlier", abs(step.days)))
    if before and after and before.settlement is not after.settlement:
        words = [say(f"state-{one.settlement}") for one in (before, after)]
        notes.append(say("course-settled", before=words[0], after=words[1]))
    elif after and not before and after.settlement != "open":
        notes.append(say(f"state-{after.settlement}"))
    return ", ".join(notes)


def _lost(key: Key, standing: Standing, protocol: Protocol, say: Speaker) -> str:
    check = say("course-check", title=title_of(protocol, key.rule, say), number=key.number)
    return say("course-lost", check=check, day=say.day(standing.due_on))


def title_of(protocol: Protocol, rule_id: str, say: Speaker) -> str:
    """The protocol's name of a rule; its bare id where a newer version dropped it."""
    rule = protocol.find_rule(rule_id)
    return say.text(rule.title) if rule else rule_id
