"""The head of a letter: when everything last ran, which days are missing and why, and what administrators must know."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from monitor.render.digest_parts import Astray, Chapter, Head, Notices, Uncovered
from monitor.render.digest_words import capital, count_of, say
from monitor.render.texts import format_day
from monitor.render.worklist_words import days_in_words, format_instant, near_day
from schedules.gaps import Gaps, Why, in_stretches

CHAIN_DIGITS = 16


def write_head(head: Head, *, day: date, language: str) -> Chapter:
    """What stands above the clinics; `day` is the letter's."""
    gaps = list(gap_rows(head.gaps, day, language)) if head.gaps else []
    notices = list(_notices(head.notices, day, language)) if head.notices else []
    details = [(say("gaps", language), gaps), *notices]
    return Chapter("", list(_summary(head, day, language)), [(capital(title), rows) for title, rows in details if rows])


def _summary(head: Head, day: date, language: str) -> Iterator[str]:
    def when(key: str, at: datetime | None, missing: str = "") -> str:
        if at is None:
            return say(missing, language)
        return say(key, language, at=format_instant(at, head.zone, language), n=head.replicas)

    yield when("written", head.written_at)
    yield when({0: "ticked-long-ago", 1: "ticked-1"}.get(head.replicas, "ticked"), head.ticked_at, "never-ticked")
    yield when("imported", head.last_import, "never-imported")
    yield when("backed-up", head.last_backup, "never-backed-up")
    if head.chain_position:
        yield say("chain", language, n=head.chain_position, mark=head.chain_mac[:CHAIN_DIGITS])
    else:
        yield say("no-chain", language)
    if head.gaps:
        yield from _gap_summary(head.gaps, day, language)
    if head.notices and head.notices.is_empty:
        yield say("all-heard", language)


def _gap_summary(gaps: Gaps, day: date, language: str) -> Iterator[str]:
    last = near_day(gaps.last_on, day, language) if gaps.last_on else ""
    number = len(gaps.told) + gaps.earlier
    match bool(gaps.last_on), number:
        case True, 0:
            yield say("no-gap", language, day=last)
        case True, _:
            yield say("gaps-since", language, days=days_in_words(number, language), day=last)
        case False, 0:
            yield say("first-letter", language)
        case False, _:
            yield say("gaps-from-the-first", language, days=days_in_words(number, language))


def gap_rows(gaps: Gaps, today: date, language: str) -> Iterator[str]:
    """A stretch of days with one reason is one row."""
    if gaps.earlier:
        yield say("gaps-earlier", language, days=days_in_words(gaps.earlier, language))
    for gap, until_on, number in in_stretches(gaps.told):
        days = near_day(gap.day, today, language)
        if number > 1:
            last = near_day(until_on, today, language)
            days = say("stretch", language, first=days, last=last, days=days_in_words(number, language))
        key = "tried" if gap.why is Why.OVERTAKEN and gap.said else gap.why.value
        yield f"{days}: {say(key, language)}{_said(gap.said)}"


def _said(said: str) -> str:
    return f" ({said})" if said else ""


def _notices(notices: Notices, today: date, language: str) -> Iterator[tuple[str, Sequence[str]]]:
    yield say("astray-letters", language), [_astray(one, today, language) for one in notices.astray]
    yield say("uncovered", language), [_uncovered(one, today, language) for one in notices.uncovered]
    unheard = [f"{name}: {count_of('open-checks', number, language)}" for name, number in notices.unheard]
    yield say("unheard", language), unheard


def _astray(one: Astray, today: date, language: str) -> str:
    what = say(f"letter-{one.kind}", language, day=near_day(one.day, today, language))
    return f"{one.name}: {what}, {say(one.state, language)}{_said(one.said)}"


def _uncovered(one: Uncovered, today: date, language: str) -> str:
    until = say("away-until", language, day=near_day(one.until_on, today, language))
    return f"{one.name}: {until}; {say(one.why.value, language, name=one.deputy)}"


def written_day(day: date, language: str) -> str:
    return format_day(day, language, "weekday")
