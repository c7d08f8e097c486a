"""Titles: what a protocol calls its rules and families, for people to read."""

from collections.abc import Mapping

from schedules.protocol import Protocol, Texts


def title_of_family(protocol: Protocol, family: str) -> Texts:
    """The title of the family's follow-up rule, or of its first one; the bare id where no rule has it any more."""
    rules = sorted((rule for rule in protocol.rules if rule.family == family), key=lambda rule: not rule.is_follow_up)
    return rules[0].title if rules else {"en": family}


def title_of(protocol: Protocol, rule_or_family: str) -> Texts:
    """The title of a rule, else of a family of that name."""
    found = protocol.find_rule(rule_or_family)
    return found.title if found else title_of_family(protocol, rule_or_family)


def list_titles(protocol: Protocol) -> Mapping[str, Texts]:
    """The titles of all families and rules, by id."""
    families = {rule.family: title_of_family(protocol, rule.family) for rule in protocol.rules}
    return families | {rule.id: rule.title for rule in protocol.rules}
