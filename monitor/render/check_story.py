"""The story of one check: why it stands on its day, how it was settled, by whom, and when that was entered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from monitor.render.consoles import Paper, write_text
from monitor.render.pages import bullets
from monitor.render.patient_strip import state_key
from monitor.render.patient_words import tell
from monitor.render.texts import format_day
from monitor.render.worklist_words import days_apart, format_instant, title_in
from schedules.explaining import Explanation, sentences
from schedules.model import Settled, Settlement
from schedules.protocol import Texts


@dataclass(frozen=True, slots=True)
class EntryTold:
    """Who entered a fact and when; who decided it and why, where that was said."""

    login: str
    at: datetime
    decided_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SampleTold:
    """A sample: performed on a day, entered at an instant, seen by somebody or not."""

    taken_on: date
    performed_by: str | None
    entry: EntryTold
    seen_by: str | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckTold:
    """Where one check comes from and how it was settled; `overtaken_on` is the sample that superseded it."""

    title: Texts
    explanation: Explanation
    settled: Settled
    today: date
    zone: str
    samples: Sequence[SampleTold]
    waived: EntryTold | None
    overtaken_on: date | None
    followed_here_from: date | None
    discharged_on: date | None
    discharged: EntryTold | None


def render_story(told: CheckTold, *, language: str, paper: Paper) -> str:
    """A heading and a few short sentences."""
    check = told.settled.check
    heading = tell("explain", language, title=title_in(told.title, language), number=check.number)
    day = tell("due", language, day=format_day(check.due_on, language, "weekday"))
    lines = [*sentences(told.explanation, language), *settlement(told, language)]
    return write_text([Text(f"{heading}: {day}", "bold"), bullets(("-", line) for line in lines)], paper)


def story_as_json(told: CheckTold, *, language: str) -> dict[str, Any]:
    """The same for machines; instants in UTC."""
    check = told.settled.check
    return {
        "key": str(check.key),
        "title": title_in(told.title, language),
        "opens_on": check.opens_on,
        "due_on": check.due_on,
        "closes_on": check.closes_on,
        "settlement": told.settled.settlement.value,
        "settled_on": told.settled.settled_on,
        "explanation": sentences(told.explanation, language),
        "settled": list(settlement(told, language)),
        "samples": [
            {"taken_on": one.taken_on, "performed_by": one.performed_by, "entered_by": one.entry.login,
             "entered_at": one.entry.at.isoformat(), "seen_by": one.seen_by,
             "seen_at": one.seen_at.isoformat() if one.seen_at else None}
            for one in told.samples
        ],
    }  # fmt: skip


def settlement(told: CheckTold, language: str) -> Iterator[str]:
    """How the check was settled, in sentences: what was done on which day, and apart from it when it was entered."""
    match told.settled.settlement:
        case Settlement.DONE:
            for number, sample in enumerate(told.samples):
                yield " ".join(_sample(sample, told.zone, language, is_first=number == 0))
        case Settlement.WAIVED if entry := told.waived:
            at, name = format_instant(entry.at, told.zone, language), entry.decided_by or entry.login
            yield tell("told-waived", language, name=name, login=entry.login, at=at, reason=entry.reason or "")
        case Settlement.SUPERSEDED if told.overtaken_on:
            yield tell("told-superseded", language, day=format_day(told.overtaken_on, language))
        case Settlement.BEFORE_RECORD if told.followed_here_from:
            yield tell("told-before-record", language, day=format_day(told.followed_here_from, language))
        case Settlement.DISCHARGED if told.discharged and told.discharged_on:
            at, day = format_instant(told.discharged.at, told.zone, language), format_day(told.discharged_on, language)
            yield tell("told-discharged", language, day=day, login=told.discharged.login, at=at)
        case _:
            yield tell("told-open", language, state=tell(state_key(told.settled, told.today), language))


def _sample(sample: SampleTold, zone: str, language: str, *, is_first: bool) -> Iterator[str]:
    day = format_day(sample.taken_on, language)
    yield tell("told-done" if is_first else "told-additional", language, day=day)
    if sample.performed_by:
        yield tell("told-performed", language, name=sample.performed_by)
    late = (sample.entry.at.astimezone(ZoneInfo(zone)).date() - sample.taken_on).days
    how_late = tell("told-late", language, days=days_apart(late, language)) if late else tell("told-same-day", language)
    at = format_instant(sample.entry.at, zone, language)
    yield tell("told-entered", language, login=sample.entry.login, at=at, late=how_late)
    if sample.seen_by and sample.seen_at:
        yield tell("told-seen", language, name=sample.seen_by, at=format_instant(sample.seen_at, zone, language))
    else:
        yield tell("told-unseen", language)
    if sample.entry.reason:
        yield tell("told-note", language, note=sample.entry.reason)
