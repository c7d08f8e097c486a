"""Reads the spec tables and follows each story through the real code: the tables are in `*.yaml` beside this file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schedules.following import Outcome, follow
from schedules.intervals import Interval
from schedules.model import Extra, Facts, Infusion, Key, Person, Sample, Waiver
from schedules.overlaying import remake
from schedules.parsing import parse_protocol
from schedules.protocol import Protocol, Recurring, Sex, Temporary
from schedules.replanning import Difference, Standing, compare
from schedules.visits import Known, keep_identities
from schedules.working_days import working_days
from tests.schedules.strategies import make_protocol, make_rule

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COURSE = ["2024-01-08..2024-01-12"]


class Story(dict[str, Any]):
    """One entry of a table; what it does not say is one course on 8–12 January 2024 under `alemtuzumab-eu`."""

    @property
    def title(self) -> str:
        return str(self["title"])

    def day(self, name: str) -> date | None:
        found: date | None = self.get(name)
        return found

    def changed(self, name: str) -> "Story":
        """The story as it is once the facts under this name have changed."""
        return Story({**self, **self[name]})


def stories(file: str) -> list[Story]:
    return [Story(entry) for entry in yaml.safe_load((HERE / file).read_text(encoding="utf-8"))]


@cache
def protocol(name: str) -> Protocol:
    file = ROOT / "schedules" / "protocols" / f"{name}.yaml"
    found = parse_protocol(file.read_text(encoding="utf-8"), file=file.name).protocol
    assert isinstance(found, Protocol)
    return found


def protocol_of(story: Story) -> Protocol:
    """A file that is shipped, or an invented one of the rules that the story lists."""
    if "rules" in story:
        return make_protocol(*(_rule(entry) for entry in story["rules"]), lasts=story.get("lasts", "48 months"))
    found = protocol(story.get("protocol", "alemtuzumab-eu"))
    return _relax(found, story["relaxed"]) if "relaxed" in story else found


def _rule(entry: Mapping[str, Any]) -> dict[str, Any]:
    schedule = {key: value for key, value in entry.items() if key not in {"id", "window", "only_for"}}
    only_for = {"only_for": entry["only_for"]} if "only_for" in entry else {}
    return make_rule(entry["id"], schedule, tuple(entry["window"]), **only_for)


def _relax(found: Protocol, relaxed: Mapping[str, Any]) -> Protocol:
    """As an overlay with `from_on` and `until_on` changes a rule for a time."""
    rule = found.get_rule(relaxed["rule"])
    assert isinstance(rule.schedule, Recurring)
    period = Temporary(every=relaxed["every"], from_on=relaxed["from_on"], until_on=relaxed["until_on"])
    changed = remake(rule, schedule=remake(rule.schedule, temporary=(period,)))
    return remake(found, rules=tuple(changed if one is rule else one for one in found.rules))


def days(written: list[Any]) -> Iterator[date]:
    """Days as the tables write them: 2024-01-08, or 2024-01-08..2024-01-12."""
    for entry in written:
        first, _, last = str(entry).partition("..")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            yield day
            day += timedelta(days=1)


def follow_story(story: Story) -> Outcome:
    given = story.get("infusions", [] if "planned" in story else COURSE)
    samples = [(family, one) for family, taken in story.get("samples", {}).items() for one in taken]
    return follow(
        protocol_of(story),
        Person(Sex(story["sex"]) if "sex" in story else None),
        infusions=[
            *(Infusion(day) for day in days(given)),
            *(Infusion(day, planned=True) for day in days(story.get("planned", []))),
        ],
        extras=[_extra(entry, 1 + 100 * number) for number, entry in enumerate(story.get("extras", ()))],
        facts=Facts(
            samples=tuple(_sample(number, family, one) for number, (family, one) in enumerate(samples)),
            waivers=tuple(Waiver(n, one["rule"], one["due"]) for n, one in enumerate(story.get("waivers", ()))),
            followed_here_from=story.day("followed_here_from"),
            discharged_on=story.day("discharged"),
        ),
        is_working_day=working_days("DE"),
    )


def key(written: str) -> Key:
    rule, _, number = written.partition("/")
    return Key(rule, int(number))


def _sample(number: int, family: str, written: Any) -> Sample:
    """A day, or a day with a person's word for which check it was."""
    if isinstance(written, Mapping):
        return Sample(number, family, written["day"], key(written["said_to_be"]))
    return Sample(number, family, written)


def _extra(entry: Mapping[str, Any], number: int) -> Extra:
    every = entry.get("every")
    return Extra(
        entry["rule"], number, entry["starts"], Interval.parse(every) if every else None, entry.get("times", 1)
    )


# --- What a change of facts changes -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replan:
    """A story before and after its facts changed, for the rules that the story shows."""

    before: dict[Key, Standing]
    difference: Difference


def replan(story: Story) -> Replan:
    before, after = _standings(story), _standings(story.changed("then"))
    return Replan(before, compare(before, after))


def _standings(story: Story) -> dict[Key, Standing]:
    return {
        one.check.key: Standing(*one.check[3:6], one.settlement, one.settled_on)
        for one in follow_story(story).settled
        if one.check.rule in story["shown"]
    }


def entries(story: Story) -> dict[str, tuple[date, str]]:
    """For each visit that the story names by one of its checks: its day and calendar entry after the change.

    The entries before it are as the story names them, the earlier visit being the older.
    """
    before, after = (follow_story(one).visits for one in (story, story.changed("then")))
    names = {key(written): entry for written, (_, entry) in story["entries"]["before"].items()}
    known = [
        Known(next((names[one] for one in visit.keys if one in names), f"another, {age}"), age, visit.keys)
        for age, visit in enumerate(before)
    ]
    order = {rule.id: place for place, rule in enumerate(protocol_of(story).rules)}
    kept = keep_identities(after, known, order, lambda: "a new one")
    visit_of = {one: index for index, visit in enumerate(after) for one in visit.keys}
    found = {written: visit_of[key(written)] for written in story["entries"]["after"]}
    return {written: (after[index].due_on, kept[index]) for written, index in found.items()}
