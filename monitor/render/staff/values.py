"""Values that every staff page has: who looks, what was just done, and what a form had to say."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """Which part of the program a page belongs to; the menu marks it."""

    WORKLIST = "worklist"
    PATIENTS = "patients"
    PROTOCOLS = "protocols"
    CLINIC = "clinic"
    ACCOUNT = "account"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a field; `code` is a word of `trouble-…`, `facts` what its sentence needs."""

    field: str
    code: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was saved: by a code that the page has words for, else by the program's own sentence."""

    code: str
    sentence: str
    next_step: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What the person has just done, as the history tells it; `undo_ids` are those of its lines that can be undone."""

    act: str
    references: Sequence[str]
    subject: str
    undo_ids: Sequence[int] = ()
    each: Sequence[tuple[str, int]] = ()
    """Of several patients the reference and the line of the history that can be undone, one by one."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a page. `path` is its own address with the query, to come back to after an act."""

    language: str
    section: Section
    path: str
    login: str = ""
    name: str = ""
    role: str = ""
    done: Done | None = None
    refused: Refused | None = None
    troubles: Sequence[Trouble] = ()
    typed: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    """What a form that was refused held, by field."""

    @property
    def may_write(self) -> bool:
        return self.role in {"nurse", "clinician", "admin"}

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"
