"""JSON and CSV of a plan: names that scripts rely on."""

import csv
import io
import json

import pytest

from monitor.render.plan_csv import HEADINGS, render_plan_csv
from monitor.render.plan_json import render_plan_json
from monitor.render.plan_view import PlanView
from tests.render.conftest import Golden


def test_json_looks_as_agreed(short: PlanView, golden: Golden):
    golden("plan-short-en.json", render_plan_json(short, language="en"))


def test_csv_looks_as_agreed(short: PlanView, golden: Golden):
    golden("plan-short-de.csv", render_plan_csv(short, language="de"))


def test_json_has_the_promised_names(two_courses: PlanView):
    data = json.loads(render_plan_json(two_courses, language="en"))
    assert data["protocol"].items() >= {"id": "example", "version": "2026.1"}.items()
    assert data["infusions"][:2] == ["2024-01-08", "2024-01-09"]
    assert data["follow_up_ends_on"] == "2029-01-15"
    assert list(data["checks"][0])[:9] == [
        "key", "rule", "number", "title", "specimen", "opens_on", "due_on", "closes_on", "visit_on",
    ]  # fmt: skip
    due = [check["due_on"] for check in data["checks"]]
    assert due == sorted(due)
    by_key = {check["key"]: check for check in data["checks"]}
    assert by_key["blood-count/60"]["due_on"] == "2029-01-15"
    assert by_key["blood-count/12"]["visit_on"] == "2025-01-13"
    assert "the 12th month after it" in by_key["blood-count/12"]["explanation"][0]


@pytest.mark.parametrize("language", ["en", "de"])
def test_csv_has_a_row_for_each_check_and_agrees_with_json(two_courses: PlanView, language: str):
    rows = list(csv.DictReader(io.StringIO(render_plan_csv(two_courses, language=language))))
    checks = json.loads(render_plan_json(two_courses, language=language))["checks"]
    assert tuple(rows[0]) == HEADINGS
    for row, check in zip(rows, checks, strict=True):
        for name in ("key", "rule", "title", "opens_on", "due_on", "closes_on", "visit_on"):
            assert row[name] == check[name]


def test_the_same_plan_gives_the_same_bytes(two_courses: PlanView):
    assert render_plan_json(two_courses, language="de") == render_plan_json(two_courses, language="de")
    assert render_plan_csv(two_courses, language="de") == render_plan_csv(two_courses, language="de")
