"""The protocol page: what a nurse reads, and every doubt that a physician must see before approving."""

import pytest

from monitor.protocols import load_files
from monitor.render.consoles import Paper
from monitor.render.protocol_list import render_list
from monitor.render.protocol_page import render_protocol
from schedules.overlaying import remake
from schedules.protocol import Escalation, Protocol, Role
from tests.render.conftest import Golden

BUILT_IN = {entry.id: entry.protocol_or_overlay for entry in load_files().entries}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_looks_as_agreed(example: Protocol, golden: Golden, language: str):
    golden(f"protocol-{language}.txt", render_protocol(example, language=language, paper=Paper(80)))


def test_rules_only_leaves_out_what_is_never_due(example: Protocol):
    page = render_protocol(example, language="en", paper=Paper(80), rules_only=True)
    assert "Full blood count" in page
    assert "Sources" in page
    for heading in ("Advice", "Checklist", "reports at once", "Published values"):
        assert heading not in page


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("protocol_id", BUILT_IN)
def test_every_built_in_file_has_a_whole_page(protocol_id: str, language: str):
    file = BUILT_IN[protocol_id]
    page = render_protocol(file, language=language, paper=Paper(80))
    text = " ".join(page.split())
    assert max(len(line) for line in page.splitlines()) <= 80
    for title in [part.title for parts in (file.rules, file.advice, file.symptoms) for part in parts]:
        assert title[language] in text
    for checklist in file.checklists:
        for question in checklist.questions:
            assert question.text[language] in text
    if file.thresholds:
        assert {"en": "For reading only", "de": "Nur zum Lesen"}[language] in text


def test_every_unsettled_rule_is_listed_before_the_sources(example: Protocol):
    page = render_protocol(example, language="en", paper=Paper(200))
    doubts = page.partition("\nMarks\n")[2].partition("\nSources\n")[0]
    assert "? Rules: ECG before the course\n" in doubts
    assert "° Rules: Pregnancy test, Skin examination, Questions at home\n" in doubts
    assert "Codes of tests: Full blood count with differential" in doubts


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["after 7 days: nurse; two in a row: clinician (by mail at once)", "When overdue: no steps"]),
        ("de", ["nach 7 Tagen: Pflege; zwei hintereinander: ärztliches Personal (sofort per Mail)"]),
    ],
)
def test_a_step_says_that_it_mails_at_once_and_a_rule_shows_its_own(example: Protocol, language: str, lines: list[str]):
    steps = (
        Escalation(after_days=7, role=Role.NURSE),
        Escalation(two_in_a_row=True, role=Role.CLINICIAN, at_once=True),
    )
    rules = (remake(example.rules[0], escalation=()), *example.rules[1:])
    page = render_protocol(remake(example, escalation=steps, rules=rules), language=language, paper=Paper(200))
    assert [line for line in lines if line not in page] == []


def test_a_list_names_kind_and_draft():
    files = [(name, file) for name, file in BUILT_IN.items() if name in {"alemtuzumab-eu", "cladribine", "vitamin-d"}]
    lines = render_list(files, language="en", paper=Paper(120)).splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "alemtuzumab-eu", "cladribine", "vitamin-d"]
    assert "protocol, draft" in lines[2]
    assert "overlay" in lines[3]
