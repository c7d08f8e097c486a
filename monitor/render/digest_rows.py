"""The rows of a digest: each finding as one line, neighbours of one patient together."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from monitor.render.digest_parts import ClinicPart
from monitor.render.digest_words import say
from monitor.render.worklist_words import days_apart, days_in_words, near_day
from schedules.findings import Change, Finding, Section


def list_rows(findings: Sequence[Finding], part: ClinicPart, language: str) -> list[str]:
    return [_row(together, part, language) for together in _trips(findings)]


def title_of(one: Finding, language: str) -> str:
    texts = dict(one.title)
    return texts.get(language) or next(iter(texts.values()), "")


def _trips(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Neighbours of one patient that differ only in what is tested share a row."""

    def trip(one: Finding) -> Finding:
        alone = one.family if one.section is Section.LONGEST else ""
        return replace(one, family=alone, title=())

    for _, members in groupby(findings, key=trip):
        yield list(members)


def _row(together: Sequence[Finding], part: ClinicPart, language: str) -> str:
    first = together[0]
    titles = ", ".join(dict.fromkeys(title_of(one, language) for one in together if one.title))
    marked = say(first.change.value, language) if first.change is not Change.SAME else ""
    name = part.names.get(first.patient)
    who = f"{first.patient} ({name})" if name else first.patient
    facts = [marked, titles, *_facts(first, part.day, language)]
    return f"{who}: {'; '.join(fact for fact in facts if fact)}"


SAID = {
    Section.FAILED: "fault",
    Section.LONGEST: "limit",
    Section.WEEK: "due",
    Section.ASTRAY: "at-clinic",
    Section.UNCONFIRMED: "given-or-not",
    Section.NOT_CLOSED: "ended",
    Section.LOSSES: "lost",
    Section.NOT_SEEN: "taken",
    Section.REPORTED: "says-done",
    Section.BOOKING_PASSED: "did-it",
    Section.FINISHING: "ends",
}


def _facts(one: Finding, today: date, language: str) -> Iterator[str]:
    """What stands behind the patient and the title, section by section."""
    day = near_day(one.on, today, language) if one.on else ""
    match one.section:
        case Section.NEWLY | Section.ESCALATED | Section.OVERDUE:
            yield from _overdue(one, day, today, language)
        case Section.NO_PLAN:
            yield say("has-infusions" if one.word else "has-nothing", language)
        case Section.DISCHARGED:
            yield say(one.word, language, day=day)
        case Section.OUTDATED | Section.UNAPPROVED:
            yield one.word
        case section if section in SAID:
            days = (days_apart if section is Section.NOT_CLOSED else days_in_words)(one.days or 0, language)
            yield say(SAID[section], language, day=day, word=one.word, days=days, limit=one.limit_days, n=one.missed)
    if one.section is Section.WEEK and one.is_unbooked:
        yield say("unbooked", language)


def _overdue(one: Finding, day: str, today: date, language: str) -> Iterator[str]:
    yield say("days-overdue", language, days=days_in_words(one.days or 0, language))
    if one.missed > 1:
        yield say("missed", language, n=one.missed)
    yield say("due", language, day=day)
    if one.role:
        yield say("for", language, role=say(one.role, language))
        if one.seen:
            yield say("seen-by", language, name=one.seen.seen_by, day=near_day(one.seen.seen_on, today, language))
        else:
            yield say("seen-by-nobody", language)
    if one.is_unbooked:
        yield say("unbooked", language)
