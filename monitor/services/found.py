"""Findings: what the doctor found, each with an id, how bad it is, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Weight(StrEnum):
    """An error endangers a patient or the record; a warning will; a note is good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: a lasting id for scripts, a sentence, the next step, and whom it concerns."""

    id: str
    weight: Weight
    sentence: str
    hint: str = ""
    clinic_id: str | None = None
    references: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the sentence says, so that a page can say it in its own words; empty where no page does."""
