"""Faults: each complaint of the model about a protocol file, at a path that exists in the file."""

import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schedules import protocol as parts
from schedules.places import Path
from schedules.problems import did_you_mean

LEADING: dict[str, type[parts.Part]] = {
    "every": parts.Recurring,
    "phases": parts.Recurring,
    "at": parts.Listed,
    "before_course": parts.BeforeCourse,
    "infusion_day": parts.OnInfusionDay,
}
"""The key that says which kind of schedule a person is writing."""

SCHEDULES = {part.__name__: part for part in LEADING.values()}

MOST = 500
"""The most faults of one file that are worth a sentence each; a file with more is not a protocol yet."""

SHORT = 60
"""The most characters of a key that a guess looks at."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One complaint; `part` is None where a schedule is none of the four kinds."""

    path: Path
    part: type[parts.Part] | None
    error: ErrorDetails
    is_one_of_several: bool

    @property
    def kind(self) -> str:
        return self.error["type"]

    @property
    def facts(self) -> dict[str, Any]:
        return self.error.get("ctx", {})

    @property
    def is_about_key(self) -> bool:
        """Whether the key itself is wrong, as in a text whose language is `english`."""
        return bool(self.error["loc"]) and self.error["loc"][-1] == "[key]"


def locate_all(error: ValidationError, model: type[parts.Part], data: Any) -> list[Fault]:
    """The faults of a file, without those of the kinds of schedule that were not meant; at most MOST and one."""
    details = error.errors(include_url=False)[: MOST * len(LEADING)]
    return [fault for detail in details if (fault := _locate(detail, model, data))][: MOST + 1]


def _locate(detail: ErrorDetails, model: type[parts.Part], data: Any) -> Fault | None:
    """Find the fault's path in the file; None for the kinds of schedule that were not meant.

    The validator's location has steps that no file has: the tried members of a union, and `[key]`.
    """
    path: Path = ()
    part: type[parts.Part] | None = model
    several = False
    *_, last = detail["loc"] or ("",)
    for step in detail["loc"]:
        if isinstance(data, dict | list) and _has(data, step):
            path, data, part = (*path, step), data[step], _inner(part, step)  # type: ignore[index]
        elif (member := re.search(r"(\w+)\]?$", str(step))) and member[1] in SCHEDULES:
            part = choose_schedule(data)
            if part is None:
                return Fault(path, None, {**detail, "input": data}, is_one_of_several=False)
            if part is not SCHEDULES[member[1]]:
                return None
        elif step is last and detail["type"] == "missing":
            path = (*path, step)
        else:
            several = several or step != "[key]"
    return Fault(path, part, detail, several)


def choose_schedule(data: Any) -> type[parts.Part] | None:
    """The kind of schedule whose leading key is there, or nearly there (`evry`); None where none is."""
    if not isinstance(data, dict):
        return None
    if exact := [part for key, part in LEADING.items() if key in data]:
        return exact[0]
    known = {key for part in SCHEDULES.values() for key in part.model_fields}  # `course` is no `before_course`
    guesses = (_nearest_leading(key[:SHORT]) for key in data if key not in known)
    return next((LEADING[guess] for guess in guesses if guess), None)


@lru_cache(maxsize=1024)
def _nearest_leading(key: str) -> str:
    return word_in(did_you_mean(key, LEADING))


def _has(data: dict[str, Any] | list[Any], step: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return step in data


def _inner(part: type[parts.Part] | None, step: str | int) -> type[parts.Part] | None:
    """The kind of part that a step leads to; inside lists and tables the outer part stays until one is found."""
    fields = part.model_fields if part else {}
    if isinstance(step, str) and step in fields:
        return next(parts_in(fields[step].annotation), part)
    return part


def parts_in(annotation: Any) -> Iterator[type[parts.Part]]:
    """The parts that a type is made of, e.g. the four kinds of schedule."""
    if isinstance(annotation, type) and issubclass(annotation, parts.Part):
        yield annotation
    elif typing.get_origin(annotation) in {typing.Annotated, typing.Union, UnionType, tuple, dict}:
        for inner in typing.get_args(annotation):
            yield from parts_in(inner)


def guess_key(fault: Fault) -> str:
    """The key that a person probably meant by one that is not known."""
    if fault.kind != "extra_forbidden" or fault.part is None:
        return ""
    return nearest_key(str(fault.path[-1])[:SHORT], fault.part)


@lru_cache(maxsize=1024)
def nearest_key(key: str, part: type[parts.Part]) -> str:
    return word_in(did_you_mean(key, part.model_fields))


def word_in(hint: str) -> str:
    found = re.search(r"'(\w+)'", hint)
    return found[1] if found else ""
