"""Verifying: a sound record has no difference, and no spoilt row escapes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text

from db import tables
from db.engine import writing
from db.facts import add_fact
from monitor.bootstrap import Program
from monitor.services import verifying
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.rulebook import OwnSettings, Rulebook
from monitor.services.verifying import Fault, list_treatment_ids, list_unsound, verify
from schedules.errors import NotFound
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]


@pytest.fixture
def treatments(desk_of: DeskOf) -> list[int]:
    """Three invented patients of the north, and one of the south."""
    ids = []
    with desk_of("dora") as desk:
        for number, clinic in enumerate(("north", "north", "north", "south")):
            first = date(2024, 1, 8) + timedelta(days=40 * number)
            course = [Infusion(first + timedelta(days=offset)) for offset in range(5)]
            enrolment = Enrolment(clinic, f"{clinic}-{number}", "alemtuzumab-eu", infusions=course)
            ids.append(enrol(desk, enrolment)[0])
    return ids


def spoil(engine: Engine, statement: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(statement))


def faults(look_as: DeskOf, login: str = "dora") -> list[Fault]:
    with look_as(login) as desk:
        return list(verify(desk, list_treatment_ids(desk)))


def test_a_sound_record_has_no_difference(look_as: DeskOf, treatments: list[int]) -> None:
    with look_as("dora") as desk:
        heard: list[int] = []
        assert list(verify(desk, list_treatment_ids(desk), on_done=heard.append)) == []
        assert sum(heard) == 4
        assert list_unsound(desk) == []


@pytest.mark.parametrize(
    ("statement", "subject", "what"),
    [
        ("UPDATE \"check\" SET due_on = '2024-05-13' WHERE rule = 'liver' AND number = 4 AND treatment_id = 1",
         "liver/4", "due_on is 2024-05-13, should be 2024-05-12"),
        ("UPDATE \"check\" SET settlement = 'done' WHERE rule = 'liver' AND number = 4 AND treatment_id = 1",
         "liver/4", "settlement is done, should be open"),
        ("UPDATE \"check\" SET settlement = 'withdrawn' WHERE rule = 'liver' AND number = 4 AND treatment_id = 1",
         "liver/4", "settlement is withdrawn, should be open"),
        ("UPDATE \"check\" SET clinic_id = 'west' WHERE rule = 'liver' AND number = 4 AND treatment_id = 1",
         "liver/4", "clinic_id is west, should be north"),
        ("DELETE FROM \"check\" WHERE rule = 'liver' AND number = 4 AND treatment_id = 1",
         "liver/4", "missing: the plan asks for it, due 2024-05-12"),
        ("UPDATE visit SET visit_on = '2024-05-11' WHERE due_on = '2024-05-12' AND treatment_id = 1",
         "visit 2024-05-12", "visit_on is 2024-05-11, should be 2024-05-13"),
    ],
)  # fmt: skip
def test_no_spoilt_row_escapes(
    engine: Engine, look_as: DeskOf, treatments: list[int], statement: str, subject: str, what: str
) -> None:
    assert treatments[0] == 1
    spoil(engine, statement)
    found = faults(look_as)
    assert (found[0].clinic_id, found[0].reference, found[0].subject, found[0].what) == (
        "north", "north-0", subject, what,
    )  # fmt: skip
    assert {one.reference for one in found} == {"north-0"}


def test_a_fact_that_no_plan_followed_is_found(engine: Engine, look_as: DeskOf, treatments: list[int]) -> None:
    """A sample that somebody put into the table by hand, past every service."""
    with look_as("ada") as desk:
        stamp = desk.stamp()
    with writing(engine) as connection:
        add_fact(connection, tables.sample, 2, stamp=stamp, family="liver", taken_on=date(2024, 4, 20))
    found = faults(look_as)
    assert {one.reference for one in found} == {"north-1"}
    assert "settlement is open, should be done; settled_on is None, should be 2024-04-20" in {one.what for one in found}


def test_changed_settings_show_until_the_plans_are_made_anew(program: Program, treatments: list[int]) -> None:
    narrower = Rulebook({"north": {"thyroid": OwnSettings(before_days=3, after_days=3)}})
    other = Program(program.config, program.engine, program.clock, narrower)
    with other.reading("dora") as desk:
        found = list(verify(desk, list_treatment_ids(desk)))
    assert {one.reference for one in found} == {"north-0", "north-1", "north-2"}
    assert {one.subject.partition("/")[0] for one in found if "/" in one.subject} == {"thyroid"}


def test_rows_that_belong_to_nothing_are_found(engine: Engine, look_as: DeskOf, treatments: list[int]) -> None:
    spoil(engine, "INSERT INTO treatment (id, patient_id, clinic_id, revision, entered_at)"
                  " SELECT 99, patient_id, clinic_id, 0, entered_at FROM treatment WHERE id = 1")  # fmt: skip
    spoil(engine, "UPDATE \"check\" SET visit_id = (SELECT min(id) FROM visit WHERE treatment_id = 2)"
                  " WHERE treatment_id = 1 AND rule = 'liver' AND number = 4")  # fmt: skip
    with look_as("dora") as desk:
        assert list_unsound(desk) == ["treatment 99: no protocol", "check 1/liver/4: no visit of its own treatment"]


def test_each_person_verifies_the_clinics_of_hers(engine: Engine, look_as: DeskOf, treatments: list[int]) -> None:
    spoil(engine, "UPDATE \"check\" SET due_on = closes_on WHERE rule = 'liver' AND number = 4")
    assert {one.clinic_id for one in faults(look_as, "dora")} == {"north", "south"}
    assert {one.clinic_id for one in faults(look_as, "ada")} == {"north"}
    assert faults(look_as, "cy") == []
    with look_as("ada") as desk, pytest.raises(NotFound, match="no clinic 'south' among yours"):
        list_treatment_ids(desk, ["south"])


def test_treatments_are_looked_at_a_few_at_a_time(
    look_as: DeskOf, treatments: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "AT_ONCE", 3)
    heard: list[int] = []
    with look_as("dora") as desk:
        assert list(verify(desk, treatments, on_done=heard.append)) == []
    assert heard == [3, 1]
