"""Enrolling and importing by the browser: everything that is wrong at once, and nothing saved before it was seen."""

import re
from html import unescape
from io import BytesIO

import pytest
from httpx2 import Response
from openpyxl import Workbook
from sqlalchemy import func, select
from starlette.testclient import TestClient

from db import tables
from db.engine import reading
from db.patients import find_patient
from monitor.bootstrap import Program
from monitor.services.enrolling import Enrolment, enrol
from monitor.web.staff.uploads import LARGEST
from tests.web.staff.conftest import SignIn


@pytest.fixture(autouse=True)
def _both_databases(kind: str) -> None:
    """Each test on both."""


ENROLMENT = {
    "clinic": "north", "reference": "N-77", "name": "", "birth_date": "1990-05-17", "sex": "female", "language": "de",
    "contact": "", "protocol": "alemtuzumab-eu", "courses": "2", "first_on_1": "2026-01-12", "days_1": "5",
    "standing_1": "by-day", "first_on_2": "2027-01-18", "days_2": "3", "standing_2": "by-day",
    "followed_here_from": "2026-09-01",
}  # fmt: skip
GOOD = b"reference,clinic,protocol,infusion\nX-1,north,alemtuzumab-eu,2026-01-12..2026-01-16\n"
FAULTY = GOOD + b"X-2,north,alemtuzumab-eu,31.02.2026\nX-3,west,alemtuzumab-eu,2026-02-02\n"


def hidden(answer: Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, f"no field {name}"
    return unescape(found[1])


def count_rows(program: Program) -> dict[str, int]:
    with reading(program.engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
            if name not in {"read_log", "session"}
        }


def is_known(program: Program, reference: str) -> bool:
    with reading(program.engine) as connection:
        return find_patient(connection, reference) is not None


def test_a_patient_is_enrolled_with_two_courses_after_the_plan_was_seen(sign_in: SignIn, program: Program) -> None:
    ada, before = sign_in("ada"), count_rows(program)
    seen = ada.post("/patients/new", data={**ENROLMENT, "step": "look"})
    assert seen.status_code == 200, seen.text
    for told in ("0 given, 3 planned", "5 given, 0 planned", "before record", "Wed 16 Jan 2030", "Blood count"):
        assert told.lower() in seen.text.lower(), told
    assert count_rows(program) == before
    saved = ada.post("/patients/new", data={**ENROLMENT, "step": "save", "looked": hidden(seen, "looked")})
    assert saved.status_code == 303
    assert re.fullmatch(r"/treatments/\d+\?did=\d+", saved.headers["location"])
    assert is_known(program, "N-77")


def test_a_form_that_was_changed_after_looking_is_shown_again(sign_in: SignIn, program: Program) -> None:
    ada = sign_in("ada")
    seen = ada.post("/patients/new", data={**ENROLMENT, "step": "look"})
    changed = {**ENROLMENT, "first_on_1": "2026-01-13", "step": "save", "looked": hidden(seen, "looked")}
    assert "Please look at this first" in ada.post("/patients/new", data=changed).text
    assert not is_known(program, "N-77")


def test_one_more_course_keeps_what_was_typed(sign_in: SignIn) -> None:
    answer = sign_in("ada").post("/patients/new", data={**ENROLMENT, "step": "more"})
    assert 'name="first_on_3"' in answer.text
    assert 'value="N-77"' in answer.text
    assert 'value="2027-01-18"' in answer.text


def test_everything_that_is_wrong_is_said_at_its_field(sign_in: SignIn, program: Program) -> None:
    with program.writing("ada") as desk:
        known, _ = enrol(desk, Enrolment("north", "N-77", "alemtuzumab-eu"))
    wrong = {
        **ENROLMENT, "protocol": "nothing", "birth_date": "2027-01-01", "standing_2": "given", "days_1": "0",
        "followed_here_from": "soon",
    }  # fmt: skip
    answer = sign_in("ada").post("/patients/new", data={**wrong, "step": "look"})
    assert answer.status_code == 422
    assert set(re.findall(r'id="([\w-]+)-trouble"', answer.text)) == {
        "reference", "protocol", "birth_date", "first_on_2", "days_1", "followed_here_from",
    }  # fmt: skip
    assert f'href="/treatments/{known}"' in answer.text


def test_nobody_enrols_into_a_clinic_that_is_not_theirs(sign_in: SignIn, program: Program) -> None:
    answer = sign_in("ada").post("/patients/new", data={**ENROLMENT, "clinic": "west", "step": "look"})
    assert answer.status_code == 422
    assert "West Clinic" not in answer.text
    assert not is_known(program, "N-77")


def send(client: TestClient, content: bytes, name: str = "list.csv", **fields: str) -> Response:
    sent = {"step": "report", "purpose": "import", "clinic": "", "protocol": "", "date_format": "", **fields}
    return client.post("/patients/import", data=sent, files={"file": (name, content, "text/csv")})


def accept(client: TestClient, report: Response, choice: str, **fields: str) -> Response:
    names = ("clinic", "protocol", "date_format", "looked", "file_name", "content")
    sent = {name: hidden(report, name) for name in names}
    return client.post("/patients/import", data={**sent, "step": "save", "choice": choice, "reason": "", **fields})


def test_a_report_saves_nothing_and_the_good_rows_are_saved_from_the_very_same_bytes(
    sign_in: SignIn, program: Program
) -> None:
    ada, before = sign_in("ada"), count_rows(program)
    report = send(ada, FAULTY)
    assert report.status_code == 200, report.text
    assert count_rows(program) == before
    assert report.text.count("<tr><td") == 2
    assert "Save the one patient without a problem" in report.text
    saved = accept(ada, report, "good")
    assert "The list was taken in" in saved.text
    assert [is_known(program, one) for one in ("X-1", "X-2", "X-3")] == [True, False, False]
    again = send(ada, FAULTY)
    assert "The same file was imported on" in again.text
    assert "There is nothing in it that could be saved" in again.text


def test_a_file_without_faults_is_saved_whole_also_from_a_workbook(sign_in: SignIn, program: Program) -> None:
    book, file = Workbook(), BytesIO()
    for row in ("reference", "clinic", "protocol", "infusion"), ("X-9", "north", "alemtuzumab-eu", "2026-01-12"):
        book.worksheets[0].append(row)
    book.save(file)
    ada = sign_in("ada")
    saved = accept(ada, send(ada, file.getvalue(), "list.xlsx"), "all")
    assert "The list was taken in" in saved.text
    assert is_known(program, "X-9")


def test_a_report_that_does_not_hold_any_more_is_shown_anew_and_nothing_is_saved(
    sign_in: SignIn, program: Program
) -> None:
    ada = sign_in("ada")
    report = send(ada, GOOD + b"X-5,north,alemtuzumab-eu,2026-01-12\n")
    with program.writing("bea") as desk:
        enrol(desk, Enrolment("north", "X-1", "alemtuzumab-eu"))
    answer = accept(ada, report, "all")
    assert answer.status_code == 409
    assert "The record has changed since the report" in answer.text
    assert not is_known(program, "X-5")
    assert "The list was taken in" in accept(ada, answer, "all").text
    assert is_known(program, "X-5")


def test_losses_by_an_import_need_a_confirmation_of_their_own(sign_in: SignIn, program: Program) -> None:
    ada = sign_in("ada")
    accept(ada, send(ada, GOOD.replace(b"16\n", b"16\nX-8,north,alemtuzumab-eu,2025-10-20..2025-10-23\n")), "all")
    sample = b"reference,test,day\nX-8,blood-count,2026-10-30\n"
    later = b"reference,clinic,protocol,infusion\nX-8,north,alemtuzumab-eu,2025-10-25\n"
    assert "The list was taken in" in accept(ada, send(ada, sample), "all").text
    report = send(ada, later)
    assert "would go or be postponed" in report.text
    refused = accept(ada, report, "all")
    assert refused.status_code == 409
    assert "Tick that these checks may go" in refused.text
    assert "The list was taken in" in accept(ada, refused, "all", losses="yes").text


@pytest.mark.parametrize(("name", "content", "told"), [
    ("list.pdf", b"%PDF", "is no table"),
    ("list.csv", b"", "is empty"),
    ("list.csv", b"\xff\xfe\x00a", "neither a CSV file nor an Excel workbook"),
    ("list.xlsx", b"PK\x03\x04 cut off", "not an Excel workbook that can be read"),
    ("list.csv", b"one,two\n1,2\n", "The column"),
    ("list.csv", b"a" * (LARGEST + 1), "is larger than 4 MB"),
])  # fmt: skip
def test_a_file_that_is_no_list_is_refused_in_friendly_words(
    sign_in: SignIn, name: str, content: bytes, told: str
) -> None:
    answer = send(sign_in("ada"), content, name)
    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.parametrize("content", ["", "not base64!", "AAAA", "eJwLAAAAAAE="])
def test_a_file_that_does_not_come_back_whole_is_refused(sign_in: SignIn, content: str) -> None:
    sent = {"step": "save", "choice": "all", "date_format": "", "file_name": "list.csv", "content": content}
    answer = sign_in("ada").post("/patients/import", data=sent)
    assert answer.status_code == 422
    assert "did not come back whole" in answer.text


def test_a_pharmacys_list_is_laid_beside_the_record_and_changes_nothing(sign_in: SignIn, program: Program) -> None:
    with program.writing("ada") as desk:
        enrol(desk, Enrolment("north", "X-1", "alemtuzumab-eu"))
    before = count_rows(program)
    answer = send(sign_in("ada"), GOOD, purpose="compare")
    assert "infusion there that is later than any here" in answer.text
    assert count_rows(program) == before
