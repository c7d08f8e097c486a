"""The manual, executed: every table of docs/behaviour.md is true, and the document is what the tables say."""

from pathlib import Path
from typing import Any

import pytest

from tests.spec.reading import Story, behaviour, follow_story, page, stories

PLANS, STORIES = stories("plans.yaml"), stories("stories.yaml")
PAGE = Path(__file__).parents[2] / "docs" / "behaviour.md"


@pytest.mark.parametrize("story", PLANS, ids=lambda story: story.title)
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


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_stories(story: Story) -> None:
    found = {str(one.check.key): str(one.settlement) for one in follow_story(story).settled}
    expected = story["settled"]
    assert {key: found.get(key) for key in expected} == expected
    assert not set(story.get("absent", ())) & set(found)


@pytest.mark.parametrize("row", behaviour(), ids=lambda row: row.title)
def test_tables(row: Any) -> None:
    assert row.found() == row.expected


def test_the_document_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.spec.reading`"
