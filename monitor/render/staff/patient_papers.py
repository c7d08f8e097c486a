"""Papers: what stands on the laboratory's slip and in the letter to the general practitioner, as finished words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from monitor.render.rhythms import describe_rhythm
from monitor.render.staff.speaking import Speaker
from monitor.render.texts import specimen_word
from schedules.model import Key, Settled, Settlement
from schedules.protocol import Place, Protocol, Rule
from schedules.status import State, state_of
from schedules.visits import Visit

LONG = 11
"""From so many lines on the type is smaller, so that a slip stays one sheet."""


class Asked(NamedTuple):
    """One test that the laboratory is asked for."""

    title: str
    specimen: str
    loinc: str
    unit: str


@dataclass(frozen=True, slots=True)
class Slip:
    """What is asked for at one time, and the days that count as on time for all of it."""

    titles: Sequence[str]
    tests: Sequence[Asked]
    due_on: date
    opens_on: date
    closes_on: date
    is_overdue: bool

    @property
    def is_long(self) -> bool:
        return len(self.tests) > LONG


def list_slips(visits: Sequence[Visit], settled: Sequence[Settled]) -> list[tuple[Visit, list[Key]]]:
    """The visits at the laboratory that still have something to do, with what it is, in order of the day."""
    is_open = {one.check.key for one in settled if one.settlement is Settlement.OPEN}
    found = [
        (visit, [key for key in visit.keys if key in is_open]) for visit in visits if visit.place is Place.LABORATORY
    ]
    return [(visit, keys) for visit, keys in found if keys]


def write_slip(
    say: Speaker,
    protocol: Protocol,
    open_visits: Sequence[tuple[Visit, list[Key]]],
    settled: Sequence[Settled],
    *,
    today: date,
    due_on: date | None = None,
) -> Slip | None:
    """For the visit that is due on a day; without one for all that can be done today, else for the next visit."""
    checks = {one.check.key: one.check for one in settled}
    wanted = [key for visit, keys in open_visits if visit.due_on == due_on for key in keys]
    if not wanted:
        keys = [key for _, found in open_visits for key in found]
        wanted = [key for key in keys if state_of(checks[key], today) is not State.UPCOMING]
        wanted = wanted or next((found for _, found in open_visits), [])
    if not wanted:
        return None
    # Of what was missed several times one sample is asked for, and the check that closes last bounds the days.
    latest = {checks[key].family: checks[key] for key in sorted(wanted, key=lambda key: checks[key].due_on)}
    rules = [
        rule for key in dict.fromkeys(one.key for one in latest.values()) if (rule := protocol.find_rule(key.rule))
    ]
    return Slip(
        titles=list(dict.fromkeys(say.text(rule.title) for rule in rules)),
        tests=list(dict.fromkeys(test for rule in rules for test in _tests(say, protocol, rule))),
        due_on=min(one.due_on for one in latest.values()),
        opens_on=max(one.opens_on for one in latest.values()),
        closes_on=min(one.closes_on for one in latest.values()),
        is_overdue=any(state_of(checks[key], today) is State.OVERDUE for key in wanted),
    )


def _tests(say: Speaker, protocol: Protocol, rule: Rule) -> Iterator[Asked]:
    specimen = specimen_word(rule.specimen, say.language)
    if not rule.tests:
        yield Asked(say.text(rule.title), specimen, "", "")
    for name in rule.tests:
        test = protocol.tests[name]
        yield Asked(say.text(test.title), specimen, ", ".join(test.loinc), test.ucum or "")


class Watched(NamedTuple):
    """One line of what is monitored, and how often."""

    title: str
    rhythm: str


def list_watched(say: Speaker, protocol: Protocol, settled: Sequence[Settled]) -> list[Watched]:
    """What follow-up still asks of this patient; the office's own forms concern nobody else."""
    is_open = {one.check.rule for one in settled if one.settlement is Settlement.OPEN}
    by_rhythm: dict[str, list[str]] = {}
    for rule in protocol.rules:
        if rule.id in is_open and rule.is_follow_up and rule.place is not Place.OFFICE:
            by_rhythm.setdefault(describe_rhythm(rule, say.language), []).append(say.text(rule.title))
    return [Watched(", ".join(titles), rhythm) for rhythm, titles in by_rhythm.items()]


def list_signs(say: Speaker, protocols: Sequence[Protocol]) -> list[str]:
    """What has to be reported at once, from the protocols."""
    titles: Mapping[str, None] = dict.fromkeys(say.text(one.title) for own in protocols for one in own.symptoms)
    return list(titles)
