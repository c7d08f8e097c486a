"""Finding: patients by reference or name, with how each stands today."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.caring import list_names
from db.patients import Treatment, list_treatments
from db.worklists import list_departed
from monitor.services.caring import list_nurses
from monitor.services.desk import Desk
from monitor.services.round import fold
from monitor.services.worklist import clinics_of, list_lines
from schedules.worklists import Counts, Line, count


@dataclass(frozen=True, slots=True)
class Found:
    """One treatment of a patient; `counts` are its lines on the worklist."""

    treatment: Treatment
    name: str
    counts: Counts
    is_departed: bool


def find_patients(
    desk: Desk, *, words: str = "", clinic: str = "", is_mine: bool = False, with_departed: bool = False
) -> list[Found]:
    """Every treatment of the person's clinics that fits, by reference."""
    clinics = clinics_of(desk, clinic or None)
    treatments = list_treatments(desk.connection, clinic_ids=[one.id for one in clinics])
    names = list_names(desk.connection, [one.patient_id for one in treatments])
    wanted = fold(words).split()
    nurses = list_nurses(desk) if is_mine else {}
    gone = list_departed(desk.connection)
    fitting = [
        one
        for one in treatments
        if all(word in fold(f"{one.reference} {names.get(one.patient_id, '')}") for word in wanted)
        and (not is_mine or nurses.get(one.patient_id) == desk.actor.id)
        and (with_departed or one.id not in gone)
    ]
    lines = _by_treatment(list_lines(desk, clinic=clinic or None))
    found = [Found(one, names.get(one.patient_id, ""), count(lines.get(one.id, [])), one.id in gone) for one in fitting]
    return sorted(found, key=lambda one: (one.treatment.reference, one.treatment.id))


def _by_treatment(lines: Sequence[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for line in lines:
        found.setdefault(line.treatment_id, []).append(line)
    return found
