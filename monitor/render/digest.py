"""The digest as text, as HTML and for machines: one content, whatever it is written on."""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from textwrap import wrap
from typing import Any

from monitor.render.digest_words import WORDS
from monitor.render.texts import format_day
from monitor.render.worklist_words import days_apart, days_in_words, format_instant, near_day
from schedules.findings import Finding, Section
from schedules.phrases import spoken

WIDTH = 72
ALWAYS = (Section.NEWLY, Section.ESCALATED, Section.NO_NEXT, Section.NO_PLAN, Section.NOT_CLOSED, Section.LOSSES)
"""Sections that say so when they are empty: silence would be read as "not looked"."""

OVERDUE = (Section.NEWLY, Section.ESCALATED, Section.OVERDUE)


@dataclass(frozen=True, slots=True)
class ClinicPart:
    """What the digest says of one clinic on one day; `zone` is its time zone."""

    clinic: str
    name: str
    zone: str
    day: date
    followed: int
    checks: int
    last_import: datetime | None
    findings: Mapping[Section, Sequence[Finding]]

    def count(self, *sections: Section) -> int:
        return sum(len(self.findings.get(section, ())) for section in sections)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One clinic as lines of text: first a summary that fits on a phone's screen, then the details."""

    heading: str
    summary: Sequence[str]
    details: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Document:
    """The whole digest as lines of text, before it becomes plain text or HTML."""

    subject: str
    chapters: Sequence[Chapter]
    closing: str


def compose(parts: Sequence[ClinicPart], *, day: date, language: str) -> Document:
    """The words of a digest."""
    overdue = sum(part.count(*OVERDUE) for part in parts)
    failed = sum(part.count(Section.FAILED) for part in parts)
    key = "subject-failed" if failed else "subject"
    subject = _say(key, language, day=format_day(day, language, "weekday"), n=overdue, failed=failed)
    return Document(subject, [_chapter(part, language) for part in parts], _say("net", language))


def _say(key: str, language: str, /, **facts: object) -> str:
    return WORDS[spoken(language)][key].format(**facts)


def _chapter(part: ClinicPart, language: str) -> Chapter:
    heading = f"{part.name}, {format_day(part.day, language, 'weekday')}"
    details = [
        (_say(section.value, language), [_row(together, part, language) for together in _trips(findings)])
        for section, findings in part.findings.items()
    ]
    return Chapter(heading, list(_summary(part, language)), [(_capital(title), rows) for title, rows in details])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _summary(part: ClinicPart, language: str) -> Iterator[str]:
    """That everything was looked at, then how many of each; what is empty shares one line."""
    yield _say("looked", language, patients=part.followed, checks=part.checks)
    if part.last_import:
        yield _say("imported", language, at=format_instant(part.last_import, part.zone, language))
    else:
        yield _say("never-imported", language)
    for section, findings in part.findings.items():
        match section:
            case Section.LONGEST:
                over = sum((one.days or 0) > (one.limit_days or 0) for one in findings)
                if over:
                    yield _say("longest-over", language, n=over)
            case Section.WEEK:
                unbooked = sum(one.is_unbooked for one in findings)
                yield _say("due-unbooked", language, n=len(findings), unbooked=unbooked)
            case _:
                yield _say("line", language, n=len(findings), section=_capital(_say(section.value, language)))
    if not part.findings.keys() - {Section.LONGEST}:
        yield _say("all-quiet", language)
    if empty := [_say(one.value, language) for one in ALWAYS if one not in part.findings]:
        yield _say("none", language, sections=", ".join(empty))


def _trips(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Neighbours of one patient that differ only in what is tested share a row."""

    def trip(one: Finding) -> tuple[object, ...]:
        alone = one.family if one.section is Section.LONGEST else ""
        return one.patient, one.on, one.days, one.missed, one.role, one.word, one.is_unbooked, alone

    for _, members in groupby(findings, key=trip):
        yield list(members)


def _row(together: Sequence[Finding], part: ClinicPart, language: str) -> str:
    titles = ", ".join(dict.fromkeys(_title(one, language) for one in together if one.title))
    facts = [titles, *_facts(together[0], part.day, language)]
    return f"{together[0].patient}: {'; '.join(fact for fact in facts if fact)}"


def _title(one: Finding, language: str) -> str:
    texts = dict(one.title)
    return texts.get(language) or next(iter(texts.values()), "")


SAID = {
    Section.FAILED: "fault",
    Section.LONGEST: "limit",
    Section.WEEK: "due",
    Section.UNCONFIRMED: "given-or-not",
    Section.NOT_CLOSED: "ended",
    Section.LOSSES: "lost",
    Section.NOT_SEEN: "taken",
    Section.BOOKING_PASSED: "did-it",
    Section.FINISHING: "ends",
}


def _facts(one: Finding, today: date, language: str) -> Iterator[str]:
    """What stands behind the patient and the title, section by section."""
    day = near_day(one.on, today, language) if one.on else ""
    match one.section:
        case Section.NEWLY | Section.ESCALATED | Section.OVERDUE:
            yield from _overdue(one, day, language)
        case Section.NO_PLAN:
            yield _say("has-infusions" if one.word else "has-nothing", language)
        case Section.DISCHARGED:
            yield _say(one.word, language, day=day)
        case Section.OUTDATED:
            yield one.word
        case section if section in SAID:
            days = (days_apart if section is Section.NOT_CLOSED else days_in_words)(one.days or 0, language)
            yield _say(SAID[section], language, day=day, word=one.word, days=days, limit=one.limit_days, n=one.missed)
    if one.section is Section.WEEK and one.is_unbooked:
        yield _say("unbooked", language)


def _overdue(one: Finding, day: str, language: str) -> Iterator[str]:
    yield _say("days-overdue", language, days=days_in_words(one.days or 0, language))
    if one.missed > 1:
        yield _say("missed", language, n=one.missed)
    yield _say("due", language, day=day)
    if one.role:
        yield _say("for", language, role=_say(one.role, language))
    if one.is_unbooked:
        yield _say("unbooked", language)


def as_text(document: Document) -> str:
    """Plain text of at most 72 columns, as a mail's body."""
    lines = [document.subject, "=" * min(len(document.subject), WIDTH)]
    for chapter in document.chapters:
        lines += ["", chapter.heading, "-" * min(len(chapter.heading), WIDTH)]
        for sentence in chapter.summary:
            lines += wrap(sentence, WIDTH, subsequent_indent="  ")
        for title, rows in chapter.details:
            lines += ["", title]
            for row in rows:
                lines += wrap(row, WIDTH, initial_indent="  ", subsequent_indent="      ")
    return "\n".join([*lines, "", *wrap(document.closing, WIDTH)]) + "\n"


STYLE = (
    "body{font:16px/1.45 sans-serif;color:#1a1a1a;max-width:44em;margin:1em auto;padding:0 1em}"
    "h1{font-size:1.2em}h2{font-size:1.1em;border-bottom:2px solid #1a1a1a}h3{font-size:1em;margin-bottom:.2em}"
    "ul{margin-top:.2em;padding-left:1.2em}p{margin:.2em 0}footer{margin-top:2em;color:#444}"
)


def as_html(document: Document, *, language: str) -> str:
    """The same content as one page that loads nothing; every text is escaped."""
    e = html.escape
    body = [f"<h1>{e(document.subject)}</h1>"]
    for chapter in document.chapters:
        body.append(f"<h2>{e(chapter.heading)}</h2>")
        body += [f"<p>{e(sentence)}</p>" for sentence in chapter.summary]
        for title, rows in chapter.details:
            body.append(f"<h3>{e(title)}</h3>")
            body += ["<ul>", *(f"<li>{e(row)}</li>" for row in rows), "</ul>"]
    body.append(f"<footer><p>{e(document.closing)}</p></footer>")
    head = (
        f'<!doctype html>\n<html lang="{spoken(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{e(document.subject)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(body) + "\n</body>\n</html>\n"


def as_json(parts: Sequence[ClinicPart], *, day: date, language: str) -> dict[str, Any]:
    """The findings for machines; days in ISO form, instants in UTC."""
    return {
        "day": day,
        "overdue": sum(part.count(*OVERDUE) for part in parts),
        "clinics": [
            {
                "clinic": part.clinic,
                "day": part.day,
                "patients_followed": part.followed,
                "open_checks": part.checks,
                "last_import_at": part.last_import.isoformat() if part.last_import else None,
                "counts": {section.value: part.count(section) for section in Section},
                "findings": {
                    section.value: [_as_json(one, language) for one in findings]
                    for section, findings in part.findings.items()
                },
            }
            for part in parts
        ],
    }


def _as_json(one: Finding, language: str) -> dict[str, Any]:
    """Only what the finding says; what a section does not use is left out."""
    facts = {
        "patient": one.patient,
        "family": one.family,
        "title": _title(one, language),
        "on": one.on,
        "days": one.days,
        "limit_days": one.limit_days,
        "count": one.missed,
        "role": one.role,
        "detail": one.word,
        "unbooked": one.is_unbooked,
    }
    return {name: value for name, value in facts.items() if value not in {"", None, 0}}
