"""The weekly summary in words, short: numbers first, then who left and who finishes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.render.digest_head import gap_rows, write_head, written_day
from monitor.render.digest_parts import Chapter, Document, Head, StandIn
from monitor.render.digest_words import say
from monitor.render.texts import format_days
from monitor.render.worklist_words import near_day
from schedules.gaps import Gap, Gaps


@dataclass(frozen=True, slots=True)
class ClinicWeek:
    """Seven days of one clinic. `overdue` are day and number of each look; `closed` are checks whose window closed in
    those days, `in_time` of them done inside it; `discharged` are reference, kind and day, `finishing` reference and
    day of those who finish next month; `visits` the first day and the number of suggested ones of each week ahead."""

    name: str
    day: date
    from_on: date
    until_on: date
    overdue: Sequence[tuple[date, int]] = ()
    closed: int = 0
    in_time: int = 0
    samples: int = 0
    discharged: Sequence[tuple[str, str, date]] = ()
    finishing: Sequence[tuple[str, date]] = ()
    visits: Sequence[tuple[date, int]] = ()
    stands_in: Sequence[StandIn] = ()
    fault: str = ""


def compose_weekly(
    found: Sequence[ClinicWeek], head: Head, missed: Sequence[Gap] | None, *, day: date, language: str
) -> Document:
    """The words of a weekly summary; `missed` are the days of the week without a daily letter to the reader, None
    where the reader gets no letters."""
    overdue = [one.overdue[-1][1] for one in found if one.overdue]
    key = "weekly-subject" if overdue else "weekly-subject-unknown"
    subject = say(key, language, day=written_day(day, language), n=sum(overdue))
    top = write_head(head, day=day, language=language)
    gaps = list(gap_rows(Gaps(None, tuple(missed or ())), day, language))
    summary = list(top.summary)
    if missed is not None:
        summary.append(say("weekly-gaps" if gaps else "weekly-no-gap", language, n=len(missed)))
    if not found:
        summary.append(say("no-clinic", language))
    details = [(say("weekly-gap-days", language), gaps)] if gaps else []
    chapters = [_chapter(one, language) for one in found]
    return Document(subject, Chapter("", summary, details), chapters, say("weekly-net", language))


def _chapter(one: ClinicWeek, language: str) -> Chapter:
    heading = f"{one.name}, {format_days(one.from_on, one.until_on, language)}"
    who = [say("stands-in", language, name=x.name, day=near_day(x.until_on, one.day, language)) for x in one.stands_in]
    if one.fault:
        return Chapter(heading, [*who, say("clinic-failed", language, fault=one.fault)], ())
    left = [
        f"{reference}: {say(kind, language, day=near_day(on, one.day, language))}"
        for reference, kind, on in one.discharged
    ]
    ends = [
        f"{reference}: {say('ends', language, day=near_day(on, one.day, language))}" for reference, on in one.finishing
    ]
    details = [(say("weekly-discharged", language), left), (say("weekly-finishing", language), ends)]
    return Chapter(heading, [*who, *_summary(one, language)], [(title, rows) for title, rows in details if rows])


def _summary(one: ClinicWeek, language: str) -> Iterator[str]:
    match one.overdue:
        case []:
            yield say("weekly-overdue-unknown", language)
        case [(only, number)]:
            yield say("weekly-overdue-once", language, day=near_day(only, one.day, language), n=number)
        case [(first, before), *_, (last, after)]:
            days = {"first": near_day(first, one.day, language), "last": near_day(last, one.day, language)}
            yield say("weekly-overdue", language, before=before, after=after, **days)
    if one.closed:
        share = 100 * one.in_time // one.closed
        yield say("weekly-closed", language, n=one.closed, in_time=one.in_time, share=share)
    else:
        yield say("weekly-none-closed", language)
    yield say("weekly-samples", language, n=one.samples)
    yield say("weekly-left", language, left=len(one.discharged), ends=len(one.finishing))
    weeks = "; ".join(f"{near_day(start, one.day, language)}: {number}" for start, number in one.visits)
    yield say("weekly-visits", language, weeks=weeks)
