"""A protocol file that can be read is asked whether it makes sense; the words stand in bad/*.report.txt."""

from pathlib import Path

import pytest

from schedules.intervals import Interval
from schedules.linting import has_check_digit, lint
from schedules.parsing import parse_protocol
from schedules.problems import Severity
from schedules.rhythms import shortest_between, shortest_days

SHIPPED = sorted((Path(__file__).parents[2] / "schedules" / "protocols").glob("*.yaml"))

FILE = """
format: 1
kind: protocol
id: example
version: "2026.1"
status: {status}
drug: example
jurisdiction: EU
title: {{en: Example}}
summary: {{en: An example.}}
languages: [en]
sources: {{LABEL: {{title: The label}}}}
courses: {{days: [5, 3], source: {{key: LABEL, confidence: derived}}}}
follow_up: {{lasts: 48 months, source: {{key: LABEL, confidence: derived}}}}
escalation: [{{after_days: 7, role: nurse}}]
rules:
  - id: blood-count
    family: blood-count
    title: {{en: Blood count}}
    specimen: blood
    place: laboratory
    schedule: {schedule}
    window: {{before_days: {before}, after_days: {after}, confidence: local-policy}}
    source: {{key: LABEL, confidence: verified{source}}}
"""


def find(schedule: str, before: int = 0, after: int = 0, status: str = "ready", source: str = ", note: A note") -> str:
    text = FILE.format(schedule=schedule, before=before, after=after, status=status, source=source)
    parsed = parse_protocol(text, file="example.yaml")
    assert parsed.problems == ()
    return "\n".join(str(problem) for problem in lint(parsed))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_have_no_errors(path: Path) -> None:
    problems = lint(parse_protocol(path.read_text(encoding="utf-8"), file=path.name))
    assert [str(problem) for problem in problems if problem.severity is Severity.ERROR] == []


def test_files_are_shipped() -> None:
    assert {path.stem for path in SHIPPED} >= {"alemtuzumab-eu", "alemtuzumab-us", "cladribine", "clozapine-us"}


def test_a_file_that_cannot_be_read_is_not_linted() -> None:
    assert lint(parse_protocol("format: 2", file="x.yaml")) == []


@pytest.mark.parametrize(
    ("every", "widest"),
    [
        ("7 days", 6),
        ("1 week", 6),
        ("4 weeks", 27),
        ("1 month", 27),  # 31 January to 28 February
        ("2 months", 58),  # 31 December to 28 February
        ("3 months", 88),  # 30 November to 28 February is 90 days, 31 January to 30 April 89
        ("12 months", 364),
        ("1 year", 364),
    ],
)
def test_the_widest_window_that_leaves_neighbours_apart(every: str, widest: int) -> None:
    assert find(f"{{every: {every}}}", before=widest // 2, after=widest - widest // 2) == ""
    assert "Before and after together can be at most" in find(f"{{every: {every}}}", before=1, after=widest)


@pytest.mark.parametrize(
    ("schedule", "before", "after"),
    [
        ("{every: 1 month}", 7, 7),
        ("{every: 3 months}", 14, 14),
        ("{every: 1 year}", 30, 30),
        ("{every: 48 months}", 14, 14),
        ("{phases: [{every: 1 week, until: 6 months}, {every: 2 weeks, until: 12 months}, {every: 1 month}]}", 3, 3),
        ("{every: 1 month, until: 6 months, anchor: last-infusion}", 7, 7),
        ("{at: [2 months, 6 months], anchor: course-start}", 14, 14),
        ("{at: [1 year], anchor: follow-up-end}", 30, 30),
        ("{at: [10 years], anchor: follow-up-end}", 30, 30),
        ("{before_course: each, due: 7 days}", 23, 7),
        ("{before_course: later, due: 1 month}", 366, 28),
        ("{infusion_day: 5}", 0, 0),
        ("{infusion_day: 5, course: first}", 0, 0),
        ("{infusion_day: 3, course: later}", 0, 0),
    ],
)
def test_what_makes_sense_is_left_alone(schedule: str, before: int, after: int) -> None:
    assert find(schedule, before, after) == ""


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("{infusion_day: 6}", "at most 5 days of infusion"),
        ("{infusion_day: 5, course: later}", "at most 3 days of infusion"),
        ("{every: 49 months}", "never reached"),
        ("{every: 7 months, until: 6 months}", "never reached"),
        ("{at: [49 months], anchor: last-infusion}", "beyond the end"),
        ("{at: [6 months, 6 months], anchor: course-end}", "does not come after"),
        ("{every: 1 month, until: for-good}", "next ten years"),
        ("{phases: [{every: 1 month, until: 12 months}]}", "gap"),
        # A later course moves the end, but not what counts from the first course.
        ("{phases: [{every: 1 month, until: 12 months}], until: 12 months}", "gap"),
        ("{phases: [{every: 1 month, until: 12 months}], until: 13 months, anchor: last-infusion}", "gap"),
        ("{phases: [{every: 1 month, until: 48 months}]}", "gap"),
        ("{phases: [{every: 1 month, until: 3 weeks}, {every: 2 months}]}", "shorter than its own interval"),
    ],
)
def test_what_makes_no_sense_is_said(schedule: str, said: str) -> None:
    report = find(schedule)
    assert said in report
    assert report.count("\n") == 0


def test_only_a_ready_file_owes_a_section_or_a_note() -> None:
    assert "neither 'section' nor 'note'" in find("{every: 1 month}", source="")
    assert find("{every: 1 month}", source="", status="draft") == ""
    assert find("{every: 1 month}", source=', section: "4.4"') == ""


@pytest.mark.parametrize(
    "code", ["777-3", "6690-2", "57021-8", "2160-0", "24356-8", "3016-3", "8099-4", "62292-8", "1-8", "98979-8"]
)
def test_loinc_check_digits(code: str) -> None:
    number, _, digit = code.partition("-")
    assert has_check_digit(code)
    assert [d for d in range(10) if has_check_digit(f"{number}-{d}")] == [int(digit)]


@pytest.mark.parametrize("code", ["8099-8", "30166-7", "45323-5", "5404-7", "777", "-", "-0", "a-1", "777-33", "７-5"])
def test_codes_that_third_parties_got_wrong(code: str) -> None:
    assert not has_check_digit(code)


@pytest.mark.parametrize(
    ("interval", "days"), [("1 month", 28), ("2 months", 59), ("3 months", 89), ("1 year", 365), ("2 years", 730)]
)
def test_the_shortest_an_interval_can_last(interval: str, days: int) -> None:
    assert shortest_days(Interval.parse(interval)) == days


def test_distances_in_different_units_are_compared_by_days() -> None:
    assert shortest_between(Interval.parse("8 weeks"), Interval.parse("2 months")) == 3
    assert shortest_between(Interval.parse("9 weeks"), Interval.parse("2 months")) == -4
