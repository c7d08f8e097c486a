"""The follow-up of one patient at a glance: a lane for each family, a cell for each month, a shape for each state."""

from collections.abc import Iterator, Sequence
from datetime import date

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from monitor.render.consoles import Paper
from monitor.render.pages import MARGIN
from monitor.render.patient_words import tell
from monitor.render.shapes import draw_ruler, draw_years, shape
from monitor.render.strip import Mark, Strip
from monitor.render.texts import word
from schedules.model import Course, Settled, Settlement
from schedules.protocol import Protocol
from schedules.status import state_of

STATES = {
    "upcoming": ("▫", "'", "bright_black"),
    "before-record": ("‹", "<", "bright_black"),
    "settled-discharged": ("–", "_", "bright_black"),
    "done": ("●", "*", "green"),
    "waived": ("w", "w", "blue"),
    "superseded": ("×", "x", "bold yellow"),
    "open": ("○", "o", "cyan"),
    "due-state": ("▲", "^", "yellow"),
    "overdue": ("■", "#", "bold red"),
}
"""In order of weight: where a month holds several checks of a family, the heaviest shows."""

WEIGHT = {state: weight for weight, state in enumerate(STATES)}


def state_key(one: Settled, today: date) -> str:
    """How a check stands, as a key of STATES and of the page's words."""
    match one.settlement:
        case Settlement.OPEN:
            state = state_of(one.check, today).value
            return "due-state" if state == "due" else state
        case Settlement.DISCHARGED:
            return "settled-discharged"
        case settlement:
            return settlement.value


def draw(
    protocol: Protocol,
    courses: Sequence[Course],
    settled: Sequence[Settled],
    *,
    today: date,
    language: str,
    paper: Paper,
) -> Iterator[RenderableType]:
    """The strip and what its shapes mean; a mark above the lanes shows where today is."""
    infusions = [one for course in courses for one in course.infusions]
    days = [*(one.infused_on for one in infusions), *(one.check.due_on for one in settled)]
    if not days:
        return
    months = tuple(_months(min(days), max(days)))
    lanes: dict[str, dict[date, str]] = {rule.family: {} for rule in protocol.rules}
    for one in settled:
        lane, month = lanes.setdefault(one.check.family, {}), one.check.due_on.replace(day=1)
        lane[month] = max(lane.get(month, "upcoming"), state_key(one, today), key=WEIGHT.__getitem__)
    given = {one.infused_on.replace(day=1): Mark.PLANNED if one.planned else Mark.GIVEN for one in infusions}
    titles = {family: _title(protocol, family, language) for family, lane in lanes.items() if lane}
    label = max(len(title) for title in [*titles.values(), word("infusions", language)])
    strip, room = Strip(months, ()), max(paper.width, 60) - MARGIN
    for number, band in enumerate(strip.bands(room - label - 1)):
        if number:
            yield Text("")
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(width=label)
        table.add_column(no_wrap=True)
        table.add_row("", draw_years(strip, band, room - label - 1))
        table.add_row("", draw_ruler(strip, band, paper))
        cells = [shape(given.get(month, Mark.NOTHING), paper) for month in months[band]]
        table.add_row(word("infusions", language), Text("").join(cells))
        for family, title in titles.items():
            if any(month in lanes[family] for month in months[band]):
                table.add_row(title, Text("").join(_cell(lanes[family].get(month), paper) for month in months[band]))
        if today.replace(day=1) in months[band]:
            place = months[band].index(today.replace(day=1))
            table.add_row("", Text(" " * place + ("^" if paper.plain else "↑") + " " + word_today(language), "bold"))
        yield table
    yield Text("")
    yield _legend({state for lane in lanes.values() for state in lane.values()}, language, paper)


def word_today(language: str) -> str:
    from monitor.render.worklist_words import say

    return say("today", language)


def _cell(state: str | None, paper: Paper) -> Text:
    if state is None:
        return shape(Mark.NOTHING, paper)
    fancy, plain, style = STATES[state]
    return Text(plain if paper.plain else fancy, style)


def _legend(used: set[str], language: str, paper: Paper) -> Text:
    entries = [
        Text.assemble(_cell(state, paper), " ", tell(state, language).replace(" ", "\u00a0"))
        for state in reversed(STATES)
        if state in used
    ]
    return Text("   ").join(entries)


def _title(protocol: Protocol, family: str, language: str) -> str:
    rules = sorted((rule for rule in protocol.rules if rule.family == family), key=lambda rule: not rule.is_follow_up)
    if rules and not rules[0].is_follow_up and len(rules) > 1 and rules[0].tests:
        return protocol.text(protocol.tests[rules[0].tests[0]].title, language)
    return protocol.text(rules[0].title, language) if rules else family


def _months(first_on: date, last_on: date) -> Iterator[date]:
    month = first_on.replace(day=1)
    while month <= last_on:
        yield month
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
