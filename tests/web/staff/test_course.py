"""The course of a treatment by the browser: looked at first, then saved as it was looked at, by whoever may."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from db import tables
from db.dossiers import Detail, Dossier, get_dossier
from db.engine import reading
from db.history import list_deeds
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.recording import record_samples
from schedules.model import Infusion
from tests.web.staff.conftest import SignIn


@pytest.fixture(autouse=True)
def _both_databases(kind: str) -> None:
    """Each test on both."""


@pytest.fixture
def treatment(program: Program) -> int:
    """Course 1 in October 2025; course 2 planned, its first day passed."""
    given = [Infusion(date(2025, 10, 20) + timedelta(days=offset)) for offset in range(5)]
    planned = [Infusion(date(2026, 11, day), planned=True) for day in (1, 3)]
    with program.writing("ada") as desk:
        enrolment = Enrolment(
            "north", "N-1", "alemtuzumab-eu", detail=Detail("Invented Person", date(1990, 5, 17)),
            infusions=(*given, *planned), followed_here_from=date(2026, 6, 1),
        )  # fmt: skip
        return enrol(desk, enrolment)[0]


def hidden(answer: Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, f"no field {name}"
    return unescape(found[1])


def look_and_save(client: TestClient, address: str, fields: Mapping[str, Any], **more: Any) -> Response:
    """As a person does it: look at the preview, then press save."""
    seen = client.post(address, data={**fields, "step": "look"})
    assert seen.status_code == 200, seen.text
    sent = {**fields, "step": "save", "looked": hidden(seen, "looked"), "revision": hidden(seen, "revision"), **more}
    return client.post(address, data=sent)


def dossier_of(program: Program, treatment: int) -> Dossier:
    with reading(program.engine) as connection:
        return get_dossier(connection, treatment)


def count_rows(program: Program) -> dict[str, int]:
    """Every table but the access log, which is written on purpose."""
    with reading(program.engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
            if name not in {"read_log", "session"}
        }


ACTS = {
    "add": {"first_on": "2026-10-12", "days": "1", "standing": "given", "course": ""},
    "confirm": {"day": "2026-11-01"},
    "correct": {"day": "2025-10-24", "to_on": "2025-10-25", "standing": "same"},
    "withdraw": {"day": "2026-11-03"},
}


@pytest.mark.parametrize("what", ACTS)
def test_a_preview_writes_nothing_and_saving_does_what_it_showed(
    sign_in: SignIn, program: Program, clock: FixedClock, treatment: int, what: str
) -> None:
    clock.advance(timedelta(minutes=1))
    ada, address = sign_in("ada"), f"/treatments/{treatment}/infusions/{what}"
    before, days = count_rows(program), dossier_of(program, treatment).given_and_planned
    seen = ada.post(address, data={**ACTS[what], "step": "look"})
    assert "What this changes" in seen.text
    assert "Nothing is saved yet" in seen.text
    assert count_rows(program) == before
    saved = look_and_save(ada, address, ACTS[what], reason="as it was", confirm="yes")
    assert saved.status_code == 303, saved.text
    assert saved.headers["location"].startswith(f"/treatments/{treatment}/infusions?did=")
    assert dossier_of(program, treatment).given_and_planned != days
    assert "What was changed" in ada.get(saved.headers["location"]).text


def test_the_list_tells_what_was_given_what_is_planned_and_what_asks_to_be_confirmed(
    sign_in: SignIn, treatment: int
) -> None:
    text = sign_in("ada").get(f"/treatments/{treatment}/infusions").text
    assert text.count("planned, not confirmed") == 1
    assert "5 of 5 infusion days given" in text
    assert "Wed 24 Oct 2029" in text


def test_losses_are_named_and_need_a_confirmation_of_their_own(
    sign_in: SignIn, program: Program, treatment: int
) -> None:
    ada, address = sign_in("ada"), f"/treatments/{treatment}/infusions/withdraw"
    fields = {"day": ["2026-11-01", "2026-11-03"]}
    refused = look_and_save(ada, address, fields, reason="put off")
    assert refused.status_code == 422
    assert "would go or be postponed" in refused.text
    assert "put off" in refused.text
    assert len(dossier_of(program, treatment).given_and_planned) == 7
    assert look_and_save(ada, address, fields, reason="put off", confirm="yes").status_code == 303
    with reading(program.engine) as connection:
        deed = list_deeds(connection, treatment)[-1]
    assert deed.details is not None
    assert "ecg/2" in {one["check"] for one in deed.details["losses"]}


def test_a_reason_is_asked_for(sign_in: SignIn, program: Program, treatment: int) -> None:
    answer = look_and_save(sign_in("ada"), f"/treatments/{treatment}/infusions/correct", ACTS["correct"], confirm="yes")
    assert answer.status_code == 422
    assert 'id="reason-trouble"' in answer.text
    assert dossier_of(program, treatment).revision == 1


def test_what_was_not_looked_at_is_not_saved(sign_in: SignIn, program: Program, treatment: int) -> None:
    """Whoever changes the day after looking gets the preview of that day first."""
    ada, address = sign_in("ada"), f"/treatments/{treatment}/infusions/correct"
    seen = ada.post(address, data={**ACTS["correct"], "step": "look"})
    sent = {**ACTS["correct"], "to_on": "2025-10-27", "step": "save", "reason": "a slip", "confirm": "yes"}
    answer = ada.post(address, data={**sent, "looked": hidden(seen, "looked"), "revision": "1"})
    assert answer.status_code == 200
    assert "Please look at this first" in answer.text
    assert "a slip" in answer.text
    assert dossier_of(program, treatment).revision == 1


def test_whoever_is_slower_keeps_what_was_typed_and_sees_the_preview_as_it_is_now(
    sign_in: SignIn, program: Program, treatment: int
) -> None:
    ada, address = sign_in("ada"), f"/treatments/{treatment}/infusions/correct"
    seen = ada.post(address, data={**ACTS["correct"], "step": "look"})
    with program.writing("bea") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 26))
    sent = {**ACTS["correct"], "step": "save", "reason": "a slip of the pen", "looked": hidden(seen, "looked")}
    refused = ada.post(address, data={**sent, "revision": "1", "confirm": "yes"})
    assert refused.status_code == 409
    assert re.search(r"bea\b[^:<]*: ", refused.text, re.IGNORECASE)
    assert "a slip of the pen" in refused.text
    assert 'value="2025-10-25"' in refused.text
    assert "What this changes" in refused.text
    again = ada.post(address, data={**sent, "revision": hidden(refused, "revision"), "confirm": "yes",
                                    "looked": hidden(refused, "looked")})  # fmt: skip
    assert again.status_code == 303


@pytest.mark.parametrize(("what", "fields", "sentence"), [
    ("add", {"first_on": "2026-12-01", "days": "2", "standing": "given"}, "cannot have been given"),
    ("add", {"first_on": "2025-10-20", "days": "1", "standing": "given"}, "The record has this day already"),
    ("add", {"first_on": "1980-01-01", "days": "1", "standing": "given"}, "before the birth date"),
    ("add", {"first_on": "soon", "days": "0", "standing": "perhaps"}, "This is no day"),
    ("correct", {"day": "2025-10-24", "to_on": "2025-10-24", "standing": "same"}, "stands in the record already"),
    ("correct", {"to_on": "2025-10-25", "standing": "same"}, "Tick at least one day"),
    ("withdraw", {"day": "2024-01-01"}, "no infusion on"),
])  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_saved(
    sign_in: SignIn, program: Program, treatment: int, what: str, fields: dict[str, str], sentence: str
) -> None:
    answer = sign_in("ada").post(f"/treatments/{treatment}/infusions/{what}", data={**fields, "step": "look"})
    assert answer.status_code in {404, 422}
    assert sentence in answer.text or answer.status_code == 404
    assert dossier_of(program, treatment).revision == 1


def test_a_telephone_number_is_saved_at_once_and_a_sex_that_changes_checks_is_looked_at_first(
    sign_in: SignIn, program: Program, treatment: int
) -> None:
    ada, address = sign_in("ada"), f"/treatments/{treatment}/details"
    known = {"name": "Invented Person", "birth_date": "1990-05-17", "sex": "", "language": "", "contact": "030 12345"}
    saved = ada.post(address, data={**known, "step": "save", "revision": "1", "reason": "told us"})
    assert saved.status_code == 303
    male = {**known, "sex": "male", "step": "save", "revision": "2", "reason": "asked"}
    first = ada.post(address, data=male)
    assert first.status_code == 200
    assert "Pregnancy test" in first.text
    second = ada.post(address, data={**male, "looked": hidden(first, "looked"), "confirm": "yes"})
    assert second.status_code == 303
    assert dossier_of(program, treatment).detail.sex == "male"
    assert dossier_of(program, treatment).detail.contact == "030 12345"


def test_a_transfer_names_its_place_and_its_clinician_and_can_be_taken_back(
    sign_in: SignIn, program: Program, treatment: int
) -> None:
    ada, address = sign_in("ada"), f"/treatments/{treatment}/discharge"
    fields = {"gone": "transferred", "left_on": "2026-11-02", "place": "", "decision_by": ""}
    refused = ada.post(address, data={**fields, "step": "look"})
    assert refused.status_code == 422
    assert {"place-trouble", "decision_by-trouble"} <= set(re.findall(r'id="([\w-]+-trouble)"', refused.text))
    whole = {**fields, "place": "Other Clinic (invented)", "decision_by": "Dr. Dora Example"}
    assert look_and_save(ada, address, whole, reason="moved to another town").status_code == 303
    gone = dossier_of(program, treatment).departure
    assert gone is not None
    assert (gone.kind, gone.transferred_to, gone.entered.decided_by) == (
        "transferred", "Other Clinic (invented)", "Dr. Dora Example",
    )  # fmt: skip
    assert "Monitoring here ended" in ada.get(address).text
    back = f"/treatments/{treatment}/readmit"
    assert "discharged → open" in ada.get(back).text
    assert look_and_save(ada, back, {}, reason="came back").status_code == 303
    assert dossier_of(program, treatment).departure is None


def test_answers_of_a_checklist_are_kept_and_contraindications_stand_out(sign_in: SignIn, treatment: int) -> None:
    ada, address = sign_in("ada"), f"/treatments/{treatment}/checklists"
    page = ada.get(f"{address}?course=1").text
    assert "needs check" in page
    assert "The clinician decides" not in page
    sent = {"course": "1", "revision": "1", "before-treatment/stroke": "yes",
            "before-treatment/note/stroke": "2011, see letter"}  # fmt: skip
    saved = ada.post(address, data=sent)
    assert saved.status_code == 303
    page = ada.get(f"{address}?course=1").text
    assert "The clinician decides" in page
    assert page.count("2011, see letter") >= 2
    alone = ada.post(address, data={"course": "1", "revision": "2", "before-treatment/note/angina": "who knows"})
    assert alone.status_code == 422
    assert 'value="who knows"' in alone.text


PLACES = ("infusions", "infusions/add", "infusions/confirm", "infusions/correct", "infusions/withdraw", "checklists",
          "details", "discharge", "readmit")  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_another_clinics_patient_does_not_exist(sign_in: SignIn, program: Program, treatment: int, place: str) -> None:
    cy, address = sign_in("cy"), f"/treatments/{treatment}/{place}"
    for answer in (cy.get(address), cy.post(address, data={"step": "save", "course": "1", "day": "2026-11-01"})):
        assert answer.status_code in {404, 405}
        assert "N-1" not in answer.text
    assert dossier_of(program, treatment).revision == 1


@pytest.mark.parametrize("place", PLACES)
def test_every_page_in_german_is_german_and_stands_in_the_access_log(
    sign_in: SignIn, program: Program, treatment: int, place: str
) -> None:
    ada = sign_in("ada")
    answer = ada.get(f"/treatments/{treatment}/{place}", headers={"accept-language": "de"})
    assert answer.status_code == 200
    assert '<html lang="de">' in answer.text
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.read_log)).all()
    assert {row.treatment_id for row in rows} == {treatment}
