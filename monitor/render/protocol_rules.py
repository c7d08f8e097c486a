"""Protocol rules: what is checked before, during and after treatment, rule by rule, each with its source."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from monitor.render.pages import section
from monitor.render.protocol_words import say
from monitor.render.rhythms import describe_counting, describe_rhythm
from monitor.render.shapes import confidence_mark
from monitor.render.texts import place_word, specimen_word
from monitor.render.worklist_words import days_apart
from schedules import phrases
from schedules.protocol import (
    Escalation,
    Header,
    OnInfusionDay,
    OnlyFor,
    Overlay,
    Protocol,
    Rule,
    Source,
    Texts,
    Window,
)


def describe_rules(file: Protocol | Overlay, language: str) -> Iterator[RenderableType]:
    """The rules in three sections, in the order in which a patient meets them."""
    before = [rule for rule in file.rules if rule.is_baseline]
    during = [rule for rule in file.rules if isinstance(rule.schedule, OnInfusionDay)]
    after = [rule for rule in file.rules if rule.is_follow_up]
    for key, rules in (("rules-before", before), ("rules-during", during), ("rules-after", after)):
        if rules:
            yield from section(say(key, language), _rules(file, rules, language))


def _rules(file: Protocol | Overlay, rules: Iterable[Rule], language: str) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    for number, rule in enumerate(rules):
        if number:
            table.add_row()
        table.add_row(confidence_mark(rule.source.confidence), Text("\n").join(_rule(file, rule, language)))
    return table


def _rule(file: Protocol | Overlay, rule: Rule, language: str) -> Iterator[Text]:
    yield Text.assemble((choose(file, rule.title, language), "bold"), (f"  {rule.id}", "bright_black"))
    yield Text(describe_when(file, rule, language))
    yield Text.assemble(describe_window(rule.window, language), " ", confidence_mark(rule.window.confidence))
    where = f"{place_word(rule.place, language)}, {specimen_word(rule.specimen, language)}"
    tests = [choose(file, file.tests[test].title, language) for test in rule.tests if test in file.tests]
    yield Text(f"{where}: {', '.join(tests)}" if tests else where)
    if rule.only_for:
        yield Text(describe_whom(rule.only_for, language))
    if rule.escalation is not None:
        yield Text(f"{say('overdue', language)}: {describe_escalation(rule.escalation, language)}")
    if rule.instructions:
        yield Text(choose(file, rule.instructions, language))
    if rule.action:
        yield Text(f"{say('action', language)}: {choose(file, rule.action, language)}")
    yield Text(describe_source(file, rule.source, language), "bright_black")


def describe_when(file: Protocol | Overlay, rule: Rule, language: str) -> str:
    """Every month; counted from the last infusion of the first course, until 48 months after the last infusion."""
    rhythm = describe_rhythm(rule, language)
    counting = describe_counting(rule, file if isinstance(file, Protocol) else None, language)
    sentence = f"{rhythm}; {counting}" if counting else rhythm
    return sentence[0].upper() + sentence[1:]


def describe_window(window: Window, language: str) -> str:
    """On time: 7 days before to 7 days after the due day."""
    width = phrases.width(window.before_days, window.after_days, say("due-day", language), language)
    return say("window", language, width=width)


def describe_escalation(steps: Sequence[Escalation], language: str) -> str:
    """After 7 days overdue: nurse; after 14 days: clinician; two in a row: clinician."""
    parts = []
    for step in steps:
        role = say(step.role, language)
        if step.after_days is None:
            parts.append(say("two-in-a-row", language, role=role))
        else:
            days = days_apart(step.after_days, language)
            parts.append(say("overdue-by", language, days=days, role=role))
        if step.at_once:
            parts[-1] += f" ({say('at-once', language)})"
    return "; ".join(parts) or say("nobody", language)


def describe_whom(only_for: OnlyFor, language: str) -> str:
    """Only for women; only for people aged 18 to 60."""
    parts = []
    if only_for.sex:
        parts.append(say(f"only-{only_for.sex}", language))
    match only_for.age_from, only_for.age_to:
        case None, None:
            pass
        case None, age_to:
            parts.append(say("age-to", language, to=age_to))
        case age_from, None:
            parts.append(say("age-from", language, start=age_from))
        case age_from, age_to:
            parts.append(say("age-between", language, start=age_from, to=age_to))
    return say("only-for", language, whom=", ".join(parts))


def describe_source(file: Protocol | Overlay, source: Source, language: str) -> str:
    """`Source: SMPC-CN, section 4.4 (also BEL-ITP); verified. Note …`"""
    named = source.key
    if source.section:
        named += f", {source.section}"
    document = file.sources.get(source.key)
    if edition := source.edition or (document.edition if document else None):
        named += f", {edition}"
    if source.also:
        named += f" ({say('also', language, keys=', '.join(source.also))})"
    said = say("source", language, named=named, confidence=phrases.confidence(source.confidence, language))
    if source.checked_by and source.checked_on:
        day = phrases.day(source.checked_on, language)
        said += " " + say("checked", language, name=source.checked_by, day=day)
    return f"{said} {source.note}" if source.note else said


def join_marks(titles: Iterable[str]) -> str:
    """Titles separated by commas, each once."""
    return ", ".join(dict.fromkeys(titles))


def choose(file: Header, texts: Texts, language: str) -> str:
    """The text in a language, or in the file's first language where it has no translation."""
    return texts.get(language) or texts.get(file.languages[0]) or next(iter(texts.values()))
