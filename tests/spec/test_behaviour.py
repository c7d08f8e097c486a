"""The manual, executed: every table of docs/behaviour.md is true, and the document is what the tables say."""

from typing import Any

import pytest

from schedules.replanning import Standing, losses
from tests.spec.reading import Story, entries, follow_story, key, replan, stories
from tests.spec.tables import Line, tables
from tests.spec.writing import PAGE, page


def each(file: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("story", stories(file), ids=lambda story: story.title)


@each("plans.yaml")
def test_plans(story: Story) -> None:
    outcome = follow_story(story)
    assert outcome.plan.ends_on == story.day("ends")
    until = story.day("until")
    for rule, expected in story["due"].items():
        checks = [one.check for one in outcome.settled if one.check.rule == rule]
        found: dict[Any, Any] = {check.number: check.due_on for check in checks}
        found["checks"] = sum(until is None or check.due_on <= until for check in checks)
        found["confirm"] = any(check.confirm for check in checks)
        assert {name: found[name] for name in expected} == expected, rule
        assert [check.number for check in checks] == sorted(check.number for check in checks)
    windows = {str(one.check.key): list(one.check[3:6]) for one in outcome.settled}
    for check, window in story.get("windows", {}).items():
        assert windows[check] == window


@each("stories.yaml")
def test_stories(story: Story) -> None:
    settled = follow_story(story).settled
    found = {str(one.check.key): str(one.settlement) for one in settled}
    expected = story["settled"]
    assert {check: found.get(check) for check in expected} == expected
    assert not set(story.get("absent", ())) & set(found)
    for check, taken in story.get("taken", {}).items():
        assert [sample.taken_on for one in settled if one.check.key == key(check) for sample in one.samples] == taken


@each("replans.yaml")
def test_replans(story: Story) -> None:
    done = replan(story)
    difference = done.difference
    lost = losses(difference, story["today"])
    assert {
        "added": {str(one): _said(standing) for one, standing in difference.added},
        "moved": {str(pair.key): [_said(pair.before), _said(pair.after)] for pair in difference.moved},
        "withdrawn": {str(one): _said(standing) for one, standing in difference.withdrawn},
        "settled": {str(pair.key): [str(pair.before[3]), str(pair.after[3])] for pair in difference.settled},
        "untouched": difference.untouched,
        "confirm": [str(one) for one, _ in lost],
    } == {"added": {}, "moved": {}, "withdrawn": {}, "settled": {}, "confirm": []} | story["expected"]


def _said(standing: Standing) -> Any:
    """The due day, and how the check was settled where it is not open."""
    return standing.due_on if standing.settlement == "open" else f"{standing.due_on}, {standing.settlement}"


@each("entries.yaml")
def test_entries(story: Story) -> None:
    before = {one: visit.due_on for visit in follow_story(story).visits for one in visit.keys}
    assert {check: before[key(check)] for check in story["entries"]["before"]} == {
        check: day for check, (day, _) in story["entries"]["before"].items()
    }
    assert {check: list(found) for check, found in entries(story).items()} == story["entries"]["after"]


@pytest.mark.parametrize(
    "line",
    [pytest.param(line, id=f"{table.title}: {', '.join(line.asked)}") for table in tables() for line in table.lines],
)
def test_tables(line: Line) -> None:
    assert line.find() == line.expected


def test_the_document_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.spec.writing`"
