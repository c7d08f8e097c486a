"""Overlaying: a protocol with overlays and a clinic's own windows laid over it is again a whole, valid protocol."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from typing import Protocol as Shape

from schedules.errors import Unacceptable
from schedules.problems import Severity
from schedules.protocol import (
    Change,
    Confidence,
    Escalation,
    Overlay,
    Part,
    Protocol,
    Recurring,
    Role,
    Rule,
    Temporary,
    Window,
)
from schedules.rhythms import find_in_rhythm

P = TypeVar("P", bound=Part)
LONGEST_DAYS = 366


class Override(Shape):
    """What a clinic's configuration may set for a rule; None leaves the protocol's value."""

    @property
    def before_days(self) -> int | None: ...
    @property
    def after_days(self) -> int | None: ...
    @property
    def escalation_days(self) -> Sequence[int] | None: ...


def lay_over(protocol: Protocol, overlays: Sequence[Overlay]) -> Protocol:
    """Lay overlays over a protocol, in their order; `overlays` of the outcome names each with its version.

    Refused: an overlay for other protocols, one that is there already, a change to a rule that does not exist or
    cannot be changed so, and an id that both sides use for different things.
    """
    for overlay in overlays:
        protocol = _lay_one(protocol, overlay)
    return protocol


def _lay_one(below: Protocol, overlay: Overlay) -> Protocol:
    if below.id not in overlay.over:
        others = ", ".join(f"'{name}'" for name in overlay.over)
        sentence = f"The overlay '{overlay.id}' is not made for the protocol '{below.id}'."
        raise Unacceptable(sentence, f"It can be laid over {others}.")
    if overlay.id in {name.partition(" ")[0] for name in below.overlays}:
        raise Unacceptable(f"The overlay '{overlay.id}' is laid over '{below.id}' already.", "Name it once.")
    rules = _change_all(below, overlay)
    clashes = [*_clashing_ids(below, overlay), *_clashing_tables(below, overlay)]
    if clashes:
        sentence = f"The overlay '{overlay.id}' and the protocol '{below.id}' both have {', '.join(clashes)}."
        raise Unacceptable(sentence, "Rename them in the overlay.")
    return remake(
        below,
        rules=(*rules, *overlay.rules),
        tests={**overlay.tests, **below.tests},
        sources={**overlay.sources, **below.sources},
        advice=below.advice + overlay.advice,
        checklists=below.checklists + overlay.checklists,
        symptoms=below.symptoms + overlay.symptoms,
        thresholds=below.thresholds + overlay.thresholds,
        overlays=(*below.overlays, f"{overlay.id} {overlay.version}"),
    )


def _clashing_ids(below: Protocol, overlay: Overlay) -> Iterable[str]:
    for noun, ours, theirs in (
        ("the rule", below.rules, overlay.rules),
        ("the advice", below.advice, overlay.advice),
        ("the checklist", below.checklists, overlay.checklists),
        ("the symptom", below.symptoms, overlay.symptoms),
        ("the question", _questions(below), _questions(overlay)),
    ):
        known = {entry.id for entry in ours}
        yield from (f"{noun} '{entry.id}'" for entry in theirs if entry.id in known)


def _questions(file: Protocol | Overlay) -> list[Any]:
    return [question for checklist in file.checklists for question in checklist.questions]


def _clashing_tables(below: Protocol, overlay: Overlay) -> Iterable[str]:
    """Tests and sources that both sides have are welcome, as long as both mean the same thing.

    An overlay stands alone and repeats what it needs, so wording may differ, and the protocol's is kept; a test
    with other codes or another unit is another test.
    """
    for key in sorted(below.tests.keys() & overlay.tests.keys()):
        ours, theirs = below.tests[key], overlay.tests[key]
        if (set(ours.loinc), ours.ucum) != (set(theirs.loinc), theirs.ucum):
            yield f"the test '{key}' with different codes"
    for key in sorted(below.sources.keys() & overlay.sources.keys()):
        if (below.sources[key].address, below.sources[key].edition) != (
            overlay.sources[key].address,
            overlay.sources[key].edition,
        ):
            yield f"the source '{key}' for different documents"


def _change_all(below: Protocol, overlay: Overlay) -> list[Rule]:
    rules = {rule.id: rule for rule in below.rules}
    if unknown := [change.rule for change in overlay.changes if change.rule not in rules]:
        names = ", ".join(f"'{name}'" for name in dict.fromkeys(unknown))
        sentence = f"The overlay '{overlay.id}' changes rules that '{below.id}' does not have: {names}."
        raise Unacceptable(sentence, "Correct their ids in the overlay.")
    for change in overlay.changes:
        if change.drop:
            rules.pop(change.rule, None)
        elif change.rule in rules:
            rules[change.rule] = _change(rules[change.rule], change, overlay)
    return list(rules.values())


def _change(rule: Rule, change: Change, overlay: Overlay) -> Rule:
    """The rule with another rhythm or window; the source of what is new stands beside or in place of its own."""
    source = remake(rule.source, also=tuple(dict.fromkeys((*rule.source.also, change.source.key))))
    schedule = rule.schedule
    if change.every:
        if not isinstance(schedule, Recurring):
            sentence = f"The overlay '{overlay.id}' changes how often '{rule.id}' recurs, but that rule does not recur."
            raise Unacceptable(sentence, "Drop the rule and add another one.")
        if change.from_on and change.until_on:
            period = Temporary(every=change.every, from_on=change.from_on, until_on=change.until_on)
            periods = sorted((*schedule.temporary, period), key=lambda one: one.from_on)
            schedule = remake(schedule, temporary=tuple(periods))
        else:
            schedule, source = remake(schedule, every=change.every, phases=()), change.source
    changed = remake(rule, schedule=schedule, window=change.window or rule.window, source=source)
    _refuse_faults(changed, f"The overlay '{overlay.id}' does not fit the rule '{rule.id}'.")
    return changed


def override(protocol: Protocol, overrides: Mapping[str, Override]) -> Protocol:
    """The protocol with a clinic's own windows and escalation days, marked as local policy.

    `escalation_days` replaces the days of the rule's (or the protocol's) steps one by one: roles and `at_once`
    stay, the last step takes all further days, and a step for two in a row stays as it is.
    """
    known = {rule.id for rule in protocol.rules}
    if unknown := sorted(overrides.keys() - known):
        names = ", ".join(f"'{name}'" for name in unknown)
        sentence = f"The protocol '{protocol.id}' has no rule {names}, so its windows cannot be set."
        raise Unacceptable(sentence, "Correct the rule ids in the configuration.")
    rules = [_override(rule, overrides[rule.id], protocol) if rule.id in overrides else rule for rule in protocol.rules]
    return remake(protocol, rules=tuple(rules))


def escalate_after(protocol: Protocol, days: Sequence[int]) -> Protocol:
    """The protocol with a clinic's own escalation days; a rule that has steps of its own keeps them."""
    return remake(protocol, escalation=_reset(protocol.escalation, days))


def _override(rule: Rule, wanted: Override, protocol: Protocol) -> Rule:
    days = [wanted.before_days, wanted.after_days, *(wanted.escalation_days or ())]
    if any(day is not None and not 0 <= day <= LONGEST_DAYS for day in days):
        sentence = f"The days set for the rule '{rule.id}' must lie between 0 and {LONGEST_DAYS}."
        raise Unacceptable(sentence, "Correct them in the configuration.")
    window, escalation = rule.window, rule.escalation
    if wanted.before_days is not None or wanted.after_days is not None:
        window = Window(
            before_days=window.before_days if wanted.before_days is None else wanted.before_days,
            after_days=window.after_days if wanted.after_days is None else wanted.after_days,
            confidence=Confidence.LOCAL_POLICY,
        )
    if wanted.escalation_days is not None:
        steps = protocol.escalation if rule.escalation is None else rule.escalation
        escalation = _reset(steps, wanted.escalation_days)
    changed = remake(rule, window=window, escalation=escalation)
    _refuse_faults(changed, f"The window set for the rule '{rule.id}' does not fit it.")
    return changed


def _reset(steps: Sequence[Escalation], days: Sequence[int]) -> tuple[Escalation, ...]:
    before = [step for step in steps if step.after_days is not None] or [Escalation(after_days=0, role=Role.NURSE)]
    timed = [remake(before[min(number, len(before) - 1)], after_days=day) for number, day in enumerate(sorted(days))]
    return (*timed, *(step for step in steps if step.two_in_a_row))


def _refuse_faults(rule: Rule, sentence: str) -> None:
    """A sample must belong to one check and not to two, whoever set the window."""
    for finding in find_in_rhythm(rule, None):
        if finding.severity is Severity.ERROR:
            raise Unacceptable(f"{sentence} {finding.message}", finding.hint)


def remake(part: P, **changes: Any) -> P:
    """The same part with other values, made anew.

    `model_copy` would carry cached properties along: a copied rule with a wider window would still tell the old
    `longest_gap_days`, a copied protocol would still find its old rules.
    """
    values = {key: getattr(part, key) for key in type(part).model_fields}
    return type(part)(**{**values, **changes})
