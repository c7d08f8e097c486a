"""Titling: what the protocols of some treatments call their rules and families, for telling what was done."""

from collections.abc import Mapping, Sequence

from db import patients, tables
from db.dossiers import read_assignment
from db.facts import list_facts
from monitor.services.desk import Desk
from schedules.protocol import Texts
from schedules.titles import list_titles


def titles_of(desk: Desk, treatment_ids: Sequence[int]) -> Mapping[str, Texts]:
    """The titles of all rules and families of the treatments, by id."""
    clinics = {one.id: one.clinic_id for one in patients.list_treatments(desk.connection, ids=treatment_ids)}
    rows = list_facts(desk.connection, tables.assignment, list(clinics))
    found: dict[str, Texts] = {}
    for protocol in {
        id(one): one
        for treatment_id, own in rows.items()
        for one in [desk.rulebook.get(desk.connection, read_assignment(own[-1]._mapping), clinics[treatment_id])]
    }.values():
        found |= list_titles(protocol)
    return found
