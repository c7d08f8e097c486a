"""Infusions, enrolling, import, checklists and discharge in the browser: shown before they are saved."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from db import tables
from db.engine import reading
from monitor.bootstrap import Program
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion
from tests.web.staff.conftest import SignIn

COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
CSV = b"reference,clinic,protocol,infusion\nX-1,north,alemtuzumab-eu,2026-01-12\nX-2,north,alemtuzumab-eu,31.02.2026\n"


@pytest.fixture
def treatment(program: Program) -> int:
    with program.writing("ada") as desk:
        enrolment = Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1))
        return enrol(desk, enrolment)[0]


def rows_of(program: Program) -> dict[str, int]:
    with reading(program.engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
            if name not in {"read_log", "session"}
        }


def hidden(page: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    form = page[page.index('name="step"') - 5000 if page.index('name="step"') > 5000 else 0 :]
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


def test_a_preview_keeps_nothing_and_saving_needs_a_reason(sign_in: SignIn, program: Program, treatment: int) -> None:
    ada, before = sign_in("ada"), rows_of(program)
    there = f"/treatments/{treatment}/infusions"
    sent = {"what": "add", "first_on": "2026-11-02", "length": "1", "planned": "no", "revision": "1"}
    shown = ada.post(there, data=sent)
    assert shown.status_code == 200
    assert "checks are added" in shown.text or "checks move" in shown.text
    assert rows_of(program) == before
    again = ada.post(there, data=sent | {"step": "save"})
    assert again.status_code == 200
    assert "This is missing." in again.text
    assert rows_of(program) == before
    saved = ada.post(there, data=sent | {"step": "save", "reason": "second course", "confirmed": "yes"})
    assert saved.status_code == 303, saved.text
    assert "Infusion recorded" in ada.get(saved.headers["location"]).text


def test_somebody_who_was_slower_learns_who_was_faster(sign_in: SignIn, treatment: int) -> None:
    bea = sign_in("bea")
    noted = bea.post("/worklist/note", data={"treatment": treatment, "kind": "reached", "text": "comes on Monday"})
    assert noted.status_code == 303
    sent = {"what": "add", "first_on": "2026-11-02", "length": "1", "planned": "no", "revision": "1"}
    refused = sign_in("ada").post(f"/treatments/{treatment}/infusions", data=sent)
    assert refused.status_code == 409
    assert "In the meantime: Bea Example" in refused.text
    assert "reached" in refused.text
    assert "2026-11-02" in refused.text


def test_two_courses_are_enrolled_after_a_look_at_the_plan(sign_in: SignIn, program: Program) -> None:
    ada, before = sign_in("ada"), rows_of(program)
    sent = {
        "reference": "N-9", "clinic": "north", "protocol": "alemtuzumab-eu", "sex": "", "language": "de",
        "first_on-1": "2024-01-08", "length-1": "5", "planned-1": "no",
        "first_on-2": "2025-01-13", "length-2": "3", "planned-2": "no", "followed_here_from": "2026-11-01",
    }  # fmt: skip
    shown = ada.post("/patients/new", data=sent)
    assert shown.status_code == 200, shown.text
    assert "15 Jan 2029" in shown.text
    assert rows_of(program) == before
    saved = ada.post("/patients/new", data=hidden(shown.text) | {"step": "save"})
    assert saved.status_code == 303, saved.text
    assert "N-9" in ada.get(saved.headers["location"]).text


def test_all_that_is_wrong_with_an_enrolment_is_said_at_once(sign_in: SignIn, treatment: int) -> None:
    sent = {"reference": "N-1", "clinic": "west", "protocol": "nothing", "sex": "", "language": "", "born_on": "soon"}
    refused = sign_in("ada").post("/patients/new", data=sent)
    assert refused.status_code == 422
    for sentence in ("in the record already", "Choose one of those offered", "This is no day"):
        assert sentence in refused.text


def test_a_file_with_faults_is_reported_and_its_good_rows_are_taken_in(sign_in: SignIn, program: Program) -> None:
    ada, before = sign_in("ada"), rows_of(program)
    fields = {"clinic": "", "protocol": "", "date_format": ""}
    report = ada.post("/patients/import", data=fields, files={"file": ("list.csv", CSV, "text/csv")})
    assert report.status_code == 200, report.text
    assert "1 problem" in report.text
    assert "row 3" in report.text
    assert rows_of(program) == before
    content = html.unescape(report.text.split('name="content" value="')[1].split('"')[0])
    done = ada.post("/patients/import", data=fields | {"content": content, "name": "list.csv", "step": "good"})
    assert done.status_code == 200
    assert "1 patients added" in done.text
    assert "X-2" in done.text


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("photo.png", b"\x89PNG", "no table that can be read"),
    ("empty.csv", b" ", "empty"),
])  # fmt: skip
def test_a_file_that_is_no_list_gets_a_clear_answer(sign_in: SignIn, name: str, content: bytes, sentence: str) -> None:
    fields = {"clinic": "", "protocol": "", "date_format": ""}
    answer = sign_in("ada").post("/patients/import", data=fields, files={"file": (name, content, "text/csv")})
    assert answer.status_code in {200, 422}
    assert sentence in answer.text


def test_answers_of_a_checklist_are_kept_and_a_contraindication_is_shown(
    sign_in: SignIn, program: Program, treatment: int
) -> None:
    ada, there = sign_in("ada"), f"/treatments/{treatment}/checklists"
    page = ada.get(there).text
    question = re.findall(r'<fieldset class="question contraindication">.*?name="said-([^"]+)"', page, re.DOTALL)[0]
    owner = re.findall(
        rf'name="checklist" value="([^"]+)"(?:(?!name="checklist").)*?name="said-{question}"', page, re.DOTALL
    )[0]
    sent = {"checklist": owner, "course": "1", f"said-{question}": "yes", f"note-{question}": "see letter"}
    assert ada.post(there, data=sent).status_code == 303
    shown = ada.get(there).text
    assert "The clinician decides" in shown
    assert "see letter" in shown
    count = rows_of(program)["answer"]
    ada.post(there, data=sent)
    assert rows_of(program)["answer"] == count, "what is unchanged is not entered again"


def test_a_discharge_names_its_place_and_can_be_undone(sign_in: SignIn, treatment: int) -> None:
    dora, there = sign_in("dora"), f"/treatments/{treatment}/discharge"
    sent = {"kind": "transferred", "on": "2026-11-02", "reason": "moved house"}
    refused = dora.post(there, data=sent)
    assert refused.status_code == 422
    assert "moved house" in refused.text
    assert dora.post(there, data=sent | {"to": "Other Clinic (invented)"}).status_code == 303
    shown = dora.get(f"/treatments/{treatment}").text
    assert "transferred" in shown
    assert "Other Clinic (invented)" in shown
    assert dora.post(f"/treatments/{treatment}/readmit", data={"reason": "came back"}).status_code == 303
