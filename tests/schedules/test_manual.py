"""What docs/protocol-files.md shows can be typed in as it stands."""

import re
from pathlib import Path

import pytest

from schedules.linting import lint
from schedules.overlaying import lay_over
from schedules.parsing import Parsed, parse_protocol
from schedules.protocol import Overlay, Protocol

MANUAL = (Path(__file__).parents[2] / "docs" / "protocol-files.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
WHOLE, OVERLAY = (block for block in BLOCKS if block.startswith("format: 1"))
CORRECT = WHOLE.replace("{en: Example, European Union, de: Beispiel}", '{en: "Example, European Union", de: Beispiel}')
SCHEDULE = "    schedule: {every: 1 month}\n"
WINDOW = "    window: {before_days: 7, after_days: 7, confidence: local-policy}\n"
SCHEDULES = [
    *(
        re.sub(r" +#.*", "", line)
        for block in BLOCKS
        for line in re.findall(r"^    schedule: .*\n", block, re.MULTILINE)
    ),
    *(block for block in BLOCKS if block.startswith("    schedule:\n")),
]


def read(text: str) -> Parsed:
    return parse_protocol(text, file="example-eu.yaml")


def say(text: str) -> list[str]:
    parsed = read(text)
    return [str(problem) for problem in (*parsed.problems, *lint(parsed))]


def test_the_first_file_has_the_one_mistake_that_is_announced() -> None:
    (report,) = say(WHOLE)
    assert f"```\n{report}\n```" in MANUAL
    assert say(CORRECT) == []


def test_there_are_schedules_of_every_kind() -> None:
    assert len(SCHEDULES) > 10
    for key in ("every", "phases", "at", "before_course", "infusion_day", "temporary"):
        assert any(f"{key}:" in schedule for schedule in SCHEDULES)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_makes_sense(schedule: str) -> None:
    assert SCHEDULE in CORRECT
    text = CORRECT.replace(SCHEDULE, schedule).replace(WINDOW, WINDOW.replace("_days: 7", "_days: 3"))
    assert [line for line in say(text) if "next ten years" not in line] == []


def test_what_may_stand_beside_the_rules_may() -> None:
    tests, _, others = next(block for block in BLOCKS if block.startswith("tests:")).partition("\nadvice:")
    text = re.sub(r"^tests:.*\n", f"{tests}\n", CORRECT, flags=re.MULTILINE) + "\nadvice:" + others
    assert say(text) == []


def test_the_overlay_fits_the_protocol() -> None:
    overlay, below = read(OVERLAY).protocol, read(CORRECT).protocol
    assert isinstance(overlay, Overlay)
    assert isinstance(below, Protocol)
    assert say(OVERLAY) == []
    assert lay_over(below, [overlay]).overlays == ("winter-relief 2026.1",)
