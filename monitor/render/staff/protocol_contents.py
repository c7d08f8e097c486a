"""Contents: the headings of a protocol's page, so that a long page is a short way."""

from collections.abc import Sequence
from typing import NamedTuple

from monitor.render.staff.protocol_telling import Teller
from schedules.protocol import Overlay, Protocol


class Heading(NamedTuple):
    """An anchor of the page, what stands there, and what stands below it."""

    anchor: str
    title: str
    below: Sequence["Heading"] = ()


def list_contents(tell: Teller, *, has_overlays: bool, has_problems: bool) -> Sequence[Heading]:
    """In the order of the page; what the file does not have is left out."""
    file, say = tell.file, tell.say
    found = [Heading("doubts", say("protocol-doubts"))] if tell.doubts else []
    if isinstance(file, Protocol):
        found.append(Heading("treatment", tell.of_files("treatment")))
    for phase, rules in tell.phases:
        below = [Heading(f"rule-{rule.id}", tell.text(rule.title)) for rule in rules]
        found.append(Heading(phase, tell.of_files(f"rules-{phase}"), below))
    parts = (
        ("changes", tell.of_files("changes"), isinstance(file, Overlay) and file.changes),
        ("overlays", say("protocol-overlays"), has_overlays),
        ("advice", say("protocol-advice"), file.advice),
        ("checklists", say("protocol-checklists"), file.checklists),
        ("symptoms", tell.of_files("symptoms"), file.symptoms),
        ("thresholds", tell.of_files("thresholds"), file.thresholds),
        ("tests", say("protocol-tests"), file.tests),
        ("sources", tell.of_files("sources"), file.sources),
        ("findings", say("protocol-findings"), has_problems),
        ("versions", say("protocol-versions"), True),
    )
    return [*found, *(Heading(anchor, title) for anchor, title, is_there in parts if is_there)]
