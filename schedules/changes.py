"""Changes: what a digest finds that the look before did not, and what is gone since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from schedules.findings import Change, Finding, Section

PASSING = {Section.LONGEST, Section.WEEK, Section.LOSSES, Section.DISCHARGED, Section.FINISHING}
"""Events, and what a day brings and takes by itself: that they left the list says nothing about anybody's work."""


@dataclass(frozen=True, slots=True)
class Look:
    """What an earlier digest saw of a clinic: its findings as identity and stage."""

    day: date
    stages: Mapping[str, str]


def stages_of(findings: Iterable[Finding]) -> dict[str, str]:
    """What is kept of a look, for the next one to compare with; it holds references and never a name."""
    return {one.identity: one.stage for one in findings if one.section is not Section.LONGEST}


def mark(findings: Iterable[Finding], before: Look | None) -> list[Finding]:
    """The findings, each with how it compares; without an earlier look nothing is called new."""
    return [replace(one, change=_change(one, before.stages)) if before else one for one in findings]


def count_new(findings: Iterable[Finding]) -> int:
    return sum(one.change is not Change.SAME for one in findings)


def count_gone(findings: Sequence[Finding], before: Look) -> int:
    """How many lasting findings of the earlier look are there no more: somebody settled them."""
    passing = tuple(f"{section.value}/" for section in PASSING)
    there = {one.identity for one in findings}
    return sum(one not in there for one in before.stages if not one.startswith(passing))


def _change(one: Finding, before: Mapping[str, str]) -> Change:
    if one.section is Section.LONGEST:
        return Change.SAME  # a ranking: somebody always stands first
    if one.identity not in before:
        return Change.NEW
    return Change.RAISED if one.stage and before[one.identity] != one.stage else Change.SAME
