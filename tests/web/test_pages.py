"""The patient's pages over HTTP: what each shows, what each form does, and what strangers get."""

import random
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from db.checks import list_checks, list_visits
from db.dossiers import get_dossier
from db.engine import open_engine
from db.feeds import Wishes, get_wishes
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.addresses import MOST, issue_to_patient, list_of_patient, revoke
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol, get_patient
from monitor.services.telling import lock_wishes, set_wishes
from monitor.services.telling_away import list_away, tell_away
from monitor.services.telling_done import tell_done
from monitor.web.app import make_app
from schedules.model import Infusion, Settlement
from tests.web.conftest import Given

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
PAGES = ["", "done", "away", "settings", "calendar", "print", "report"]
FORM = {"content-type": "application/x-www-form-urlencoded"}
SETTINGS = {"language": "en", "titles": "discreet", "day_before_hour": "9", "same_day_hour": "9"}
sqlite_only = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def home(given: Given) -> str:
    return given.page.path


def patient_of(program: Program, given: Given) -> int:
    assert given.page.address.patient_id is not None
    return given.page.address.patient_id


def october(program: Program, given: Given) -> str:
    """The visit of 16 October, which nobody has recorded."""
    with program.reading("ada") as desk:
        visits = list_visits(desk.connection, [given.treatment_id])[given.treatment_id]
        return next(one.id for one in visits if one.due_on == date(2026, 10, 16) and one.place == "laboratory")


def told(answer_location: str) -> str:
    return urlsplit(answer_location).query


# --- Looking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_shown_and_kept_by_nobody(client: TestClient, home: str, path: str) -> None:
    answer = client.get(home + path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert "set-cookie" not in answer.headers
    for hidden in ("alemtuzumab", "lemtrada", "sclerosis", "N-1", "north clinic", "ada"):
        assert not re.search(rf"\b{hidden}\b", answer.text, re.IGNORECASE), hidden
    head = client.head(home + path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]


def test_a_page_links_only_to_pages_that_there_are(client: TestClient, home: str) -> None:
    found = {
        unescape(link).partition("#")[0]
        for path in PAGES
        for link in re.findall(r'(?:href|src|action)="([^"]+)"', client.get(home + path).text)
    }
    ours = {link for link in found if link.startswith("/")}
    assert {home, f"{home}appointments.ics", f"{home}away"} <= ours
    for link in ours:
        answer = client.get(link)
        assert answer.status_code in ({405} if link.endswith(("calendars", "remove")) else {200}), link
    others = {urlsplit(link).scheme for link in found - ours}
    assert others <= {"data", "webcal", "tel", ""}


@sqlite_only
def test_the_style_sheet_and_the_script_are_kept_for_good_under_their_fingerprints(
    client: TestClient, home: str
) -> None:
    page = client.get(home + "calendar").text
    for link in re.findall(r'"(/static/[^"]+)"', page):
        answer = client.get(link)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].startswith(("text/css", "text/javascript"))
        assert client.get(link.partition("?")[0]).headers["cache-control"] == "no-cache"
    for link in ("/static/other.css", "/static/..%2fvalues.py", "/static/"):
        assert client.get(link).status_code == 404


@sqlite_only
def test_the_file_to_keep_is_the_calendar(client: TestClient, given: Given) -> None:
    file = client.get(given.page.path + "appointments.ics")
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="appointments.ics"'
    assert file.headers["cache-control"] == "no-store"
    assert file.content == client.get(given.calendar.path).content


@sqlite_only
def test_the_language_of_the_wishes_holds_and_names_show_only_when_asked_for(
    client: TestClient, home: str, program: Program, given: Given
) -> None:
    with program.writing_for_patient("north") as desk:
        set_wishes(desk, patient_of(program, given), Wishes("de", names_drug=True))
    answer = client.get(home)
    assert '<html lang="de">' in answer.text
    assert "Alemtuzumab" in answer.text
    assert "North Clinic (invented)" in answer.text


# --- Forms --------------------------------------------------------------------------------------------


def test_i_had_this_done_closes_nothing_and_is_taken_back(
    client: TestClient, home: str, program: Program, given: Given
) -> None:
    sent = {"visit": october(program, given), "done_on": "2026-10-20", "place": "Lab <b>Example</b>"}
    answer = client.post(home + "done", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{home}done?told=done-reported")
    page = client.get(answer.headers["location"]).text
    assert "Your clinic will confirm it" in page
    assert "Lab &lt;b&gt;Example&lt;/b&gt;" in page
    with program.reading("ada") as desk:
        rows = list_checks(desk.connection, [given.treatment_id])[given.treatment_id]
        assert {one.settlement for one in rows if one.key == ("blood-count", 9)} == {Settlement.OPEN}
    [remove] = re.findall(r'action="([^"]+/remove)"', page)
    answer = client.post(remove)
    assert (answer.status_code, told(answer.headers["location"])) == (303, "told=done-taken-back")
    again = client.post(remove)
    assert again.status_code == 409
    assert "This was removed already" in again.text
    with program.reading("ada") as desk:
        assert get_dossier(desk.connection, given.treatment_id).reports == ()


def test_away_is_noted_and_removed(client: TestClient, home: str, program: Program, given: Given) -> None:
    answer = client.post(home + "away", data={"from_on": "2026-11-14", "until_on": "2026-11-18"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{home}away?told=away-added")
    with program.reading("ada") as desk:
        [noted] = list_away(desk.connection, patient_of(program, given), today=TODAY)
    [remove] = re.findall(r'action="([^"]+/remove)"', client.get(home + "away").text)
    assert remove == f"{home}away/{noted.id}/remove"
    assert told(client.post(remove).headers["location"]) == "told=away-removed"
    assert client.post(remove).status_code == 409


def test_settings_are_kept(client: TestClient, home: str, program: Program, given: Given) -> None:
    wanted = {
        "language": "de", "titles": "tests", "show_names": "yes", "advice_in_calendar": "yes", "day_before": "yes",
        "day_before_hour": "18", "same_day_hour": "7",
    }  # fmt: skip
    answer = client.post(home + "settings", data=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{home}settings?told=saved")
    with program.reading("ada") as desk:
        kept = get_wishes(desk.connection, patient_of(program, given))
    assert (kept.language, kept.names_tests, kept.names_drug, kept.shows_advice) == ("de", True, True, True)
    assert (str(kept.day_before_at), kept.same_day_at) == ("18:00:00", None)
    page = client.get(answer.headers["location"]).text
    assert '<html lang="de">' in page
    assert re.search(r'value="de" checked', page)
    assert re.search(r'<option value="18" selected>', page)


def test_a_calendar_is_made_shown_again_and_removed(client: TestClient, home: str, program: Program) -> None:
    answer = client.post(home + "calendars", data={"label": "my phone", "consent": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{home}calendar?told=calendar-made")
    page = client.get(answer.headers["location"]).text
    addresses = re.findall(r'value="(http[^"]+appointments\.ics)"', page)
    assert len(addresses) == 2  # the one that was issued with the page, and the new one
    for address in addresses:
        assert address.startswith("http://127.0.0.1:8000/c/")
        assert client.get(urlsplit(address).path).text.startswith("BEGIN:VCALENDAR")
    remove = re.findall(r'action="([^"]+/remove)"', page)[-1]
    assert told(client.post(remove).headers["location"]) == "told=calendar-removed"
    assert len(re.findall(r'value="(http[^"]+appointments\.ics)"', client.get(home + "calendar").text)) == 1


@sqlite_only
def test_only_calendars_of_this_page_show_their_address(
    client: TestClient, home: str, given: Given, desk_of: DeskOf
) -> None:
    with desk_of("ada") as desk:
        [partner] = issue_to_patient(desk, "N-1", label="partner & friend", consented=True, page=False)
    page = client.get(home + "calendar").text
    assert "partner &amp; friend" in page
    assert partner.token not in page
    assert given.calendar.token in page


@sqlite_only
def test_there_are_no_more_calendars_than_allowed(client: TestClient, home: str, program: Program) -> None:
    sent = {"label": "phone", "consent": "yes"}
    answers = [client.post(home + "calendars", data=sent).status_code for _ in range(MOST - 1)]
    assert answers == [303] * (MOST - 2) + [422]
    assert "No more calendars can be made here" in client.get(home + "calendar").text


# --- What a form says when it cannot be -----------------------------------------------------------------


@sqlite_only
@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("done", {}, ["Please choose what was done", "Please enter the day"]),
        ("done", {"visit": "0" * 32, "done_on": "2026-11-03"}, ["This day has not come yet"]),
        ("done", {"visit": "0" * 32, "done_on": "2026-11-02"}, ["no longer on it"]),
        ("done", {"visit": "\x00'", "done_on": "31.10.2026", "place": "x" * 101}, ["could not read", "too long"]),
        ("away", {}, ["Please enter the day"]),
        ("away", {"from_on": "2026-02-30", "until_on": "20261105"}, ["could not read this day"]),
        ("away", {"from_on": "2026-11-09", "until_on": "2026-11-08"}, ["comes before the first"]),
        ("away", {"from_on": "2026-01-09", "until_on": "2026-02-08"}, ["These days are over"]),
        ("away", {"from_on": "2026-11-09", "until_on": "2028-02-08"}, ["very long time"]),
        ("away", {"from_on": "9999-12-30", "until_on": "9999-12-31"}, ["too far ahead"]),
        ("settings", {}, ["We do not know this choice"]),
        ("settings", {**SETTINGS, "language": "fr"}, ["We do not know this choice"]),
        ("settings", {**SETTINGS, "day_before_hour": "24"}, ["We do not know this choice"]),
        ("settings", {**SETTINGS, "day_before_hour": "٣"}, ["We do not know this choice"]),
        ("calendars", {}, ["give the calendar a name", "tick that you have read this"]),
        ("calendars", {"label": "x" * 61, "consent": "yes"}, ["too long"]),
        ("calendars", {"label": "\u202e\x00", "consent": "no"}, ["give the calendar a name", "tick that"]),
    ],
)
def test_every_problem_is_said_on_the_same_page(
    client: TestClient, home: str, path: str, sent: dict[str, str], said: list[str]
) -> None:
    answer = client.post(home + path, data=sent, headers=FORM)
    assert answer.status_code == 422
    assert "This was not saved yet" in answer.text
    for sentence in said:
        assert sentence in unescape(answer.text), sentence


@sqlite_only
def test_what_was_typed_is_kept_and_escaped(client: TestClient, home: str, program: Program, given: Given) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = client.post(home + "done", data={"done_on": "2026-10-20", "place": hostile})
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert 'value="2026-10-20"' in answer.text
    answer = client.post(home + "settings", data={**SETTINGS, "language": "xx", "titles": "tests", "same_day": "yes"})
    assert re.search(r'value="tests" checked', answer.text)
    answer = client.get(home + "done", params={"visit": october(program, given), "told": hostile})
    assert re.search(rf'value="{october(program, given)}" required checked', answer.text)
    assert "script&gt;" not in answer.text


@sqlite_only
def test_locked_settings_are_shown_and_refused(
    client: TestClient, home: str, program: Program, given: Given, desk_of: DeskOf
) -> None:
    with desk_of("ada") as desk:
        lock_wishes(desk, patient_of(program, given), True)
    for sent in ({**SETTINGS, "show_names": "yes"}, {}):
        answer = client.post(home + "settings", data=sent, headers=FORM)
        assert answer.status_code == 403
        assert "Your clinic has fixed this" in answer.text
    with program.reading("ada") as desk:
        assert not get_wishes(desk.connection, patient_of(program, given)).names_drug
    assert client.post(home + "away", data={"from_on": "2026-11-14", "until_on": "2026-11-18"}).status_code == 303


# --- Strangers ----------------------------------------------------------------------------------------


def test_a_feed_token_opens_no_page_and_a_page_token_no_feed(client: TestClient, given: Given) -> None:
    for token in (given.calendar.token, given.staff.token):
        for path in [*PAGES, "appointments.ics"]:
            assert client.get(f"/p/{token}/{path}").status_code == 404
        assert (
            client.post(f"/p/{token}/away", data={"from_on": "2026-11-14", "until_on": "2026-11-18"}).status_code == 404
        )
    for name in ("appointments.ics", "worklist.ics"):
        assert client.get(f"/c/{given.page.token}/{name}").status_code == 404


def test_everything_unknown_gets_the_same_body(client: TestClient, given: Given) -> None:
    token = given.page.token
    paths = [
        "/p/", "/p/x/", f"/p/{'A' * 43}/", f"/p/{'A' * 43}/away", f"/p/{given.calendar.token}/", f"/p/{token}x/",
        f"/p/{token}/nothing", f"/p/{token}/away/1", f"/p/{token}/away/1/remove/x", f"/p/{token.swapcase()}/",
        "/p/%00/", f"/p/{token}%00/", f"/p/{token}//", f"/p/{token}/%2e%2e/", "/p/%F0%9F%A7%AA/",
    ]  # fmt: skip
    bodies = {client.get(path).content for path in paths}
    assert {client.get(path).status_code for path in paths} == {404}
    assert len(bodies) == 1
    number = "9" * 5000
    for path in (f"/p/{token}/away/{number}/remove", f"/p/{token}/away/x/remove", f"/p/{token}/away/-1/remove"):
        answer = client.post(path)
        assert (answer.status_code, answer.content) == (404, *bodies)


def test_another_patients_entries_cannot_be_removed(
    client: TestClient, given: Given, program: Program, desk_of: DeskOf
) -> None:
    course = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
    with desk_of("ada") as desk:
        treatment, _ = enrol(desk, Enrolment("north", "N-2", "alemtuzumab-eu", infusions=course))
        other = get_patient(desk, "N-2").id
        page, calendar = issue_to_patient(desk, "N-2", label="other", consented=True)
        tell_away(desk, other, date(2026, 11, 14), date(2026, 11, 18))
        visits = list_visits(desk.connection, [treatment])[treatment]
        visit = next(one for one in visits if one.due_on == date(2026, 10, 16) and one.place == "laboratory")
        tell_done(desk, other, visit.id, done_on=date(2026, 10, 20))
        [noted] = list_away(desk.connection, other, today=TODAY)
        report = get_dossier(desk.connection, treatment).reports[0][0].id
    mine = given.page.path
    for path in (f"away/{noted.id}/remove", f"done/{report}/remove", f"calendars/{calendar.address.id}/remove"):
        assert client.post(mine + path).status_code == 409
    assert client.post(mine + f"calendars/{given.page.address.id}/remove").status_code == 409
    assert client.post(mine + "done", data={"visit": visit.id, "done_on": "2026-10-21"}).status_code == 422
    with program.reading("ada") as desk:
        assert list_away(desk.connection, other, today=TODAY)
        assert get_dossier(desk.connection, treatment).reports
        assert all(one.address.ended_at is None for one in list_of_patient(desk.connection, other))
    assert client.get(page.path).status_code == 200


@sqlite_only
def test_a_withdrawn_page_says_so_kindly(client: TestClient, given: Given, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        revoke(desk, given.page.address.id, reason="lost telephone")
    for path in [*PAGES, "appointments.ics"]:
        answer = client.get(given.page.path + path)
        assert answer.status_code == 410
        assert "This address was withdrawn" in answer.text
    sent = {"from_on": "2026-11-14", "until_on": "2026-11-18"}
    assert client.post(given.page.path + "away", data=sent).status_code == 410


@sqlite_only
def test_other_methods_are_named(client: TestClient, home: str) -> None:
    for method, path, allowed in (
        ("POST", "", "GET, HEAD"), ("PUT", "away", "GET, HEAD, POST"), ("GET", "calendars", "POST"),
        ("DELETE", "away/1/remove", "POST"), ("PROPFIND", "appointments.ics", "GET, HEAD"),
        ("OPTIONS", "", "GET, HEAD"),
    ):  # fmt: skip
        answer = client.request(method, home + path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    answer = client.post("/static/site.css")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@sqlite_only
@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({**FORM, "sec-fetch-site": "cross-site"}, b"from_on=2026-11-14&until_on=2026-11-18", 403),
        ({**FORM, "sec-fetch-site": "same-site"}, b"from_on=2026-11-14&until_on=2026-11-18", 403),
        ({**FORM, "sec-fetch-site": "same-origin"}, b"from_on=2026-11-14&until_on=2026-11-18", 303),
        ({"content-type": "application/json"}, b"{}", 415),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--", 415),
        ({}, b"from_on=2026-11-14", 415),
        (FORM, b"from_on=" + b"x" * 16 * 1024, 413),
        (FORM, b"&".join(b"x=1" for _ in range(100)), 400),
        (FORM, b"\xff\xfe%ff%00&&==;", 422),
        (FORM, b"from_on=2026-11-14&until_on=2026-11-18&from_on=junk", 303),
    ],
)
def test_only_a_form_of_ours_is_read(
    client: TestClient, home: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    assert client.post(home + "away", content=body, headers=headers).status_code == status


@sqlite_only
def test_a_page_that_is_asked_too_often_is_told_when_to_come_back(
    client: TestClient, home: str, program: Program, clock: FixedClock
) -> None:
    most = program.config.feed.requests_per_minute
    assert {client.get(home + "away").status_code for _ in range(most)} == {200}
    answer = client.get(home)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert client.post(home + "away", data={}, headers=FORM).status_code == 429
    clock.advance(timedelta(minutes=1))
    assert client.get(home).status_code == 200


@sqlite_only
def test_a_database_that_fails_is_said_and_leaves_no_file_behind(
    client: TestClient, home: str, program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    file = program.engine.url.database
    assert file
    away = Path(file).rename(Path(file + ".away"))
    for answer in (client.get(home), client.post(home + "away", data={"from_on": "2026-11-14"})):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"
        assert "not available just now" in answer.text
    assert not Path(file).exists()
    away.rename(file)
    assert client.get(home).status_code == 200
    assert urlsplit(home).path.split("/")[2] not in caplog.text


@sqlite_only
def test_a_server_of_the_database_that_is_down_is_said(program: Program, home: str) -> None:
    nowhere = open_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = make_app(replace(program, engine=nowhere), only_feeds=True)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get(home)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert client.post(home + "away", data={"from_on": "2026-11-14"}).status_code == 503


@sqlite_only
def test_whatever_is_sent_there_is_an_answer_and_nothing_is_noted(
    client: TestClient, home: str, program: Program, given: Given, clock: FixedClock
) -> None:
    """A few hundred requests that nobody means well; any 500 would be a way in."""
    dice = random.Random(20261102)
    names = ["from_on", "until_on", "visit", "done_on", "place", "language", "titles", "day_before_hour", "label"]
    values = [
        "",
        "\x00",
        "9999-99-99",
        "0000-00-00",
        "-1",
        "1e9",
        "'",
        "%s" * 50,
        "\ud7ff",
        "🧪" * 200,
        "<b>",
        "yes",
        "２０２６",
    ]
    paths = [*PAGES, "calendars", "done/{}/remove", "away/{}/remove", "calendars/{}/remove", "appointments.ics", "{}"]
    numbers = ["0", "1", "-1", "999999999999999999", "9" * 400, "x", "%00", "%F0%9F", "..%2f", "1;2"]
    found = set()
    for _ in range(400):
        clock.advance(timedelta(seconds=1))
        path = home + dice.choice(paths).format(dice.choice(numbers))
        method = dice.choice(["GET", "HEAD", "POST", "POST", "POST", "PUT", "TRACE", "LINK"])
        body = urlencode({dice.choice(names): dice.choice(values) for _ in range(4)}, errors="surrogatepass").encode()
        if dice.random() < 0.2:
            body = dice.randbytes(50)
        headers = {**FORM, "sec-fetch-site": dice.choice(["same-origin", "cross-site", "none", "\t", "x" * 500])}
        answer = client.request(method, path, content=body, headers=headers)
        found.add(answer.status_code)
        assert answer.status_code in {200, 303, 403, 404, 405, 409, 422}, (method, path, body)
        assert "x-robots-tag" in answer.headers
    assert {200, 403, 404, 405, 409, 422} <= found
    with program.reading("ada") as desk:
        assert list_away(desk.connection, patient_of(program, given), today=TODAY) == []
        assert get_dossier(desk.connection, given.treatment_id).reports == ()
        assert get_wishes(desk.connection, patient_of(program, given)) == Wishes()


def test_no_token_reaches_a_log_line(program: Program, given: Given, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with TestClient(make_app(program, only_feeds=True)) as client:  # its end writes the last lines
        for path in [*PAGES, "nothing", "done?told=saved"]:
            client.get(given.page.path + path)
        client.post(given.page.path + "calendars", data={"label": "x", "consent": "yes"})
        client.post(given.page.path + "away", data={})
    written = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert written
    assert not [line for line in written if given.page.token in line or given.calendar.token in line]
