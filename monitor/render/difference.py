"""Differences: what a re-plan changes, most important first, and every lost check by name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from monitor.render.consoles import Paper, write_text
from monitor.render.pages import bullets, section
from monitor.render.patient_page import title_of
from monitor.render.texts import format_day
from monitor.render.worklist_words import days_in_words
from schedules.model import Key, Settlement
from schedules.phrases import spoken
from schedules.protocol import Protocol
from schedules.replanning import Difference, Pair, Standing, list_runs

Losses = Sequence[tuple[Key, Standing]]


@dataclass(frozen=True, slots=True)
class Row:
    """One check of a difference, as far as neighbours can share a line."""

    key: Key
    due_on: date
    shift_days: int = 0
    before: Settlement | None = None
    after: Settlement | None = None


def render_difference(
    difference: Difference,
    losses: Losses,
    protocol: Protocol,
    *,
    is_preview: bool,
    language: str,
    paper: Paper,
) -> str:
    """The difference as text; checks of one rule that change alike share a line."""
    return write_text(_parts(difference, losses, protocol, is_preview, language), paper)


def _parts(
    difference: Difference, losses: Losses, protocol: Protocol, is_preview: bool, language: str
) -> Iterator[RenderableType]:
    say = WORDS[spoken(language)]
    yield Text(say["preview" if is_preview else "saved"], "bold")
    if losses:
        lost = [f"{_named(protocol, key, language)}, {_due(one.due_on, language)}" for key, one in losses]
        title = say["losses"].format(n=len(losses))
        yield from section(title, bullets((Text("!", "bold red"), line) for line in lost))
    for name, rows in _sorted(difference):
        if rows:
            yield from section(say[name].format(n=len(rows)), _table(rows, protocol, language))
    if difference.is_empty:
        yield Text(say["empty"])
    yield Text("")
    yield Text(say["untouched"].format(n=difference.untouched))


def _sorted(difference: Difference) -> Iterator[tuple[str, list[Row]]]:
    """The kinds of change, the one that matters most first."""
    yield "gone", [Row(key, one.due_on) for key, one in difference.withdrawn]
    yield "moved", [_moved(pair) for pair in difference.moved]
    yield (
        "resettled",
        [
            Row(pair.key, pair.after.due_on, 0, pair.before.settlement, pair.after.settlement)
            for pair in difference.settled
        ],
    )
    yield "added", [Row(key, one.due_on, 0, None, _unless_open(one.settlement)) for key, one in difference.added]


def _moved(pair: Pair) -> Row:
    settled = pair.before.settlement is not pair.after.settlement
    return Row(
        pair.key,
        pair.after.due_on,
        (pair.after.due_on - pair.before.due_on).days,
        pair.before.settlement if settled else None,
        pair.after.settlement if settled else None,
    )


def _unless_open(settlement: Settlement) -> Settlement | None:
    return None if settlement is Settlement.OPEN else settlement


def _table(rows: Sequence[Row], protocol: Protocol, language: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for group in list_runs(rows, lambda row: (row.shift_days, row.before, row.after)):
        first, last = group[0], group[-1]
        numbers = f"{first.key.number}" if first is last else f"{first.key.number}–{last.key.number}"
        if first is last:
            days = format_day(first.due_on, language, "weekday")
        else:
            days = f"{format_day(first.due_on, language)} – {format_day(last.due_on, language)}"
        title = title_of(protocol, first.key.rule, language)
        table.add_row(f"{title} {numbers}", days, _how(first, language))
    return table


def _how(row: Row, language: str) -> str:
    say = WORDS[spoken(language)]
    parts = []
    if row.shift_days:
        key = "later" if row.shift_days > 0 else "earlier"
        parts.append(say[key].format(days=days_in_words(abs(row.shift_days), language)))
    if row.after:
        settled = [say[one.value] for one in (row.before, row.after) if one]
        parts.append(" → ".join(settled))
    return ", ".join(parts)


def _named(protocol: Protocol, key: Key, language: str) -> str:
    return f"{title_of(protocol, key.rule, language)} {key.number} ({key})"


def _due(on: date, language: str) -> str:
    return WORDS[spoken(language)]["due"].format(day=format_day(on, language, "weekday"))


def difference_as_json(difference: Difference, losses: Losses, *, revision: int, is_preview: bool) -> dict[str, Any]:
    """The same for machines, every check by its key."""
    return {
        "preview": is_preview,
        "revision": revision,
        "losses": [_standing(key, one) for key, one in losses],
        "withdrawn": [_standing(key, one) for key, one in difference.withdrawn],
        "moved": [_pair(pair) for pair in difference.moved],
        "settled": [_pair(pair) for pair in difference.settled],
        "added": [_standing(key, one) for key, one in difference.added],
        "untouched": difference.untouched,
    }


def _standing(key: Key, one: Standing) -> Mapping[str, Any]:
    return {"check": str(key), **one._asdict()}


def _pair(pair: Pair) -> Mapping[str, Any]:
    return {"check": str(pair.key), "before": pair.before._asdict(), "after": pair.after._asdict()}


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "preview": "Preview: nothing was saved.",
        "saved": "Saved.",
        "losses": "{n} due or overdue checks would go or be postponed",
        "gone": "Withdrawn: {n}",
        "moved": "Moved: {n}",
        "resettled": "Settled differently: {n}",
        "added": "Added: {n}",
        "untouched": "{n} checks stay as they are.",
        "empty": "This changes no check.",
        "due": "due {day}",
        "later": "{days} later",
        "earlier": "{days} earlier",
        "open": "open",
        "done": "done",
        "waived": "waived",
        "superseded": "missed",
        "before-record": "before this record",
        "discharged": "closed by discharge",
        "withdrawn": "withdrawn",
    },
    "de": {
        "preview": "Vorschau: Nichts wurde gespeichert.",
        "saved": "Gespeichert.",
        "losses": "{n} fällige oder überfällige Kontrollen würden wegfallen oder aufgeschoben",
        "gone": "Zurückgezogen: {n}",
        "moved": "Verschoben: {n}",
        "resettled": "Anders erledigt: {n}",
        "added": "Hinzugefügt: {n}",
        "untouched": "{n} Kontrollen bleiben, wie sie sind.",
        "empty": "Dies ändert keine Kontrolle.",
        "due": "fällig {day}",
        "later": "{days} später",
        "earlier": "{days} früher",
        "open": "offen",
        "done": "erledigt",
        "waived": "erlassen",
        "superseded": "versäumt",
        "before-record": "vor dieser Aufzeichnung",
        "discharged": "durch Entlassung geschlossen",
        "withdrawn": "zurückgezogen",
    },
}
