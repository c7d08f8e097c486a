"""The worklist over HTTP, on both databases: what it shows, what each act keeps, what it refuses and keeps typed."""

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from db import caring, people, tables
from db.dossiers import Detail, get_dossier
from db.engine import reading, writing
from db.facts import add_fact
from db.history import list_deeds
from db.worklists import list_pressing
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.booking import note_contact
from monitor.services.caring import name_nurse
from monitor.services.deciding import order_extra
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol, get_own_treatment
from monitor.services.recording import record_samples
from monitor.web.staff import worklist_pages
from schedules.model import Infusion
from tests.web.staff.conftest import SignIn

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
"""Counted from 16 January 2026: blood counts are due on the 16th, #9 on 16 October (open from the 9th to the 23rd)."""
VISIT = ["blood-count", "creatinine", "liver", "urinalysis"]


def follow(desk: Desk, reference: str, clinic: str = "north", name: str | None = None) -> int:
    """Taken over on 9 October: #9 of the monthly tests is overdue since 24 October."""
    return enrol(
        desk,
        Enrolment(
            clinic, reference, "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 9),
            detail=Detail(name=name),
        ),
    )[0]  # fmt: skip


@pytest.fixture
def first(desk_of: DeskOf) -> int:
    with desk_of("ada") as desk:
        return follow(desk, "N-1", name="Zoë Müller-Invented")


@pytest.fixture
def second(desk_of: DeskOf) -> int:
    with desk_of("ada") as desk:
        return follow(desk, "N-2")


def lines_of(page: str, reference: str) -> str:
    """The rows of one patient."""
    return next((one for one in page.split("<tbody")[1:] if f">{reference}</a>" in one.split("</tbody>")[0]), "")


def revision(program: Program, treatment: int) -> str:
    with reading(program.engine) as connection:
        return str(get_dossier(connection, treatment).revision)


def did(address: str) -> str:
    found = re.search(r"did=([\d%C,]+)", address)
    assert found, address
    return found[1].replace("%2C", ",")


# --- What it shows --------------------------------------------------------------------------------------


def test_a_patient_stands_there_with_name_state_clock_and_what_to_do(sign_in: SignIn, first: int) -> None:
    page = sign_in("ada").get("/worklist").text
    own = lines_of(page, "N-1")
    assert f'href="/treatments/{first}"' in own
    for said in ("Zoë Müller-Invented", "overdue", "10 days", "Fri 23 Oct 2026", "Arrange a visit now"):
        assert said in own
    assert "none for 290 of 45 days" in own


def test_filters_stand_in_the_address_and_find_by_name(sign_in: SignIn, first: int, second: int) -> None:
    ada = sign_in("ada")
    assert "N-2" not in ada.get("/worklist?q=muller+zoe").text
    assert lines_of(ada.get("/worklist?state=overdue&rule=thyroid&q=n-1").text, "N-1")
    assert "Nobody is on the worklist in this way." in ada.get("/worklist?state=unconfirmed").text
    assert "everybody" in ada.get("/worklist?state=nonsense&sort=nonsense&page=nonsense&clinic=nowhere&do=x").text


def test_my_patients_are_those_whose_nurse_i_am(sign_in: SignIn, desk_of: DeskOf, first: int, second: int) -> None:
    with desk_of("bea") as desk:
        own = {one.login: one.id for one in caring.list_colleagues(desk.connection, "north", ["nurse"])}
        name_nurse(desk, get_own_treatment(desk, second).patient_id, own["ada"])
    page = sign_in("ada").get("/worklist?mine=1").text
    assert lines_of(page, "N-2")
    assert not lines_of(page, "N-1")


def test_nobody_sees_another_clinic(sign_in: SignIn, first: int) -> None:
    cy = sign_in("cy")
    for address in (
        "/worklist",
        "/worklist?clinic=north",
        f"/worklist?do=note&of={first}.blood-count",
        "/worklist.csv",
    ):
        assert "N-1" not in cy.get(address).text
    assert cy.get(f"/worklist/several?do=note&t={first}").status_code == 404
    sent = cy.post("/worklist/note", data={"treatment": first, "kind": "reached", "of": f"{first}.blood-count"})
    assert sent.status_code == 404
    assert "N-1" not in sent.text


def test_where_nothing_presses_the_next_day_is_named(sign_in: SignIn, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        one = follow(desk, "N-1")
        pressing = list_pressing(desk.connection, TODAY, clinic_ids=["north"])[one]
        for family in {row.check.family for row in pressing}:
            record_samples(desk, one, [family], taken_on=TODAY)
    page = sign_in("ada").get("/worklist").text
    assert "Nothing presses today." in page
    assert "Next due:" in page


def test_a_broken_patient_stands_on_top_and_in_every_choice(
    sign_in: SignIn, desk_of: DeskOf, first: int, second: int
) -> None:
    with desk_of("ada") as desk:
        old = get_dossier(desk.connection, second).assignment
        add_fact(
            desk.connection, tables.assignment, second, stamp=desk.stamp(), fingerprint=old.fingerprint,
            overlays=["0" * 64], followed_here_from=old.followed_here_from,
        )  # fmt: skip
    page = sign_in("ada").get("/worklist?state=due").text
    assert "This patient could not be computed" in lines_of(page, "N-2")


def test_a_viewer_sees_the_list_and_no_button(sign_in: SignIn, program: Program, first: int) -> None:
    with writing(program.engine) as connection:
        people.add_person(connection, login="vic", name="Vic Example", role="viewer", clinic_ids=["north"])
    vic = sign_in("vic")
    page = vic.get(f"/worklist?do=record&of={first}.blood-count").text
    assert lines_of(page, "N-1")
    assert "data-do" not in page
    assert "/worklist/record" not in page
    assert vic.post("/worklist/note", data={"treatment": first, "kind": "reached"}).status_code == 403


def test_an_administrator_is_told_that_the_digest_cannot_be_relied_on(sign_in: SignIn) -> None:
    assert 'href="/clinic/jobs"' in sign_in("root-admin").get("/worklist").text
    assert 'href="/clinic/jobs"' not in sign_in("ada").get("/worklist").text


def test_a_long_list_says_how_many_there_are_and_shows_all_when_asked(
    sign_in: SignIn, desk_of: DeskOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist_pages, "ON_A_PAGE", 2)
    with desk_of("ada") as desk:
        for number in range(3):
            follow(desk, f"N-{number}")
    ada = sign_in("ada")
    page = ada.get("/worklist?sort=patient").text
    assert "Patients 1 to 2 of 3" in page
    assert not lines_of(page, "N-2")
    assert lines_of(ada.get("/worklist?sort=patient&page=2").text, "N-2")
    assert lines_of(ada.get("/worklist?sort=patient&page=all").text, "N-2")


# --- Acts -----------------------------------------------------------------------------------------------


def test_a_visit_is_recorded_partly_and_what_is_missing_stays(sign_in: SignIn, program: Program, first: int) -> None:
    ada = sign_in("ada")
    form = ada.get(f"/worklist?state=overdue&do=record&of={first}.blood-count").text
    assert 'action="/worklist/record"' in form
    assert 'value="2026-11-02"' in form
    sent = ada.post(
        "/worklist/record",
        data={
            "treatment": first, "revision": revision(program, first), "of": f"{first}.blood-count",
            "back": "/worklist?state=overdue", "taken_on": "2026-11-02", "rule": VISIT[:3], "note": "urine missing",
        },
    )  # fmt: skip
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/worklist?state=overdue&did=")
    assert sent.headers["location"].endswith(f"#t{first}")
    page = ada.get(sent.headers["location"]).text
    assert "Recorded: N-1 · Full blood count, Creatinine, Liver tests of Mon 2 Nov 2026" in page
    assert "Urinalysis" in lines_of(page, "N-1")
    assert "Creatinine" not in lines_of(page, "N-1")
    undone = ada.post("/undo", data={"deed": did(sent.headers["location"]), "back": "/worklist"})
    assert "Taken back: N-1" in ada.get(undone.headers["location"]).text
    with reading(program.engine) as connection:
        assert get_dossier(connection, first).samples == ()


def test_what_was_typed_stays_when_the_day_cannot_be(sign_in: SignIn, program: Program, first: int) -> None:
    sent = sign_in("ada").post(
        "/worklist/record",
        data={
            "treatment": first, "revision": revision(program, first), "of": f"{first}.blood-count", "back": "/worklist",
            "taken_on": "2026-11-05", "rule": ["liver"], "performed_by": "Practice Invented",
        },
    )  # fmt: skip
    assert sent.status_code == 422
    assert "Thu 5 Nov 2026 is still to come" in sent.text
    assert 'value="Practice Invented"' in sent.text
    assert re.search(r'value="liver" checked', sent.text)
    assert not re.search(r'value="creatinine" checked', sent.text)


def test_a_day_past_the_window_asks_before_it_is_booked(sign_in: SignIn, program: Program, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        one = follow(desk, "N-1")
        record_samples(desk, one, VISIT, taken_on=date(2026, 10, 12))
    ada = sign_in("ada")
    page = ada.get("/worklist").text
    family = re.search(rf"of={one}\.([\w-]+)", page)
    assert family
    data = {
        "treatment": one, "revision": revision(program, one), "of": f"{one}.{family[1]}", "back": "/worklist",
        "booked_on": "2027-09-01", "booked_at": "09:30", "rule": [family[1]],
    }  # fmt: skip
    with reading(program.engine) as connection:
        open_until = max(
            row.closes_on
            for row in connection.execute(select(tables.check).where(tables.check.c.settlement == "open"))
            if row.family == family[1] and row.opens_on <= TODAY
        )
    if open_until >= TODAY:
        asked = ada.post("/worklist/book", data=data)
        assert asked.status_code == 409
        assert 'name="stands"' in asked.text
        assert 'value="09:30"' in asked.text
        data["stands"] = "1"
    sent = ada.post("/worklist/book", data=data)
    assert sent.status_code == 303


def test_a_booked_day_hides_nothing_and_asks_the_morning_after(
    sign_in: SignIn, program: Program, clock: FixedClock, first: int
) -> None:
    ada = sign_in("ada")
    sent = ada.post(
        "/worklist/book",
        data={
            "treatment": first, "revision": revision(program, first), "of": f"{first}.blood-count", "back": "/worklist",
            "booked_on": "2026-11-03", "booked_at": "09:30", "rule": VISIT,
        },
    )  # fmt: skip
    own = lines_of(ada.get(sent.headers["location"]).text, "N-1")
    assert "Tue 3 Nov 2026, 09:30 · tomorrow" in own
    assert "overdue" in own
    clock.advance(timedelta(days=2))
    again = sign_in("ada")
    own = lines_of(again.get("/worklist").text, "N-1")
    assert "Booked for Tue 3 Nov 2026. Did it happen?" in own
    assert 'value="2026-11-03"' in again.get(f"/worklist?do=record&of={first}.blood-count").text


def test_a_waiver_needs_who_decided_and_why_and_is_one_check(sign_in: SignIn, program: Program, first: int) -> None:
    ada = sign_in("ada")
    data = {
        "treatment": first, "revision": revision(program, first), "of": f"{first}.blood-count", "back": "/worklist",
        "check": "urinalysis/9", "reason": "", "decided_by": "",
    }  # fmt: skip
    sent = ada.post("/worklist/waive", data=data)
    assert sent.status_code == 422
    assert sent.text.count('aria-invalid="true"') == 2
    several = ada.post(
        "/worklist/waive",
        data={**data, "check": ["urinalysis/9", "liver/9"], "reason": "x", "decided_by": "Dr. Dora Example"},
    )
    assert several.status_code == 422
    assert "Several checks cannot be waived in one act" in several.text
    kept = ada.post("/worklist/waive", data={**data, "reason": "catheter", "decided_by": "Dr. Dora Example"})
    assert kept.status_code == 303
    with reading(program.engine) as connection:
        last = list_deeds(connection, first)[-1]
    assert (last.act, last.subject, last.reason, last.login) == ("waive", "urinalysis/9", "catheter", "ada")
    assert last.details is not None
    assert last.details["decided_by"] == "Dr. Dora Example"


def test_who_comes_second_reads_what_the_first_one_did_in_her_own_language(
    sign_in: SignIn, program: Program, first: int
) -> None:
    ada, bea = sign_in("ada"), sign_in("bea")
    old = revision(program, first)
    common = {"treatment": first, "revision": old, "of": f"{first}.blood-count", "back": "/worklist"}
    assert ada.post("/worklist/note", data={**common, "kind": "unreachable", "text": "voicemail"}).status_code == 303
    late = {**common, "kind": "reached", "text": "comes on Monday"}
    sent = bea.post("/worklist/note", data=late, headers={"accept-language": "de"})
    assert sent.status_code == 409
    assert "Jemand war schneller" in sent.text
    assert "Ada Example: Notiert, nicht erreicht (Mo 02.11.2026, 09:00 Uhr)" in sent.text
    assert "comes on Monday</textarea>" in sent.text
    fresh = re.search(r'name="revision" value="(\d+)"', sent.text.split('id="form"')[1])
    assert fresh
    assert fresh[1] != old
    assert bea.post("/worklist/note", data={**late, "revision": fresh[1]}).status_code == 303


def test_a_line_that_somebody_finished_keeps_what_the_second_one_typed(
    sign_in: SignIn, program: Program, first: int
) -> None:
    old = revision(program, first)
    common = {
        "treatment": first, "revision": old, "of": f"{first}.urinalysis", "back": "/worklist?rule=urinalysis",
        "taken_on": "2026-11-02", "rule": "urinalysis",
    }  # fmt: skip
    assert sign_in("ada").post("/worklist/record", data=common).status_code == 303
    sent = sign_in("bea").post("/worklist/record", data={**common, "performed_by": "Practice Invented"})
    assert sent.status_code == 409
    assert "Urinalysis of Mon 2 Nov 2026 was recorded already: Ada Example" in sent.text
    assert 'value="Practice Invented"' in sent.text
    assert re.search(r'value="urinalysis" checked', sent.text)


def test_results_are_seen_with_what_they_say(
    sign_in: SignIn, desk_of: DeskOf, clock: FixedClock, program: Program
) -> None:
    with desk_of("ada") as desk:
        one = follow(desk, "N-1")
        record_samples(desk, one, ["blood-count", "liver"], taken_on=TODAY)
    clock.advance(timedelta(days=10))
    ada = sign_in("ada")
    own = lines_of(ada.get("/worklist?state=not-seen").text, "N-1")
    assert "taken Mon 2 Nov 2026" in own
    form = ada.get(f"/worklist?state=not-seen&do=seen&of={one}.blood-count").text
    assert 'value="blood-count@2026-11-02" checked' in form
    sent = ada.post(
        "/worklist/seen",
        data={
            "treatment": one, "revision": revision(program, one), "of": f"{one}.blood-count",
            "back": "/worklist?state=not-seen", "told": "well",
            "result": ["blood-count@2026-11-02", "liver@2026-11-02"],
        },
    )  # fmt: skip
    assert sent.status_code == 303
    assert not lines_of(ada.get(sent.headers["location"]).text, "N-1")


def test_somebody_says_that_she_knows_of_an_escalation(
    sign_in: SignIn, desk_of: DeskOf, clock: FixedClock, program: Program
) -> None:
    with desk_of("ada") as desk:
        one = follow(desk, "N-1")
    clock.advance(timedelta(days=10))
    dora = sign_in("dora")
    own = lines_of(dora.get("/worklist").text, "N-1")
    assert "asks: clinician" in own
    form = own.split('action="/worklist/know"')[1].split("</form>")[0]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]+)"', form):
        fields.setdefault(name, []).append(value)
    sent = dora.post("/worklist/know", data=fields)
    assert sent.status_code == 303
    page = dora.get(sent.headers["location"]).text
    assert "Dr. Dora Example knows" in lines_of(page, "N-1")
    assert 'name="deed"' in page
    with reading(program.engine) as connection:
        assert {str(mark.role) for mark in get_dossier(connection, one).escalations_seen} == {"clinician"}


# --- Several patients, files, taking back -----------------------------------------------------------------


def test_several_are_recorded_on_one_day_each_with_an_undo(
    sign_in: SignIn, program: Program, first: int, second: int
) -> None:
    ada = sign_in("ada")
    form = ada.get(f"/worklist/several?do=record&t={first}&t={second}&back=/worklist?state%3Doverdue").text
    assert "Record for 2 patients" in form
    data = {
        "do": "record", "back": "/worklist?state=overdue", "taken_on": "2026-11-02", "treatment": [first, second],
        "revision": [f"{first}.{revision(program, first)}", f"{second}.{revision(program, second)}"],
        "rule": [f"{one}.{family}" for one in (first, second) for family in VISIT],
    }  # fmt: skip
    sent = ada.post("/worklist/several", data=data)
    assert sent.status_code == 303
    page = ada.get(sent.headers["location"]).text
    assert "Recorded: N-1, N-2" in page
    assert "Undo N-1" in page
    assert "Undo N-2" in page
    undone = ada.post("/undo", data={"deed": did(sent.headers["location"]).split(","), "back": "/worklist"})
    assert undone.status_code == 303
    with reading(program.engine) as connection:
        assert [get_dossier(connection, one).samples for one in (first, second)] == [(), ()]


def test_one_that_is_refused_keeps_all_and_the_reason_stands_beside_it(
    sign_in: SignIn, program: Program, desk_of: DeskOf, first: int, second: int
) -> None:
    with desk_of("bea") as desk:
        record_samples(desk, second, ["blood-count"], taken_on=TODAY)
    sent = sign_in("ada").post(
        "/worklist/several",
        data={
            "do": "record", "back": "/worklist", "taken_on": "2026-11-02", "treatment": [first, second],
            "rule": [f"{first}.blood-count", f"{second}.blood-count"],
        },
    )  # fmt: skip
    assert sent.status_code == 422
    assert "1 of 2 patients were refused: N-2" in sent.text
    assert "Full blood count of Mon 2 Nov 2026 was recorded already: Bea Example" in sent.text
    with reading(program.engine) as connection:
        assert get_dossier(connection, first).samples == ()


def test_several_cannot_be_waived_and_nobody_of_another_clinic_is_among_them(
    sign_in: SignIn, desk_of: DeskOf, first: int
) -> None:
    with desk_of("cy") as desk:
        far = follow(desk, "W-1", "west")
    ada = sign_in("ada")
    assert "cannot be done for several" in ada.get(f"/worklist/several?do=waive&t={first}").text
    assert ada.post("/worklist/several", data={"do": "waive", "treatment": [first]}).status_code == 422
    assert ada.get(f"/worklist/several?do=note&t={first}&t={far}").status_code == 404
    sent = ada.post("/worklist/several", data={"do": "note", "kind": "reached", "treatment": [first, far]})
    assert sent.status_code == 404
    assert "W-1" not in sent.text


def test_files_hold_the_choice_safely_and_are_readings(
    sign_in: SignIn, program: Program, desk_of: DeskOf, first: int
) -> None:
    with desk_of("ada") as desk:
        follow(desk, "=cmd|'x'!A1")
        note_contact(desk, first, kind="reached")
    ada = sign_in("ada")
    answer = ada.get("/worklist.csv?state=overdue")
    assert answer.headers["content-disposition"] == 'attachment; filename="worklist-2026-11-02.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["Reference"] for row in rows} == {"N-1", "'=cmd|'x'!A1"}
    own = next(row for row in rows if row["What"] == "Full blood count" and row["Reference"] == "N-1")
    kept = [own[name] for name in ("State", "Due", "Days overdue", "Last contact")]
    assert kept == ["overdue", "2026-10-09", "17", "reached"]
    assert "Zoë" not in answer.text
    book = ada.get("/worklist.xlsx?q=n-1").content
    assert ZipFile(io.BytesIO(book)).testzip() is None
    sheet = list(load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert sheet[0][0] == "Reference"
    assert {row[0] for row in sheet[1:]} == {"N-1"}
    with reading(program.engine) as connection:
        read = [(row.what, row.patients) for row in connection.execute(select(tables.read_log)).all()]
    assert read == [("worklist file", 2), ("worklist file", 1)]


def test_taking_back_what_would_lose_a_due_check_asks_on_a_page(
    sign_in: SignIn, desk_of: DeskOf, clock: FixedClock, first: int
) -> None:
    with desk_of("dora") as desk:
        ordered = order_extra(desk, first, "thyroid", starts_on=TODAY, reason="high values")
    clock.advance(timedelta(days=30))
    dora = sign_in("dora")
    asked = dora.post("/undo", data={"deed": ordered.deed_id, "back": "/worklist"}, headers={"accept-language": "de"})
    assert asked.status_code == 409
    assert "N-1: damit fielen 1 fällige oder überfällige Kontrollen weg" in asked.text
    assert "Trotzdem zurücknehmen" in asked.text
    sent = dora.post("/undo", data={"deed": ordered.deed_id, "back": "/worklist", "confirmed": "1"})
    assert sent.status_code == 303


def test_nobody_takes_back_what_was_done_in_another_clinic(sign_in: SignIn, desk_of: DeskOf, first: int) -> None:
    with desk_of("ada") as desk:
        noted = note_contact(desk, first, kind="reached")
    sent = sign_in("cy").post("/undo", data={"deed": noted.deed_id, "back": "/worklist"})
    assert sent.status_code == 404
    assert "N-1" not in sent.text
