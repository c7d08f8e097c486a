"""The worklist as a table for people and as rows for machines."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text

from monitor.render.consoles import Paper, write_text
from monitor.render.tables import Cell
from monitor.render.texts import format_day
from monitor.render.worklist_words import days_apart, days_in_words, distance, near_day, say, title_in
from schedules.escalating import LADDER
from schedules.status import Exposure
from schedules.worklists import Counts, Entry, Kind, Line, count

SHAPES = {
    "overdue": ("■", "#", "bold red"),
    "due": ("▲", "^", "yellow"),
    "open": ("○", "o", "cyan"),
    "unconfirmed": ("◆", "*", "magenta"),
    "not-seen": ("◇", "~", "magenta"),
    "failed": ("✗", "X", "bold red"),
}
"""A state's shape, the same in ASCII, and its colour: red is never the only sign."""

DOT = " · "

KEYS = (
    "patient", "clinic", "rule", "number", "state", "opens_on", "due_on", "closes_on", "days_overdue", "title",
    "missed", "next_visit_on", "booked_on", "exposure_days", "exposure_limit_days", "escalation", "confirm",
    "reported_on", "reported_place", "escalation_since", "escalation_seen_by",
)  # fmt: skip


# --- For people -------------------------------------------------------------------------------------


def render_table(
    lines: Sequence[Line],
    *,
    clinics: Sequence[str],
    day: date,
    language: str,
    paper: Paper,
    is_choice: bool = False,
) -> str:
    """The whole worklist: how many of each, the lines, and what the shapes mean; `is_choice` says it is filtered."""
    patients = len({line.patient for line in lines})
    key = {0: "no-patients", 1: "patients-1"}.get(patients, "patients")
    people = say(key, language, n=patients)
    heading = Text(say("title", language, day=format_day(day, language, "weekday"), people=people), style="bold")
    looked = say("looked", language, clinics=", ".join(clinics))
    if not lines:
        return write_text([heading, Text(say("no-such" if is_choice else "nothing", language, looked=looked))], paper)
    parts = [heading, _counts(count(lines), language, paper), Text()]
    return write_text([*parts, lines_table(lines, language, paper), Text(), *_legend(lines, language, paper)], paper)


def _counts(counts: Counts, language: str, paper: Paper) -> Text:
    numbers = {
        "failed": counts.failed, "overdue": counts.overdue, "due": counts.due, "open": counts.open,
        "unconfirmed": counts.unconfirmed, "not-seen": counts.not_seen,
    }  # fmt: skip
    always = {"overdue", "due", "open", "not-seen"}
    shown = [
        Text(f"{_shape(label, paper)} {number} {say(label, language)}", style=SHAPES[label][2] if number else "dim")
        for label, number in numbers.items()
        if number or label in always
    ]
    return Text("   " if paper.is_wide else "  ").join([*shown, Text(f"{counts.booked} {say('booked', language)}")])


def _shape(label: str, paper: Paper) -> str:
    return SHAPES[label][1 if paper.plain else 0]


def lines_table(lines: Sequence[Line], language: str, paper: Paper) -> Table:
    """On narrow paper there are two columns: who and how bad on the left, everything else on the right."""
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column(say("patient", language), max_width=20, overflow="fold")
    if paper.is_wide:
        table.add_column(say("state", language), no_wrap=True)
    table.add_column(say("what", language), ratio=1, overflow="fold")
    if paper.is_wide:
        table.add_column(say("when", language), width=28)
        table.add_column(say("last", language), width=16)
        table.add_column(say("next", language), width=20)
    for number, together in enumerate(trips(lines)):
        if number and not paper.is_wide:
            table.add_row()
        table.add_row(*_row(together, language, paper))
    return table


def trips(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Neighbours of one patient that differ only in what is tested: one row, because it is one trip."""

    def trip(line: Line) -> tuple[object, ...]:
        alone = line.family if line.kind is not Kind.CHECK else ""
        dates = (line.first.due_on, line.first.closes_on, line.missed) if line.checks else ()
        return (
            line.kind, line.patient, line.treatment_id, alone, dates, line.booked, line.reported, line.seen,
            line.exposure is not None and line.exposure.is_exceeded, any(check.confirm for check in line.checks),
        )  # fmt: skip

    for _, members in groupby(lines, key=trip):
        yield list(members)


def _row(together: Sequence[Line], language: str, paper: Paper) -> list[Text]:
    line = together[0]
    patient = Text(line.patient, style="bold")
    state = Text(f"{_shape(line.label, paper)} {say(line.label, language)}", style=SHAPES[line.label][2])
    if line.role:
        arrow = "->" if paper.plain else "→"
        state.append(f"\n{arrow} {say(line.role.value, language)}", style="default")
    what, when, upcoming = _what(together, language), _when(line, language), _next(together, language)
    clock = _strictest(together)
    if paper.is_wide:
        last = _last(clock, language)
        return [patient, state, Text("\n".join(what)), Text("\n".join(when)), last, Text("\n".join(upcoming))]
    block = Text("\n".join([*what, DOT.join(when)]))
    below = [Text(one) for one in upcoming]
    if clock and clock.is_exceeded:
        below.insert(0, _passed(clock, language))
    if below:
        block.append("\n").append(Text(DOT).join(below))
    return [Text.assemble(patient, "\n", state), block]


def _passed(clock: Exposure, language: str) -> Text:
    key = "last-line" if clock.is_known else "never-line"
    return Text(say(key, language, days=days_apart(clock.days, language), limit=clock.limit_days), style="red")


def _strictest(together: Sequence[Line]) -> Exposure | None:
    """Of several exposure clocks the one that has run farthest towards its limit."""
    clocks = [line.exposure for line in together if line.exposure]
    return max(clocks, key=lambda clock: clock.days / max(clock.limit_days, 1), default=None)


def _what(together: Sequence[Line], language: str) -> Iterator[str]:
    line = together[0]
    match line.kind:
        case Kind.FAILED:
            yield say("failed-what", language)
        case Kind.UNCONFIRMED:
            yield say("infusion-planned", language)
        case _:
            yield ", ".join(title_in(one.title, language) for one in together)
    if any(check.confirm for check in line.checks):
        yield say("confirm", language)
    if said := line.reported:
        day = near_day(said.done_on, line.today, language)
        key = "patient-says-at" if said.place else "patient-says"
        yield say(key, language, day=day, place=said.place)


def _when(line: Line, language: str) -> Iterator[str]:
    match line.kind:
        case Kind.FAILED:
            yield say("failed-hint", language, fault=line.failure)
        case Kind.UNCONFIRMED:
            yield say("confirm-it", language, days=_listed(line.days, line.today, language))
        case Kind.NOT_SEEN:
            if len(line.days) > 1:
                yield say("more", language, n=len(line.days))
            yield say("taken-on", language, days=_listed(line.days, line.today, language))
        case Kind.CHECK:
            yield from _due(line, language)


def _due(line: Line, language: str) -> Iterator[str]:
    first, today = line.first, line.today
    if line.missed:
        overdue = say("days-overdue", language, days=days_in_words(line.days_overdue, language))
        yield overdue + (f", {say('missed', language, n=line.missed)}" if line.missed > 1 else "")
    day = near_day(first.due_on, today, language)
    yield say("due-on", language, day=day, distance=distance(first.due_on, today, language))
    if not line.missed and today >= first.due_on:
        yield say("until", language, day=near_day(first.closes_on, today, language))


def _listed(days: Sequence[date], today: date, language: str) -> str:
    """The first day, or the first and the last of several."""
    ends = dict.fromkeys((days[0], days[-1]))
    return " – ".join(near_day(one, today, language) for one in ends)


def _last(clock: Exposure | None, language: str) -> Text:
    """How long ago the last sample was, against the longest interval allowed."""
    if clock is None:
        return Text()
    days = days_apart(clock.days, language)
    ago = say("ago", language, days=days) if clock.is_known else say("never", language, days=days)
    limit = say("limit", language, days=days_in_words(clock.limit_days, language))
    return Text(f"{ago}\n{limit}", style="red" if clock.is_exceeded else "")


def _next(together: Sequence[Line], language: str) -> Iterator[str]:
    line = together[0]
    visits = [one.suggested_on for one in together if one.suggested_on]
    if booked := line.booked:
        at = f" {booked.booked_at:%H:%M}" if booked.booked_at else ""
        yield say("booked-on", language, day=near_day(booked.booked_on, line.today, language)) + at
        if booked.has_passed:
            yield say("booked-passed", language)
        elif booked.is_outside:
            yield say("booked-outside", language)
    elif visits:
        yield say("visit", language, day=near_day(min(visits), line.today, language))
    elif line.kind is Kind.CHECK:
        yield say("arrange-now", language)
    if line.seen:
        yield _known(line, language)
    if line.contact:
        kind = say(line.contact.kind, language)
        yield say("contact", language, kind=kind, day=format_day(line.contact.noted_on, language, "brief"))


def _known(line: Line, language: str) -> str:
    """Of those who know, the one who stands highest."""
    highest = max(line.seen, key=lambda one: LADDER.index(one.role))
    role, day = say(highest.role.value, language), near_day(highest.seen_on, line.today, language)
    return say("seen-by", language, role=role, name=highest.seen_by, day=day)


def _legend(lines: Iterable[Line], language: str, paper: Paper) -> Iterator[Text]:
    labels = {line.label for line in lines}
    for label, (_, _, style) in SHAPES.items():
        if label in labels:
            mark = Text(f"{_shape(label, paper)} {say(label, language)}", style=style)
            yield Text.assemble(mark, (f": {say(f'what-{label}', language)}", "dim"))


# --- For machines -----------------------------------------------------------------------------------


def as_json(found: Iterable[Entry], language: str) -> list[dict[str, Any]]:
    """One object for each open check; the keys up to `days_overdue` are promised to scripts, more may follow."""
    return [dict(zip(KEYS, _values(one, language), strict=True)) for one in found]


def as_rows(found: Iterable[Entry], language: str) -> Iterator[Sequence[Cell]]:
    """A heading and one row for each open check, with the same names and values."""
    yield KEYS
    for one in found:
        yield ["yes" if value is True else "" if value is False else value for value in _values(one, language)]


def _values(entry: Entry, language: str) -> list[Any]:
    line, check = entry.line, entry.check
    booked, clock, reported = line.booked, line.exposure, line.reported
    return [
        line.patient, line.clinic, check.rule, check.number, entry.state.value, check.opens_on, check.due_on,
        check.closes_on, max((line.today - check.closes_on).days, 0),
        title_in(line.titles.get(check.rule, line.title), language), line.missed, line.next_visit_on,
        booked.booked_on if booked else None, clock.days if clock else None, clock.limit_days if clock else None,
        line.role.value if line.role else None, check.confirm, reported.done_on if reported else None,
        reported.place if reported else None, line.raised[-1].began_on if line.raised else None,
        ", ".join(one.seen_by for one in line.seen) or None,
    ]  # fmt: skip
