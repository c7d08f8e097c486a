"""Promise 6: what a patient is called, and what was written about the patient, reaches no message and no exception."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from db import tables
from db.dossiers import Detail
from monitor.services.booking import note_contact
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion

SECRETS = ("Zora-Invented", "zora@example.invalid", "confided in the nurse")
REFUSED = [
    ("check", "done", "N-NAMED", "blod-count"),
    ("check", "done", "N-NAMED", "blood-count", "--on", "2030-01-01"),
    ("check", "done", "N-NAMED", "blood-count", "99"),
    ("check", "seen", "N-NAMED", "blood-count", "1"),
    ("check", "waive", "N-NAMED", "blood-count", "1", "--reason", "confided in the nurse"),
    ("check", "undo", "N-NAMED", "liver", "--reason", "confided in the nurse"),
    ("check", "book", "N-NAMED", "liver", "--on", "2020-01-01"),
    ("infusion", "add", "N-NAMED", "2026-01-12", "--reason", "confided in the nurse"),
    ("infusion", "correct", "N-NAMED", "2026-01-12", "--to", "2031-01-20", "--reason", "confided in the nurse"),
    ("patient", "add", "N-NAMED", "--clinic", "north", "--protocol", "alemtuzumab-eu", "--name", "Zora-Invented"),
    ("patient", "discharge", "N-NAMED", "--on", "2026-11-01", "--kind", "transferred", "--decided-by", "Dr. X",
     "--reason", "confided in the nurse"),
    ("patient", "readmit", "N-NAMED", "--reason", "confided in the nurse"),
]  # fmt: skip


@pytest.fixture
def named(desk_of: Callable[[str], AbstractContextManager[Desk]]) -> int:
    """A patient of whom the record knows a name, a contact and a note."""
    detail = Detail(name="Zora-Invented", contact="zora@example.invalid")
    course = [Infusion(date(2026, 1, day)) for day in range(12, 17)]
    with desk_of("ada") as desk:
        treatment, _ = enrol(desk, Enrolment("north", "N-NAMED", "alemtuzumab-eu", detail=detail, infusions=course))
        note_contact(desk, treatment, kind="note", text="confided in the nurse")
    return treatment


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", REFUSED, ids=lambda command: " ".join(command[:4]))
def test_a_refusal_names_the_reference_and_never_the_person(
    run: Callable[..., Any], named: int, command: tuple[str, ...]
) -> None:
    ran = run(*command, by="ada")
    assert ran.code == 1
    assert ran.err
    assert not [secret for secret in SECRETS if secret in ran.err + ran.out]


def test_an_error_of_the_database_hides_what_was_written(
    desk_of: Callable[[str], AbstractContextManager[Desk]], named: int
) -> None:
    with pytest.raises(IntegrityError) as caught, desk_of("ada") as desk:
        desk.connection.execute(
            insert(tables.detail).values(patient_id=-1, name="Zora-Invented", entered_by=-1, entered_at=desk.at)
        )
    assert "Zora-Invented" not in str(caught.value)
