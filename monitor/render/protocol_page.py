"""Protocol pages: a whole protocol as a nurse would want to read it, with every source and every doubt."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from monitor.render.consoles import Paper, write_text
from monitor.render.pages import bullets, facts, indented, section
from monitor.render.protocol_rules import (
    choose,
    describe_escalation,
    describe_rules,
    describe_source,
    describe_window,
    join_marks,
)
from monitor.render.protocol_words import say
from monitor.render.shapes import confidence_mark
from schedules import phrases
from schedules.protocol import (
    Advice,
    Change,
    Confidence,
    Moment,
    Overlay,
    Protocol,
    Question,
    Source,
    Symptom,
    Threshold,
)


def render_protocol(protocol: Protocol | Overlay, *, language: str, paper: Paper, rules_only: bool = False) -> str:
    """The protocol as text; the same file gives the same text."""
    return write_text(_parts(protocol, language, rules_only), paper)


def _parts(file: Protocol | Overlay, language: str, rules_only: bool) -> Iterator[RenderableType]:
    yield from _top(file, language)
    if isinstance(file, Protocol):
        yield from section(say("treatment", language), facts(_treatment(file, language)))
    yield from describe_rules(file, language)
    if isinstance(file, Overlay) and file.changes:
        yield from section(say("changes", language), bullets(_changes(file, language)))
    if not rules_only:
        yield from _beside_the_rules(file, language)
    yield from _doubts(file, language, rules_only)
    yield from section(say("sources", language), facts(_documents(file)))


def _top(file: Protocol | Overlay, language: str) -> Iterator[RenderableType]:
    yield Text(choose(file, file.title, language), "bold")
    status = Text(say(file.status, language), "bold red" if file.status == "draft" else "")
    about = [Text(f"{file.id} {file.version}"), Text(say(file.kind, language)), status]
    if isinstance(file, Overlay):
        about.append(Text(say("over", language, protocols=", ".join(file.over))))
    for key, on in (("effective-from", file.effective_from), ("effective-until", file.effective_until)):
        if on:
            about.append(Text(say(key, language, day=phrases.day(on, language))))
    yield indented(Text(" · ").join(about))
    yield Text("")
    yield indented(Text(choose(file, file.summary, language)))


def _treatment(protocol: Protocol, language: str) -> Iterator[tuple[str, Text]]:
    """How the drug is given and how long follow-up lasts, each with its source."""
    courses = protocol.courses
    days = ", ".join(str(days) for days in courses.days)
    said = [say("course-days", language, days=days)]
    if courses.most:
        said.append(say("course-most", language, most=courses.most))
    if courses.apart:
        apart = phrases.length(courses.apart, language)
        said.append(say(f"apart-{courses.apart_from}", language, apart=apart))
    said.append(say("gap", language, gap=courses.gap_days))
    yield say("courses", language), _sourced(protocol, " ".join(said), courses.source, language)
    lasts = say("lasts", language, length=phrases.length(protocol.follow_up.lasts, language))
    yield say("follow-up", language), _sourced(protocol, lasts, protocol.follow_up.source, language)
    yield say("overdue", language), Text(describe_escalation(protocol.escalation, language))


def _sourced(file: Protocol | Overlay, said: str, source: Source, language: str) -> Text:
    return Text.assemble(said, "\n", (describe_source(file, source, language), "bright_black"))


def _changes(file: Overlay, language: str) -> Iterator[tuple[Text, Text]]:
    for change in file.changes:
        said = f"{change.rule}: {describe_change(change, language)}"
        yield confidence_mark(change.source.confidence), _sourced(file, said, change.source, language)


def describe_change(change: Change, language: str) -> str:
    """Every 3 months from 1 March 2027 until 31 May 2027."""
    said = []
    if change.drop:
        said.append(say("dropped", language))
    if change.every:
        said.append(phrases.every(change.every, language))
    if change.window:
        said.append(describe_window(change.window, language))
    for key, on in (("effective-from", change.from_on), ("effective-until", change.until_on)):
        if on:
            said.append(say(key, language, day=phrases.day(on, language)))
    return " ".join(said)


def _beside_the_rules(file: Protocol | Overlay, language: str) -> Iterator[RenderableType]:
    """Advice, checklists, symptoms and published values: all that is never due."""
    if file.advice:
        yield from section(say("advice", language), bullets(_advice(file, one, language) for one in file.advice))
    for checklist in file.checklists:
        title = f"{say('checklist', language)}: {choose(file, checklist.title, language)}"
        yield from section(title, bullets(_question(file, one, language) for one in checklist.questions))
    if file.symptoms:
        yield from section(say("symptoms", language), bullets(_symptom(file, one, language) for one in file.symptoms))
    if file.thresholds:
        lines = bullets(_threshold(file, one, language) for one in file.thresholds)
        yield from section(say("thresholds", language), Text(say("reading-only", language), "bold yellow"), lines)


Bullet = tuple[Text, Text]
"""A mark of confidence, and the line that hangs on it."""


def _bullet(source: Source, *parts: str | tuple[str, str]) -> Bullet:
    return confidence_mark(source.confidence), Text.assemble(*parts, (f" [{source.key}]", "bright_black"))


def _advice(file: Protocol | Overlay, advice: Advice, language: str) -> Bullet:
    lead = f"{choose(file, advice.title, language)} ({describe_stretch(advice, language)}). "
    return _bullet(advice.source, (lead, "bold"), choose(file, advice.text, language))


def describe_stretch(advice: Advice, language: str) -> str:
    """From the first infusion to 4 months after the last infusion."""
    start = describe_moment(advice.starts, language)
    if not advice.until:
        return say("for-good", language, start=start)
    key = "from-until-offset" if advice.until.after or advice.until.before else "from-until"
    return say(key, language, start=start, end=describe_moment(advice.until, language))


def describe_moment(moment: Moment, language: str) -> str:
    """4 months after the last infusion."""
    anchor = say(moment.anchor, language)
    if moment.before:
        return say("before", language, length=phrases.length(moment.before, language), anchor=anchor)
    if moment.after:
        return say("after", language, length=phrases.length(moment.after, language), anchor=anchor)
    return anchor


def _question(file: Protocol | Overlay, question: Question, language: str) -> Bullet:
    kind = (f" ({say(question.kind, language)})", "bright_black")
    return _bullet(question.source, choose(file, question.text, language), kind)


def _symptom(file: Protocol | Overlay, symptom: Symptom, language: str) -> Bullet:
    lead = (f"{choose(file, symptom.title, language)}. ", "bold")
    return _bullet(symptom.source, lead, choose(file, symptom.text, language))


def _threshold(file: Protocol | Overlay, threshold: Threshold, language: str) -> Bullet:
    test = file.tests.get(threshold.test)
    lead = (f"{choose(file, test.title, language) if test else threshold.test}: ", "bold")
    return _bullet(threshold.source, lead, choose(file, threshold.text, language))


def _doubts(file: Protocol | Overlay, language: str, rules_only: bool) -> Iterator[RenderableType]:
    """What the marks mean, and everything that carries one, for the physician who approves."""
    marks = (Confidence.NEEDS_CHECK, Confidence.LOCAL_POLICY)
    meanings = bullets((confidence_mark(one), say(f"mark-{one}", language)) for one in marks)
    yield from section(say("marks", language), meanings)
    for confidence in marks:
        lines = list(_unsettled(file, confidence, language, rules_only))
        if lines:
            yield Text("")
            yield indented(Text(say(f"list-{confidence}", language), "bold"))
            yield indented(bullets((confidence_mark(confidence), line) for line in lines))


def _unsettled(file: Protocol | Overlay, confidence: Confidence, language: str, rules_only: bool) -> Iterator[str]:
    for kind, titles in list_unsettled(file, confidence, language):
        if not (rules_only and kind not in {"rules", "windows", "codes"}):
            all_of_them = kind == "windows" and len(titles) == len(file.rules)
            yield f"{say(kind, language)}: {say('all', language) if all_of_them else join_marks(titles)}"


def list_unsettled(
    file: Protocol | Overlay, confidence: Confidence, language: str
) -> Sequence[tuple[str, Sequence[str]]]:
    """Each kind of thing with the titles that rest on this confidence."""
    rules = [(choose(file, one.title, language), one) for one in file.rules]
    questions = [one for checklist in file.checklists for one in checklist.questions]
    kinds: list[tuple[str, list[str]]] = [
        ("rules", [title for title, one in rules if one.source.confidence is confidence]),
        ("windows", [title for title, one in rules if one.window.confidence is confidence]),
        ("codes", [choose(file, one.title, language) for one in file.tests.values() if one.confidence is confidence]),
        (
            "all-advice",
            [choose(file, one.title, language) for one in file.advice if one.source.confidence is confidence],
        ),
        ("questions", [one.id for one in questions if one.source.confidence is confidence]),
        (
            "all-symptoms",
            [choose(file, one.title, language) for one in file.symptoms if one.source.confidence is confidence],
        ),
        ("all-thresholds", [one.test for one in file.thresholds if one.source.confidence is confidence]),
    ]
    return [(kind, titles) for kind, titles in kinds if titles]


def _documents(file: Protocol | Overlay) -> Iterator[tuple[str, Text]]:
    for key, document in file.sources.items():
        edition = f" ({document.edition})" if document.edition else ""
        address = f"\n{document.address}" if document.address else ""
        yield key, Text.assemble(document.title, edition, (address, "bright_black"))
