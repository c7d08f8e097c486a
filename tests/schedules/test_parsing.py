"""A protocol file that cannot be used says why: every problem at once, with its line, in words for its author."""

import json
import re
import time
from pathlib import Path

import pytest

from schedules.intervals import Interval, Unit
from schedules.linting import lint
from schedules.parsing import Parsed, parse_protocol
from schedules.protocol import BeforeCourse, Listed, OnInfusionDay, Overlay, Protocol, Recurring

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))
SHIPPED = sorted((HERE.parents[1] / "schedules" / "protocols").glob("*.yaml"))

GOOD = """
format: 1
kind: protocol
id: example
version: "2026.10"
status: ready
drug: example
jurisdiction: EU
title: {en: Example, no: Eksempel}
summary: {en: An example., no: Et eksempel.}
languages: [en, no]
effective_from: 2026-01-31
sources: {LABEL: {title: The label, edition: "2020"}}
courses: {days: [5, 3], source: {key: LABEL, confidence: derived}}
follow_up: {lasts: 48 months, source: {key: LABEL, confidence: derived}}
escalation: [{two_in_a_row: true, role: nurse}]
rules:
"""
RULE = """
  - id: {0}
    family: {0}
    title: {{en: Blood count, no: Blodprøve}}
    specimen: blood
    place: laboratory
    schedule: {1}
    window: {{before_days: 7, after_days: 7, confidence: local-policy}}
    source: {{key: LABEL, section: "4.4", confidence: verified}}
"""


def parse(text: str) -> Parsed:
    return parse_protocol(text, file="example.yaml")


def say(text: str) -> list[str]:
    return [str(problem) for problem in parse(text).problems]


def get_protocol(text: str) -> Protocol:
    parsed = parse(text)
    assert parsed.problems == ()
    assert isinstance(parsed.protocol, Protocol)
    return parsed.protocol


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_reported_word_for_word(path: Path) -> None:
    expected = path.with_suffix(".report.txt")
    assert expected.exists(), f"write the exact report of {path.name} into {expected.name}"
    parsed = parse_protocol(path.read_text(encoding="utf-8"), file=path.name)
    report = "\n".join(str(problem) for problem in (*parsed.problems, *lint(parsed)))
    assert report == expected.read_text(encoding="utf-8").rstrip("\n")
    assert report


def test_every_report_has_its_file() -> None:
    reports = {path.name.removesuffix(".report.txt") for path in (HERE / "bad").glob("*.report.txt")}
    assert reports == {path.stem for path in BAD}


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_no_report_speaks_of_the_machinery(path: Path) -> None:
    report = path.with_suffix(".report.txt").read_text(encoding="utf-8").replace(path.name, "")
    jargon = r"pydantic|[A-Z][a-z]+[A-Z]\w+|Recurring|Input|literal|tuple|dict|mapping|scalar|token|string|None|valid"
    assert re.findall(rf"\b({jargon})\b", report) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_can_be_read(path: Path) -> None:
    assert [str(problem) for problem in parse_protocol(path.read_text(encoding="utf-8"), file=path.name).problems] == []


def test_a_good_file_becomes_a_protocol() -> None:
    protocol = get_protocol(GOOD + RULE.format("blood-count", "{every: 1 month, until: 10 years}"))
    assert protocol.version == "2026.10"
    assert str(protocol.effective_from) == "2026-01-31"
    assert protocol.escalation[0].two_in_a_row is True
    assert protocol.rules[0].schedule == Recurring(every=Interval(1, Unit.MONTH), until=Interval(10, Unit.YEAR))


def test_norwegian_is_a_language_and_not_a_no() -> None:
    assert get_protocol(GOOD + RULE.format("a", "{every: 1 month}")).title["no"] == "Eksempel"


@pytest.mark.parametrize(
    ("schedule", "kind"),
    [
        ("{every: 1 month}", Recurring),
        ("{phases: [{every: 1 week, until: 6 months}, {every: 1 month}]}", Recurring),
        ("{at: [2 months, 6 months], anchor: course-start}", Listed),
        ("{before_course: each, due: 7 days}", BeforeCourse),
        ("{infusion_day: 3, course: first}", OnInfusionDay),
    ],
)
def test_every_kind_of_schedule(schedule: str, kind: type) -> None:
    assert isinstance(get_protocol(GOOD + RULE.format("a", schedule)).rules[0].schedule, kind)


def test_an_overlay_is_an_overlay() -> None:
    kept = [line for line in GOOD.splitlines() if not line.startswith(("drug", "juris", "cour", "follow", "escal"))]
    text = "\n".join(kept) + RULE.format("a", "{every: 1 month}")
    parsed = parse(text.replace("kind: protocol", "kind: overlay\nover: [below]"))
    assert isinstance(parsed.protocol, Overlay)
    assert parsed.problems == ()


def test_a_schedule_is_judged_as_the_kind_it_was_meant_to_be() -> None:
    report = say(GOOD + RULE.format("a", "{before_course: each}"))
    assert report == ["example.yaml:24:15: error: 'due' is missing from a schedule."]


def test_places_point_at_keys_values_and_what_is_missing() -> None:
    places = parse(GOOD + RULE.format("a", "{every: 1 month}")).places
    assert places.of_key(("rules", 0, "schedule", "every")) == (24, 16)
    assert places.of_value(("rules", 0, "schedule", "every")) == (24, 23)
    assert places.of_value(("rules", 0)) == places.of_key(("rules", 0)) == (19, 5)
    assert places.of_key(("rules", 0, "escalation", 2)) == (19, 5)


def test_one_megabyte_is_enough() -> None:
    assert say("# " + "x" * 1_000_000) == [
        "example.yaml: error: The file is larger than 1 MB. A protocol file has some hundred lines."
    ]
    assert "larger" not in say("#" + "ä" * 499_000)[0]
    assert "larger" in say("#" + "ä" * 500_001)[0]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_refused_and_never_crashes(opening: str) -> None:
    assert say("a:\n  " + opening * 20_000)[0].endswith("Blocks stand more than 30 deep inside one another.")


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 60))
    started = time.perf_counter()
    report = say(bomb)
    assert time.perf_counter() - started < 2
    assert report[0] == "example.yaml:2:10: error: '*a0' repeats a part of the file. Write that part out here."


@pytest.mark.parametrize(
    ("text", "place"),
    [("a: \x00", "1:4"), ("a: 1\nb: \x07", "2:4"), ("a: \ud800", "1:4"), ("\x1b[31m", "1:1")],
)
def test_characters_that_are_no_text(text: str, place: str) -> None:
    assert say(text) == [
        f"example.yaml:{place}: error: Here stands a character that is not text. Save the file as UTF-8 text."
    ]


def test_a_byte_order_mark_and_other_line_ends_do_no_harm() -> None:
    text = GOOD + RULE.format("a", "{every: 1 month}")
    assert get_protocol("\ufeff" + text.lstrip().replace("\n", "\r\n")) == get_protocol(text)


@pytest.mark.parametrize("text", ["", "\n", "# nothing", "---", "null", "just words", "[]", "? [a]\n: b", "{{ x }}: 1"])
def test_whatever_stands_there_has_an_answer(text: str) -> None:
    parsed = parse(text)
    assert parsed.protocol is None
    assert parsed.problems


def test_numbers_and_words_are_not_exchanged() -> None:
    rule = RULE.format("a", "{every: 1 month}")
    for wrong in ('before_days: "7"', "before_days: true", "before_days: 7.5", "before_days: 1e3"):
        assert "'before_days' must be a whole number" in say(GOOD + rule.replace("before_days: 7", wrong))[0]
    assert say(GOOD + rule.replace('"4.4"', "4.40"))[0].endswith(
        """'section' must be text. Put it in quotes: "4.40"."""
    )


@pytest.mark.parametrize("line", ["key{0}: 1\n", "  - {{evry{0}: 1, famly: x, schedule: {{evry: 3}}}}\n"])
def test_a_file_that_is_nothing_but_mistakes_is_answered_soon(line: str) -> None:
    started = time.perf_counter()
    report = say("kind: protocol\nrules:\n" + "".join(line.format(n) for n in range(3_000)))
    assert time.perf_counter() - started < 10
    assert report[-1].endswith("There are more problems than these. Correct these first.")
    assert len(report) < 1000


def test_a_long_word_is_cut() -> None:
    assert max(map(len, say(json.dumps({"x" * 5000: 1, "kind": "y" * 5000, "id": "Z" * 5000})))) < 300
