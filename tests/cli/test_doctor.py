"""`doctor`: each finding by its id, a hint for each, and exit 1 where an error is among them."""

import json
import socket
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text

from db import tables
from db.engine import open_engine, wal_is_safe, writing
from db.heartbeats import beat
from db.history import add_deed
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.protocols import load_files
from monitor.services.approving import Candidate, approve
from monitor.services.confirming import confirm
from monitor.services.covering import add_cover
from monitor.services.deciding import discharge
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.examining_address import examine_address, examine_answer
from monitor.services.found import Weight
from schedules.model import Infusion
from tests.conftest import Ran, run_command
from tests.recipients import add, add_confirmed, latest_code

Run = Callable[..., Ran]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
COURSE = [Infusion(date(2026, 9, 7) + timedelta(days=offset)) for offset in range(5)]


def findings(ran: Ran) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads(ran.out)}


@pytest.fixture
def doctor(run: Run) -> Callable[..., dict[str, dict[str, Any]]]:
    return lambda by="root-admin": findings(run("doctor", "--format", "json", by=by))


Doctor = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def patient(program: Program) -> int:
    with program.writing("ada") as desk:
        return enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE))[0]


@pytest.fixture
def alive(program: Program) -> None:
    """Some process ran the jobs a moment ago."""
    with writing(program.engine) as connection:
        beat(connection, "one", program.clock.now(), version="1")


@pytest.fixture
def readers(program: Program) -> None:
    """Two people read the digest of every clinic that has a patient here, one of them the responsible physician."""
    add_confirmed(program, "root-admin")
    add_confirmed(program, "dora", is_physician=True)


@pytest.mark.usefixtures("alive", "readers")
def test_a_healthy_record_has_only_what_everybody_has(run: Run, doctor: Doctor, patient: int, kind: str) -> None:
    expected = {"backup-none", "public-address-local", "history-key-missing", "mail-goes-nowhere"}
    expected.add("administrator-without-sign-in")  # the invented one acts by the command line
    if kind == "sqlite" and not wal_is_safe():
        expected.add("sqlite-wal-bug")
    if kind == "postgresql":
        expected.add("clock-off")  # ours stands still, the server's does not
    assert doctor().keys() == expected
    ran = run("doctor", by="root-admin")
    assert ran.code == (1 if kind == "postgresql" else 0)
    assert "2 warnings" in ran.out


@pytest.mark.usefixtures("patient")
def test_every_finding_has_a_hint(doctor: Doctor, program: Program) -> None:
    with program.writing("root-admin") as desk:
        desk.connection.execute(text("DELETE FROM person_clinic WHERE clinic_id = 'west'"))
    assert all(one["hint"] and one["sentence"].endswith(".") for one in doctor().values())


def test_a_clinic_without_people_is_found(doctor: Doctor, program: Program) -> None:
    with program.writing("root-admin") as desk:
        desk.connection.execute(
            text(
                "DELETE FROM person_clinic WHERE clinic_id = 'west'"
                " AND person_id <> (SELECT id FROM person WHERE login = 'root-admin')"
            )
        )
    assert doctor()["clinic-without-person"]["clinic"] == "west"


def test_backups_age(doctor: Doctor, program: Program, clock: FixedClock) -> None:
    with program.writing("root-admin") as desk:
        add_deed(desk.connection, at=desk.at, person_id=desk.actor.id, act="backup", subject="copy")
    assert not {"backup-none", "backup-old"} & doctor().keys()
    clock.advance(timedelta(days=8))
    assert "8 days old" in doctor()["backup-old"]["sentence"]


def test_an_entry_of_the_future_tells_that_the_clock_is_off(
    doctor: Doctor, program: Program, clock: FixedClock, kind: str
) -> None:
    if kind == "postgresql":
        assert "database server differ" in doctor()["clock-off"]["sentence"]
        clock.advance(datetime.now(UTC) - clock.now())
    assert "clock-off" not in doctor()
    with program.writing("root-admin") as desk:
        add_deed(desk.connection, at=desk.at + timedelta(hours=3), person_id=desk.actor.id, act="test")
    found = doctor()["clock-off"]
    assert found["severity"] == "error"
    assert "still to come" in found["sentence"]


def test_a_planned_day_that_passed_is_found(doctor: Doctor, program: Program, clock: FixedClock) -> None:
    with program.writing("ada") as desk:
        planned = Infusion(date(2026, 11, 3), planned=True)
        enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=[*COURSE, planned]))
    assert "planned-day-passed" not in doctor()
    clock.advance(timedelta(days=2))
    found = doctor()["planned-day-passed"]
    assert "2026-11-03" in found["sentence"]
    assert found["patients"] == ["N-1"]


def test_follow_up_without_a_check_ahead_is_an_error(run: Run, doctor: Doctor, engine: Engine, patient: int) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE \"check\" SET settlement = 'waived' WHERE family = 'thyroid'"))
    found = doctor()["patient-without-check"]
    assert (found["severity"], found["patients"]) == ("error", ["N-1"])
    assert "No check of thyroid lies ahead" in found["sentence"]
    assert run("doctor", by="root-admin").code == 1
    assert "patient-without-check" not in doctor("cy")


def test_a_treatment_without_any_check_is_an_error(doctor: Doctor, engine: Engine, patient: int) -> None:
    with writing(engine) as connection:
        connection.execute(text('DELETE FROM "check"'))
    assert "every family" in doctor()["patient-without-check"]["sentence"]


def test_a_discharged_patient_needs_no_check(doctor: Doctor, program: Program, patient: int) -> None:
    with program.writing("dora") as desk:
        discharge(desk, patient, kind="moved", on=date(2026, 11, 2), reason="moved away")
    assert "patient-without-check" not in doctor()


def test_a_newer_approved_version_makes_the_old_one_outdated(
    run: Run, doctor: Doctor, program: Program, clock: FixedClock, patient: int
) -> None:
    entry = load_files().get("alemtuzumab-eu")
    newer_text = entry.text.replace('version: "2026.1"', 'version: "2027.1"')
    newer = entry.protocol.model_copy(update={"version": "2027.1"})
    clock.advance(timedelta(minutes=1))
    with program.writing("root-admin") as desk:
        approve(desk, Candidate(newer_text, newer), approved_by="Dr. Invented Example", is_invented=True)
    assert "2027.1" in doctor()["protocol-outdated"]["sentence"]
    assert "alemtuzumab-eu 2027.1" in run("replan", "--reason", "new version", by="ada").out
    assert "protocol-outdated" not in doctor()
    assert run("verify", by="ada").code == 0


# --- Who reads the digest -----------------------------------------------------------------------------


@pytest.mark.usefixtures("patient")
def test_a_clinic_with_fewer_than_two_confirmed_recipients_is_an_error(
    run: Run, doctor: Doctor, program: Program
) -> None:
    found = doctor()["clinic-recipients"]
    assert (found["severity"], found["clinic"]) == ("error", "north")
    assert found["sentence"].endswith("recipients of the digest: none.")
    assert run("doctor", by="root-admin").code == 1
    add_confirmed(program, "root-admin")
    add(program, "ada")
    found = doctor()["clinic-recipients"]
    assert found["sentence"].endswith("recipients of the digest: root-admin.")
    assert found["hint"].startswith("Not confirmed yet: ada")
    add_confirmed(program, "bea")
    assert "clinic-recipients" not in doctor()
    assert not {"clinic-recipients", "physician-missing"} & doctor("cy").keys()


@SQLITE
@pytest.mark.usefixtures("patient")
def test_a_clinic_without_a_responsible_physician_is_noted(doctor: Doctor, program: Program) -> None:
    found = doctor()["physician-missing"]
    assert (found["severity"], found["clinic"]) == ("note", "north")
    add(program, "dora", is_physician=True)
    assert "physician-missing" in doctor(), "an address that nobody confirmed reaches nobody"
    with program.writing("dora") as desk:
        assert confirm(desk, "dora", latest_code(program.engine))
    assert "physician-missing" not in doctor()


@SQLITE
@pytest.mark.usefixtures("patient")
def test_a_clinic_without_a_patient_needs_no_recipient(doctor: Doctor) -> None:
    assert {one["clinic"] for one in doctor().values() if one["id"] == "clinic-recipients"} == {"north"}


@pytest.mark.usefixtures("patient", "readers")
def test_who_is_away_today_and_whose_digest_nobody_reads_is_a_warning(
    doctor: Doctor, program: Program, clock: FixedClock
) -> None:
    add_confirmed(program, "ada")
    add_confirmed(program, "bea")
    with program.writing("root-admin") as desk:
        add_cover(desk, "ada", from_on=date(2026, 11, 3), until_on=date(2026, 11, 5), deputy="bea")
        add_cover(desk, "dora", from_on=date(2026, 11, 3), until_on=date(2026, 11, 3))
        add_cover(desk, "bea", from_on=date(2026, 11, 4), until_on=date(2026, 11, 4), deputy="root-admin")
    assert "cover-missing" not in doctor()
    clock.advance(timedelta(days=1))
    found = doctor()["cover-missing"]
    assert found["severity"] == "warning"
    assert found["sentence"] == "'dora' is away until 2026-11-03, and nobody stands in."
    clock.advance(timedelta(days=1))
    found = doctor()["cover-missing"]
    assert found["sentence"].startswith("'ada' is away until 2026-11-05, and the deputy 'bea' is away, too")
    assert "cover-missing" not in doctor("cy")
    clock.advance(timedelta(days=1))
    assert "cover-missing" not in doctor()


@SQLITE
def test_jobs_that_do_not_run_are_an_error_whoever_asks(run: Run) -> None:
    ran = run("doctor", "--format", "json")
    assert ran.code == 1
    found = findings(ran)["tick-missing"]
    assert (found["severity"], "monitor serve" in found["hint"]) == ("error", True)


@SQLITE
@pytest.mark.usefixtures("alive")
def test_without_a_name_the_record_is_not_examined(run: Run) -> None:
    ran = run("doctor", "--format", "json")
    assert ran.code == 0
    assert "nobody-named" in findings(ran)


@SQLITE
def test_settings_for_what_is_not_there_are_found(
    program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"overrides": {"blood-cout": {"escalation_days": [3]}}}
    config = Config.model_validate({"clinics": {"north": own, "nort": {}}})
    other = Program(config, program.engine, program.clock, program.rulebook)
    args = ("doctor", "--format", "json")
    found = findings(run_command(args, capsys, monkeypatch, program=other, by="root-admin"))
    assert found["config-override-unknown-rule"]["hint"] == "Did you mean 'blood-count'?"
    assert found["config-unknown-clinic"]["hint"] == "Did you mean 'north'?"


@SQLITE
def test_protocol_files_with_problems_are_found(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "protocols"
    folder.mkdir()
    (folder / "own.yaml").write_text('format: 1\nkind: protocol\nid: own\nversion: "2026.1"\n')
    config = Config.model_validate({"protocols": {"directories": [folder]}})
    other = Program(config, program.engine, program.clock, program.rulebook)
    ran = run_command(("doctor", "--format", "json"), capsys, monkeypatch, program=other, by="root-admin")
    assert ran.code == 1
    assert "own.yaml" in findings(ran)["protocol-file-problems"]["sentence"]


@pytest.mark.parametrize(
    ("make", "finding"),
    [
        (lambda path: None, "db-missing"),
        (lambda path: path.write_text("Dear Ada, " * 500), "db-unreachable"),
    ],
)
def test_a_database_that_is_not_there_is_an_error(
    make: Callable[[Path], object],
    finding: str,
    tmp_path: Path,
    clock: FixedClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(tmp_path / "record.sqlite3")
    program = Program(Config(), open_engine(f"sqlite:///{tmp_path / 'record.sqlite3'}"), clock)
    ran = run_command(("doctor", "--format", "json"), capsys, monkeypatch, program=program)
    assert ran.code == 1
    assert findings(ran)[finding]["severity"] == "error"


@SQLITE
def test_an_old_schema_is_an_error(doctor: Doctor, engine: Engine, program: Program) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    found = doctor()["schema-old"]
    assert found["severity"] == "error"
    assert "monitor init" in found["hint"]


def test_a_configuration_with_problems_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yaml").write_text("evry: 1\n")
    args = ("--config", str(tmp_path / "config.yaml"), "doctor", "--format", "json")
    ran = run_command(args, capsys, monkeypatch)
    assert ran.code == 1
    assert "'evry' is not a setting" in findings(ran)["config-problems"]["sentence"]


@SQLITE
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_window(run: Run, engine: Engine, patient: int, width: int) -> None:
    with writing(engine) as connection:
        connection.execute(insert(tables.clinic).values(id="x" * 40, name="x", time_zone="UTC", country="DE"))
        connection.execute(insert(tables.person_clinic).values(person_id=4, clinic_id="x" * 40))
    ran = run("doctor", by="root-admin", width=width)
    assert max(len(line) for line in ran.out.splitlines()) <= width


# --- The address that patients scan -------------------------------------------------------------------


def examined(address: str) -> dict[str, str]:
    return {one.id: one.sentence for one in examine_address(address)}


def test_an_address_of_this_machine_is_no_address_for_patients() -> None:
    for address in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        assert examined(address).keys() == {"public-address-local"}


def test_an_address_without_a_certificate_is_an_error_and_one_that_is_silent_a_warning() -> None:
    assert next(iter(examine_address("http://calendar.example"))).id == "public-address-open"
    [silent] = examine_answer("http://127.0.0.1:9")
    assert (silent.id, silent.weight) == ("public-address-silent", Weight.WARNING)


def test_whatever_answers_must_be_this_program() -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_elsewhere = self.path.startswith("/elsewhere")
            self.send_response(302 if is_elsewhere else 200)
            if is_elsewhere:
                self.send_header("Location", "/healthz")
            self.end_headers()
            self.wfile.write(self.server.says)  # type: ignore[attr-defined]

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        server.says = b"ok\n"  # type: ignore[attr-defined]
        assert list(examine_answer(base)) == []
        [moved] = examine_answer(f"{base}/elsewhere")
        assert "(Found)" in moved.sentence, "calendar programs would not follow"
        server.says = b"<h1>It works!</h1>"  # type: ignore[attr-defined]
        assert [one.id for one in examine_answer(base)] == ["public-address-silent"]
        server.shutdown()


def test_what_speaks_no_http_is_not_this_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def speak() -> None:
            with other.accept()[0] as connection:
                connection.recv(1_000)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        threading.Thread(target=speak, daemon=True).start()
        [silent] = examine_answer(f"http://127.0.0.1:{other.getsockname()[1]}")
    assert silent.id == "public-address-silent"
