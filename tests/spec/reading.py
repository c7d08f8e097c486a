"""Reads the spec tables, follows them through the real protocols, and writes docs/behaviour.md from them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schedules.following import Outcome, follow
from schedules.intervals import Interval
from schedules.model import Extra, Facts, Infusion, Person, Sample, Waiver
from schedules.parsing import parse_protocol
from schedules.protocol import Protocol, Sex
from schedules.status import state_of
from schedules.visits import suggest_day
from schedules.working_days import working_days

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COURSE = ["2024-01-08..2024-01-12"]


class Story(dict[str, Any]):
    """One entry of a table."""

    @property
    def title(self) -> str:
        return str(self["title"])

    def day(self, name: str) -> date | None:
        found: date | None = self.get(name)
        return found


def stories(file: str) -> list[Story]:
    return [Story(entry) for entry in yaml.safe_load((HERE / file).read_text(encoding="utf-8"))]


@cache
def protocol(name: str) -> Protocol:
    file = ROOT / "schedules" / "protocols" / f"{name}.yaml"
    found = parse_protocol(file.read_text(encoding="utf-8"), file=file.name).protocol
    assert isinstance(found, Protocol)
    return found


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
    samples = [(family, day) for family, taken in story.get("samples", {}).items() for day in taken]
    return follow(
        protocol(story.get("protocol", "alemtuzumab-eu")),
        Person(Sex(story["sex"]) if "sex" in story else None),
        infusions=[
            *(Infusion(day) for day in days(given)),
            *(Infusion(day, planned=True) for day in days(story.get("planned", []))),
        ],
        extras=[_extra(entry, number) for number, entry in enumerate(story.get("extras", ()), start=1)],
        facts=Facts(
            samples=tuple(Sample(number, family, day) for number, (family, day) in enumerate(samples)),
            waivers=tuple(Waiver(n, one["rule"], one["due"]) for n, one in enumerate(story.get("waivers", ()))),
            followed_here_from=story.day("followed_here_from"),
            discharged_on=story.day("discharged"),
        ),
        is_working_day=working_days("DE"),
    )


def _extra(entry: Mapping[str, Any], number: int) -> Extra:
    every = entry.get("every")
    return Extra(
        entry["rule"], number, entry["starts"], Interval.parse(every) if every else None, entry.get("times", 1)
    )


# --- Days of one check, and days of a visit -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a small table: what is asked, the answer that a person wrote down, and the program's."""

    table: str
    asked: str
    expected: str
    found: Callable[[], str]

    @property
    def title(self) -> str:
        return f"{self.table}: {self.asked}"


STATES = {
    "2024-02-04": "upcoming",
    "2024-02-05": "open",
    "2024-02-11": "open",
    "2024-02-12": "due",
    "2024-02-19": "due",
    "2024-02-20": "overdue",
    "2027-02-20": "overdue",
}
SUGGESTED = [
    # due, opens, closes, country, suggested, why
    ("2024-02-12", "2024-02-05", "2024-02-19", "DE", "2024-02-12", "a Monday stays"),
    ("2024-10-12", "2024-10-05", "2024-10-19", "DE", "2024-10-11", "a Saturday moves to the Friday before"),
    ("2024-05-12", "2024-05-05", "2024-05-19", "DE", "2024-05-13", "a Sunday moves to the Monday after"),
    ("2024-12-25", "2024-12-18", "2025-01-01", "DE", "2024-12-24", "Christmas Day moves to the working day before"),
    ("2024-07-04", "2024-06-27", "2024-07-11", "US", "2024-07-03", "Independence Day; equally near, so the earlier"),
    ("2024-05-06", "2024-04-29", "2024-05-13", "GB", "2024-05-07", "a bank holiday Monday moves to the Tuesday"),
    ("2027-08-14", "2027-08-14", "2027-08-21", "DE", "2027-08-16", "a closing visit only ever moves later"),
    (
        "2024-02-10",
        "2024-02-10",
        "2024-02-11",
        "DE",
        "2024-02-10",
        "a window without a working day: the due day stands",
    ),
]


def behaviour() -> list[Row]:
    """The rows of the two small tables."""
    check = next(one.check for one in follow_story(Story(title="")).settled if str(one.check.key) == "blood-count/1")
    states = [
        Row("State", day, state, lambda day=day: str(state_of(check, date.fromisoformat(day))))  # type: ignore[misc]
        for day, state in STATES.items()
    ]
    return states + [
        Row("Visit", f"{due} {country}", expected, _suggest(due, opens, closes, country))
        for due, opens, closes, country, expected, _ in SUGGESTED
    ]


def _suggest(due: str, opens: str, closes: str, country: str) -> Callable[[], str]:
    due_on, opens_on, closes_on = (date.fromisoformat(day) for day in (due, opens, closes))
    return lambda: str(suggest_day(due_on, opens_on, closes_on, working_days(country)))


# --- The document -------------------------------------------------------------------------------------


def page() -> str:
    """docs/behaviour.md, whole."""
    return "\n".join([*_head(), *_plans(), *_stories(), *_states(), *_visits()]) + "\n"


def _head() -> Iterator[str]:
    yield "# Behaviour: which day follows from which infusion"
    yield ""
    yield "Every table on this page is a test. A clinician can check the days by hand; the program is checked against"
    yield "them at every change. Written by `python -m tests.spec.reading` from `tests/spec/`."
    yield ""
    yield "Windows: monthly checks 7 days before to 7 days after the due day, three-monthly 14, yearly 30"
    yield "(local policy)."
    yield ""


def _plans() -> Iterator[str]:
    yield "## What is planned"
    for story in stories("plans.yaml"):
        yield f"\n### {story.title}\n\n{' '.join(story['says'].split())}\n"
        yield f"*Protocol* {story.get('protocol', 'alemtuzumab-eu')}"
        if story.get("infusions"):
            yield f"· *infusions given* {', '.join(map(str, story['infusions']))}"
        if story.get("planned"):
            yield f"· *planned* {', '.join(map(str, story['planned']))}"
        yield f"· *follow-up ends* {story.get('ends', 'not yet known')}"
        yield "\n| rule | checks | due days |\n|---|---|---|"
        for rule, expected in story["due"].items():
            due = ", ".join(f"#{number} {day}" for number, day in expected.items() if isinstance(number, int))
            confirm = "; to be confirmed by a person" if expected.get("confirm") else ""
            yield f"| `{rule}` | {expected.get('checks', '')} | {due}{confirm} |"
    yield ""


def _stories() -> Iterator[str]:
    yield "## What becomes of a check"
    yield "\nOne course on 8–12 January 2024, European protocol. Blood counts are due on the 12th of each month."
    for story in stories("stories.yaml"):
        yield f"\n### {story.title}\n\n{' '.join(story['says'].split())}\n"
        yield from _facts(story)
        yield "\n| check | settled |\n|---|---|"
        for key, settlement in story["settled"].items():
            yield f"| `{key}` | {settlement} |"
        for key in story.get("absent", ()):
            yield f"| `{key}` | not asked for |"
    yield ""


def _facts(story: Story) -> Iterator[str]:
    for family, taken in story.get("samples", {}).items():
        yield f"- sample for `{family}` on {', '.join(map(str, taken))}"
    for waiver in story.get("waivers", ()):
        yield f"- waiver of `{waiver['rule']}` that was due on {waiver['due']}"
    for extra in story.get("extras", ()):
        yield f"- extra `{extra['rule']}` ordered for {extra['starts']}"
    if day := story.day("followed_here_from"):
        yield f"- followed here from {day}"
    if day := story.day("discharged"):
        yield f"- discharged on {day}"


def _states() -> Iterator[str]:
    yield "## Where a check stands"
    yield "\n`blood-count/1` opens on 2024-02-05, is due on 2024-02-12 and closes on 2024-02-19."
    yield "Nothing expires by itself."
    yield "\n| today | state |\n|---|---|"
    for day, state in STATES.items():
        yield f"| {day} | {state} |"
    yield ""


def _visits() -> Iterator[str]:
    yield "## Which day is suggested for a visit"
    yield "\nThe due day stays; only the suggested day moves, inside the window.\n"
    yield "| due | window | country | suggested | because |\n|---|---|---|---|---|"
    for due, opens, closes, country, expected, why in SUGGESTED:
        yield f"| {due} | {opens} to {closes} | {country} | {expected} | {why} |"


if __name__ == "__main__":
    (ROOT / "docs" / "behaviour.md").write_text(page(), encoding="utf-8")
