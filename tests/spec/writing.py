"""Writes docs/behaviour.md from the spec tables: `python -m tests.spec.writing`."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.spec.reading import ROOT, Story, stories
from tests.spec.tables import tables

PAGE = ROOT / "docs" / "behaviour.md"


def page() -> str:
    """docs/behaviour.md, whole."""
    return "\n".join([*_head(), *_plans(), *_stories(), *_replans(), *_entries(), *_tables()]) + "\n"


def _head() -> Iterator[str]:
    yield "# Behaviour: which day follows from which infusion"
    yield ""
    yield "Every table on this page is a test. A clinician can check the days by hand; the program is checked against"
    yield "them at every change. Written by `python -m tests.spec.writing` from `tests/spec/`."
    yield ""
    yield "Windows: monthly checks 7 days before to 7 days after the due day, three-monthly 14, yearly 30"
    yield "(local policy)."
    yield ""


def _opening(story: Story) -> str:
    return f"\n### {story.title}\n\n{' '.join(story['says'].split())}\n"


def _plans() -> Iterator[str]:
    yield "## What is planned"
    for story in stories("plans.yaml"):
        yield _opening(story)
        yield from _treatment(story)
        yield f"- *follow-up ends* {story.get('ends', 'not yet known')}"
        until = f" until {story['until']}" if "until" in story else ""
        yield f"\n| rule | checks{until} | due days |\n|---|---|---|"
        for rule, expected in story["due"].items():
            due = [f"#{number} {day}" for number, day in expected.items() if isinstance(number, int)]
            due += ["to be confirmed by a person"] if expected.get("confirm") else []
            yield f"| `{rule}` | {expected.get('checks', '')} | {', '.join(due)} |"
        if "windows" in story:
            yield "\n| check | on time from | due | until |\n|---|---|---|---|"
            for check, window in story["windows"].items():
                yield f"| `{check}` | {' | '.join(map(str, window))} |"
    yield ""


def _treatment(story: Story) -> Iterator[str]:
    if "rules" in story:
        for rule in story["rules"]:
            yield f"- *rule* `{rule['id']}`: {_rule(rule)}"
        yield f"- *follow-up lasts* {story.get('lasts', '48 months')}"
    else:
        yield f"- *protocol* {story.get('protocol', 'alemtuzumab-eu')}"
    if relaxed := story.get("relaxed"):
        period = f"from {relaxed['from_on']} to {relaxed['until_on']}"
        yield f"- *relaxed* `{relaxed['rule']}` every {relaxed['every']} {period}"
    if story.get("infusions"):
        yield f"- *infusions given* {', '.join(map(str, story['infusions']))}"
    if story.get("planned"):
        yield f"- *planned* {', '.join(map(str, story['planned']))}"
    if "sex" in story:
        yield f"- *sex* {story['sex']}"


def _rule(rule: Mapping[str, Any]) -> str:
    before, tail = rule["window"]
    said = [f"{key.replace('_', ' ')} {_length(value)}" for key, value in rule.items() if key not in {"id", "window"}]
    return f"{', '.join(said)}; on time from {before} days before to {tail} days after"


def _length(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _stories() -> Iterator[str]:
    yield "## What becomes of a check"
    yield "\nOne course on 8–12 January 2024, European protocol. Blood counts are due on the 12th of each month."
    for story in stories("stories.yaml"):
        yield _opening(story)
        yield from _facts(story)
        yield "\n| check | settled |\n|---|---|"
        for key, settlement in story["settled"].items():
            taken = ", ".join(map(str, story.get("taken", {}).get(key, ())))
            yield f"| `{key}` | {settlement}{f', by samples of {taken}' if taken else ''} |"
        for key in story.get("absent", ()):
            yield f"| `{key}` | not asked for |"
    yield ""


def _facts(story: Mapping[str, Any]) -> Iterator[str]:
    if story.get("infusions"):
        yield f"- infusions given {', '.join(map(str, story['infusions']))}"
    if story.get("planned"):
        yield f"- infusions planned {', '.join(map(str, story['planned']))}"
    for family, taken in story.get("samples", {}).items():
        yield f"- sample for `{family}` on {', '.join(map(_taken, taken))}"
    for waiver in story.get("waivers", ()):
        yield f"- waiver of `{waiver['rule']}` that was due on {waiver['due']}"
    for extra in story.get("extras", ()):
        often = f", every {extra['every']}, {extra['times']} times" if "every" in extra else ""
        yield f"- extra `{extra['rule']}` ordered for {extra['starts']}{often}"
    if day := story.get("followed_here_from"):
        yield f"- followed here from {day}"
    if day := story.get("discharged"):
        yield f"- discharged on {day}"


def _taken(sample: Any) -> str:
    return f"{sample['day']}, said to be `{sample['said_to_be']}`" if isinstance(sample, Mapping) else str(sample)


def _replans() -> Iterator[str]:
    yield "## What a change changes"
    yield "\nShown to whoever makes the change, before it is saved. A due or overdue check that would go or come later"
    yield "needs a confirmation of its own."
    for story in stories("replans.yaml"):
        yield _opening(story)
        yield from _facts(story)
        changes = [line.removeprefix("- ") for line in _facts(story["then"])]
        yield f"- **then** {'; '.join(changes) or story['then_says']}"
        yield f"\n| {story['today']} | check | before | after |\n|---|---|---|---|"
        for kind in ("added", "moved", "withdrawn", "settled"):
            for key, change in story["expected"].get(kind, {}).items():
                name = "settled differently" if kind == "settled" else kind
                confirm = " (to be confirmed)" if key in story["expected"].get("confirm", ()) else ""
                before, after = {"added": ("", change), "withdrawn": (change, "")}.get(kind, change)
                yield f"| {name}{confirm} | `{key}` | {before} | {after} |"
        yield f"| untouched | {story['expected']['untouched']} | | |"
    yield ""


def _entries() -> Iterator[str]:
    yield "## Which calendar entry a visit keeps"
    yield "\nThe checks of one day and place are one visit and one entry. Entries move; they are not replaced."
    for story in stories("entries.yaml"):
        yield _opening(story)
        yield from _facts(story)
        yield f"- **then** {'; '.join(line.removeprefix('- ') for line in _facts(story['then']))}"
        yield "\n| visit with | before | after |\n|---|---|---|"
        before, after = story["entries"]["before"], story["entries"]["after"]
        for key in dict.fromkeys([*before, *after]):
            cells = [f"{row[key][0]}: {row[key][1]}" if key in row else "" for row in (before, after)]
            yield f"| `{key}` | {cells[0]} | {cells[1]} |"
    yield ""


def _tables() -> Iterator[str]:
    for table in tables():
        yield f"## {table.title}\n\n{table.says}\n"
        yield f"| {' | '.join(table.columns)} |\n|{'---|' * len(table.columns)}"
        for line in table.lines:
            why = (line.why,) if len(table.columns) > len(line.asked) + len(line.expected) else ()
            yield f"| {' | '.join((*line.asked, *line.expected, *why))} |"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
