"""A calendar over HTTP, as calendar-feeds.md asks: what is sent, what is left unsaid, and what is refused."""

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from starlette.testclient import TestClient

from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config.settings import Feed, Web
from monitor.services.addresses import new_token, revoke
from monitor.services.desk import Desk
from monitor.web.app import make_app

DeskOf = Callable[[str], AbstractContextManager[Desk]]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
FIRM = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
METHODS = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "REPORT", "MKCALENDAR", "TRACE"]


def test_a_calendar_and_its_headers(client, given):
    answer = client.get(given.calendar.path)
    assert answer.status_code == 200
    headers = dict(answer.headers)
    etag, changed = headers.pop("etag"), headers.pop("last-modified")
    assert headers == {
        "content-type": "text/calendar; charset=utf-8",
        "content-disposition": 'inline; filename="appointments.ics"',
        "content-length": str(len(answer.content)),
        "cache-control": "private, no-cache",
        "vary": "Accept-Encoding",
        **FIRM,
    }
    assert etag.startswith('"')
    assert changed == "Mon, 02 Nov 2026 08:00:00 GMT"
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert answer.content.endswith(b"END:VCALENDAR\r\n")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_says_the_same_without_the_calendar(client, given, encoding):
    asked = {"accept-encoding": encoding}
    whole, head = client.get(given.calendar.path, headers=asked), client.head(given.calendar.path, headers=asked)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers
    unchanged = client.head(given.calendar.path, headers={**asked, "if-none-match": whole.headers["etag"]})
    assert unchanged.status_code == 304


def test_gzip_on_request_alone_with_a_tag_of_its_own(client, given):
    plain = client.get(given.calendar.path)
    packed = client.get(given.calendar.path, headers={"accept-encoding": "gzip, deflate, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["last-modified"] == plain.headers["last-modified"]
    with client.stream("GET", given.calendar.path, headers={"accept-encoding": "gzip"}) as streamed:
        assert gzip.decompress(b"".join(streamed.iter_raw())) == plain.content


def test_whoever_has_it_gets_304_with_both_validators(client, given):
    whole = client.get(given.calendar.path)
    for asked in (
        {"if-none-match": whole.headers["etag"]},
        {"if-none-match": f'W/{whole.headers["etag"]}, "other"'},
        {"if-none-match": "*"},
        {"if-modified-since": whole.headers["last-modified"]},
        {"if-none-match": whole.headers["etag"], "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        answer = client.get(given.calendar.path, headers=asked)
        assert (answer.status_code, answer.content) == (304, b""), asked
        kept = {"etag", "last-modified", "cache-control", "vary"}
        assert {name: answer.headers[name] for name in kept} == {name: whole.headers[name] for name in kept}
        assert set(answer.headers) == kept | set(FIRM)


def test_whoever_has_something_else_gets_it_whole(client, given):
    whole = client.get(given.calendar.path)
    packed = client.get(given.calendar.path, headers={"accept-encoding": "gzip"})
    for asked in (
        {"if-none-match": '"other"'},
        # A tag outweighs a day: two changes within a second have one day and two tags.
        {"if-none-match": '"other"', "if-modified-since": whole.headers["last-modified"]},
        {"if-none-match": packed.headers["etag"]},
        {"if-none-match": "garbage"},
        {"if-modified-since": "garbage"},
        {"if-modified-since": "Sun, 01 Nov 2026 08:00:00 GMT"},
        {"range": "bytes=0-10"},
        {"if-match": '"other"'},
    ):
        answer = client.get(given.calendar.path, headers=asked)
        assert (answer.status_code, answer.content) == (200, whole.content), asked


def test_two_lines_of_tags_are_one_list(client, given):
    whole = client.get(given.calendar.path)
    asked = [("if-none-match", '"other"'), ("if-none-match", whole.headers["etag"])]
    assert client.get(given.calendar.path, headers=asked).status_code == 304


def test_nothing_depends_on_who_asks(client, given):
    whole = client.get(given.calendar.path)
    for asked in (
        {"user-agent": "Google-Calendar-Importer"},
        {"user-agent": "Mozilla/5.0 (Windows NT 10.0)", "accept": "text/html", "accept-language": "de"},
        {"accept": "application/calendar+json"},
        {"cookie": "session=1", "host": "elsewhere.example", "x-forwarded-proto": "https"},
    ):
        answer = client.get(f"{given.calendar.path}?utm=1", headers=asked)
        assert (answer.status_code, answer.content) == (200, whole.content)
        assert answer.headers == whole.headers


@pytest.mark.parametrize("method", METHODS)
def test_other_methods_are_refused_wherever_they_ask(client, given, method):
    bodies = set()
    for path in (
        given.calendar.path, given.staff.path, f"/c/{new_token()}/appointments.ics", "/robots.txt", "/healthz", "/",
        "/nowhere",
    ):  # fmt: skip
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD"), path
        bodies.add(answer.content)
    assert len(bodies) == 1


def test_whatever_opens_nothing_is_answered_alike(client, given):
    token = given.calendar.token
    paths = [
        f"/c/{new_token()}/appointments.ics",
        f"/c/{new_token()}/worklist.ics",
        # A token opens what it was issued for and nothing else.
        f"/c/{given.page.token}/appointments.ics",
        f"/c/{given.page.token}/worklist.ics",
        f"/c/{given.staff.token}/appointments.ics",
        f"/c/{token}/worklist.ics",
        f"/c/{token}",
        f"/c/{token}/",
        f"/c/{token}/appointments.ics/",
        f"/c/{token}/appointments.ics%0A",
        f"/c/{token}/appointments",
        f"/c/{token}/APPOINTMENTS.ICS",
        f"/c//{token}/appointments.ics",
        f"/C/{token}/appointments.ics",
        f"/c/{token[:-1]}/appointments.ics",
        f"/c/{token}A/appointments.ics",
        f"/c/{token.swapcase()}/appointments.ics",
        f"/c/{token}%00/appointments.ics",
        f"/c/ {token}/appointments.ics",
        "/c//appointments.ics",
        "/c/",
        "/",
        "/favicon.ico",
        "/admin",
    ]
    answers = [client.get(path) for path in paths]
    assert {one.status_code for one in answers} == {404}
    assert len({one.content for one in answers}) == 1
    assert len({tuple(sorted(one.headers.items())) for one in answers}) == 1
    assert answers[0].headers["cache-control"] == "no-store"
    assert all(client.head(path).status_code == 404 for path in paths)


def test_a_calendars_token_does_not_open_the_page(client, given):
    assert client.get(given.page.path).status_code == 200
    for token in (given.calendar.token, given.staff.token):
        assert client.get(f"/p/{token}/").status_code == 404


def test_a_clinics_calendar_names_patients_by_reference(client, given):
    answer = client.get(given.staff.path)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'inline; filename="worklist.ics"'
    assert b"N-1" in answer.content
    assert b"N-1" not in client.get(given.calendar.path).content


def test_no_answer_sets_a_cookie_or_leads_elsewhere(client, given):
    for path in (given.calendar.path, given.staff.path, f"{given.calendar.path}/", "/robots.txt", "/healthz", "/x"):
        answer = client.get(path)
        assert not {"set-cookie", "location", "server", "access-control-allow-origin"} & set(answer.headers), path
        assert {name: answer.headers[name] for name in FIRM} == FIRM, path


def test_robots_may_come_and_list_nothing(client):
    answer = client.get("/robots.txt")
    assert answer.text.split() == ["User-agent:", "*", "Disallow:"]
    assert answer.headers["x-robots-tag"] == "noindex"


def test_health(client):
    for path in ("/livez", "/healthz"):
        assert (client.get(path).status_code, client.get(path).text) == (200, "ok\n")
        assert (client.head(path).status_code, client.head(path).content) == (200, b"")


def test_a_withdrawn_address_says_so_for_thirty_days_and_is_gone_then(
    program: Program, client: TestClient, clock: FixedClock, desk_of: DeskOf, given
) -> None:
    whole = client.get(given.calendar.path)
    clock.advance(timedelta(hours=1))
    with desk_of("ada") as desk:
        revoke(desk, given.calendar.address.id, reason="telephone lost")
    notice = client.get(given.calendar.path, headers={"if-none-match": whole.headers["etag"]})
    assert notice.status_code == 200
    assert notice.content.count(b"BEGIN:VEVENT") == 1
    assert parsedate_to_datetime(whole.headers["last-modified"]) < clock.now()
    clock.advance(timedelta(days=29))
    later = client.get(given.calendar.path)
    assert later.content == notice.content
    assert parsedate_to_datetime(later.headers["last-modified"]) == clock.now() - timedelta(days=29)
    clock.advance(timedelta(days=1))
    assert client.get(given.calendar.path).status_code == 200, "thirty days, both ends included"
    clock.advance(timedelta(seconds=1))
    gone = client.get(given.calendar.path)
    assert (gone.status_code, client.head(given.calendar.path).status_code) == (410, 410)
    assert "ask your clinic" in gone.text
    assert client.get(given.calendar.path).content == gone.content
    assert client.post(given.calendar.path).status_code == 405
    with TestClient(make_app(program, only_feeds=True)) as another:
        assert another.get(given.calendar.path).content == gone.content


def test_who_asks_too_often_is_told_when_to_come_back(program: Program, clock: FixedClock, given) -> None:
    config = program.config.model_copy(update={"feed": Feed(requests_per_minute=6)})
    with TestClient(make_app(Program(config, program.engine, clock, program.rulebook), only_feeds=True)) as client:
        assert [client.get(given.calendar.path).status_code for _ in range(8)] == [200] * 6 + [429] * 2
        refused = client.get(given.calendar.path)
        assert refused.headers["retry-after"] == "10"
        assert refused.headers["cache-control"] == "no-store"
        assert client.head(given.calendar.path).status_code == 429
        assert client.get(given.staff.path).status_code == 200, "each address has a measure of its own"
        assert client.get(f"/c/{new_token()}/appointments.ics").status_code == 404
        clock.advance(timedelta(seconds=10))
        assert [client.get(given.calendar.path).status_code for _ in range(2)] == [200, 429]


def test_https_is_insisted_on_where_it_is_there(program: Program, given) -> None:
    config = program.config.model_copy(update={"web": Web(public_url="https://calendar.example")})
    secure = Program(config, program.engine, program.clock, program.rulebook)
    with TestClient(make_app(secure, only_feeds=True)) as client:
        for path in (given.calendar.path, "/robots.txt", "/nowhere"):
            assert client.get(path).headers["strict-transport-security"].startswith("max-age=31536000")
    with TestClient(make_app(program, only_feeds=True)) as client:
        assert "strict-transport-security" not in client.get(given.calendar.path).headers
