"""One's own account, and the people of a clinic: let in by a link, changed, shut out, and never the last of them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db import people, sessions, tables
from db.engine import reading, writing
from db.read_log import add_reading
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.addresses import issue_to_clinic
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.passwords import set_password
from tests.conftest import DeskOf
from tests.web.staff.conftest import SignIn

GOOD, OTHER = "vier gelbe Tassen im Regen", "drei alte Boote am Ufer"
OPEN_SITE = Callable[[], TestClient]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def known(program: Program) -> Program:
    """Ada has a password."""
    give(program, "ada", GOOD)
    return program


def give(program: Program, login: str, password: str) -> None:
    with writing(program.engine) as connection:
        set_password(connection, id_of(program, login), password, program.clock.now())


def id_of(program: Program, login: str) -> int:
    with reading(program.engine) as connection:
        person = people.find_person(connection, login)
    assert person is not None
    return person.id


def acts(program: Program) -> list[tuple[str, str]]:
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.history.c.act, tables.history.c.subject).order_by(tables.history.c.id))
        return [(row.act, row.subject) for row in rows if row.act.startswith(("person", "session"))]


def link_in(text: str) -> str:
    found = re.search(r'href="http://127.0.0.1:8000(/invitation/[\w-]{43})"', text)
    assert found
    return found[1]


# --- Letting somebody in ------------------------------------------------------------------------------


def test_somebody_is_let_in_and_chooses_a_password(program: Program, sign_in: SignIn, open_site: OPEN_SITE) -> None:
    answer = sign_in("root-admin").post(
        "/clinic/people/new",
        data={"login": "eli", "person-name": "Eli Example", "role": "nurse", "person-clinic": ["north", "west"]},
    )
    assert answer.status_code == 200
    link = link_in(answer.text)
    eli = open_site()
    for _ in range(3):
        page = eli.get(link)
        assert (page.status_code, "Welcome, Eli Example" in page.text) == (200, True), "looking uses nothing up"
    assert eli.head(link).status_code == 200
    chosen = eli.post(link, data={"new-password": GOOD, "again-password": GOOD})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/worklist")
    assert "Eli Example" in eli.get("/worklist").text
    assert eli.get(link).status_code == 404
    assert open_site().post(link, data={"new-password": OTHER, "again-password": OTHER}).status_code == 404
    assert open_site().post("/sign-in", data={"login": "eli", "password": GOOD}).status_code == 303
    assert acts(program)[-3:] == [
        ("person add", "eli: nurse in north, west"),
        ("person invite", "eli"),
        ("person password", "eli: chose a password by a link"),
    ]


def test_a_weak_password_and_a_slip_leave_the_link_as_it_is(
    sign_in: SignIn, program: Program, open_site: OPEN_SITE
) -> None:
    made = sign_in("root-admin").post(f"/clinic/people/{id_of(program, 'bea')}/invite", data={"back": ""})
    link, site = link_in(made.text), open_site()
    for first, second, said in (
        ("short", "short", "fewer than 12"),
        ("bea-example-bea", "bea-example-bea", "among the first"),
        (GOOD, OTHER, "not the same as above"),
        ("", "", "missing"),
    ):
        answer = site.post(link, data={"new-password": first, "again-password": second})
        assert answer.status_code == 422
        assert said in answer.text
        assert GOOD not in answer.text
    assert site.post(link, data={"new-password": GOOD, "again-password": GOOD}).status_code == 303


def test_a_link_ends_after_its_hours_and_when_another_is_made(
    program: Program, sign_in: SignIn, open_site: OPEN_SITE, clock: FixedClock
) -> None:
    admin, address = sign_in("root-admin"), f"/clinic/people/{id_of(program, 'bea')}/invite"
    first, second = (link_in(admin.post(address, data={"back": ""}).text) for _ in range(2))
    assert [open_site().get(one).status_code for one in (first, second)] == [404, 200]
    clock.advance(timedelta(hours=71, minutes=59))
    assert open_site().get(second).status_code == 200
    clock.advance(timedelta(minutes=1))
    gone = open_site().get(second)
    assert (gone.status_code, "no longer valid" in gone.text) == (404, True)
    assert open_site().get("/invitation/nonsense").text == gone.text


def test_a_forgotten_password_is_replaced_by_a_link_and_every_session_ends(
    known: Program, sign_in: SignIn, open_site: OPEN_SITE
) -> None:
    ada, admin = sign_in("ada"), sign_in("root-admin")
    link = link_in(admin.post(f"/clinic/people/{id_of(known, 'ada')}/invite", data={"back": ""}).text)
    assert open_site().post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 303, "until it is used"
    assert ada.get("/worklist").status_code == 200
    open_site().post(link, data={"new-password": OTHER, "again-password": OTHER})
    assert ada.get("/worklist").status_code == 303
    assert open_site().post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 401
    assert open_site().post("/sign-in", data={"login": "ada", "password": OTHER}).status_code == 303


@SQLITE
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"login": "ada"}, "is taken"),
        ({"login": "e li"}, "without blanks"),
        ({"person-name": ""}, "missing"),
        ({"person-clinic": []}, "would see nothing"),
        ({"role": "boss"}, "one of those offered"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(sign_in: SignIn, change: dict[str, object], said: str) -> None:
    typed = {"login": "eli", "person-name": "Eli Example", "role": "viewer", "person-clinic": ["west"]}
    answer = sign_in("root-admin").post("/clinic/people/new", data={**typed, **change})
    assert answer.status_code in {409, 422}
    assert said in answer.text
    assert ('value="Eli Example"' in answer.text) == ("person-name" not in change)


@SQLITE
@pytest.mark.parametrize("login", ["ada", "dora", "cy"])
@pytest.mark.parametrize("path", ["/clinic/people", "/clinic/people/new", "/clinic/people/3", "/clinic/readings"])
def test_only_an_administrator_sees_people_and_readings(sign_in: SignIn, login: str, path: str) -> None:
    answer = sign_in(login).get(path)
    assert answer.status_code == 403
    assert "Root Example" not in answer.text


@SQLITE
@pytest.mark.parametrize("act", ["", "/invite", "/disable", "/enable", "/sessions", "/identity", "/unlink"])
def test_only_an_administrator_changes_them(program: Program, sign_in: SignIn, act: str) -> None:
    before = acts(program)
    answer = sign_in("dora").post(
        f"/clinic/people/{id_of(program, 'cy')}{act}", data={"role": "admin", "others": "yes"}
    )
    assert answer.status_code == 403
    assert acts(program) == before


@SQLITE
def test_there_is_nobody_behind_the_programs_own_people(program: Program, sign_in: SignIn) -> None:
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.person.c.id).where(tables.person.c.role.in_(["patient", "program"])))
        ids = [row.id for row in rows]
    admin = sign_in("root-admin")
    assert len(ids) == 2
    assert {admin.get(f"/clinic/people/{one}").status_code for one in [*ids, 10**7]} == {404}


# --- Changing and shutting out ------------------------------------------------------------------------


def test_a_new_role_and_new_clinics_count_from_the_next_sign_in(known: Program, sign_in: SignIn) -> None:
    ada, admin = sign_in("ada"), sign_in("root-admin")
    address = f"/clinic/people/{id_of(known, 'ada')}"
    answer = admin.post(address, data={"role": "clinician", "person-clinic": ["south"], "back": address})
    assert answer.status_code == 303
    assert "Role and clinics changed" in admin.get(answer.headers["location"]).text
    assert ada.get("/worklist").status_code == 303, "signed out"
    with reading(known.engine) as connection:
        person = people.find_person(connection, "ada")
    assert person is not None
    assert (person.role, person.clinic_ids) == ("clinician", frozenset({"south"}))
    assert acts(known)[-1] == ("person change", "ada: nurse in north → clinician in south")
    same = admin.post(address, data={"role": "clinician", "person-clinic": ["south"]})
    assert (same.status_code, "already" in same.text) == (422, True)


def test_whoever_has_left_is_out_at_once_and_their_calendar_too(
    known: Program, sign_in: SignIn, open_site: OPEN_SITE, desk_of: DeskOf
) -> None:
    with desk_of("ada") as desk:
        feed = issue_to_clinic(desk, "north", label="ward").path
    ada, admin, outside = sign_in("ada"), sign_in("root-admin"), open_site()
    link = link_in(admin.post(f"/clinic/people/{id_of(known, 'ada')}/invite", data={"back": ""}).text)
    assert outside.get(feed).status_code == 200
    answer = admin.post(f"/clinic/people/{id_of(known, 'ada')}/disable", data={"left-because": "moved away"})
    assert answer.status_code == 303
    assert "Shut out" in admin.get(answer.headers["location"]).text
    assert ada.get("/worklist").status_code == 303
    assert outside.get(link).status_code == 404
    assert outside.get(feed).status_code == 404
    assert open_site().post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 401
    back = admin.post(f"/clinic/people/{id_of(known, 'ada')}/enable", data={"back": "/clinic/people"})
    assert back.status_code == 303
    assert open_site().post("/sign-in", data={"login": "ada", "password": GOOD}).status_code == 401, "needs a new link"
    assert acts(known)[-2:] == [("person disable", "ada"), ("person enable", "ada")]


def test_the_last_administrator_remains(program: Program, sign_in: SignIn) -> None:
    admin, own = sign_in("root-admin"), f"/clinic/people/{id_of(program, 'root-admin')}"
    for address, data in (
        (f"{own}/disable", {"left-because": "x"}),
        (own, {"role": "nurse", "person-clinic": ["north"]}),
    ):
        answer = admin.post(address, data=data)
        assert (answer.status_code, "last administrator" in answer.text) == (409, True)
    admin.post(f"/clinic/people/{id_of(program, 'dora')}", data={"role": "admin"})
    dora = sign_in("dora")
    assert dora.post(f"{own}/disable", data={"left-because": "x"}).status_code == 303
    mine = f"/clinic/people/{id_of(program, 'dora')}/disable"
    assert dora.post(mine, data={"left-because": "x"}).status_code == 409, "a disabled one does not count"


def test_an_administrator_sees_where_somebody_is_signed_in_and_ends_it(program: Program, sign_in: SignIn) -> None:
    admin, cy, cy_again = sign_in("root-admin"), sign_in("cy"), sign_in("cy")
    address = f"/clinic/people/{id_of(program, 'cy')}"
    page = admin.get(address).text
    assert page.count("Signed in on") == 2
    first = re.findall(r'name="session" value="(\d+)"', page)
    assert admin.post(f"{address}/sessions", data={"session": first[0]}).status_code == 303
    assert sorted(one.get("/worklist").status_code for one in (cy, cy_again)) == [200, 303]
    again = admin.post(f"{address}/sessions", data={"session": first[0]})
    assert (again.status_code, "over already" in again.text) == (404, True)
    admin.post(f"{address}/sessions", data={"others": "yes"})
    assert [one.get("/worklist").status_code for one in (cy, cy_again)] == [303, 303]
    assert [act for act, _ in acts(program)][-2:] == ["session end", "session end"]


# --- One's own account --------------------------------------------------------------------------------


def test_another_password_ends_every_session_but_leaves_one_signed_in(
    known: Program, sign_in: SignIn, open_site: OPEN_SITE
) -> None:
    here, elsewhere = sign_in("ada"), sign_in("ada")
    token = here.cookies["monitor"]
    form = {"old-password": GOOD, "new-password": OTHER, "again-password": OTHER}
    answer = here.post("/account/password", data=form)
    assert answer.status_code == 303
    page = here.get(answer.headers["location"])
    assert "Your password was changed." in page.text
    assert elsewhere.get("/worklist").status_code == 303
    stolen = open_site()
    stolen.cookies.set("monitor", token, domain="127.0.0.1")
    assert stolen.get("/worklist").status_code == 303, "the session has a new id"
    assert open_site().post("/sign-in", data={"login": "ada", "password": OTHER}).status_code == 303
    assert acts(known)[-1] == ("person password", "ada: chose another")


def test_the_old_password_has_to_be_right_and_guessing_it_has_to_wait(
    known: Program, sign_in: SignIn, clock: FixedClock
) -> None:
    ada = sign_in("ada")
    form = {"old-password": "a wrong one indeed", "new-password": OTHER, "again-password": OTHER}
    for _ in range(6):
        answer = ada.post("/account/password", data=form)
        assert (answer.status_code, "not your password until now" in answer.text) == (422, True)
        assert OTHER not in answer.text
    right = {**form, "old-password": GOOD}
    assert ada.post("/account/password", data=right).status_code == 422, "too soon"
    clock.advance(timedelta(seconds=5))
    assert ada.post("/account/password", data=right).status_code == 303


@SQLITE
def test_whoever_has_no_password_is_asked_for_none(sign_in: SignIn) -> None:
    bea = sign_in("bea")
    assert "old-password" not in bea.get("/account").text
    form = {"old-password": GOOD, "new-password": OTHER, "again-password": OTHER}
    assert bea.post("/account/password", data=form).status_code == 409


def test_the_language_is_a_persons_own(program: Program, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    answer = ada.post("/account/language", data={"page-language": "de", "back": "/account"})
    assert answer.status_code == 303
    page = ada.get(answer.headers["location"]).text
    assert "Ihr Konto" in page
    assert "Sprache geändert" in page
    assert "Your account" in sign_in("bea").get("/account").text
    assert acts(program)[-1] == ("person language", "ada: de")
    ada.post("/account/language", data={"page-language": ""})
    assert "Your account" in ada.get("/account").text
    assert ada.post("/account/language", data={"page-language": "fr"}).status_code == 422


@SQLITE
def test_one_ends_ones_own_sessions_and_nobody_elses(program: Program, sign_in: SignIn) -> None:
    here, elsewhere, bea = sign_in("ada"), sign_in("ada"), sign_in("bea")
    with reading(program.engine) as connection:
        (hers,) = sessions.list_sessions(connection, id_of(program, "bea"))
    assert here.post("/account/sessions", data={"session": str(hers.id)}).status_code == 404
    assert bea.get("/worklist").status_code == 200
    assert here.post("/account/sessions", data={"others": "yes"}).status_code == 303
    assert (here.get("/worklist").status_code, elsewhere.get("/worklist").status_code) == (200, 303)


# --- Who has read what --------------------------------------------------------------------------------


@pytest.fixture
def read(program: Program, desk_of: DeskOf, clock: FixedClock) -> Program:
    """Ada has read about N-1 twice, a day apart, and looked at a list; Cy has read about W-1."""
    with desk_of("ada") as desk:
        north = enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu"))[0]
    with desk_of("cy") as desk:
        west = enrol(desk, Enrolment("west", "W-1", "alemtuzumab-eu"))[0]
    ada, cy = id_of(program, "ada"), id_of(program, "cy")
    with writing(program.engine) as connection:
        at = clock.now()
        add_reading(connection, at=at - timedelta(days=1), person_id=ada, what="patient", treatment_id=north)
        add_reading(connection, at=at, person_id=ada, what="a page of later", treatment_id=north)
        add_reading(connection, at=at, person_id=ada, what="worklist", patients=17)
        add_reading(connection, at=at, person_id=cy, what="patient", treatment_id=west)
    return program


def test_who_has_read_about_a_patient_is_shown_with_its_days(read: Program, sign_in: SignIn) -> None:
    admin = sign_in("root-admin")
    assert "<table" not in admin.get("/clinic/readings").text
    page = admin.get("/clinic/readings?readings-reference=N-1").text
    assert page.count("Ada Example") == 2
    assert "a page of later" in page
    assert "Cy Example" not in page
    one_day = admin.get(
        "/clinic/readings?readings-reference=N-1&readings-from=2026-11-01&readings-until=2026-11-01"
    ).text
    assert one_day.count("Ada Example") == 1
    with reading(read.engine) as connection:
        rows = connection.execute(select(tables.read_log).where(tables.read_log.c.what == "readings")).all()
    assert len(rows) == 2, "asking is a reading, too"
    assert {row.treatment_id is not None for row in rows} == {True}


def test_what_a_person_has_read_includes_lists_and_says_how_long_they_were(read: Program, sign_in: SignIn) -> None:
    page = sign_in("root-admin").get("/clinic/readings?readings-login=ada").text
    assert page.count('<th scope="row"') == 3
    assert "list of 17" in page


@SQLITE
@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("readings-reference=NOBODY", 404, "no such patient or person"),
        ("readings-login=nobody", 404, "no such patient or person"),
        ("readings-login=ada&readings-from=soon", 422, "This is no day"),
        ("readings-login=ada&readings-from=2026-11-02&readings-until=2026-11-01", 422, "before the first"),
        ("readings-login=bea", 200, "Nobody, in these days."),
    ],
)
def test_a_question_without_an_answer_says_why(
    read: Program, sign_in: SignIn, query: str, status: int, said: str
) -> None:
    answer = sign_in("root-admin").get(f"/clinic/readings?{query}")
    assert answer.status_code == status
    assert said in answer.text
