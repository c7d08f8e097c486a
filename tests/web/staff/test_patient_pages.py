"""The patient's pages: found by name, seen only in one's own clinics, and every sheet and date explained."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from db import tables
from db.dossiers import Detail
from db.engine import reading
from monitor.bootstrap import Program
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion
from tests.web.staff.conftest import SignIn

COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))


@pytest.fixture
def treatment(program: Program) -> int:
    detail = Detail("Müller Invented", date(1986, 3, 2), language="de")
    with program.writing("ada") as desk:
        return enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", detail=detail, infusions=COURSE))[0]


PAPER = ("", "/slip", "/plan", "/letter", "/checks/blood-count/5")


@pytest.mark.parametrize("page", PAPER)
def test_a_page_is_for_the_clinic_alone_and_each_reading_is_noted(
    sign_in: SignIn, program: Program, treatment: int, page: str
) -> None:
    address = f"/treatments/{treatment}{page}"
    own, other = sign_in("ada").get(address), sign_in("cy").get(address)
    assert (own.status_code, other.status_code) == (200, 404)
    assert "N-1" in own.text
    assert "N-1" not in other.text
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.read_log.c.treatment_id)).scalars().all()
    assert rows == [treatment]


def test_a_patient_is_found_by_name_without_accents_and_by_nobody_elsewhere(sign_in: SignIn, treatment: int) -> None:
    assert f"/treatments/{treatment}" in sign_in("ada").get("/patients?q=muller").text
    assert f"/treatments/{treatment}" not in sign_in("ada").get("/patients?q=miller").text
    assert "N-1" not in sign_in("cy").get("/patients?q=muller").text


def test_every_check_of_the_plan_stands_once_in_the_timeline(sign_in: SignIn, program: Program, treatment: int) -> None:
    page = sign_in("ada").get(f"/treatments/{treatment}").text
    drawn = re.findall(rf'<a href="/treatments/{treatment}/checks/([a-z0-9-]+)/(\d+)" tabindex', page)
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.check.c.rule, tables.check.c.number)).all()
    assert sorted(drawn) == sorted((row.rule, str(row.number)) for row in rows)


def test_an_extra_needs_a_clinician_and_keeps_what_was_typed(sign_in: SignIn, treatment: int) -> None:
    ada = sign_in("ada")
    sent = {
        "rule": "blood-count",
        "starts_on": "2026-11-09",
        "every": "1 week",
        "times": "4",
        "reason": "falling platelets",
    }
    refused = ada.post(f"/treatments/{treatment}/extras", data=sent)
    assert refused.status_code == 422
    assert "falling platelets" in refused.text
    done = ada.post(f"/treatments/{treatment}/extras", data=sent | {"decided_by": "Dr. Dora Example"})
    assert done.status_code == 303
    shown = ada.get(done.headers["location"].partition("#")[0]).text
    assert "Ordered" in shown
    assert "Undo" in shown


def test_days_away_move_the_suggested_day_and_nothing_else(sign_in: SignIn, program: Program, treatment: int) -> None:
    def days() -> list[tuple[date, date, date, date]]:
        with reading(program.engine) as connection:
            visit = tables.visit
            rows = connection.execute(select(visit.c.due_on, visit.c.opens_on, visit.c.closes_on, visit.c.visit_on))
            return sorted(tuple(row) for row in rows)

    before = days()
    sent = {"from_on": "2027-01-10", "until_on": "2027-01-18"}
    assert sign_in("ada").post(f"/treatments/{treatment}/away", data=sent).status_code == 303
    after = days()
    assert [one[:3] for one in after] == [one[:3] for one in before]
    moved = [(old[3], new[3]) for old, new in zip(before, after, strict=True) if old != new]
    assert moved
    assert not any(date(2027, 1, 10) <= new <= date(2027, 1, 18) for _, new in moved)


def test_a_preference_stands_on_the_letter(sign_in: SignIn, treatment: int) -> None:
    ada = sign_in("ada")
    sent = {
        "sampling_place": "Corner laboratory",
        "weekday": ["1", "3"],
        "practitioner": "Dr. Gp Example\r\nInvented Street 1",
    }
    assert ada.post(f"/treatments/{treatment}/preferences", data=sent).status_code == 303
    assert "Invented Street 1" in ada.get(f"/treatments/{treatment}/letter").text
    assert "Tuesday, Thursday" in ada.get(f"/treatments/{treatment}").text


def test_the_sheet_for_the_patient_speaks_the_patients_language(sign_in: SignIn, treatment: int) -> None:
    assert "Meine Nachsorge-Termine" in sign_in("ada").get(f"/treatments/{treatment}/plan").text


def test_an_address_is_shown_once(sign_in: SignIn, treatment: int) -> None:
    ada = sign_in("ada")
    refused = ada.post(f"/treatments/{treatment}/addresses", data={"label": "own phone"})
    assert refused.status_code == 422
    made = ada.post(f"/treatments/{treatment}/addresses", data={"label": "own phone", "consent": "yes"})
    assert made.status_code == 200
    (page,) = re.findall(r"http://127\.0\.0\.1:8000(/p/[A-Za-z0-9_-]{43}/)", made.text)
    assert ada.get(page).status_code == 200
    assert page not in ada.get(f"/treatments/{treatment}").text
