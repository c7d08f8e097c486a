"""The patient's pages: what they show, what their forms do, and that another clinic's patient is nowhere."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from db import tables
from db.dossiers import Detail, Dossier, get_dossier
from db.engine import reading, writing
from db.people import add_person
from monitor.bootstrap import Program
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.recording import record_samples
from schedules.model import Infusion
from schedules.protocol import Sex
from tests.conftest import DeskOf
from tests.web.staff.conftest import SignIn

PLACES = (
    "", "/notes", "/away", "/preferences", "/nurse", "/extras", "/addresses", "/plan", "/slip", "/letter",
    "/checks/blood-count/12",
)  # fmt: skip
ACTS = {
    "/notes": {"note_kind": "reached"},
    "/away": {"away_from": "2026-12-14", "away_until": "2026-12-18"},
    "/away/take-back": {"away": "1"},
    "/preferences": {"weekday": "1"},
    "/nurse": {"nurse": "1"},
    "/extras": {"extra_rule": "thyroid", "extra_from": "2026-11-09", "extra_times": "1", "extra_unit": "week",
                "extra_reason": "invented", "extra_decided_by": "Dr. Dora Example"},
    "/addresses": {"address_kind": "page", "address_label": "own phone"},
    "/addresses/withdraw": {"address": "1", "address_reason": "lost"},
}  # fmt: skip


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    """N-12, counted from 7 November 2025: a year of monthly checks, of which the first six were done."""
    infusions = [Infusion(date(2025, 11, 3) + timedelta(days=offset)) for offset in range(5)]
    with desk_of("ada") as desk:
        found, _ = enrol(
            desk,
            Enrolment(
                "north", "N-12", "alemtuzumab-eu", detail=Detail("Ida Invented", date(1988, 3, 2), Sex.FEMALE, "de"),
                infusions=infusions,
            ),
        )  # fmt: skip
        for number in range(1, 7):
            day = date(2025 + (number + 10) // 12, (number + 10) % 12 + 1, 7)
            record_samples(desk, found, ["blood-count", "creatinine", "urinalysis", "liver"], taken_on=day)
    return found


def dossier(program: Program, treatment: int) -> Dossier:
    with reading(program.engine) as connection:
        return get_dossier(connection, treatment)


def words(text: str) -> str:
    """What a person reads of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("place", PLACES)
def test_every_page_of_a_patient_is_shown_and_stands_in_the_access_log(
    sign_in: SignIn, program: Program, treatment: int, place: str, language: str
) -> None:
    answer = sign_in("ada").get(f"/treatments/{treatment}{place}", headers={"accept-language": language})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "style=" not in answer.text
    assert "<script>" not in answer.text
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.read_log)).all()
    assert [(row.treatment_id, row.patients) for row in rows] == [(treatment, 1)]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_patient_of_another_clinic_is_nowhere(sign_in: SignIn, program: Program, treatment: int) -> None:
    cy, before = sign_in("cy"), dossier(program, treatment)
    for place in PLACES:
        answer = cy.get(f"/treatments/{treatment}{place}")
        assert answer.status_code == 404, place
        assert "N-12" not in answer.text
    for place, fields in ACTS.items():
        answer = cy.post(f"/treatments/{treatment}{place}", data=fields)
        assert answer.status_code == 404, place
        assert "N-12" not in answer.text
    found = cy.get("/patients?q=N-12&state=all").text
    assert "Nobody fits." in found
    assert f"/treatments/{treatment}" not in found
    assert dossier(program, treatment) == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_viewer_looks_and_changes_nothing(sign_in: SignIn, program: Program, treatment: int) -> None:
    with writing(program.engine) as connection:
        add_person(connection, login="vic", name="Vic Example", role="viewer", clinic_ids=["north"])
    vic, before = sign_in("vic"), dossier(program, treatment)
    chart = vic.get(f"/treatments/{treatment}")
    assert chart.status_code == 200
    assert 'action="/worklist/' not in chart.text
    for place, fields in ACTS.items():
        assert vic.post(f"/treatments/{treatment}{place}", data=fields).status_code == 403, place
    assert dossier(program, treatment) == before


def test_the_chart_says_who_it_is_what_presses_and_what_can_be_done(
    sign_in: SignIn, program: Program, treatment: int
) -> None:
    text = sign_in("ada").get(f"/treatments/{treatment}").text
    read = words(text)
    assert "N-12 · Ida Invented" in read
    assert "female · 38 years old · born 2 Mar 1988" in read
    assert "6 of 48 months done (Full blood count)" in read
    assert "ends on Wed 7 Nov 2029, 48 months after the last infusion given" in read
    assert "INVENTED approval, not for real use" in read
    assert "6 in a row" in read or "5 in a row" in read
    revision = dossier(program, treatment).revision
    for act, field in (("record", "taken_on"), ("book", "booked_on"), ("waive", "check")):
        form = re.search(rf'<form method="post" action="/worklist/{act}">.*?</form>', text, re.DOTALL)
        assert form, act
        for name in (f'name="{field}"', f'value="{treatment}"', f'value="{revision}"', 'name="back"'):
            assert name in form[0], (act, name)


def test_why_a_date_is_what_it_is_in_both_languages(sign_in: SignIn, treatment: int) -> None:
    ada = sign_in("ada")
    english = words(ada.get(f"/treatments/{treatment}/checks/blood-count/6").text)
    assert "Full blood count 6: why Thu 7 May 2026?" in english
    assert "Counted from 7 November 2025, the last infusion day of the first course: the 6th month after it." in english
    assert "Done on 7 May 2026. Entered by ada on 2 Nov 2026 09:00" in english
    assert "verified" in english
    assert "local policy" in english
    german = words(
        ada.get(f"/treatments/{treatment}/checks/thyroid/2", headers={"accept-language": "de"}).text
    )  # fmt: skip
    assert "Schilddrüsenwert 2: Warum Do 07.05.2026?" in german
    assert "Gezählt ab dem 7. November 2025" in german
    assert "überfällig" in german
    assert "Jetzt bearbeiten" in german


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_check_that_the_plan_lacks_is_no_page(sign_in: SignIn, treatment: int) -> None:
    for wanted in ("blood-count/99", "no-such/1"):
        assert sign_in("ada").get(f"/treatments/{treatment}/checks/{wanted}").status_code == 404


def test_days_away_are_noted_and_taken_back_and_only_the_suggestion_moves(
    sign_in: SignIn, program: Program, treatment: int
) -> None:
    ada = sign_in("ada")
    before = words(ada.get(f"/treatments/{treatment}/checks/blood-count/13").text)
    answer = ada.post(f"/treatments/{treatment}/away", data=ACTS["/away"] | {"away_from": "2026-12-07"})
    assert answer.status_code == 303
    moved = words(ada.get(f"/treatments/{treatment}/checks/blood-count/13").text)
    assert "because the patient cannot come on 7 December 2026" in moved
    assert "On time from 30 November 2026 to 14 December 2026" in before
    assert "On time from 30 November 2026 to 14 December 2026" in moved
    page = ada.get(f"/treatments/{treatment}/away").text
    away = re.search(r'name="away" value="(\d+)"', page)
    assert away
    assert ada.post(f"/treatments/{treatment}/away/take-back", data={"away": away[1]}).status_code == 303
    assert words(ada.get(f"/treatments/{treatment}/checks/blood-count/13").text).partition("History")[0] == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("from_on", "until_on", "told"),
    [
        ("2026-12-18", "2026-12-14", "The last day comes before the first."),
        ("2026-10-01", "2026-10-05", "These days have passed."),
        ("2026-12-14", "2028-12-14", "That is more than a year."),
        ("2026-12-14", "", "This is missing."),
    ],
)
def test_impossible_days_away_are_refused_and_what_was_typed_stays(
    sign_in: SignIn, program: Program, treatment: int, from_on: str, until_on: str, told: str
) -> None:
    fields = {"away_from": from_on, "away_until": until_on, "back": f"/treatments/{treatment}/away"}
    answer = sign_in("ada").post(f"/treatments/{treatment}/away", data=fields)
    assert answer.status_code == 422
    assert told in words(answer.text)
    assert f'value="{from_on}"' in answer.text
    assert dossier(program, treatment).away == ()


def test_a_note_an_extra_what_suits_and_the_nurse_are_kept(sign_in: SignIn, program: Program, treatment: int) -> None:
    ada = sign_in("ada")
    nurse = {"nurse": str(dossier(program, treatment).infusions[0][1].entered_by)}
    sent: dict[str, dict[str, Any]] = {
        "/notes": {"note_kind": "unreachable", "note_text": "twice, no answer"},
        "/extras": ACTS["/extras"] | {"extra_times": "3", "extra_every": "2"},
        "/preferences": {"weekday": ["1", "3"], "sampling_place": "Laboratory Example", "practitioner": "Dr. Example"},
        "/nurse": nurse,
    }
    for place, fields in sent.items():
        answer = ada.post(f"/treatments/{treatment}{place}", data=fields)
        assert answer.status_code == 303, place
        assert re.fullmatch(rf"/treatments/{treatment}\?did=\d+", answer.headers["location"]), place
    kept = dossier(program, treatment)
    assert [(one.kind, one.text) for one in kept.notes] == [("unreachable", "twice, no answer")]
    ((extra, entered),) = kept.extras
    assert (extra.times, str(extra.every), entered.decided_by) == (3, "2 weeks", "Dr. Dora Example")
    assert kept.preference.weekdays == (1, 3)
    read = words(ada.get(f"/treatments/{treatment}").text)
    for told in ("twice, no answer", "3 times every 2 weeks", "Tue, Thu", "Laboratory Example", "Ada Example"):
        assert told in read


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_whoever_was_slower_is_told_and_loses_nothing(sign_in: SignIn, program: Program, treatment: int) -> None:
    revision = str(dossier(program, treatment).revision)
    typed = {"note_kind": "note", "note_text": "what Bea typed", "revision": revision}
    assert (
        sign_in("ada").post(f"/treatments/{treatment}/notes", data={**typed, "note_text": "Ada's"}).status_code == 303
    )
    answer = sign_in("bea").post(f"/treatments/{treatment}/notes", data=typed)
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    assert "what Bea typed" in answer.text


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_extra_needs_a_reason_and_a_clinician(sign_in: SignIn, program: Program, treatment: int) -> None:
    fields = ACTS["/extras"] | {"extra_reason": "", "extra_decided_by": ""}
    answer = sign_in("ada").post(f"/treatments/{treatment}/extras", data=fields)
    assert answer.status_code == 422
    assert {"extra_reason", "extra_decided_by"} == set(re.findall(r'href="#(\w+)"', answer.text)) - {"content"}
    assert (
        sign_in("dora").post(f"/treatments/{treatment}/extras", data=fields | {"extra_reason": "x"}).status_code == 303
    )


def test_an_address_is_shown_once_and_can_be_withdrawn(sign_in: SignIn, program: Program, treatment: int) -> None:
    ada, here = sign_in("ada"), f"/treatments/{treatment}/addresses"
    refused = ada.post(here, data={"address_kind": "both", "address_label": "own phone"})
    assert refused.status_code == 422
    assert "A calendar needs the patient's consent." in words(refused.text)
    issued = ada.post(here, data={"address_kind": "both", "address_label": "own phone", "address_consent": "yes"})
    secrets = re.findall(r'<code class="secret">([^<]+)</code>', issued.text)
    assert [address.split("/")[3] for address in secrets] == ["p", "c"]
    assert issued.text.count('class="qr"') == 2
    assert ada.get(secrets[0].removeprefix("http://127.0.0.1:8000")).status_code == 200
    later = ada.get(here).text
    assert not any(secret in later for secret in secrets)
    (page, *_) = re.findall(r'name="address" value="(\d+)"', later)
    assert ada.post(f"{here}/withdraw", data={"address": page, "address_reason": "phone lost"}).status_code == 303
    assert ada.get(secrets[0].removeprefix("http://127.0.0.1:8000")).status_code != 200
    assert "phone lost" in ada.get(here).text


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_another_patient_s_address_cannot_be_withdrawn_here(sign_in: SignIn, desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        other, _ = enrol(desk, Enrolment("north", "N-13", "alemtuzumab-eu"))
    ada = sign_in("ada")
    ada.post(f"/treatments/{other}/addresses", data=ACTS["/addresses"])
    answer = ada.post(f"/treatments/{treatment}/addresses/withdraw", data=ACTS["/addresses/withdraw"])
    assert answer.status_code == 404
    assert "address-holds" not in answer.text
    assert ">holds<" in re.sub(r"<svg.*?</svg>", "", ada.get(f"/treatments/{other}/addresses").text, flags=re.DOTALL)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_papers_say_what_they_are_for(sign_in: SignIn, treatment: int) -> None:
    ada = sign_in("ada")
    slip = words(ada.get(f"/treatments/{treatment}/slip").text)
    for told in (
        "Laboratory request",
        "N-12",
        "2 Mar 1988",
        "57021-8",
        "urine",
        "Date, signature",
        "as soon as possible",
    ):
        assert told in slip
    later = words(ada.get(f"/treatments/{treatment}/slip?visit=2027-02-07").text)
    assert "from Sun 31 Jan 2027 to Sun 14 Feb 2027" in later
    letter = words(ada.get(f"/treatments/{treatment}/letter?language=de").text)
    for told in ("Überwachung nach Behandlung: N-12, Ida Invented", "mindestens bis zum 07.11.2029", "jeden Monat",
                 "Zurzeit überfällig:", "Das Protokoll verlangt"):  # fmt: skip
        assert told in letter
    plan = ada.get(f"/treatments/{treatment}/plan").text
    assert '<html lang="de">' in plan  # the patient's language
    assert "/p/" not in plan
    assert "Alemtuzumab" not in plan  # a sheet on the fridge is read by guests


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_list_finds_and_links_to_the_chart(sign_in: SignIn, program: Program, treatment: int) -> None:
    ada = sign_in("ada")
    found = ada.get("/patients?q=invented")
    assert f'href="/treatments/{treatment}"' in found.text
    assert "overdue" in words(found.text)
    assert "Nobody fits." in ada.get("/patients?q=nobody").text
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.read_log).order_by(tables.read_log.c.id)).all()
    assert [(row.what, row.patients) for row in rows] == [("patients", 1), ("patients", 0)]
