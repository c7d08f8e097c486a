"""The round: the worklist as a nurse goes through it, one block a patient, filtered and sorted as she asked."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.caring import list_names
from db.patients import Treatment, list_treatments
from monitor.services.caring import list_nurses
from monitor.services.desk import Desk
from monitor.services.worklist import list_lines
from schedules.worklists import Counts, Kind, Line, choose, count

SORTS = ("urgency", "patient", "due", "exposure")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked to see; nothing chosen means everything."""

    clinic: str = ""
    state: str = ""
    family: str = ""
    is_unbooked: bool = False
    is_mine: bool = False
    words: str = ""
    sort: str = "urgency"

    @property
    def is_choice(self) -> bool:
        return bool(self.clinic or self.state or self.family or self.is_unbooked or self.is_mine or self.words)


@dataclass(frozen=True, slots=True)
class Block:
    """One patient with all that presses; `revision` counts the acts so far, `name` may be unknown."""

    treatment: Treatment
    name: str
    lines: Sequence[Line]

    @property
    def checks(self) -> Sequence[Line]:
        return [line for line in self.lines if line.kind is Kind.CHECK]

    @property
    def unseen(self) -> Sequence[Line]:
        return [line for line in self.lines if line.kind is Kind.NOT_SEEN]


@dataclass(frozen=True, slots=True)
class Round:
    """The blocks; `counts` and `families` are those before a state was chosen, `lines` all that are shown."""

    blocks: Sequence[Block]
    lines: Sequence[Line]
    counts: Counts
    families: Mapping[str, Line]


def go_round(desk: Desk, wanted: Wanted, *, seen_within: int) -> Round:
    """The worklist of today. A failure to compute a patient is always among it: it may hide anything."""
    lines = list_lines(desk, clinic=wanted.clinic or None, seen_within=seen_within)
    treatments = {one.id: one for one in list_treatments(desk.connection, ids=[line.treatment_id for line in lines])}
    names = list_names(desk.connection, [one.patient_id for one in treatments.values()])
    if wanted.is_mine:
        nurses = list_nurses(desk)
        lines = [line for line in lines if nurses.get(treatments[line.treatment_id].patient_id) == desk.actor.id]
    if words := fold(wanted.words).split():
        lines = [line for line in lines if _matches(words, treatments[line.treatment_id], names)]
    families = {line.family: line for line in reversed(lines) if line.kind is Kind.CHECK}
    lines = choose(lines, rule=wanted.family or None, unbooked=wanted.is_unbooked)
    shown = [line for line in lines if _is_in_state(line, wanted.state)]
    blocks = [
        Block(treatments[one], names.get(treatments[one].patient_id, ""), own) for one, own in _by_treatment(shown)
    ]
    return Round(sorted(blocks, key=_order(wanted.sort)), shown, count(lines), dict(sorted(families.items())))


def _is_in_state(line: Line, state: str) -> bool:
    if state == "booked":
        return line.booked is not None and not line.is_unbooked
    return not state or line.label == state or line.kind is Kind.FAILED


def _by_treatment(lines: Sequence[Line]) -> list[tuple[int, list[Line]]]:
    """In the order in which each first appears: the most urgent line of a patient decides."""
    found: dict[int, list[Line]] = {}
    for line in lines:
        found.setdefault(line.treatment_id, []).append(line)
    return list(found.items())


def _order(sort: str) -> Callable[[Block], Any]:
    match sort:
        case "patient":
            return lambda block: block.treatment.reference
        case "due":
            return lambda block: min((line.first.due_on for line in block.checks), default=block.lines[0].today)
        case "exposure":
            return lambda block: -max((line.exposure.days for line in block.lines if line.exposure), default=0)
        case _:
            return lambda block: 0  # the worklist's own order; sorting keeps it


def _matches(words: Sequence[str], treatment: Treatment, names: Mapping[int, str]) -> bool:
    text = fold(f"{treatment.reference} {names.get(treatment.patient_id, '')}")
    return all(word in text for word in words)


def fold(text: str) -> str:
    """Without capitals and accents, so that "muller" finds Müller."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))
