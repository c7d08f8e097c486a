"""Linting: a protocol file that can be read is asked whether it makes sense, line by line."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from schedules.parsing import Parsed
from schedules.places import Path
from schedules.problems import Problem, Severity, did_you_mean
from schedules.protocol import (
    BUILT_FROM_FAMILY,
    Change,
    Document,
    Moment,
    OnInfusionDay,
    OnlyFor,
    Overlay,
    Part,
    Protocol,
    Question,
    Rule,
    Source,
    Test,
)
from schedules.rhythms import Finding, find_in_rhythm

Node = tuple[Path, Any]


def lint(parsed: Parsed) -> list[Problem]:
    """All errors and warnings of a file without syntax problems, in the order of its lines."""
    if (file := parsed.protocol) is None:
        return []
    nodes = tuple(_walk(file, ()))
    findings = [finding for find in LINTS for finding in find(file, nodes)]
    places = parsed.places
    return sorted({places.problem(places.of_key(one.path), one.message, one.hint, one.severity) for one in findings})


def _walk(value: Any, path: Path) -> Iterator[Node]:
    """Every value of a file with its path, from the top down."""
    yield path, value
    match value:
        case Part():
            for key in type(value).model_fields:
                yield from _walk(getattr(value, key), (*path, key))
        case dict():
            for key, inner in value.items():
                yield from _walk(inner, (*path, key))
        case tuple():
            for number, inner in enumerate(value):
                yield from _walk(inner, (*path, number))


def _warning(path: Path, message: str, hint: str = "") -> Finding:
    return Finding(path, message, hint, Severity.WARNING)


def _find_in_sources(file: Protocol | Overlay, nodes: Iterable[Node]) -> Iterator[Finding]:
    used: set[str] = set()
    for path, source in nodes:
        if isinstance(source, Source):
            keys = [((*path, "key"), source.key), *(((*path, "also", n), key) for n, key in enumerate(source.also))]
            used.update(key for _, key in keys)
            for at, key in keys:
                if key not in file.sources:
                    hint = did_you_mean(key, file.sources) or f"Add '{key}' to 'sources'."
                    yield Finding(at, f"'{key}' is not one of the file's sources.", hint)
    for key in file.sources.keys() - used:
        yield _warning(("sources", key), f"Nothing points at the source '{key}'.")


def _find_in_tests(file: Protocol | Overlay, nodes: Iterable[Node]) -> Iterator[Finding]:
    """Tests that rules name and the file does not have, and the other way round.

    A test that only a checklist asks about is used: questions name tests by their LOINC codes.
    """
    named: list[tuple[Path, str]] = []
    for number, rule in enumerate(file.rules):
        named += [(("rules", number, "tests", n), test) for n, test in enumerate(rule.tests)]
    named += [(("thresholds", n, "test"), threshold.test) for n, threshold in enumerate(file.thresholds)]
    for path, test in named:
        if test not in file.tests:
            yield Finding(path, f"'{test}' is not one of the file's tests.", did_you_mean(test, file.tests))
    asked = {code for _, node in nodes if isinstance(node, Question) for code in node.loinc}
    for key in file.tests.keys() - {test for _, test in named}:
        if not asked & set(file.tests[key].loinc):
            yield _warning(("tests", key), f"No rule, question or threshold uses the test '{key}'.")


def _find_in_codes(_: Protocol | Overlay, nodes: Iterable[Node]) -> Iterator[Finding]:
    for path, node in nodes:
        if isinstance(node, Test | Question):
            for number, code in enumerate(node.loinc):
                if not has_check_digit(code):
                    message = f"'{code}' is not a LOINC code: its check digit is wrong."
                    yield Finding((*path, "loinc", number), message, "Look it up at loinc.org.")


def has_check_digit(code: str) -> bool:
    """Whether a LOINC code ends in the mod-10 digit of its number: 777-3, 8099-4 and not 8099-8."""
    number, hyphen, digit = code.rpartition("-")
    if not (hyphen and number.isdecimal() and digit.isdecimal() and len(digit) == 1 and code.isascii()):
        return False
    doubled = "".join(str(int(one) * (2 if place % 2 == 0 else 1)) for place, one in enumerate(reversed(number)))
    return (sum(map(int, doubled)) + int(digit)) % 10 == 0


def _find_in_texts(file: Protocol | Overlay, nodes: Iterable[Node]) -> Iterator[Finding]:
    for path, node in nodes:
        if not isinstance(node, dict) or path in {("sources",), ("tests",)}:
            continue
        name = path[-1]
        if missing := [language for language in file.languages if language not in node]:
            yield Finding(path, f"'{name}' has no translation in: {', '.join(missing)}.")
        for language, text in node.items():
            if not text:
                yield Finding((*path, language), f"'{name}' is empty in: {language}.")
            elif language not in file.languages:
                yield _warning((*path, language), f"'{language}' is not one of the file's languages.")


def _find_in_ids(file: Protocol | Overlay, _: Iterable[Node]) -> Iterator[Finding]:
    questions = [
        (("checklists", number, "questions", n), question.id)
        for number, checklist in enumerate(file.checklists)
        for n, question in enumerate(checklist.questions)
    ]
    for noun, named in (
        ("rule", _ids("rules", file.rules)),
        ("piece of advice", _ids("advice", file.advice)),
        ("checklist", _ids("checklists", file.checklists)),
        ("question", questions),
        ("symptom", _ids("symptoms", file.symptoms)),
    ):
        seen: set[str] = set()
        for path, identifier in named:
            if identifier in seen:
                yield Finding((*path, "id"), f"Another {noun} has the id '{identifier}'.", "Rename one of them.")
            seen.add(identifier)
    for number, rule in enumerate(file.rules):
        if rule.id.endswith(BUILT_FROM_FAMILY):
            endings = " and ".join(f"'{ending}'" for ending in BUILT_FROM_FAMILY)
            yield Finding(("rules", number, "id"), f"Ids that end in {endings} are kept for checks ordered by people.")


def _ids(key: str, entries: Iterable[Any]) -> list[tuple[Path, str]]:
    return [((key, number), entry.id) for number, entry in enumerate(entries)]


def _find_in_rules(file: Protocol | Overlay, _: Iterable[Node]) -> Iterator[Finding]:
    protocol = file if isinstance(file, Protocol) else None
    families: dict[str, Rule] = {}
    for number, rule in enumerate(file.rules):
        for finding in find_in_rhythm(rule, protocol):
            yield finding.below("rules", number)
        first = families.setdefault(rule.family, rule)
        yield from (finding.below("rules", number) for finding in _find_in_family(rule, first))
        if file.status == "ready" and not rule.source.section and not rule.source.note:
            message = f"The source of rule '{rule.id}' has neither 'section' nor 'note'."
            yield _warning(("rules", number, "source"), message, "Say where in the source it stands.")


def _find_in_family(rule: Rule, first: Rule) -> Iterator[Finding]:
    """Samples belong to families, so one family is one kind of sample; in a course it is taken at the bedside."""
    other = f"in rule '{first.id}' of the same family"
    if rule.specimen is not first.specimen:
        yield _warning(("specimen",), f"The specimen is '{rule.specimen}' here and '{first.specimen}' {other}.")
    is_in_course = isinstance(rule.schedule, OnInfusionDay) or isinstance(first.schedule, OnInfusionDay)
    if rule.place is not first.place and not is_in_course:
        yield _warning(("place",), f"The place is '{rule.place}' here and '{first.place}' {other}.")


def _find_in_limits(file: Protocol | Overlay, nodes: Iterable[Node]) -> Iterator[Finding]:
    """Pairs of limits that exclude everything, or one another."""
    if _is_reversed(file.effective_from, file.effective_until):
        yield Finding(("effective_until",), "The file stops being in force before it begins to be.")
    if isinstance(file, Protocol) and file.overlays:
        yield Finding(("overlays",), "Only the program fills in 'overlays'.", "Name overlays where a treatment begins.")
    for path, node in nodes:
        match node:
            case OnlyFor(age_from=int(low), age_to=int(high)) if low > high:
                yield Finding((*path, "age_from"), f"Nobody is both {low} or older and {high} or younger.")
            case Moment(after=after, before=before) if after and before:
                yield Finding(path, "A moment is either 'after' or 'before' its anchor.")
            case Document(title=""):
                yield Finding((*path, "title"), "'title' is empty.")


def _find_in_changes(file: Protocol | Overlay, _: Iterable[Node]) -> Iterator[Finding]:
    if not isinstance(file, Overlay):
        return
    for number, change in enumerate(file.changes):
        yield from (finding.below("changes", number) for finding in _find_in_change(change))
    counts = Counter(change.rule for change in file.changes)
    for rule in (rule for rule, count in counts.items() if count > 1):
        yield from _find_in_repeated([(n, change) for n, change in enumerate(file.changes) if change.rule == rule])


def _find_in_change(change: Change) -> Iterator[Finding]:
    if not (change.every or change.window or change.drop):
        yield Finding(("rule",), f"Nothing is changed in '{change.rule}'.", "Add 'every', 'window' or 'drop: true'.")
    if change.drop and (change.every or change.window):
        yield Finding(("drop",), f"'{change.rule}' is dropped and changed at once.", "Keep one of them.")
    match change.from_on, change.until_on:
        case None, None:
            return
        case _, None:
            yield Finding(("from_on",), "A temporary change has no end.", "Add 'until_on'; it must end by itself.")
        case None, _:
            yield Finding(("until_on",), "A temporary change has no beginning.", "Add 'from_on'.")
        case begin, end if _is_reversed(begin, end):
            yield Finding(("until_on",), "This change ends before it begins.", "Exchange 'from_on' and 'until_on'.")
    if change.window or change.drop:
        yield Finding(("from_on",), "Only a rhythm can be changed for a time, no window and no dropped rule.")


def _find_in_repeated(changes: list[tuple[int, Change]]) -> Iterator[Finding]:
    """A rule may be changed twice only for two periods that do not meet."""
    for (_, earlier), (number, later) in pairwise(changes):
        if not (earlier.until_on and later.from_on and earlier.until_on < later.from_on):
            message = f"The rule '{later.rule}' is changed twice."
            yield Finding(("changes", number, "rule"), message, "Write one change, or two periods one after the other.")


def _is_reversed(begin: date | None, end: date | None) -> bool:
    return begin is not None and end is not None and begin > end


LINTS: tuple[Callable[[Protocol | Overlay, Iterable[Node]], Iterator[Finding]], ...] = (
    _find_in_sources,
    _find_in_tests,
    _find_in_codes,
    _find_in_texts,
    _find_in_ids,
    _find_in_rules,
    _find_in_limits,
    _find_in_changes,
)
