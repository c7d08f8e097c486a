"""Plan views: everything that a table, a file or a calendar of one plan is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from schedules.advising import AdvicePeriod, Flag
from schedules.model import Check, Key, Plan
from schedules.protocol import Protocol, Recurring, Rule
from schedules.visits import Visit


@dataclass(frozen=True)
class PlanView:
    """A plan with its visits, advice and flags; `country` is the one whose public holidays the visits avoid."""

    protocol: Protocol
    plan: Plan
    visits: tuple[Visit, ...]
    advice: tuple[AdvicePeriod, ...] = ()
    flags: Sequence[Flag] = ()
    next_course_on: date | None = None
    country: str | None = None

    @cached_property
    def checks(self) -> Mapping[Key, Check]:
        return {check.key: check for check in self.plan.checks}

    @cached_property
    def visit_of(self) -> Mapping[Key, Visit]:
        return {key: visit for visit in self.visits for key in visit.keys}

    @cached_property
    def checks_by_rule(self) -> Mapping[str, list[Check]]:
        """The checks of each rule that has any, in the protocol's order; extras last."""
        found: dict[str, list[Check]] = {rule.id: [] for rule in self.protocol.rules}
        for check in self.plan.checks:
            found.setdefault(check.rule, []).append(check)
        return {rule: checks for rule, checks in found.items() if checks}

    def title(self, rule: Rule, language: str) -> str:
        return self.protocol.text(rule.title, language)

    def title_of(self, key: Key, language: str) -> str:
        return self.title(self.protocol.get_rule(key.rule), language)

    def family_title(self, family: str, language: str) -> str:
        """The title of a family: that of the rule that recurs, of its only rule, or of the first test they share."""
        rules = [rule for rule in self.protocol.rules if rule.family == family]
        recurring = [rule for rule in rules if isinstance(rule.schedule, Recurring)]
        if not recurring and len(rules) > 1 and rules[0].tests:
            return self.protocol.text(self.protocol.tests[rules[0].tests[0]].title, language)
        return self.title([*recurring, *rules][0], language)
