"""/livez and /healthz: whether requests are answered, and whether the digest can be relied on."""

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from db import heartbeats
from db.engine import writing
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.web.app import make_app


def answer(program: Program, path: str, *, only_feeds: bool = False) -> tuple[int, str]:
    with TestClient(make_app(program, only_feeds=only_feeds), raise_server_exceptions=False) as client:
        found = client.get(path)
        assert client.head(path).status_code == found.status_code
        assert client.post(path).status_code == 405
        return found.status_code, found.text


def test_it_is_well_while_the_jobs_look(program: Program, clock: FixedClock) -> None:
    with writing(program.engine) as connection:
        heartbeats.beat(connection, "one", clock.now(), version="1")
    assert answer(program, "/healthz") == (200, "ok\n")
    assert answer(program, "/livez") == (200, "ok\n")


def test_what_is_wrong_is_told_by_its_id_alone(program: Program) -> None:
    assert answer(program, "/healthz") == (503, "tick-missing\n")
    assert answer(program, "/livez") == (200, "ok\n")


def test_outside_only_whether_it_answers_is_told(program: Program) -> None:
    for path in ("/healthz", "/livez"):
        assert answer(program, path, only_feeds=True) == (200, "ok\n")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/healthz", "/livez"])
def test_a_database_of_another_version_is_not_well(program: Program, path: str) -> None:
    with writing(program.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    status, said = answer(program, path)
    assert status == 503
    assert "ok" not in said.split()
