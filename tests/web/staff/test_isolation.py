"""Whoever looks wherever sees and changes their own clinics alone: random people, addresses and forms; every rule at
every address.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from starlette.responses import Response
from starlette.testclient import TestClient

from db import tables
from db.engine import reading, writing
from db.patients import list_treatments
from monitor.bootstrap import Program
from monitor.services.booking import note_contact
from monitor.web.staff import routes
from monitor.web.staff.answers import html
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from tests.web.staff.conftest import SignIn
from tests.web.staff.exploring import (
    ANYTHING,
    CLINICS,
    SEES,
    Field,
    House,
    SeenForm,
    collect_forms,
    count_readings,
    count_rows,
    deeds_of,
    fill,
    first_of,
    forms_of,
    list_pages,
    make_house,
    of_clinics,
    people_of,
    shown_by,
    state_of,
    values_of,
)

SHOWN = [page for page in list_pages() if page.show]
ACTS = [page for page in list_pages() if page.act]
EMPTY = {"back": ["/worklist"]}
OWN_ACCOUNT = {
    "/sign-out": "ends one's own session",
    "/account/language": "is the language of one's own pages",
    "/account/password": "is one's own password",
    "/account/sessions": "ends one's own sessions elsewhere",
}
"""What whoever only looks may do, and why: none of it is about a patient."""
FOREIGN_SITES: Sequence[dict[str, str]] = (
    {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://elsewhere.example"},
    {"origin": "null"}, {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"}, {},
)  # fmt: skip
ROLES = {
    "ada": "nurse", "cy": "nurse", "dora": "clinician", "vera": "viewer", "norman": "admin", "root-admin": "admin",
}  # fmt: skip
LIKELY = {
    "on": "2026-11-02", "taken_on": "2026-11-02", "text": "invented", "reason": "invented", "step": "save",
    "decided_by": "Dr. Dora Example", "confirmed": "yes", "from_on": "2027-02-01", "until_on": "2027-02-05",
    "consent": "yes",
}  # fmt: skip
"""What a person would type into fields that stand empty."""


@pytest.fixture
def house(program: Program) -> House:
    return make_house(program)


def addresses_of(program: Program, house: House) -> list[str]:
    return [fill(page, first_of(house, program)) for page in list_pages() if page.show]


def filled(forms: Sequence[SeenForm]) -> list[dict[str, list[str]]]:
    """An empty form, and each with all that its fields offer."""
    return [dict(EMPTY), *({**EMPTY, **{field.name: list(field.values) for field in one.fields}} for one in forms)]


def require_proper(answer: Any, where: object) -> None:
    """Kept by nobody, framed by nobody, guessed at by nobody, told to nobody, and without a word of script inside."""
    headers = answer.headers
    assert headers["cache-control"] == "no-store", where
    assert headers["x-content-type-options"] == "nosniff", where
    assert headers["referrer-policy"] == "no-referrer", where
    policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split("; ")}
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"], where
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == ["'self'"], where
    assert "unsafe" not in str(policy), where
    if headers.get("content-type", "").startswith("text/html"):
        assert " style=" not in answer.text, where
        assert " onclick=" not in answer.text, where


# --- Random people at random addresses ------------------------------------------------------------------


def look_around(sign_in: SignIn, program: Program, house: House, many: int) -> None:
    """So many requests by anybody to anything. Fails with the first that shows or changes what is another clinic's."""
    browsers = {login: sign_in(login) for login in SEES}
    forms = collect_forms(browsers["root-admin"], addresses_of(program, house))
    names = sorted({field.name for form in forms for field in form.fields})
    known, persons = values_of(house, program), people_of(program)
    treatments = known["treatment_id"]
    whole = [state_of(program)]

    def value_of(draw: Any, field: Field) -> list[str]:
        """What stands in the form, or the same thing of another clinic, or nonsense."""
        of_others = {
            "treatment": treatments, "of": [f"{one}.{rule}" for one in treatments for rule in known["rule"]],
            "clinic": known["clinic_id"], "person": [*map(str, persons.values())],
            "nurse": [*map(str, persons.values())],
            "deed": [*map(str, deeds_of(program)[-40:])], "feed": [*map(str, range(1, 10))],
            "address": [*map(str, range(1, 10))], "back": ["/worklist", "//elsewhere.example", *field.values],
        }.get(field.name, [])  # fmt: skip
        usual = [one for one in (*field.values, LIKELY.get(field.name, "")) if one] or ["", "1"]
        kinds = [usual, usual, list(of_others), [*ANYTHING]] if of_others else [usual, usual, usual, [*ANYTHING]]
        chosen = draw(st.sampled_from(kinds))
        values: list[str] = draw(st.lists(st.sampled_from(chosen), min_size=1, max_size=2))
        return values

    @settings(
        max_examples=many, deadline=None, derandomize=True, database=None, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.data())
    def look(data: Any) -> None:
        draw = data.draw
        login = draw(st.sampled_from(sorted(SEES)))
        page = draw(st.sampled_from(list(list_pages())))
        address = fill(page, lambda name: draw(st.sampled_from(known.get(name, ANYTHING))))
        others = frozenset(CLINICS) - SEES[login]
        before, readings = of_clinics(whole[-1], others), count_readings(program)
        if page.act and (not page.show or draw(st.booleans())):
            meant = forms_of(page, forms)
            fields = draw(st.sampled_from(meant)).fields if meant else [Field(name, ()) for name in names[:40]]
            sent = {**EMPTY, **{field.name: value_of(draw, field) for field in fields}}
            files = dict.fromkeys(["file"], ("list.csv", b"reference;infused_on\n")) if page.takes_files else None
            answer = browsers[login].post(address, data=sent, files=files)
            where: object = (login, address, sent)
        else:
            asked = {
                "clinic": draw(st.sampled_from(["", *CLINICS])), "q": draw(st.sampled_from(["", "REF", "hidden"])),
                "of": draw(st.sampled_from(["", *(f"{one}.blood-count" for one in treatments)])),
                "did": draw(st.sampled_from(["", "1,2,3,4,5,6,7,8,9"])),
                "treatment": draw(st.sampled_from(["", *treatments])),
            }  # fmt: skip
            answer = browsers[login].get(address, params={name: one for name, one in asked.items() if one})
            where = (login, address, asked)
            if any(one in shown_by(answer) for one in house.everything):
                assert count_readings(program) > readings, where
        require_proper(answer, where)
        require_nothing_foreign(answer, house, login, where)
        if answer.status_code == 303 and urlsplit(answer.headers["location"]).netloc == "":
            require_nothing_foreign(browsers[login].get(answer.headers["location"]), house, login, where)
        whole[:] = [state_of(program)]
        assert of_clinics(whole[-1], others) == before, where
        require_nobody_new(program, login, where)
        if page.path in OWN_ACCOUNT or answer.headers.get("location", "").startswith("/sign-in"):
            browsers[login] = sign_in(login)  # who was signed out, by themselves or by an administrator

    look()


def require_nothing_foreign(answer: Any, house: House, login: str, where: object) -> None:
    assert answer.status_code < 500, where
    shown = shown_by(answer)
    assert not [one for one in house.foreign(login) if one in shown], where


def require_nobody_new(program: Program, login: str, where: object) -> None:
    """Nobody gets into a clinic by somebody who is none of its administrators; then everybody is who they were."""
    ids, clinics = people_of(program), tables.person_clinic
    with writing(program.engine) as connection:
        for name, role in ROLES.items():
            there = set(
                connection.execute(select(clinics.c.clinic_id).where(clinics.c.person_id == ids[name])).scalars()
            )
            assert there - SEES[name] <= SEES[login], where
            if there != SEES[name]:
                connection.execute(delete(clinics).where(clinics.c.person_id == ids[name]))
                rows = [{"person_id": ids[name], "clinic_id": clinic} for clinic in sorted(SEES[name])]
                connection.execute(insert(clinics), rows)
            person = tables.person
            connection.execute(update(person).where(person.c.id == ids[name]).values(role=role, disabled_at=None))


@pytest.mark.slow
def test_random_people_at_random_addresses_see_and_change_nothing_of_other_clinics(
    sign_in: SignIn, program: Program, house: House, kind: str
) -> None:
    look_around(sign_in, program, house, many=300 if kind == "sqlite" else 60)


# --- The test would find it ------------------------------------------------------------------------------


def show_whoever(asked: Asked) -> Response:
    """A page that somebody wrote who forgot whose patient it is."""
    found = list_treatments(asked.desk.connection, ids=[asked.number("treatment_id")])
    asked.read("patient", patients=len(found))
    return html("".join(one.reference for one in found))


def show_unnoted(asked: Asked) -> Response:
    """One that forgot to say that it shows a patient."""
    found = list_treatments(asked.desk.connection, ids=[asked.number("treatment_id")])
    return html("".join(one.reference for one in found if asked.desk.may_see(one.clinic_id)))


def note_for_whoever(asked: Asked) -> Response:
    """An act that takes the patient from the path, and the right from somebody who has it."""
    with asked.program.writing("root-admin") as desk:
        note_contact(desk, asked.number("treatment_id"), kind="note", text="invented")
    return asked.back("/worklist")


def fall(asked: Asked) -> Response:
    raise ZeroDivisionError


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("planted", [show_whoever, show_unnoted])
def test_a_page_that_leaks_would_be_found(
    sign_in: SignIn, program: Program, house: House, monkeypatch: pytest.MonkeyPatch, planted: Any
) -> None:
    monkeypatch.setattr(routes, "PAGES", (Page("/planted/{treatment_id:int}", show=planted), *routes.PAGES[-4:]))
    with pytest.raises(AssertionError, match="planted"):
        look_around(sign_in, program, house, many=200)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_an_act_that_meddles_would_be_found(
    sign_in: SignIn, program: Program, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL, since within the transaction of the act another one could not write to SQLite."""
    page = Page("/planted/{treatment_id:int}", act=note_for_whoever, act_needs=Needs.LOOK)
    monkeypatch.setattr(routes, "PAGES", (page, *routes.PAGES[-4:]))
    with pytest.raises(AssertionError, match="planted"):
        look_around(sign_in, program, house, many=200)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_look_into_every_table_sees_whose_a_row_is(program: Program, house: House) -> None:
    found = {table for table, clinic in state_of(program) if clinic in CLINICS}
    assert {"patient", "treatment", "sample", "booking", "contact_note", "history", "check", "visit", "detail"} <= found
    before = state_of(program)
    with program.writing("root-admin") as desk:
        note_contact(desk, house.treatments["west"][1], kind="note", text="invented")
    changed = {key for key, value in state_of(program).items() if before.get(key) != value}
    assert {("contact_note", "west"), ("history", "west"), ("treatment", "west")} <= changed
    assert {clinic for _, clinic in changed} == {"west"}


# --- Every rule at every address -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_every_page_is_kept_by_nobody_and_shown_to_nobody_unknown(
    sign_in: SignIn, open_site: Callable[[], TestClient], program: Program, house: House
) -> None:
    root, nobody = sign_in("root-admin"), open_site()
    for page in SHOWN:
        address = fill(page, first_of(house, program))
        require_proper(root.get(address), address)
        answer = nobody.get(address)
        require_proper(answer, address)
        assert answer.status_code == 303, address
        assert answer.headers["location"].startswith("/sign-in?back=/"), address
        assert not [one for one in house.everything if one in shown_by(answer)], address


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_whoever_is_not_signed_in_changes_nothing_by_any_form(
    open_site: Callable[[], TestClient], sign_in: SignIn, program: Program, house: House
) -> None:
    forms = collect_forms(sign_in("root-admin"), addresses_of(program, house))
    before, nobody = count_rows(program, without=("read_log", "attempt")), open_site()
    for page in ACTS:
        address = fill(page, first_of(house, program))
        for fields in filled(forms_of(page, forms)):
            answer = nobody.post(address, data=fields)
            require_proper(answer, address)
            assert answer.status_code < 500, address
            assert not [one for one in house.everything if one in shown_by(answer) and one not in str(fields)], address
    assert count_rows(program, without=("read_log", "attempt")) == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_form_of_another_site_does_anything(sign_in: SignIn, program: Program, house: House) -> None:
    browser = sign_in("root-admin")
    forms = collect_forms(browser, addresses_of(program, house))
    before = count_rows(program, without=("read_log",))
    browser.headers.pop("sec-fetch-site")
    for page in ACTS:
        address = fill(page, first_of(house, program))
        sent = filled(forms_of(page, forms))[-1]
        for headers in FOREIGN_SITES:
            answer = browser.post(address, data=sent, headers=headers)
            require_proper(answer, address)
            assert answer.status_code == 403, (address, headers)
    assert count_rows(program, without=("read_log",)) == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_who_only_looks_changes_nothing_by_any_form(sign_in: SignIn, program: Program, house: House) -> None:
    """With the forms that an administrator is shown, about patients of the viewer's own clinic."""
    forms = collect_forms(sign_in("root-admin"), addresses_of(program, house))
    vera, before = sign_in("vera"), count_rows(program, without=("read_log",))
    known = {**values_of(house, program), "treatment_id": [str(house.treatments["south"][0])], "clinic_id": ["south"]}
    for page in ACTS:
        if page.path in OWN_ACCOUNT:
            continue
        address = fill(page, lambda name: known.get(name, ANYTHING)[0])
        for fields in filled(forms_of(page, forms)):
            sent = {name: [known["treatment_id"][0]] if name == "treatment" else one for name, one in fields.items()}
            answer = vera.post(address, data=sent)
            require_proper(answer, address)
            assert answer.status_code in {403, 404}, (address, answer.status_code)
    assert count_rows(program, without=("read_log",)) == before


def test_what_whoever_only_looks_may_do_is_about_their_own_account() -> None:
    free = {page.path for page in ACTS if page.needs is Needs.LOOK and page.act_needs is Needs.LOOK}
    assert free <= set(OWN_ACCOUNT), free - set(OWN_ACCOUNT)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_for_administrators_is_for_nobody_else(sign_in: SignIn, program: Program, house: House) -> None:
    browsers = [sign_in(login) for login in ("ada", "dora", "vera")]
    before = count_rows(program, without=("read_log",))
    for page in list_pages():
        address = fill(page, first_of(house, program))
        for browser in browsers:
            if page.show and page.needs is Needs.ADMIN:
                assert browser.get(address).status_code == 403, address
            if page.act and Needs.ADMIN in {page.needs, page.act_needs}:
                assert browser.post(address, data=EMPTY).status_code == 403, address
    assert count_rows(program, without=("read_log",)) == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("login", ["root-admin", "dora", "vera"])
def test_looking_changes_nothing_but_the_log_of_readings(
    sign_in: SignIn, program: Program, house: House, login: str
) -> None:
    browser = sign_in(login)
    before, with_patients = count_rows(program, without=("read_log",)), 0
    for page in SHOWN:
        address = fill(page, first_of(house, program))
        readings = count_readings(program)
        shown = shown_by(browser.get(address))
        assert count_rows(program, without=("read_log",)) == before, address
        if any(one in shown for one in house.everything):
            with_patients += 1
            assert count_readings(program) > readings, address
    assert with_patients


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_looking_notes_in_the_session_only_when_it_was_used(sign_in: SignIn, program: Program, house: House) -> None:
    """Beside the rows that are counted nothing that is there is written over."""
    browser = sign_in("root-admin")
    aside = {"read_log", "session"}

    def everything() -> dict[str, object]:
        with reading(program.engine) as connection:
            return {
                name: sorted(map(repr, connection.execute(select(table)).all()))
                for name, table in tables.metadata.tables.items()
                if name not in aside
            }

    before = everything()
    for page in SHOWN:
        address = fill(page, first_of(house, program))
        browser.get(address)
    assert everything() == before
