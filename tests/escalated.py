"""An invented patient whose monthly checks are never done, under an invented protocol with steps of any kind.

Infused on 28 September 2026: #1 is due on 28 October and closes on 4 November, #2 on 28 November and 5 December.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from monitor.bootstrap import Program
from monitor.services.approving import Candidate, approve
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion
from schedules.parsing import parse_protocol

SOURCE = {"key": "LOCAL", "confidence": "derived", "note": "invented"}
NURSE = {"after_days": 7, "role": "nurse"}
CLINICIAN = {"after_days": 14, "role": "clinician"}
TWICE = {"two_in_a_row": True, "role": "clinician"}
AT_ONCE = {"at_once": True}
TITLES = {
    "blood-count": {"en": "Blood count", "de": "Blutbild"},
    "creatinine": {"en": "Creatinine", "de": "Kreatinin"},
    "liver": {"en": "Liver tests", "de": "Leberwerte"},
    "urinalysis": {"en": "Urinalysis", "de": "Urinstatus"},
}


def approve_steps(
    program: Program,
    *steps: Mapping[str, Any],
    own: list[Mapping[str, Any]] | None = None,
    families: Sequence[str] = ("blood-count",),
) -> None:
    """Approve the protocol `invented` with these steps and a rule for each family; `own` are the rules' steps."""
    rules = [_rule(family, own) for family in families]
    content = {
        "format": 1, "kind": "protocol", "id": "invented", "version": "2026.1", "status": "ready",
        "languages": ["en", "de"], "title": {"en": "Invented", "de": "Erfunden"},
        "summary": {"en": "Invented.", "de": "Erfunden."}, "sources": {"LOCAL": {"title": "Local policy"}},
        "drug": "invented", "jurisdiction": "none", "courses": {"days": [5, 3], "source": SOURCE},
        "follow_up": {"lasts": "48 months", "source": SOURCE}, "escalation": [dict(one) for one in steps],
        "rules": rules,
    }  # fmt: skip
    text = json.dumps(content, ensure_ascii=False)  # every JSON is YAML
    parsed = parse_protocol(text, file="invented.yaml")
    assert parsed.protocol is not None, parsed.problems
    with program.writing("root-admin") as desk:
        approve(desk, Candidate(text, parsed.protocol), approved_by="Dr. Invented Example", is_invented=True)


def _rule(family: str, own: list[Mapping[str, Any]] | None) -> dict[str, Any]:
    rule = {
        "id": family, "family": family, "title": TITLES[family],
        "specimen": "blood", "place": "laboratory", "schedule": {"every": "1 month"},
        "window": {"before_days": 7, "after_days": 7, "confidence": "local-policy"}, "source": SOURCE,
    }  # fmt: skip
    return rule if own is None else {**rule, "escalation": [dict(one) for one in own]}


def follow(program: Program, reference: str, clinic: str = "north", by: str = "ada", **more: Any) -> int:
    with program.writing(by) as desk:
        infusions = (Infusion(date(2026, 9, 28)),)
        return enrol(desk, Enrolment(clinic, reference, "invented", infusions=infusions, **more))[0]
