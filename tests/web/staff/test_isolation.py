"""Whoever looks wherever sees their own clinics alone: random people at random addresses, and every rule at every one.

The addresses come from the routes themselves, so that a page which somebody adds is tested without being asked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from starlette.testclient import TestClient

from db import people, tables
from db.dossiers import Detail
from db.engine import reading, writing
from monitor.bootstrap import Program
from monitor.services.addresses import issue_to_patient
from monitor.services.enrolling import Enrolment, enrol
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.routes import PAGES
from schedules.model import Infusion
from tests.web.staff.conftest import SignIn

COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
CLINICS = ("north", "south", "west")
SEES: Mapping[str, frozenset[str]] = {
    "ada": frozenset({"north"}), "cy": frozenset({"west"}), "dora": frozenset({"north", "south"}),
    "vera": frozenset({"south"}), "nora": frozenset({"north"}), "root-admin": frozenset(CLINICS),
}  # fmt: skip
READS_ONLY = ("vera",)
PARAMETER = re.compile(r"\{(\w+)(?::int)?\}")
SHOWN = [page for page in PAGES if page.show]
ACTS = [page for page in PAGES if page.act]
FORM = {
    "kind": "reached", "text": "invented", "on": "2026-11-02", "taken_on": "2026-11-02", "booked_on": "2026-11-09",
    "rule": "blood-count", "family": "blood-count", "check": "blood-count/9", "reason": "invented", "told": "invented",
    "decided_by": "Dr. Dora Example", "what": "add", "first_on": "2026-11-02", "length": "1", "step": "save",
    "confirmed": "yes", "from_on": "2027-02-01", "until_on": "2027-02-05", "name": "Taken Over", "sex": "",
    "language": "", "to": "elsewhere", "starts_on": "2026-11-09", "every": "", "times": "1", "label": "taken",
    "consent": "yes", "act": "note", "weekday": "1", "course": "1", "checklist": "before-each-course",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class House:
    """Three clinics with a patient each, whose name and reference stand nowhere else."""

    treatments: Mapping[str, int]
    secrets: Mapping[str, tuple[str, str]]


@pytest.fixture
def house(program: Program) -> House:
    with writing(program.engine) as connection:
        people.add_person(connection, login="vera", name="Vera Example", role="viewer", clinic_ids=["south"])
        people.add_person(connection, login="nora", name="Nora Example", role="clinician", clinic_ids=["north"])
    treatments, secrets = {}, {}
    with program.writing("root-admin") as desk:
        for clinic in CLINICS:
            reference, name = f"REF-{clinic.upper()}-7", f"Hidden {clinic.title()}son"
            detail = Detail(name, date(1986, 3, 2))
            treatments[clinic], _ = enrol(
                desk, Enrolment(clinic, reference, "alemtuzumab-eu", detail=detail, infusions=COURSE)
            )
            issue_to_patient(desk, reference, label=f"phone of {clinic}", consented=True)
            secrets[clinic] = (reference, name)
    return House(treatments, secrets)


def fill(page: Page, house: House, pick: Callable[[str], str]) -> str:
    return PARAMETER.sub(lambda found: pick(found.group(1)), page.path)


def choices_of(house: House) -> Mapping[str, list[str]]:
    ids = [str(one) for one in house.treatments.values()]
    return {
        "treatment_id": [*ids, "0", "99999"],
        "clinic_id": [*CLINICS, "nowhere"],
        "rule": ["blood-count", "thyroid", "nothing"],
        "number": ["1", "9", "0"],
        "login": [*SEES, "nobody"],
        "protocol_id": ["alemtuzumab-eu", "alemtuzumab-us", "nothing"],
        "id": ["alemtuzumab-eu", "1", "2", "nothing"],
    }


def pick_from(data: Any, house: House) -> Callable[[str], str]:
    known = choices_of(house)
    return lambda name: data.draw(st.sampled_from(known.get(name, ["1", "2", "3", "alemtuzumab-eu"])))


def foreign(login: str, house: House) -> list[str]:
    return [one for clinic in CLINICS if clinic not in SEES[login] for one in house.secrets[clinic]]


def state_of(program: Program, house: House, clinics: frozenset[str]) -> dict[str, Any]:
    """What nobody outside may change: the revisions and lines of history of these clinics."""
    history, treatment = tables.history, tables.treatment
    with reading(program.engine) as connection:
        return {
            clinic: (
                connection.execute(
                    select(func.sum(treatment.c.revision)).where(treatment.c.clinic_id == clinic)
                ).scalar(),
                connection.execute(select(func.count()).where(history.c.clinic_id == clinic)).scalar(),
            )
            for clinic in clinics
        }


@pytest.mark.slow
def test_random_people_at_random_addresses_see_and_change_nothing_of_other_clinics(
    sign_in: SignIn, program: Program, house: House, kind: str
) -> None:
    browsers: dict[str, TestClient] = {login: sign_in(login) for login in SEES}
    many = 250 if kind == "sqlite" else 60

    @settings(
        max_examples=many, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip
    @given(data=st.data())
    def look_around(data: Any) -> None:
        login = data.draw(st.sampled_from(sorted(SEES)))
        page = data.draw(st.sampled_from(list(PAGES)))
        address = fill(page, house, pick_from(data, house))
        others = frozenset(CLINICS) - SEES[login]
        before = state_of(program, house, others)
        if page.act and (not page.show or data.draw(st.booleans())):
            treatment = data.draw(st.sampled_from(choices_of(house)["treatment_id"]))
            sent = FORM | {
                "treatment": treatment,
                "clinic": data.draw(st.sampled_from(CLINICS)),
                "of": f"{treatment}.blood-count",
            }
            answer = browsers[login].post(address, data=sent)
        else:
            clinic, words = (
                data.draw(st.sampled_from(["", *CLINICS])),
                data.draw(st.sampled_from(["", "REF", "hidden"])),
            )
            answer = browsers[login].get(address, params={"clinic": clinic, "q": words, "patient": words})
        if page.path == "/sign-out":
            browsers[login] = sign_in(login)
        assert answer.status_code < 500, (login, address)
        shown = answer.text + str(answer.headers)
        typed = {one for one in ("REF", "hidden") if one in str(answer.request.url)}
        assert not [one for one in foreign(login, house) if one in shown and one not in typed], (login, address)
        assert state_of(program, house, others) == before, (login, address)

    look_around()


def test_the_test_would_see_a_leak(sign_in: SignIn, house: House) -> None:
    shown = sign_in("root-admin").get("/patients").text
    assert any(one in shown for one in foreign("ada", house))


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.path)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_page_is_kept_by_nobody_and_shown_to_nobody_unknown(
    sign_in: SignIn, open_site: Callable[[], TestClient], house: House, page: Page
) -> None:
    address = fill(page, house, lambda name: choices_of(house).get(name, ["1"])[0])
    for browser in (sign_in("root-admin"), open_site()):
        answer = browser.get(address)
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    answer = open_site().get(address)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert "REF-" not in answer.text


@pytest.mark.parametrize("page", ACTS, ids=lambda page: page.path)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_form_of_another_site_does_anything(sign_in: SignIn, program: Program, house: House, page: Page) -> None:
    address = fill(page, house, lambda name: choices_of(house).get(name, ["1"])[0])
    browser, everywhere = sign_in("root-admin"), frozenset(CLINICS)
    before = state_of(program, house, everywhere)
    browser.headers.pop("sec-fetch-site")
    for headers in (
        {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"}, {"origin": "null"}, {},
    ):  # fmt: skip
        answer = browser.post(address, data=FORM, headers=headers)
        assert answer.status_code == 403, (address, headers)
    assert state_of(program, house, everywhere) == before


@pytest.mark.parametrize("page", ACTS, ids=lambda page: page.path)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_who_only_looks_changes_nothing(sign_in: SignIn, program: Program, house: House, page: Page) -> None:
    if page.act_needs is Needs.LOOK and page.needs is Needs.LOOK:
        return  # one's own account, and signing out
    address = fill(page, house, lambda name: {"treatment_id": str(house.treatments["south"])}.get(
        name, choices_of(house).get(name, ["1"])[0]))  # fmt: skip
    before = state_of(program, house, frozenset(CLINICS))
    answer = sign_in("vera").post(address, data=FORM | {"treatment": house.treatments["south"]})
    assert answer.status_code in {403, 404}, address
    assert state_of(program, house, frozenset(CLINICS)) == before


@pytest.mark.parametrize("page", [page for page in SHOWN if page.needs is Needs.ADMIN], ids=lambda page: page.path)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_for_administrators_is_for_nobody_else(sign_in: SignIn, house: House, page: Page) -> None:
    address = fill(page, house, lambda name: choices_of(house).get(name, ["1"])[0])
    for login in ("ada", "nora", "vera"):
        assert sign_in(login).get(address).status_code == 403, (login, address)


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.path)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_looking_changes_nothing_but_the_log_of_readings(
    sign_in: SignIn, program: Program, house: House, page: Page
) -> None:
    address = fill(page, house, lambda name: choices_of(house).get(name, ["1"])[0])
    browser = sign_in("root-admin")

    def rows() -> dict[str, int]:
        with reading(program.engine) as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in tables.metadata.tables.items()
                if name != "read_log"
            }

    def readings() -> int:
        with reading(program.engine) as connection:
            return connection.execute(select(func.count()).select_from(tables.read_log)).scalar_one()

    before, noted = rows(), readings()
    answer = browser.get(address)
    assert rows() == before
    if any(reference in answer.text for reference, _ in house.secrets.values()):
        assert readings() > noted, address
