"""Dossiers: everything that is known of a treatment, remembered by those who look while nobody acts on the patient."""

from db import dossiers
from db.dossiers import Dossier
from db.patients import find_versions_of_patient
from monitor.services.desk import Desk
from monitor.services.memory import recall

KILOBYTES = 60
"""What four years take in the memory, measured."""


def get_dossier(desk: Desk, treatment_id: int) -> Dossier:
    """As `db.dossiers.get_dossier`, which whoever is about to write gets."""
    versions = find_versions_of_patient(desk.connection, treatment_id) if desk.memory else None
    return recall(
        desk.memory, ("dossier", treatment_id), versions,
        lambda: dossiers.get_dossier(desk.connection, treatment_id), kilobytes=KILOBYTES,
    )  # fmt: skip
