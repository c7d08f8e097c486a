"""What the tests of the record share: a person who enters things, and a patient to enter them for."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import Engine

from db import patients, people
from db.engine import writing
from db.facts import Stamp
from db.people import Clinic
from monitor.clock import FixedClock


@dataclass(frozen=True, slots=True)
class Ward:
    """An empty treatment of an invented patient, and Ada who enters its facts."""

    person_id: int
    patient_id: int
    treatment_id: int
    at: datetime

    def stamp(self, at: datetime | None = None) -> Stamp:
        return Stamp(self.person_id, at or self.at)


@pytest.fixture
def ward(engine: Engine, clock: FixedClock) -> Ward:
    with writing(engine) as connection:
        people.add_clinic(connection, Clinic("north", "North Clinic (invented)", "Europe/Berlin", "DE"))
        ada = people.add_person(connection, login="ada", name="Ada Example", role="nurse", clinic_ids=["north"])
        patient_id = patients.add_patient(connection, clinic_id="north", reference="N-TEST-1", at=clock.now())
        treatment_id = patients.add_treatment(connection, patient_id=patient_id, clinic_id="north", at=clock.now())
    return Ward(ada.id, patient_id, treatment_id, clock.now())
