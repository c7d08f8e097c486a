"""The digest in words: one content, whatever it is written on."""

from collections.abc import Iterator, Sequence
from datetime import date

from monitor.render.digest_head import write_head, written_day
from monitor.render.digest_parts import Chapter, ClinicPart, Document, Head
from monitor.render.digest_rows import list_rows
from monitor.render.digest_words import capital, count_of, say
from monitor.render.worklist_words import near_day
from schedules.changes import count_new
from schedules.findings import Section

ALWAYS = (Section.NEWLY, Section.ESCALATED, Section.NO_NEXT, Section.NO_PLAN, Section.NOT_CLOSED, Section.LOSSES)
"""Sections that say so when they are empty: silence would be read as "not looked"."""
OWN_LINES = 10
"""So many sections have a line of their own in the summary; on a worse day the others share one, so that it stays
on a phone's screen."""


def compose(parts: Sequence[ClinicPart], head: Head, *, day: date, language: str) -> Document:
    """The words of a digest. The subject has the day and how many are overdue, and never a name."""
    failed = sum(part.count(Section.FAILED) + bool(part.fault) for part in parts)
    overdue = sum(part.overdue for part in parts)
    key = "subject-failed" if failed else "subject"
    subject = say(key, language, day=written_day(day, language), n=overdue, failed=failed)
    chapters = [_chapter(part, language) for part in parts]
    closing = say("net-with-names" if any(part.names for part in parts) else "net", language)
    top = write_head(head, day=day, language=language)
    if not parts:
        top = Chapter("", [*top.summary, say("no-clinic", language)], top.details)
    return Document(subject, top, chapters, closing)


def _chapter(part: ClinicPart, language: str) -> Chapter:
    heading = f"{part.name}, {written_day(part.day, language)}"
    details = [
        (capital(_name_of(section, part, language)), list_rows(findings, part, language))
        for section, findings in part.findings.items()
    ]
    return Chapter(heading, list(_summary(part, language)), details)


def _name_of(section: Section, part: ClinicPart, language: str) -> str:
    """The section's words; of events since which day, where that is not simply yesterday."""
    if section in {Section.LOSSES, Section.DISCHARGED} and part.since_on and (part.day - part.since_on).days > 1:
        return say(f"{section.value}-since", language, day=near_day(part.since_on, part.day, language))
    return say(section.value, language)


def _summary(part: ClinicPart, language: str) -> Iterator[str]:
    """That everything was looked at, what changed, then how many of each; what is empty shares one line."""
    for one in part.stands_in:
        yield say("stands-in", language, name=one.name, day=near_day(one.until_on, part.day, language))
    if part.fault:
        yield say("clinic-failed", language, fault=part.fault)
        return
    patients, checks = count_of("patients", part.followed, language), count_of("open-checks", part.checks, language)
    yield say("looked", language, patients=patients, checks=checks)
    if part.compared_on:
        compared = near_day(part.compared_on, part.day, language)
        yield say("changes", language, day=compared, new=count_new(part.every), gone=part.gone)
    else:
        yield say("first-look", language)
    counts = list(_counts(part, language))
    yield from counts[:OWN_LINES]
    if also := counts[OWN_LINES:]:
        yield say("also", language, counts="; ".join(also))
    if not part.findings.keys() - {Section.LONGEST}:
        yield say("all-quiet", language)
    if empty := [say(one.value, language) for one in ALWAYS if one not in part.findings]:
        yield say("none", language, sections=", ".join(empty))


def _counts(part: ClinicPart, language: str) -> Iterator[str]:
    for section, findings in part.findings.items():
        match section:
            case Section.LONGEST:
                over = sum((one.days or 0) > (one.limit_days or 0) for one in findings)
                if over:
                    yield say("longest-over", language, n=over)
            case Section.WEEK:
                unbooked = sum(one.is_unbooked for one in findings)
                yield say("due-unbooked", language, n=len(findings), unbooked=unbooked)
            case Section.ESCALATED:
                unseen = sum(one.seen is None for one in findings)
                yield say("escalated-unseen", language, n=len(findings), unseen=unseen)
            case _:
                yield say("line", language, n=len(findings), section=capital(_name_of(section, part, language)))
