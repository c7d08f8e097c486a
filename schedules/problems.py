"""Problems: faults in files that people wrote, as values with a place and a hint."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps the file from being used; a warning asks a person to look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: `line` and `column` count from 1; 0 means that the place is not known.

    In a table of data `column` is the number of the column, and the message names its heading.
    """

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        hint = f" {self.hint}" if self.hint else ""
        return f"{place}: {self.severity}: {self.message}{hint}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that names the nearest known word, or nothing: `Did you mean 'every'?`."""
    nearest = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"Did you mean '{nearest[0]}'?" if nearest else ""


def has_errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)
