"""Whose patient it is, on both databases: the last word holds, and it hides nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db import caring as stored
from db.dossiers import Detail
from db.history import list_deeds
from monitor.services.booking import note_contact
from monitor.services.caring import list_patients_of, name_nurse
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol, get_own_treatment
from schedules.errors import Conflict, NotFound, Unacceptable
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    with desk_of("ada") as desk:
        detail = Detail(name="Zoë Müller-Invented")
        return enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE, detail=detail))[0]


def people_of(desk: Desk) -> dict[str, int]:
    return {one.login: one.id for one in stored.list_colleagues(desk.connection, "north", ["nurse", "clinician"])}


def test_the_last_word_holds_and_nobody_can_be_said_too(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        own = people_of(desk)
        patient = get_own_treatment(desk, treatment).patient_id
        assert own.keys() == {"ada", "bea", "dora"}
        name_nurse(desk, patient, own["ada"])
        assert list_patients_of(desk, own["ada"]) == {patient}
        name_nurse(desk, patient, own["bea"])
        assert (list_patients_of(desk, own["ada"]), list_patients_of(desk, own["bea"])) == (set(), {patient})
        name_nurse(desk, patient, None)
        assert list_patients_of(desk, own["bea"]) == list_patients_of(desk, own["ada"]) == set()
        name_nurse(desk, patient, own["ada"])
        assert list_patients_of(desk, own["ada"]) == {patient}
        face = stored.list_faces(desk.connection, [treatment])[treatment]
        assert (face.name, face.nurse_id, face.patient_id) == ("Zoë Müller-Invented", own["ada"], patient)
        assert [one.subject for one in list_deeds(desk.connection, treatment)[1:]] == ["ada", "bea", "nobody", "ada"]


def test_nobody_from_elsewhere_is_named_and_no_patient_from_elsewhere(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("cy") as desk:
        cy = stored.list_colleagues(desk.connection, "west", ["nurse"])[0].id
    with desk_of("ada") as desk:
        patient = get_own_treatment(desk, treatment).patient_id
        with pytest.raises(Unacceptable) as refused:
            name_nurse(desk, patient, cy)
        assert refused.value.code == "nurse-elsewhere"
        with pytest.raises(Conflict):
            name_nurse(desk, patient, None)
        name_nurse(desk, patient, people_of(desk)["ada"])
        ada = people_of(desk)["ada"]
    with desk_of("cy") as desk:
        with pytest.raises(NotFound):
            name_nurse(desk, patient, cy)
        with pytest.raises(NotFound):
            get_own_treatment(desk, treatment)
        assert list_patients_of(desk, ada) == set()


def test_the_last_note_that_holds_is_read(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        assert stored.list_last_notes(desk.connection, [treatment]) == {}
        note_contact(desk, treatment, kind="reached", text="comes on Monday")
        note_contact(desk, treatment, kind="unreachable", text="voicemail")
        assert stored.list_last_notes(desk.connection, [treatment]) == {treatment: "voicemail"}
