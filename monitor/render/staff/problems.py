"""Problems of an imported file on a page: in the reader's language, and without a command to type."""

import re
from dataclasses import dataclass
from functools import cache

from monitor.render.staff.speaking import Speaker
from monitor.render.staff.words.problems import PROBLEMS
from schedules.problems import Problem


@dataclass(frozen=True, slots=True)
class Told:
    """A problem with its row; `is_translated` is False where only the English sentence exists."""

    line: int
    message: str
    hint: str
    is_translated: bool


def tell_problem(say: Speaker, problem: Problem) -> Told:
    message, hint = translate(say.language, problem.message), translate(say.language, problem.hint)
    known = message is not None and (hint is not None or not problem.hint)
    return Told(problem.line, message or problem.message, hint or problem.hint, known or say.language == "en")


def translate(language: str, sentence: str) -> str | None:
    """The sentence as a page says it, None where no pattern fits. The heading of a column, or the
    reference, that stands before it stays as it is."""
    if (whole := _translate(language, sentence)) is not None:
        return whole
    head, colon, rest = sentence.partition(": ")
    found = translate(language, rest) if colon else None
    return f"{head}: {found}" if found is not None else None


def _translate(language: str, sentence: str) -> str | None:
    for pattern, english, german in _patterns():
        if found := pattern.fullmatch(sentence):
            text = german if language == "de" else english
            return text.format(**found.groupdict()) if text else sentence
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple((re.compile(pattern, re.DOTALL), english, german) for pattern, english, german in PROBLEMS)
