"""Plan CSV: one row for each check of one plan, for spreadsheets, with headings that stay."""

from collections.abc import Iterator, Sequence
from io import StringIO

from monitor.render.plan_view import PlanView
from monitor.render.tables import Cell, write_csv
from monitor.render.texts import place_word, specimen_word, word
from schedules.explaining import explain, sentences
from schedules.model import Check

HEADINGS = (
    "key",
    "rule",
    "number",
    "title",
    "specimen",
    "place",
    "opens_on",
    "due_on",
    "closes_on",
    "visit_on",
    "origin",
    "confirm",
    "explanation",
)


def render_plan_csv(view: PlanView, *, language: str) -> str:
    """A heading and the checks in order of `due_on`; codes stay codes, texts are in the language."""
    out = StringIO()
    write_csv(plan_rows(view, language=language), out)
    return out.getvalue()


def plan_rows(view: PlanView, *, language: str) -> Iterator[Sequence[Cell]]:
    yield HEADINGS
    for check in view.plan.checks:
        yield _row(view, check, language)


def _row(view: PlanView, check: Check, language: str) -> Sequence[Cell]:
    rule = view.protocol.get_rule(check.rule)
    visit_on = view.visit_of[check.key].visit_on
    explanation = explain(view.protocol, check, courses=view.plan.courses, visit_on=visit_on)
    return (
        str(check.key),
        check.rule,
        check.number,
        view.title(rule, language),
        specimen_word(rule.specimen, language),
        place_word(rule.place, language),
        check.opens_on,
        check.due_on,
        check.closes_on,
        visit_on,
        check.origin.value,
        word("yes", language) if check.confirm else "",
        " ".join(sentences(explanation, language)),
    )
