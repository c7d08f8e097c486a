"""The links in mails to staff over HTTP: a look changes nothing, a button acts once, the last recipient stays."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from db import tables
from db.engine import reading, writing
from db.recipients import Recipient, list_recipients
from monitor.bootstrap import Program
from monitor.services.confirming import confirm_token, token_to_leave
from monitor.web.app import make_app
from tests.recipients import add, add_confirmed
from tests.web.listening import ask, listening, read_answer, send

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def whole(program: Program) -> Iterator[TestClient]:
    """The whole program, not the outside alone."""
    app = make_app(program, only_feeds=False)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def logins(engine: Engine, *, confirmed: bool = False) -> list[str]:
    with reading(engine) as connection:
        return [one.login for one in list_recipients(connection) if one.is_confirmed or not confirmed]


def confirm_path(one: Recipient) -> str:
    return f"/r/{confirm_token(one)}/confirm"


def leave_path(one: Recipient) -> str:
    return f"/r/{token_to_leave(one)}/leave"


def count_of(engine: Engine, act: str) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(tables.history).where(tables.history.c.act == act)).all())


def test_the_confirmation_asks_first_and_acts_on_the_button_alone(whole: TestClient, program: Program) -> None:
    ada = add(program, "ada")
    for _ in range(2):  # mail filters follow links
        page = whole.get(confirm_path(ada))
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.text.count("<button") == 1
        assert "North Clinic (invented)" in page.text
        assert "hospital.example" not in page.text
    assert logins(program.engine, confirmed=True) == []
    for _ in range(2):
        done = whole.post(confirm_path(ada))
        assert done.status_code == 200
        assert "Confirmed" in done.text
        assert "<button" not in done.text
    assert logins(program.engine, confirmed=True) == ["ada"]
    assert count_of(program.engine, "recipient confirm") == 1
    assert "Confirmed" in whole.get(confirm_path(ada)).text


@pytest.mark.parametrize("sent", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}, {}])
def test_one_click_of_a_mail_program_leaves_and_a_second_one_finds_nothing(
    whole: TestClient, program: Program, sent: dict[str, object]
) -> None:
    ada = add_confirmed(program, "ada", language="de")
    add_confirmed(program, "bea")
    asked = whole.get(leave_path(ada))
    assert "Keine Übersicht mehr" in asked.text
    assert whole.head(leave_path(ada)).headers["content-length"] == asked.headers["content-length"]
    assert logins(program.engine) == ["ada", "bea"]
    left = whole.post(leave_path(ada), **sent)  # type: ignore[arg-type]
    assert left.status_code == 200
    assert "ada" in left.text
    assert logins(program.engine) == ["bea"]
    assert whole.post(leave_path(ada), **sent).status_code == 404  # type: ignore[arg-type]
    with reading(program.engine) as connection:
        deed = connection.execute(select(tables.history).order_by(tables.history.c.id.desc()).limit(1)).one()
    assert (deed.act, deed.subject, deed.reason) == ("recipient leave", "ada", "by the link in a mail")


def test_the_last_one_is_told_why_not_and_what_to_do(whole: TestClient, program: Program) -> None:
    dora, _ = add_confirmed(program, "dora", "north"), add_confirmed(program, "ada")
    for answer in (whole.get(leave_path(dora)), whole.post(leave_path(dora), data=ONE_CLICK)):
        assert answer.status_code == 409
        assert "South Clinic (invented)" in answer.text
        assert "North" not in answer.text
        assert "Ask an administrator" in answer.text
        assert "<button" not in answer.text
    assert logins(program.engine) == ["ada", "dora"]


@SQLITE
def test_what_opens_nothing_looks_like_everything_else_that_opens_nothing(whole: TestClient, program: Program) -> None:
    ada, bea = add_confirmed(program, "ada"), add_confirmed(program, "bea")
    token = token_to_leave(ada)
    mac = token.partition(".")[2]
    wrong = [
        f"/r/{token}/confirm", f"/r/{confirm_token(ada)}/leave", f"/r/{bea.id}.{mac}/leave", f"/r/{mac}/leave",
        f"/r/{token}x/leave", f"/r/{token}/", f"/r/{token}", "/r/", f"/r/{token}/leave/", f"/r/99999999999.{mac}/leave",
        f"/r/{token}%00/leave", "/r/٣.x/leave",
    ]  # fmt: skip
    answers = [method(path) for path in wrong for method in (whole.get, whole.post)]
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        refused = whole.request(method, leave_path(ada))
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")
    assert logins(program.engine) == ["ada", "bea"]


@SQLITE
def test_the_outside_alone_has_no_such_pages(client: TestClient, program: Program) -> None:
    ada = add(program, "ada")
    assert client.get(confirm_path(ada)).status_code == 404
    assert client.post(confirm_path(ada)).status_code == 405
    assert logins(program.engine, confirmed=True) == []


@SQLITE
def test_over_a_real_line_the_log_holds_neither_link_nor_address(
    program: Program, database_url: str, tmp_path: Path
) -> None:
    ada = add(program, "ada")
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"db": {"url": database_url}}), encoding="utf-8")
    # The server's clock is the real one, for which the code is of another time: the link to leave lasts.
    add_confirmed(program, "bea")
    with listening(config) as server:
        status, _, body = ask(server.port, leave_path(ada))
        assert (status, b"<button" in body) == (200, True)
        click = "List-Unsubscribe=One-Click"
        head = f"POST {leave_path(ada)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(click)}\r\n\r\n{click}"
        got = send(server.port, (head + form).encode())
        assert got is not None
        assert read_answer(got)[0] == 200
        server.stop()
        log = server.log.read_text(encoding="utf-8")
    assert logins(program.engine) == ["bea"]
    assert re.search(r"GET /r/…/leave 200", log)
    assert re.search(r"POST /r/…/leave 200", log)
    assert token_to_leave(ada).partition(".")[2] not in log
    assert "hospital.example" not in log


@SQLITE
def test_a_database_that_is_away_is_said_so(whole: TestClient, program: Program, tmp_path: Path) -> None:
    ada = add(program, "ada")
    (tmp_path / "record.sqlite3").rename(tmp_path / "elsewhere.sqlite3")
    assert whole.get(confirm_path(ada)).status_code == 503
    assert whole.post(confirm_path(ada)).status_code == 503
    assert not (tmp_path / "record.sqlite3").exists()


@SQLITE
def test_a_strangers_guess_waits_for_no_writer(whole: TestClient, program: Program) -> None:
    ada = add(program, "ada")
    made_up = f"{ada.id}.{'A' * 43}"
    with writing(program.engine):  # would make whoever wants to write wait, and then be told to come back
        assert whole.post(f"/r/{made_up}/confirm").status_code == 404
        assert whole.post(f"/r/{made_up}/leave").status_code == 404
