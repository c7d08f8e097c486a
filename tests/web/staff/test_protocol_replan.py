"""Patients of an older version are planned again as the preview said, each by itself, and none without being seen."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import select, text

from db import tables
from db.dossiers import get_dossier
from db.engine import reading, writing
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.replanning import list_outdated_ids, replan
from monitor.services.verifying import list_treatment_ids, verify
from schedules.model import Infusion
from tests.later_versions import approve_text, narrower, without_liver
from tests.web.staff.conftest import SignIn

DeskOf = Callable[[str], AbstractContextManager[Desk]]
PAGE = "/protocols/alemtuzumab-eu/replan"


@pytest.fixture
def treatments(desk_of: DeskOf, clock: FixedClock) -> list[int]:
    """N-LATE owes tests, N-NEW and S-NEW do not, W-FAR is of another clinic; then a minute passes."""

    def add(login: str, clinic_id: str, reference: str, first: date) -> int:
        course = tuple(Infusion(first + timedelta(days=offset)) for offset in range(5))
        with desk_of(login) as desk:
            return enrol(desk, Enrolment(clinic_id, reference, "alemtuzumab-eu", infusions=course))[0]

    ids = [
        add("ada", "north", "N-LATE", date(2025, 11, 3)), add("ada", "north", "N-NEW", date(2026, 10, 26)),
        add("dora", "south", "S-NEW", date(2026, 10, 19)), add("cy", "west", "W-FAR", date(2025, 11, 3)),
    ]  # fmt: skip
    clock.advance(timedelta(minutes=1))
    return ids


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def form_of(html: str, **more: object) -> dict[str, object]:
    """What the form of the page would send, with a reason."""
    fields: dict[str, object] = {"reason": "version 2026.2 was approved"}
    fields["patient"] = re.findall(r'name="patient" value="([^"]+)"', html)
    fields["version"] = re.findall(r'name="version" value="([^"]+)"', html)[0]
    return {**fields, **more}


def outdated(look_as: DeskOf) -> list[int]:
    with look_as("root-admin") as desk:
        return list_outdated_ids(desk, "alemtuzumab-eu")


def test_the_preview_says_what_would_change_and_saves_nothing(
    program: Program, sign_in: SignIn, treatments: list[int], look_as: DeskOf
) -> None:
    approve_text(program, without_liver())
    said = words(sign_in("root-admin").get(PAGE).text)
    assert "Patients 4 of 4" in said
    assert "N-LATE north alemtuzumab-eu 2026.1 → alemtuzumab-eu 2026.2" in said
    assert "11 due or overdue checks would be withdrawn or postponed:" in said
    assert "Liver tests 1, due Sun 7 Dec 2025" in said
    assert "Plan 2 patients and the ticked ones again" in said
    assert outdated(look_as) == treatments
    with reading(program.engine) as connection:
        (row,) = connection.execute(select(tables.read_log)).all()
    assert (row.what, row.patients) == ("replan preview", 4)


def test_a_person_sees_only_the_patients_of_their_own_clinics(
    program: Program, sign_in: SignIn, treatments: list[int]
) -> None:
    approve_text(program, narrower())
    hers = sign_in("ada").get(PAGE).text
    assert "N-LATE" in hers
    assert "S-NEW" not in hers
    assert "W-FAR" not in hers
    assert 'method="post" action="/sign-out"' in hers
    assert 'type="submit">Plan' not in hers
    assert "N-LATE" not in sign_in("cy").get(f"{PAGE}?patient={treatments[0]}").text
    both = sign_in("root-admin").get(f"{PAGE}?clinic=south").text
    assert ("S-NEW" in both, "N-LATE" in both) == (True, False)


def test_whoever_would_lose_a_check_is_left_out_and_named_until_confirmed(
    program: Program, sign_in: SignIn, treatments: list[int], look_as: DeskOf
) -> None:
    approve_text(program, without_liver())
    admin = sign_in("root-admin")
    answer = admin.post(PAGE, data=form_of(admin.get(PAGE).text, confirm=[str(treatments[3])]))
    assert answer.status_code == 303
    said = words(admin.get(answer.headers["location"]).text)
    assert "3 patients were planned again." in said
    assert "N-LATE : would lose a due or overdue check, and that was not confirmed" in said
    assert "W-FAR 11 due or overdue checks went" in said
    assert "One patient still follows an older version." in said
    assert outdated(look_as) == treatments[:1]
    admin.post(PAGE, data=form_of(admin.get(PAGE).text, confirm=[str(treatments[0])]))
    assert "No patient of your clinics follows an older version." in words(admin.get(PAGE).text)
    with look_as("root-admin") as desk:
        assert list(verify(desk, list_treatment_ids(desk))) == []


def test_a_patient_on_whom_somebody_acted_meanwhile_is_left_out(
    program: Program, sign_in: SignIn, treatments: list[int], desk_of: DeskOf
) -> None:
    approve_text(program, narrower())
    admin = sign_in("root-admin")
    sent = form_of(admin.get(PAGE).text)
    with desk_of("ada") as desk:
        replan(desk, treatments[1], reason="ada was faster")
    said = words(admin.get(admin.post(PAGE, data=sent).headers["location"]).text)
    assert "N-NEW : somebody entered something meanwhile" in said
    assert "3 patients were planned again." in said
    twice = words(admin.get(admin.post(PAGE, data=sent).headers["location"]).text)
    assert "0 patients were planned again." in twice
    assert "4 patients were left out." in twice


def test_a_version_approved_since_the_preview_stops_everything(
    program: Program, sign_in: SignIn, treatments: list[int], clock: FixedClock, look_as: DeskOf
) -> None:
    approve_text(program, narrower())
    admin = sign_in("root-admin")
    sent = form_of(admin.get(PAGE).text)
    clock.advance(timedelta(minutes=1))
    approve_text(program, without_liver("2026.3"))
    refused = admin.post(PAGE, data=sent)
    assert refused.status_code == 409
    assert "Another version was approved since this preview was made." in words(refused.text)
    assert "version 2026.2 was approved" in refused.text  # the reason that was typed
    assert outdated(look_as) == treatments


def test_without_a_reason_nothing_is_planned_and_what_was_ticked_stays(
    program: Program, sign_in: SignIn, treatments: list[int], look_as: DeskOf
) -> None:
    approve_text(program, without_liver())
    admin = sign_in("root-admin")
    page = admin.get(PAGE).text
    refused = admin.post(PAGE, data=form_of(page, reason=" ", confirm=[str(treatments[0])]))
    assert refused.status_code == 422
    assert re.search(rf'id="confirm-{treatments[0]}" name="confirm" value="{treatments[0]}" checked', refused.text)
    assert not re.search(rf'id="confirm-{treatments[3]}"[^>]* checked', refused.text)
    nobody = admin.post(PAGE, data=form_of(page, patient=["", "x:y", "1:"]))
    assert "There is nobody to plan again." in words(nobody.text)
    assert outdated(look_as) == treatments


@pytest.mark.parametrize("login", ["ada", "dora"])
def test_only_an_administrator_plans_again(
    program: Program, sign_in: SignIn, treatments: list[int], look_as: DeskOf, login: str
) -> None:
    mark = approve_text(program, narrower())
    sent = {"reason": "x", "version": mark, "patient": [f"{treatments[1]}:1"]}
    assert sign_in(login).post(PAGE, data=sent).status_code == 403
    assert outdated(look_as) == treatments


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_when_the_database_fails_in_the_middle_what_was_done_stays_and_the_rest_can_go_on(
    program: Program, sign_in: SignIn, treatments: list[int], look_as: DeskOf
) -> None:
    approve_text(program, narrower())
    admin = sign_in("root-admin")
    sent = form_of(admin.get(PAGE).text)
    trigger = (
        f"CREATE TRIGGER full BEFORE INSERT ON assignment WHEN NEW.treatment_id = {treatments[1]} "
        "BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    with writing(program.engine) as connection:
        connection.execute(text(trigger))
    location = admin.post(PAGE, data=sent).headers["location"]
    said = words(admin.get(location).text)
    assert "One patient was planned again." in said
    assert "N-NEW : not begun: the work stopped before" in said
    assert outdated(look_as) == treatments[1:]
    with writing(program.engine) as connection:
        connection.execute(text("DROP TRIGGER full"))
    admin.post(PAGE, data=form_of(admin.get(PAGE).text))
    assert outdated(look_as) == []


def test_the_result_tells_nothing_of_others(
    program: Program, sign_in: SignIn, treatments: list[int], look_as: DeskOf
) -> None:
    approve_text(program, narrower())
    admin = sign_in("root-admin")
    location = admin.post(PAGE, data=form_of(admin.get(PAGE).text)).headers["location"]
    assert "W-FAR" in admin.get(location).text
    ada = sign_in("ada")
    assert "N-LATE" not in ada.get(location).text  # it was not her act
    assert "W-FAR" not in ada.get(f"/protocols/alemtuzumab-eu/replanned?left={treatments[3]}-losses").text
    with reading(program.engine) as connection:
        assert get_dossier(connection, treatments[0]).revision == 2
