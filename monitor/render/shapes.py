"""Shapes: what every mark of a plan looks like, with and without colour, on any terminal."""

from collections.abc import Iterable, Sequence

from rich.text import Text

from monitor.render.consoles import Paper
from monitor.render.strip import Cell, Lane, Mark, Strip
from monitor.render.texts import word
from schedules.protocol import Confidence

SHAPES = {
    Mark.NOTHING: ("·", ".", "bright_black"),
    Mark.BASELINE: ("◇", "o", "cyan"),
    Mark.IN_COURSE: ("▲", "^", "yellow"),
    Mark.CHECK: ("●", "*", "green"),
    Mark.SEVERAL: ("", "", "green"),
    Mark.EXTRA: ("+", "+", "bold blue"),
    Mark.CLOSING: ("■", "#", "bold magenta"),
    Mark.GIVEN: ("▼", "V", "bold red"),
    Mark.PLANNED: ("▽", "v", "red"),
}
UNSETTLED = {Confidence.NEEDS_CHECK: ("?", "bold yellow"), Confidence.LOCAL_POLICY: ("°", "yellow")}


def shape(mark: Mark, paper: Paper, count: int = 1) -> Text:
    fancy, plain, style = SHAPES[mark]
    if mark is Mark.SEVERAL:
        return Text(str(count) if count < 10 else "*", style)
    return Text(plain if paper.plain else fancy, style)


def confidence_mark(confidence: Confidence) -> Text:
    """`?` for what needs to be checked, `°` for local policy, nothing for what is settled."""
    return Text(*UNSETTLED[confidence]) if confidence in UNSETTLED else Text("")


def draw_lane(lane: Lane, months: slice, paper: Paper) -> Text:
    cells: Sequence[Cell] = lane.cells[months]
    return Text("").join(shape(cell.mark, paper, cell.count) for cell in cells)


def draw_years(strip: Strip, months: slice, room: int) -> Text:
    """The years above their Januaries, as long as they have room: `2024        2025        2026`."""
    line = ""
    stretch = strip.months[months]
    starts = [place for place, month in enumerate(stretch) if place == 0 or month.month == 1]
    for start, following in zip(starts, [*starts[1:], room], strict=True):
        label = str(stretch[start].year)
        if following - start > len(label):
            line = line.ljust(start) + label
    return Text(line, "bold")


def draw_ruler(strip: Strip, months: slice, paper: Paper) -> Text:
    """A tick at every January and, smaller, at every July: the eye finds the month without counting."""
    january, july, other = ("|", "'", "-") if paper.plain else ("┬", "┴", "─")
    ticks = {1: january, 7: july}
    return Text("".join(ticks.get(month.month, other) for month in strip.months[months]), "bright_black")


def draw_legend(strip: Strip, paper: Paper, room: int, language: str) -> list[Text]:
    """The marks that this strip uses, each with its word, in as many lines as they need."""
    used = {cell.mark for lane in strip.lanes for cell in lane.cells}
    lines: list[Text] = []
    for mark in _in_order(used):
        entry = Text.assemble(shape(mark, paper, 2), " ", word(f"mark-{mark}", language))
        if lines and len(lines[-1]) + 3 + len(entry) <= room:
            lines[-1].append("   ").append_text(entry)
        else:
            lines.append(entry)
    return lines


def _in_order(used: Iterable[Mark]) -> list[Mark]:
    order = [*(Mark.GIVEN, Mark.PLANNED), *(mark for mark in SHAPES if mark not in {Mark.GIVEN, Mark.PLANNED})]
    wanted = set(used) - {Mark.NOTHING}
    return [mark for mark in order if mark in wanted]
