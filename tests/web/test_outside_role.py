"""The role of the outside listener can do all that patients need, and nothing that nurses do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from db.engine import open_engine, writing
from monitor.bootstrap import Program
from monitor.services import addresses
from monitor.services.enrolling import Enrolment, enrol
from monitor.web.app import make_app
from schedules.model import Infusion
from tests.postgres import Server

ROLE = Path(__file__).parents[2] / "deploy" / "outside-role.sql"
pytestmark = pytest.mark.parametrize("kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
COURSE = [Infusion(date(2026, 1, 12))]


@pytest.fixture
def tokens(program: Program) -> tuple[str, str]:
    with program.writing("ada") as desk:
        enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1)))
        page, calendar = addresses.issue_to_patient(desk, "N-1", label="own phone", consented=True)
    return page.token, calendar.token


@pytest.fixture
def outside(program: Program, engine: Engine, server: Server) -> Iterator[Program]:
    """The program as the outside listener runs it."""
    script = "\n".join(line for line in ROLE.read_text(encoding="utf-8").splitlines() if not line.startswith("--"))
    with writing(engine) as connection:
        connection.exec_driver_sql(script)
    own = open_engine(engine.url.set(username="monitor_outside").render_as_string(hide_password=False))
    yield replace(program, engine=own)
    own.dispose()
    with writing(engine) as connection:
        connection.exec_driver_sql("DROP OWNED BY monitor_outside")
    with server.admin() as admin:
        admin.execute("DROP ROLE monitor_outside")


def test_patients_lack_nothing(outside: Program, tokens: tuple[str, str]) -> None:
    page, calendar = tokens
    with TestClient(make_app(outside, only_feeds=True), base_url="http://127.0.0.1:8000") as client:
        before = client.get(f"/c/{calendar}/appointments.ics")
        assert before.status_code == 200
        for path in ("", "calendar", "print", "report"):
            assert client.get(f"/p/{page}/{path}").status_code == 200, path
        away = {"from_on": "2026-11-11", "until_on": "2026-11-13"}  # a check is due on the 12th
        told = client.post(f"/p/{page}/away", data=away, follow_redirects=False)
        assert told.status_code == 303, told.text
        made = client.post(f"/p/{page}/calendars", data={"label": "tablet", "consent": "yes"}, follow_redirects=False)
        assert made.status_code == 303, made.text
        after = client.get(f"/c/{calendar}/appointments.ics")
        assert after.content != before.content
        assert client.get("/healthz").status_code == 200
        assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO sample (treatment_id, family, taken_on, entered_by, entered_at) VALUES (1, 'x', now(), 1, now())",
        "INSERT INTO waiver (treatment_id, rule, due_on, entered_by, entered_at) VALUES (1, 'x', now(), 1, now())",
        "UPDATE person SET role = 'admin'",
        "UPDATE treatment SET clinic_id = 'west'",
        "UPDATE feed SET label = 'x'",
        "DELETE FROM visit",
        "DELETE FROM history",
        "SELECT * FROM import_run",
        "DROP TABLE feed",
    ],
)
def test_nothing_that_nurses_do_can_be_done_from_outside(outside: Program, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), writing(outside.engine) as connection:
        connection.execute(text(statement))
