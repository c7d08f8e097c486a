"""The plan table: what a clinic prints."""

import re

import pytest

from monitor.render.consoles import Paper
from monitor.render.plan_table import render_plan_table
from monitor.render.plan_view import PlanView
from monitor.render.strip import Mark, draw_strip
from schedules.model import Person
from schedules.protocol import Protocol
from tests.render.conftest import Golden, days, view_plan

ESCAPE = re.compile("\x1b\\[[0-9;]*m")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [80, 120])
def test_two_courses_look_as_agreed(two_courses: PlanView, golden: Golden, language: str, width: int):
    golden(f"plan-{language}-{width}.txt", render_plan_table(two_courses, language=language, paper=Paper(width)))


def test_flags_planned_courses_and_things_to_confirm_look_as_agreed(interrupted: PlanView, golden: Golden):
    golden("plan-interrupted-en-80.txt", render_plan_table(interrupted, language="en", paper=Paper(80)))


def test_ascii_stands_in_where_shapes_cannot_be_shown(two_courses: PlanView):
    text = render_plan_table(two_courses, language="en", paper=Paper(80, plain=True))
    assert not set(text) & set("●◇▲■▼▽┬┴─")
    assert "*" in text
    assert "#" in text


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 160])
def test_no_width_truncates_a_word_or_runs_over(interrupted: PlanView, language: str, width: int):
    text = render_plan_table(interrupted, language=language, paper=Paper(width))
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= width
    words = set(re.findall(r"\w+", text))
    for rule in interrupted.protocol.rules:
        assert set(re.findall(r"\w+", rule.title[language])) <= words


def test_without_colour_there_is_no_control_character(two_courses: PlanView):
    text = render_plan_table(two_courses, language="en", paper=Paper(80))
    assert all(character.isprintable() or character == "\n" for character in text)


def test_colour_adds_nothing_but_colour(two_courses: PlanView):
    coloured = render_plan_table(two_courses, language="en", paper=Paper(80, colour=True))
    assert ESCAPE.search(coloured)
    bare = "".join(f"{line.rstrip()}\n" for line in ESCAPE.sub("", coloured).splitlines())
    assert bare == render_plan_table(two_courses, language="en", paper=Paper(80))


def test_shapes_alone_tell_the_marks_apart(two_courses: PlanView):
    text = render_plan_table(two_courses, language="en", paper=Paper(120))
    lane = next(line for line in text.splitlines() if line.strip().startswith("Full blood count "))
    assert lane.split()[-1] == "◇" + "●" * 59 + "■"


def test_the_strip_has_a_cell_for_each_month_and_a_lane_for_each_family(two_courses: PlanView):
    strip = draw_strip(two_courses)
    assert len(strip.months) == 61
    assert strip.months[0].isoformat() == "2024-01-01"
    assert [lane.family for lane in strip.lanes][:2] == [None, "blood-count"]
    lanes = {lane.family: lane.cells for lane in strip.lanes}
    assert [cell.mark for cell in lanes["thyroid"]].count(Mark.CHECK) == 19
    assert lanes["thyroid"][-1].mark is Mark.CLOSING
    assert sum(cell.count for cells in lanes.values() for cell in cells) == len(two_courses.plan.checks) + 8


def test_bands_break_at_a_new_year_and_lose_no_month(two_courses: PlanView):
    strip = draw_strip(two_courses)
    for most in range(12, 70):
        bands = strip.bands(most)
        assert [month for band in bands for month in strip.months[band]] == list(strip.months)
        assert all(strip.months[band][0].month == 1 for band in bands)
        assert all(len(strip.months[band]) <= most for band in bands)


def test_several_checks_of_one_month_show_their_number(example: Protocol):
    rule = example.get_rule("blood-count")
    weekly = type(rule).model_validate(
        {**rule.model_dump(), "schedule": {"every": "1 week"}, "window": {**rule.window.model_dump(), "before_days": 3}}
    )
    protocol = Protocol.model_validate({**example.model_dump(), "rules": [weekly.model_dump()]})
    strip = draw_strip(view_plan(protocol, days("2024-01-08", 5), Person()))
    marks = {(cell.mark, cell.count) for cell in strip.lanes[1].cells}
    assert (Mark.SEVERAL, 4) in marks


def test_only_planned_infusions_bring_no_follow_up(example: Protocol):
    view = view_plan(example, days("2027-01-11", 5, planned=True), Person())
    text = render_plan_table(view, language="en", paper=Paper(80))
    assert "begins with the first infusion that is given" in text
    assert "5 infusion days planned" in text
    assert "closing check" not in text


def test_titles_are_text_and_never_markup(example: Protocol):
    titles = {"en": "[bold]Blood[/bold] :smile: [link=x]", "de": "x"}
    rules = [rule.model_copy(update={"title": titles}) for rule in example.rules]
    view = view_plan(example.model_copy(update={"rules": tuple(rules)}), days("2024-01-08", 5), Person())
    assert "[bold]Blood[/bold]" in render_plan_table(view, language="en", paper=Paper(120))
