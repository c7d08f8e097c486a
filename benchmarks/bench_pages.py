"""Staff pages: server time of each on the example clinics, and the worklist beside the same one worked out from facts.

The named alternative is the spreadsheet's way: nothing is stored, and every look computes all patients anew.
"""

import contextlib
import io
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from starlette.testclient import TestClient

from benchmarks import Row
from db import people
from db.engine import writing
from examples.demo import run as make_demo
from monitor.bootstrap import Program, open_program
from monitor.services.looking import compute_again
from monitor.services.sessions import begin_session
from monitor.services.worklist import clinics_of, list_lines
from monitor.web.app import make_app

TARGET_MS = 50.0
ROUNDS = 9
PAGES = (
    ("olga", "/worklist"), ("olga", "/worklist?state=overdue"), ("olga", "/patients"), ("olga", "/treatments/{id}"),
    ("olga", "/treatments/{id}/checks/blood-count/50"), ("olga", "/treatments/{id}/infusions"),
    ("olga", "/treatments/{id}/checklists"), ("olga", "/treatments/{id}/slip"), ("olga", "/patients/new"),
    ("olga", "/protocols"), ("olga", "/protocols/alemtuzumab-eu"), ("olga", "/clinic"), ("olga", "/clinic/workload"),
    ("olga", "/clinic/adherence"), ("olga", "/clinic/letters"), ("olga", "/clinic/jobs"), ("olga", "/clinic/history"),
    ("olga", "/clinic/people"), ("olga", "/account"),
)  # fmt: skip


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        with contextlib.redirect_stdout(io.StringIO()):
            make_demo(folder, today=None, fresh=True, serve=False)
        program = open_program(folder / "config.yaml", environment={})
        try:
            return [*_pages(program), _beside_anew(program)]
        finally:
            program.engine.dispose()


def _pages(program: Program) -> list[Row]:
    with program.reading("olga") as desk:
        treatment_id = max(list_lines(desk), key=lambda line: line.days_overdue).treatment_id
    with writing(program.engine) as connection:
        person = people.find_person(connection, "olga")
        assert person is not None
        token = begin_session(connection, person, at=program.clock.now(), device="benchmark")
    rows = []
    with TestClient(make_app(program, only_feeds=False), base_url="http://127.0.0.1:8000") as client:
        client.cookies.set("monitor", token, domain="127.0.0.1")
        for _, path in PAGES:
            address = path.format(id=treatment_id)
            assert client.get(address).status_code == 200, address
            took = median(_milliseconds(partial(client.get, address)) for _ in range(ROUNDS))
            figure = f"{took:.0f} ms"
            rows.append(Row(f"page {path}", figure, f"under {TARGET_MS:.0f} ms", took < TARGET_MS))
    return rows


def _beside_anew(program: Program) -> Row:
    """The stored worklist beside one that computes every patient of every clinic from the facts."""

    def stored() -> None:
        with program.reading("olga") as desk:
            list_lines(desk)

    def anew() -> None:
        with program.reading("olga") as desk:
            for clinic in clinics_of(desk):
                for _ in compute_again(desk, clinic, desk.today[clinic.id]):
                    pass

    stored()
    ratios = [_milliseconds(anew) / _milliseconds(stored) for _ in range(3)]
    times = median(ratios)
    return Row(
        "worklist: stored, beside all patients computed anew", f"{times:.1f} x as fast", "at least 3 x", times >= 3
    )


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
