"""The pages about a clinic: who sees which, what acts do and say, and that every act is kept with its reason."""

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from db import history_search, outbox, people, tables
from db.checks import list_checks, list_visits
from db.engine import reading, writing
from db.history_search import Wanted
from monitor.bootstrap import Program
from monitor.services import clinics
from monitor.services.accounts import choose_language
from monitor.services.addresses import issue_to_patient
from monitor.services.covering import add_cover, undo_cover
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.people import add_person
from monitor.services.recipients import Choices, add_recipient, list_recipients
from monitor.services.staffing import change_person
from monitor.services.suggesting import list_waiting
from monitor.services.verifying import list_treatment_ids, verify
from schedules.model import Infusion
from tests.web.staff.conftest import SignIn

DeskOf = Callable[[str], AbstractContextManager[Desk]]
EVERYBODY = ("/clinic", "/clinic/workload", "/clinic/adherence", "/clinic/workload.csv", "/clinic/adherence.csv")
ADMINS = (
    "/clinic/settings", "/clinic/settings/north", "/clinic/recipients", "/clinic/letters", "/clinic/jobs",
    "/clinic/feeds", "/clinic/history", "/clinic/history.csv",
)  # fmt: skip
SETTINGS = {
    "clinic_name": "North Clinic (invented)", "time_zone": "Europe/Berlin", "country": "DE", "subdivision": "",
    "working_weekday": ["0", "1", "2", "3", "4"], "clinic_reason": "Another contract.",
}  # fmt: skip
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _both_databases(kind: str) -> None:
    """Each test on both, unless it says otherwise."""


@pytest.fixture
def patient(desk_of: DeskOf) -> int:
    """One invented patient of the north."""
    course = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
    with desk_of("ada") as desk:
        return enrol(desk, Enrolment("north", "N-CLINIC-1", "alemtuzumab-eu", infusions=course))[0]


@pytest.fixture
def letter(desk_of: DeskOf, program: Program) -> int:
    """An escalation for Ada that was given up."""
    with desk_of("root-admin") as desk:
        add_recipient(desk, program.config, "ada", Choices("ada@hospital.example", "north"))
    with writing(program.engine) as connection:
        connection.execute(
            update(tables.letter).values(
                kind="escalation", state="dead", ended_at=program.clock.now(), attempts=3, fault="550 <no>"
            )
        )
        found = connection.execute(select(tables.letter.c.id)).scalar_one()
    return int(found)


@SQLITE
@pytest.mark.parametrize("login", ["ada", "dora", "cy", "root-admin"])
@pytest.mark.parametrize("address", [*EVERYBODY, *ADMINS])
def test_everybody_sees_the_figures_and_administrators_the_rest(sign_in: SignIn, login: str, address: str) -> None:
    answer = sign_in(login).get(address)
    assert answer.status_code == (200 if address in EVERYBODY or login == "root-admin" else 403)


@pytest.mark.parametrize("address", ["/clinic/workload?clinic=west", "/clinic/adherence?clinic=west"])
def test_another_clinic_is_as_unknown_as_none(sign_in: SignIn, address: str) -> None:
    ada = sign_in("ada")
    assert ada.get(address).status_code == 404
    assert "West Clinic" not in ada.get("/clinic").text


def test_settings_are_looked_at_before_they_are_kept(
    sign_in: SignIn, program: Program, patient: int, look_as: DeskOf
) -> None:
    root = sign_in("root-admin")
    wanted = {**SETTINGS, "working_weekday": ["0", "1"]}
    seen = root.post("/clinic/settings/north", data=wanted)
    assert seen.status_code == 200
    assert "visits get another suggested day" in seen.text
    with look_as("root-admin") as desk:
        assert clinics.get_clinic(desk, "north").working_weekdays is None
    kept = root.post("/clinic/settings/north", data={**wanted, "step": "save"})
    assert kept.status_code == 303
    said = root.get(kept.headers["location"])
    assert "Settings changed: north: Working days" in said.text
    with look_as("root-admin") as desk:
        assert clinics.get_clinic(desk, "north").working_weekdays == (0, 1)
        assert list_waiting(desk) == []  # they followed right after the answer
        assert list(verify(desk, list_treatment_ids(desk))) == []


def test_a_refused_setting_stands_in_the_form_as_it_was_typed(sign_in: SignIn) -> None:
    answer = sign_in("root-admin").post("/clinic/settings/north", data={**SETTINGS, "time_zone": "Europe/Berln"})
    assert answer.status_code == 422
    assert "“Europe/Berln” is not a time zone" in answer.text
    assert 'value="Another contract."' in answer.text
    none = sign_in("root-admin").post("/clinic/settings/north", data={**SETTINGS, "working_weekday": []})
    assert "Tick at least one day." in none.text


def test_whoever_was_slower_is_told(sign_in: SignIn) -> None:
    root = sign_in("root-admin")
    wanted = {**SETTINGS, "clinic_name": "North House", "step": "save", "mark": "of another day"}
    answer = root.post("/clinic/settings/north", data=wanted)
    assert answer.status_code == 409
    assert "Somebody else has changed this clinic meanwhile" in answer.text
    assert 'value="North House"' in answer.text


def test_a_closure_is_entered_and_taken_back(sign_in: SignIn, patient: int, look_as: DeskOf) -> None:
    root = sign_in("root-admin")
    days = {"closed_from": "2026-11-09", "closed_until": "2026-11-20", "closure_name": "Moving <house>"}
    seen = root.post("/clinic/settings/north/closures", data=days)
    assert "visit" in seen.text
    kept = root.post("/clinic/settings/north/closures", data={**days, "step": "save"})
    page = root.get(kept.headers["location"]).text
    assert "Moving &lt;house&gt;" in page
    again = root.post("/clinic/settings/north/closures", data={**days, "step": "save"})
    assert again.status_code == 409
    with look_as("root-admin") as desk:
        (closure,) = clinics.list_closures(desk, "north")
    assert root.get(f"/clinic/closures/{closure.id}").status_code == 200
    assert root.post(f"/clinic/closures/{closure.id}", data={"clinic_reason": " "}).status_code == 422
    assert root.post(f"/clinic/closures/{closure.id}", data={"clinic_reason": "Later."}).status_code == 303
    assert root.get(f"/clinic/closures/{closure.id}").status_code == 404
    with look_as("root-admin") as desk:
        assert list(verify(desk, list_treatment_ids(desk))) == []


def test_why_a_date_was_moved_names_the_closure(sign_in: SignIn, patient: int, look_as: DeskOf) -> None:
    with look_as("ada") as desk:
        visits = [one for own in list_visits(desk.connection, [patient]).values() for one in own]
        checks = list_checks(desk.connection, [patient])[patient]
    visit = next(one for one in visits if one.visit_on == one.due_on > date(2026, 11, 9))
    check = next(one for one in checks if one.visit_id == visit.id and one.due_on == visit.due_on)
    day = str(visit.due_on)
    closing = {"closed_from": day, "closed_until": day, "closure_name": "moving house", "step": "save"}
    assert sign_in("root-admin").post("/clinic/settings/north/closures", data=closing).status_code == 303
    ada, address = sign_in("ada"), f"/treatments/{patient}/checks/{check.rule}/{check.number}"
    assert re.search(r"because the clinic is closed on [^.]* \(moving house\)\.", ada.get(address).text)
    german = ada.get(address, headers={"accept-language": "de"}).text
    assert re.search(r"weil die Klinik am [^(]* geschlossen ist \(moving house\)\.", german)
    assert "Feiertag" not in german


def test_a_new_clinic(sign_in: SignIn, program: Program) -> None:
    root = sign_in("root-admin")
    wanted = {**SETTINGS, "clinic_id": "east", "clinic_name": "East Clinic (invented)", "subdivision": "by"}
    answer = root.post("/clinic/settings", data=wanted)
    assert answer.headers["location"] == "/clinic/settings/east"
    with reading(program.engine) as connection:
        added = people.find_clinic(connection, "east")
    assert added is not None
    assert (added.name, added.subdivision, added.working_weekdays) == ("East Clinic (invented)", "BY", None)
    assert root.post("/clinic/settings", data=wanted).status_code == 409


def test_a_letter_is_shown_as_it_was_sent_and_dealt_with(sign_in: SignIn, letter: int, program: Program) -> None:
    root = sign_in("root-admin")
    assert "550 &lt;no&gt;" in root.get("/clinic/letters?state=undelivered").text
    page = root.get(f"/clinic/letters/{letter}")
    assert "ada@hospital.example" in page.text
    with reading(program.engine) as connection:
        body = outbox.find_body(connection, letter)
    assert root.get(f"/clinic/letters/{letter}/message.eml").content == body
    assert root.post(f"/clinic/letters/{letter}/settle", data={"clinic_reason": " "}).status_code == 422
    settled = root.post(f"/clinic/letters/{letter}/settle", data={"clinic_reason": "Told her."})
    assert "Settled: letter" in root.get(settled.headers["location"]).text
    twice = root.post(f"/clinic/letters/{letter}/settle", data={"clinic_reason": "Told her."})
    assert "This letter was settled before." in twice.text
    sent = root.post(f"/clinic/letters/{letter}/send", data={"clinic_reason": "The server is back."})
    assert sent.status_code == 303
    with reading(program.engine) as connection:
        found = outbox.find_letter(connection, letter)
    assert found is not None
    assert (found.state.value, found.attempts) == ("planned", 0)


@SQLITE
def test_the_code_that_proves_who_reads_a_mailbox_is_shown_to_nobody_else(
    sign_in: SignIn, desk_of: DeskOf, program: Program
) -> None:
    with desk_of("root-admin") as desk:
        add_recipient(desk, program.config, "ada", Choices("ada@hospital.example", "north"))
    root = sign_in("root-admin")
    with reading(program.engine) as connection:
        text = (outbox.find_body(connection, 1) or b"").decode()
    code = text.split("Code: ")[1].split()[0]
    assert len(code) == 14
    assert code not in root.get("/clinic/letters/1").text
    assert root.get("/clinic/letters/1/message.eml").status_code == 422


def test_an_administrator_of_one_clinic_sees_no_letter_of_another(
    sign_in: SignIn, letter: int, program: Program
) -> None:
    with writing(program.engine) as connection:
        people.add_person(connection, login="wes", name="Wes Example", role="admin", clinic_ids=["west"])
    wes = sign_in("wes")
    assert "ada" not in wes.get("/clinic/letters").text.replace("Canada", "")
    for address in (f"/clinic/letters/{letter}", "/clinic/settings/north"):
        assert wes.get(address).status_code == 404


def test_recipients_are_added_changed_covered_and_leave(sign_in: SignIn, program: Program, look_as: DeskOf) -> None:
    root = sign_in("root-admin")
    wanted = {
        "digest_login": "ada", "digest_address": "ada@hospital.example", "home": "north", "digest_language": "en",
        "weekly": "yes",
    }  # fmt: skip
    assert root.post("/clinic/recipients", data={**wanted, "digest_address": "ada@"}).status_code == 422
    added = root.post("/clinic/recipients", data=wanted)
    assert "Added: ada: north" in root.get(added.headers["location"]).text
    with look_as("root-admin") as desk:
        (one,) = list_recipients(desk)
        person_id = one.recipient.person_id
    here = f"/clinic/recipients/{person_id}"
    assert root.post(f"{here}/code", data={"back": here}).status_code == 303
    assert root.post(here, data={**wanted, "digest_language": "de", "covered_clinic": "north"}).status_code == 303
    away = {"cover_from": "2026-11-09", "cover_until": "2026-11-13", "deputy": "", "clinic_reason": "Holiday."}
    assert root.post(f"{here}/cover", data=away).status_code == 303
    assert root.post(f"{here}/cover", data=away).status_code == 409
    page = root.get("/clinic/recipients").text
    assert "nobody stands in" in page
    cover_id = page.split("/clinic/covers/")[1].split('"')[0]
    assert root.get(f"/clinic/covers/{cover_id}").status_code == 200
    assert root.post(f"/clinic/covers/{cover_id}", data={"clinic_reason": "Ill; stays."}).status_code == 303
    assert root.get(f"/clinic/covers/{cover_id}").status_code == 404
    assert root.post(f"{here}/leave", data={"clinic_reason": " "}).status_code == 422
    assert root.post(f"{here}/leave", data={"clinic_reason": "Moved."}).status_code == 303
    assert root.get(here).status_code == 404
    with reading(program.engine) as connection:
        found = history_search.search(connection, Wanted(["north"]), most=20)
    assert {"recipient add", "recipient code", "recipient change", "cover add", "cover undo", "recipient leave"} <= {
        one.act for one in found
    }


def test_an_address_is_withdrawn_with_a_reason(sign_in: SignIn, patient: int, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        issued = issue_to_patient(desk, "N-CLINIC-1", label="own phone", consented=True)
    root = sign_in("root-admin")
    page = root.get("/clinic/feeds").text
    assert page.count("own phone") == 4  # two addresses, each with a button that names it
    assert not any(one.token in page for one in issued)
    address = f"/clinic/feeds/{issued[0].address.id}"
    assert "end with it" in root.get(address).text
    assert root.post(address, data={"clinic_reason": " "}).status_code == 422
    assert root.post(address, data={"clinic_reason": "Lost the phone."}).status_code == 303
    assert "own phone" not in root.get("/clinic/feeds").text
    assert "Lost the phone." in root.get("/clinic/feeds?ended=yes").text


def test_the_history_is_searched_page_by_page_and_as_a_file(sign_in: SignIn, patient: int, desk_of: DeskOf) -> None:
    for number in range(60):
        with desk_of("root-admin") as desk:
            clinics.close(
                desk, "north", from_on=date(2028, 1, 1) + timedelta(days=number),
                until_on=date(2028, 1, 1) + timedelta(days=number), name=f"Day {number} 100%",
            )  # fmt: skip
    root = sign_in("root-admin")
    first = root.get("/clinic/history?act=clinic+close")
    assert first.text.count("<tr id=") == 50
    older = first.text.split("before=")[1].split('"')[0]
    assert root.get(f"/clinic/history?act=clinic+close&before={older}").text.count("<tr id=") == 10
    found = root.get("/clinic/history?text=day+7+100%25")
    assert found.text.count("<tr id=") == 1
    assert root.get("/clinic/history?text=%25").text.count("<tr id=") == 50  # a sign like any other
    rows = list(csv.DictReader(io.StringIO(root.get("/clinic/history.csv?patient=N-CLINIC-1").text)))
    assert {row["patient"] for row in rows} == {"N-CLINIC-1"}
    assert root.get("/clinic/history?from=2026-11-03").text.count("<tr id=") == 0
    assert root.get("/clinic/history?until=2026-11-01").text.count("<tr id=") == 0
    assert root.get("/clinic/history?from=2026-11-02&until=2026-11-02&person=ada").text.count("<tr id=") == 1
    assert "This is no day." in root.get("/clinic/history?from=yesterday").text


def test_a_german_administrator_reads_the_history_in_german(sign_in: SignIn, program: Program, desk_of: DeskOf) -> None:
    """Each act is performed, so that what services write and what pages read cannot part."""
    with desk_of("root-admin") as desk:
        known = clinics.get_clinic(desk, "north")
        wanted = replace(known, name="Another (invented)", working_weekdays=(0, 1))
        clinics.change_clinic(desk, wanted, reason="so")
        clinics.close(desk, "north", from_on=date(2026, 12, 24), until_on=date(2026, 12, 31), name="Christmas; example")
        add_person(desk, login="eli", name="Eli Example", role="nurse", clinic_ids=["north"])
        change_person(desk, "eli", role="clinician", clinic_ids=["north", "south"])
        for login in ("ada", "bea"):
            add_recipient(desk, program.config, login, Choices(f"{login}@hospital.example", "north", is_weekly=True))
        cover = add_cover(desk, "ada", from_on=date(2026, 12, 1), until_on=date(2026, 12, 3)).cover
        undo_cover(desk, cover.id, reason="stays")
        choose_language(desk, "de")
    page = sign_in("root-admin").get("/clinic/history").text
    for said in (
        "north: Name, Arbeitstage", "north: 24.12. – 31.12.2026, Christmas; example", "eli: Pflege in north",
        "eli: Pflege in north → ärztlich in north, south", "ada: north; Heimatklinik north, en, Wochenübersicht",
        "ada: 01.12. – 03.12.2026, ohne Vertretung", "Schließung eingetragen (clinic close)",
    ):  # fmt: skip
        assert said in page, said


def test_reading_a_list_of_patients_is_in_the_access_log(
    sign_in: SignIn, program: Program, patient: int, desk_of: DeskOf
) -> None:
    with desk_of("ada") as desk:
        issue_to_patient(desk, "N-CLINIC-1", label="own phone", consented=True)
    root = sign_in("root-admin")
    for address in ("/clinic/history", "/clinic/feeds", "/clinic/history.csv", "/clinic", "/clinic/jobs"):
        root.get(address)
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.read_log.c.what, tables.read_log.c.patients)).all()
    assert [tuple(row) for row in rows] == [("history", 1), ("feeds", 1), ("history", 1)]


@SQLITE
def test_health_speaks_the_reader_s_language(sign_in: SignIn, letter: int) -> None:
    root = sign_in("root-admin")
    english = root.get("/clinic/jobs").text
    german = root.get("/clinic/jobs", headers={"accept-language": "de"}).text
    assert "No process runs the jobs" in english
    assert "1 letters were given up" in english
    assert "Kein Prozess erledigt die Aufgaben" in german
    assert "monitor letter" not in english + german
