"""The frame of the staff pages: only for whoever is signed in, only from our own pages, kept by nobody."""

import pytest
from sqlalchemy import select

from db import tables
from db.engine import reading
from monitor.bootstrap import Program
from tests.web.staff.conftest import SignIn


@pytest.fixture(autouse=True)
def _both_databases(kind: str) -> None:
    """Each test on both."""


def test_whoever_is_signed_in_sees_the_worklist_and_it_is_in_the_access_log(sign_in: SignIn, program: Program) -> None:
    answer = sign_in("ada").get("/worklist")
    assert answer.status_code == 200
    assert "Ada Example" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    with reading(program.engine) as connection:
        (row,) = connection.execute(select(tables.read_log)).all()
    assert (row.what, row.patients) == ("worklist", 0)


def test_nobody_else_sees_anything(open_site) -> None:
    answer = open_site().get("/worklist?clinic=north")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?back=/worklist%3Fclinic%3Dnorth"


def test_a_form_on_another_site_does_nothing(sign_in: SignIn) -> None:
    ada = sign_in("ada")
    answer = ada.post("/sign-out", headers={"sec-fetch-site": "cross-site"}, data={})
    assert answer.status_code == 403
    assert ada.get("/worklist").status_code == 200
