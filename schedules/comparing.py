"""Comparing: two protocols part by part and field by field, so that nothing that changed stays unsaid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from schedules.protocol import Courses, FollowUp, Overlay, Part, Protocol, Question, Source

Path = tuple[str, ...]
GROUPS = ("rules", "changes", "advice", "checklists", "symptoms", "thresholds", "tests", "sources")
"""Fields of a file that hold many parts, each with a name of its own."""
OPENED = (Source, Courses, FollowUp)
"""Parts that are compared inside; a rhythm or a window is one thing to say, and changes as a whole."""


class FieldChange(NamedTuple):
    """One value before and after, None where there is none; `path` leads to it: ("source", "confidence")."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Changed:
    """A part that both sides have, and every field in which they differ."""

    id: str
    before: Part
    after: Part
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All parts of one kind, by name. `is_reordered` says that those on both sides stand in another order."""

    kind: str
    added: tuple[tuple[str, Part], ...]
    removed: tuple[tuple[str, Part], ...]
    changed: tuple[Changed, ...]
    untouched: int
    is_reordered: bool

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed or self.is_reordered)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`head` is what the files say about themselves, courses and follow-up; empty only for the same content."""

    head: tuple[FieldChange, ...]
    groups: tuple[Group, ...]

    @property
    def is_empty(self) -> bool:
        return not self.head and all(group.is_empty for group in self.groups)

    def get(self, kind: str) -> Group:
        return next(group for group in self.groups if group.kind == kind)


def compare_files(before: Protocol | Overlay, after: Protocol | Overlay) -> Comparison:
    """What `after` has otherwise. Two files of one fingerprint give an empty comparison, and no others do."""
    groups = tuple(_compare_group(kind, before, after) for kind in GROUPS)
    return Comparison(tuple(_compare_fields(before, after, (), leave_out=GROUPS)), groups)


def _compare_group(kind: str, before: Part, after: Part) -> Group:
    old, new = _by_name(getattr(before, kind, ())), _by_name(getattr(after, kind, ()))
    both = [name for name in old if name in new]
    changed = [
        Changed(name, old[name], new[name], tuple(_compare_fields(old[name], new[name], ())))
        for name in both
        if old[name] != new[name]
    ]
    # Tests and sources are found by their keys; everything else is shown, and planned, in the order of the file.
    is_reordered = kind not in {"tests", "sources"} and both != [name for name in new if name in old]
    return Group(
        kind,
        tuple((name, part) for name, part in new.items() if name not in old),
        tuple((name, part) for name, part in old.items() if name not in new),
        tuple(changed),
        len(both) - len(changed),
        is_reordered,
    )


def _by_name(parts: Mapping[str, Part] | Sequence[Part]) -> dict[str, Part]:
    """Parts by key or id; a threshold has only its test, a change only its rule, and a second one is counted."""
    if isinstance(parts, Mapping):
        return dict(parts)
    found: dict[str, Part] = {}
    for part in parts:
        name = next(str(getattr(part, key)) for key in ("id", "test", "rule") if hasattr(part, key))
        number = 1 + sum(known.partition(" ")[0] == name for known in found)
        found[name if number == 1 else f"{name} {number}"] = part
    return found


def _compare_fields(before: Part, after: Part, path: Path, leave_out: Sequence[str] = ()) -> Iterator[FieldChange]:
    names = dict.fromkeys(chain(type(before).model_fields, type(after).model_fields))
    for name in names:
        if name not in leave_out:
            yield from _compare_values(getattr(before, name, None), getattr(after, name, None), (*path, name))


def _compare_values(before: Any, after: Any, path: Path) -> Iterator[FieldChange]:
    if before == after:
        return
    if isinstance(before, OPENED) and type(before) is type(after):
        yield from _compare_fields(before, after, path)
    elif isinstance(before, dict) or isinstance(after, dict):  # one text in several languages
        old, new = before or {}, after or {}
        for language in dict.fromkeys(chain(old, new)):
            yield from _compare_values(old.get(language), new.get(language), (*path, language))
    elif _holds_questions(before) or _holds_questions(after):
        yield from _compare_questions(before or (), after or (), path)
    else:
        yield FieldChange(path, before, after)


def _holds_questions(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(one, Question) for one in value)


def _compare_questions(before: Sequence[Part], after: Sequence[Part], path: Path) -> Iterator[FieldChange]:
    old, new = _by_name(before), _by_name(after)
    for name in dict.fromkeys(chain(old, new)):
        left, right = old.get(name), new.get(name)
        if left and right:
            yield from _compare_fields(left, right, (*path, name))
        else:
            yield FieldChange((*path, name), left, right)
    both = [name for name in old if name in new]
    if both != [name for name in new if name in old]:
        yield FieldChange((*path, "order"), tuple(old), tuple(new))
