"""Wording: what is wrong with a protocol file, in the words of the person who wrote it."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from schedules import protocol as parts
from schedules.faults import (
    LEADING,
    MOST,
    SCHEDULES,
    SHORT,
    Fault,
    guess_key,
    locate_all,
    nearest_key,
    parts_in,
    word_in,
)
from schedules.intervals import Interval, Unit
from schedules.places import Path, Places
from schedules.problems import Problem, did_you_mean

NOUNS: dict[type[parts.Part], str] = {
    parts.Protocol: "a protocol",
    parts.Overlay: "an overlay",
    parts.Rule: "a rule",
    parts.Recurring: "a schedule",
    parts.Listed: "a schedule",
    parts.BeforeCourse: "a schedule",
    parts.OnInfusionDay: "a schedule",
    parts.Phase: "a phase",
    parts.Temporary: "a temporary rhythm",
    parts.Window: "a window",
    parts.Escalation: "an escalation step",
    parts.OnlyFor: "'only_for'",
    parts.Source: "a source",
    parts.Document: "an entry of 'sources'",
    parts.Test: "an entry of 'tests'",
    parts.Advice: "an entry of 'advice'",
    parts.Moment: "a moment",
    parts.Checklist: "a checklist",
    parts.Question: "a question",
    parts.Symptom: "a symptom",
    parts.Threshold: "a threshold",
    parts.Courses: "'courses'",
    parts.FollowUp: "'follow_up'",
    parts.Change: "a change",
}

LENGTH = "a length of time such as '1 month', '2 weeks' or '7 days'"
PATTERNS = {
    "(day|week|month|year)": LENGTH,
    "^[a-z][a-z0-9]*(-": "an id: small letters, digits and single hyphens, such as 'blood-count'",
    "^[a-z]{2}$": "a language: two small letters, such as 'en'",
    "^[0-9]{4}\\.": "a version: a year and a number, such as '2026.1'",
    "-[0-9]$": "a LOINC code, such as '777-3'",
}
SENTENCES = {
    "string_type": "must be text",
    "string_too_long": "is longer than {max_length} characters",
    "int_type": "must be a whole number, not {given}",
    "int_parsing_size": "is too large a number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "date_type": "must be a day such as 2026-01-31, not {given}",
    "date_parsing": "must be a day such as 2026-01-31, not {given}",
    "date_from_datetime_parsing": "must be a day such as 2026-01-31, not {given}",
    "date_from_datetime_inexact": "must be a day such as 2026-01-31, not {given}",
    "model_type": "must be a block of keys",
    "dict_type": "must be a block of keys",
    "tuple_type": "must be a list",
    "too_short": "needs at least one entry",
}
COMMA = "Between braces, put a text with a comma in quotes."
HINTS = {"tuple_type": "Begin each entry with '- ', or write [one, two]."}


def describe(error: ValidationError, model: type[parts.Part], data: Any, places: Places) -> list[Problem]:
    """Every fault as a problem, once, in the order of the file."""
    faults = locate_all(error, model, data)
    problems = [problem for fault in faults[:MOST] for problem in _describe(fault, faults, places)]
    if len(faults) > MOST:
        last = max((problem.line, problem.column) for problem in problems)
        problems.append(places.problem(last, "There are more problems than these.", "Correct these first."))
    return list(dict.fromkeys(problems))


def _describe(fault: Fault, faults: list[Fault], places: Places) -> Iterator[Problem]:
    at_key, at_value = places.of_key(fault.path), places.of_value(fault.path)
    noun = NOUNS[fault.part] if fault.part else "a schedule"
    match fault.kind:
        case _ if fault.part is None:
            yield places.problem(at_value, *_describe_no_schedule(fault.error["input"]))
        case "extra_forbidden":
            yield places.problem(at_key, f"{_key(fault.path)} is not a key of {noun}.", _hint_for_key(fault))
        case "missing":
            yield from _describe_missing(fault, faults, noun, places)
        case "value_error":
            sentence = str(fault.facts["error"])
            yield places.problem(at_value, f"{sentence[:1].upper()}{sentence[1:]}.")
        case _ if fault.is_one_of_several:
            yield places.problem(at_value, *_describe_choice(fault, faults))
        case _ if fault.is_about_key:
            message = f"{_key(fault.path)} is not {_expected(fault.facts.get('pattern', ''))}."
            yield places.problem(at_key, message, COMMA if " " in str(fault.path[-1]) else "")
        case _ if any(other.is_about_key and other.path == fault.path for other in faults):
            return  # what stands behind a wrong key is not worth a second sentence
        case _:
            yield places.problem(at_value, *_describe_value(fault, places))


def _describe_missing(fault: Fault, faults: list[Fault], noun: str, places: Places) -> Iterator[Problem]:
    """One sentence for all keys that a block lacks; `familly` is one mistake, not an unknown and a missing key."""
    block = fault.path[:-1]
    meant = {guess_key(other) for other in faults if other.path[:-1] == block}
    missing = [
        str(other.path[-1])
        for other in faults
        if other.kind == "missing" and other.part and other.path[:-1] == block and other.path[-1] not in meant
    ]
    if missing and fault.path[-1] == missing[0]:
        verb = "is" if len(missing) == 1 else "are"
        yield places.problem(places.of_value(block), f"{_listing(missing, 'and')} {verb} missing from {noun}.")


def _describe_no_schedule(given: Any) -> tuple[str, str]:
    if not isinstance(given, dict):
        return "'schedule' must be a block of keys.", "For example 'every: 1 month', indented below it."
    return "This schedule does not say when.", "It needs 'every', 'phases', 'at', 'before_course' or 'infusion_day'."


def _hint_for_key(fault: Fault) -> str:
    """The nearest key, or the block that the key belongs to, or all keys."""
    key, part = str(fault.path[-1])[:SHORT], fault.part
    assert part is not None
    if " " in key:
        return COMMA
    if guess := nearest_key(key, part):
        return f"Did you mean '{guess}'?"
    if part.__name__ in SCHEDULES and key in LEADING:
        return "A schedule is of one kind only."
    for name, fields in part.model_fields.items():
        if any(key in inner.model_fields for inner in parts_in(fields.annotation)):
            return f"It belongs below '{name}'."
    return f"Keys of {NOUNS[part]}: {', '.join(part.model_fields)}."


def _describe_choice(fault: Fault, faults: list[Fault]) -> tuple[str, str]:
    """One sentence for a key that takes a few words or a length, whatever each of them complains about."""
    words = [word for other in faults if other.path == fault.path for word in _choices(other.facts.get("expected", ""))]
    given = fault.error["input"]
    hint = did_you_mean(given[:SHORT], words) if isinstance(given, str) else ""
    return f"{_name(fault.path)} must be {_listing([*words, LENGTH])}, not {show(given)}.", hint


def _describe_value(fault: Fault, places: Places) -> tuple[str, str]:
    name, given = _name(fault.path), fault.error["input"]
    match fault.kind:
        case _ if given is None:
            return f"{name} is empty.", "Write its value; a key that is not needed can be left out."
        case "string_type" if isinstance(given, int | float):
            return f"{name} must be text.", f'Put it in quotes: "{places.written.get(fault.path, given)}".'
        case "string_pattern_mismatch":
            return f"{show(given)} is not {_expected(fault.facts['pattern'])}.", _hint_for_length(str(given))
        case "enum" | "literal_error":
            words = _choices(fault.facts["expected"])
            hint = did_you_mean(given[:SHORT], words) if isinstance(given, str) else ""
            return f"{name} must be {_listing(words)}, not {show(given)}.", hint
        case kind:
            message = SENTENCES.get(kind, "cannot be {given}").format(given=show(given), **fault.facts)
            return f"{name} {message}.", HINTS.get(kind, "")


def _hint_for_length(given: str) -> str:
    if not (found := re.fullmatch(r"\s*([1-9][0-9]{0,3})\s*-?([A-Za-z]+)\s*", given)):
        return ""
    unit = word_in(did_you_mean(found[2].lower(), [unit + s for unit in Unit for s in ("", "s")]))
    return f"Did you mean '{Interval(int(found[1]), Unit(unit.removesuffix('s')))}'?" if unit else ""


def _expected(pattern: str) -> str:
    return next((words for part, words in PATTERNS.items() if part in pattern), "written as expected")


def _choices(expected: str) -> list[str]:
    """The words in "'ready' or 'draft'"; numbers and `True` stand without quotes there."""
    return re.findall(r"'([^']*)'", expected) or ([expected.lower()] if expected else [])


def _listing(words: list[str], joint: str = "or") -> str:
    quoted = [word if word in {"true", "1", LENGTH} else f"'{word}'" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"


def _key(path: Path) -> str:
    return f"'{_cut(str(path[-1]))}'"


def _name(path: Path) -> str:
    """How a sentence that begins with this value begins."""
    match path:
        case ():
            return "The file"
        case (*_, str()):
            return _key(path)
        case (*_, str() as parent, int()):
            return f"An entry of '{parent}'"
        case _:
            return "An entry"


def show(given: Any) -> str:
    match given:
        case bool():
            return str(given).lower()
        case int() | float():
            return str(given)
        case str():
            return f"'{_cut(given)}'"
        case list():
            return "a list"
        case _:
            return "a block of keys"


def _cut(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"
