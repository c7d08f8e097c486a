"""`backup`, `restore`, `verify` and `replan` as a person meets them."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream
from sqlalchemy import Engine, text

from db import tables
from db.engine import reading, writing
from monitor.bootstrap import Program
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.rulebook import OwnSettings, Rulebook
from schedules.model import Infusion
from tests.conftest import Ran, run_command

Run = Callable[..., Ran]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def patients(program: Program) -> None:
    """Two invented patients of the north, two years after their course."""
    with program.writing("ada") as desk:
        for number in (1, 2):
            course = [Infusion(date(2024, 11, 4 * number) + timedelta(days=offset)) for offset in range(5)]
            enrol(
                desk,
                Enrolment(
                    "north", f"N-{number}", "alemtuzumab-eu", infusions=course, followed_here_from=date(2026, 10, 20)
                ),
            )


def acts(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(tables.history.select().order_by(tables.history.c.id)).scalars("act"))


def spoil(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(
            text("UPDATE \"check\" SET due_on = closes_on WHERE treatment_id = 1 AND rule = 'liver' AND number = 30")
        )


def test_the_drill(run: Run, engine: Engine, patients: None, tmp_path: Path) -> None:
    """Back up, spoil the record, see that it is spoilt, put the copy back, see that all is well."""
    assert "Verified 2 treatments: the record is what its facts say" in run("verify", by="ada").out
    file = tmp_path / "copy"
    made = run("backup", "--to", str(file), by="root-admin")
    assert (made.code, made.out.startswith(f"Backup written to {file} (")) == (0, True)
    spoil(engine)
    spoilt = run("verify", by="ada")
    assert spoilt.code == 1
    assert "N-1" in spoilt.out
    assert "liver/30" in spoilt.out
    assert "N-2" not in spoilt.out
    refused = run("restore", str(file), by="root-admin")
    assert (refused.code, "--yes-overwrite" in refused.err) == (1, True)
    restored = run("restore", str(file), "--yes-overwrite", by="root-admin")
    assert (restored.code, f"Restored the database from {file}." in restored.out) == (0, True)
    assert "withdraw them once more" in restored.err
    assert run("verify", by="ada").code == 0


def test_a_restored_record_is_believed_by_calendars(run: Run, engine: Engine, patients: None, tmp_path: Path) -> None:
    """Whatever was booked since the backup raised sequences that phones have seen; the restored ones stand above."""
    file = tmp_path / "copy"
    assert run("backup", "--to", str(file), by="root-admin").code == 0
    assert run("check", "book", "N-1", "blood-count", "--on", "2026-11-17", by="ada").code == 0
    shown = sequences(run)
    assert run("restore", str(file), "--yes-overwrite", by="root-admin").code == 0
    restored = sequences(run)
    assert shown.keys() == restored.keys()
    assert all(restored[uid] > shown[uid] for uid in shown)


def sequences(run: Run) -> dict[str, int]:
    calendar = IcsCalendarStream.calendar_from_ics(run("feed", "render", "N-1", by="ada").out)
    return {str(event.uid): event.sequence or 0 for event in calendar.events}


def test_the_history_tells_of_copies_and_restores(run: Run, engine: Engine, tmp_path: Path) -> None:
    run("backup", "--to", str(tmp_path / "copy"), by="root-admin")
    query = tables.history.select().where(tables.history.c.act.in_(["backup", "restore"]))
    with reading(engine) as connection:
        assert [(one.act, one.subject) for one in connection.execute(query)] == [("backup", "copy")]
    run("restore", str(tmp_path / "copy"), "--yes-overwrite", by="root-admin")
    with reading(engine) as connection:
        assert [(one.act, one.subject) for one in connection.execute(query)] == [("restore", "copy")]


@SQLITE
def test_a_restore_by_nobody_is_done_and_said(run: Run, tmp_path: Path) -> None:
    run("backup", "--to", str(tmp_path / "copy"), by="root-admin")
    ran = run("restore", str(tmp_path / "copy"), "--yes-overwrite")
    assert ran.code == 0
    assert "What was there before is now" in ran.out
    assert "The history does not say who restored it" in ran.err


@SQLITE
def test_verify_speaks_to_machines(run: Run, engine: Engine, patients: None) -> None:
    sound = json.loads(run("verify", "--format", "json", by="ada").out)
    chain = sound.pop("chain")
    assert sound == {"treatments": 2, "unsound": [], "differences": []}
    assert (chain["links"], chain["broken"], chain["doubtful"]) == (len(acts(engine)), [], [])
    spoil(engine)
    ran = run("verify", "--format", "json", by="ada")
    first = json.loads(ran.out)["differences"][0]
    assert ran.code == 1
    assert (first["clinic"], first["patient"], first["subject"]) == ("north", "N-1", "liver/30")


@SQLITE
def test_cy_verifies_nothing_of_the_north(run: Run, engine: Engine, patients: None) -> None:
    assert "Verified 0 treatments" in run("verify", by="cy").out
    refused = run("verify", "--clinic", "north", by="cy")
    assert (refused.code, "N-1" in refused.out + refused.err) == (1, False)


@SQLITE
def test_replan_mends_what_was_spoilt_and_twice_is_once(run: Run, engine: Engine, patients: None) -> None:
    spoil(engine)
    preview = run("replan", "--reason", "verify found a difference", "--preview", by="ada")
    assert "1 would change, 1 untouched. Nothing was kept." in preview.out
    assert run("verify", by="ada").code == 1
    assert "1 changed, 1 untouched." in run("replan", "--reason", "verify found a difference", by="ada").out
    assert run("verify", by="ada").code == 0
    again = run("replan", "--reason", "verify found a difference", by="ada")
    assert "Every plan is up to date." in again.out
    with reading(engine) as connection:
        query = tables.history.select().where(tables.history.c.act == "replan")
        assert [one.reason for one in connection.execute(query)] == ["verify found a difference"]


@SQLITE
def test_replan_needs_a_reason_and_a_known_patient(run: Run, patients: None) -> None:
    assert run("replan", by="ada").code == 2
    assert "needs a reason" in run("replan", "--reason", " ", by="ada").err
    assert "no patient 'N-9'" in run("replan", "N-9", "--reason", "x", by="ada").err
    assert "no patient 'N-1'" in run("replan", "N-1", "--reason", "x", by="cy").err


@SQLITE
def test_new_settings_reach_a_patient_by_a_replan_with_the_losses_named(
    program: Program,
    patients: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wider tail would let a due check of October stay on time for longer: postponed, so it is confirmed."""
    wider = Rulebook({"north": {"blood-count": OwnSettings(before_days=7, after_days=20)}})
    other = Program(program.config, program.engine, program.clock, wider)

    def replan(*options: str) -> Ran:
        args = ("replan", "--reason", "wider windows", *options)
        return run_command(args, capsys, monkeypatch, program=other, by="ada")

    refused = replan()
    assert refused.code == 1
    assert "was left as it is: This would withdraw or postpone" in refused.err
    preview = replan("--preview")
    assert "would be lost" in preview.err
    confirmed = replan("--confirm-losses")
    assert (confirmed.code, "2 changed, 0 untouched." in confirmed.out) == (0, True)
    assert json.loads(replan("--format", "json").out) == []
