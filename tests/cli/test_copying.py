"""`monitor copy`: from SQLite to PostgreSQL and back, with every row the same, or nothing at all."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, text, update

from db import tables
from db.engine import open_engine, reading, writing
from db.letters import Letter, add_letter, add_skipped
from db.sealing import Seal
from monitor.bootstrap import Program
from monitor.config import Config
from monitor.config.settings import History
from monitor.services import addresses, booking, deciding, recording
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion
from tests.conftest import Ran, run_command
from tests.postgres import Server

Run = Callable[..., Ran]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def keyed(program: Program, database_url: str) -> Iterator[Program]:
    """The invented clinic with a key for its history."""
    engine = open_engine(database_url, seal=Seal(KEY.encode()))
    yield replace(program, engine=engine, config=Config(history=History(key=KEY)))
    engine.dispose()


@pytest.fixture
def full(keyed: Program) -> Program:
    """Something of every kind in the record."""
    day = timedelta(days=1)
    course = [Infusion(date(2024, 11, 4) + number * day) for number in range(5)]
    with keyed.writing("dora") as desk:
        treatment, _ = enrol(desk, Enrolment("north", "N-Ä1", "alemtuzumab-eu", infusions=course,
                                             followed_here_from=date(2026, 8, 1)))  # fmt: skip
        recording.record_samples(
            desk, treatment, ["blood-count"], taken_on=date(2026, 10, 30), performed_by="Ö. Example"
        )
        recording.mark_seen(desk, treatment, "blood-count", result="within range (invented)")
        booking.book(desk, treatment, ["liver"], on=date(2026, 11, 12), at=time(8, 30))
        deciding.waive(desk, treatment, "thyroid", 8, reason="an “invented” reason", decided_by="Dr. Dora Example")
        addresses.issue_to_patient(desk, "N-Ä1", label="own phone", consented=True)
    _fill_by_hand(keyed, treatment)
    return keyed


def _fill_by_hand(program: Program, treatment: int) -> None:
    at = datetime(2026, 11, 2, 8, 0, 0, 123456, tzinfo=UTC)
    stamp = {"entered_by": 1, "entered_at": at}
    own = {"clinic_id": "north", "clinic_ids": ["north", "south"], "address": "ada@hospital.example", "language": "de",
           "is_weekly": True, "attaches_worklist": False, "is_physician": False, "code_sha256": "c" * 64}  # fmt: skip
    body = b"Subject: =?utf-8?q?=C3=84?=\r\n\r\nbytes \x00\xff\xfe that are no text\r\n"
    letter = Letter("daily/2026-11-02/3", "daily", 3, "north", date(2026, 11, 2), "a@b.example", "Ä", "<1@x>", body)
    with writing(program.engine) as connection:
        add_letter(connection, letter, at)
        add_skipped(connection, replace(letter, key="daily/2026-11-01/3"), at, why="nobody was there")
        connection.execute(insert(tables.recipient), {"person_id": 3, **own, **stamp})
        connection.execute(insert(tables.confirmation), {"recipient_id": 1, **stamp})
        cover = {"person_id": 3, "from_on": date(2026, 11, 2), "until_on": date(2026, 11, 9), "deputy_id": 4}
        connection.execute(insert(tables.cover), cover | stamp)
        seen = {"treatment_id": treatment, "rule": "liver", "number": 3, "role": "nurse", "seen_by": "Ada Example"}
        connection.execute(insert(tables.escalation_seen), seen | stamp)
        look = {
            "clinic_id": "north",
            "day": date(2026, 11, 2),
            "looked_at": at,
            "followed": 1,
            "checks": 9,
            "overdue": 2,
        }
        findings = {"N-Ä1": ["overdue", None, 1.5, True]}
        position, mac = connection.execute(select(tables.chain_head.c.position, tables.chain_head.c.mac)).one()
        chain = {"findings": findings, "chain_position": position, "chain_mac": mac}
        connection.execute(insert(tables.digest_look), look | chain)
        beat = {"replica": "one", "started_at": at, "ticked_at": at, "version": "0.1.0"}
        connection.execute(insert(tables.heartbeat), beat)
        run = {"job": "backup", "day": date(2026, 11, 2), "state": "done", "replica": "one", "lease_until": at}
        connection.execute(insert(tables.job_run), run | {"attempts": 1})
        counts = {"file": "list.csv", "sha256": sha256(b"").hexdigest(), "counts": {"patients": 1}, **stamp}
        connection.execute(insert(tables.import_run), counts)
        connection.execute(insert(tables.feed_fetch), {"feed_id": 1, "client": "Apple Calendar", "fetched_at": at})
        connection.execute(insert(tables.feed_end), {"feed_id": 1, "reason": "lost", **stamp})
        _fill_what_pages_keep(connection, treatment, at, stamp)


def _fill_what_pages_keep(connection: Connection, treatment: int, at: datetime, stamp: dict[str, Any]) -> None:
    connection.execute(update(tables.clinic).where(tables.clinic.c.id == "north").values(working_weekdays=[0, 2]))
    connection.execute(
        update(tables.person).where(tables.person.c.login == "bea").values(language="de", disabled_at=at)
    )
    closed = {
        "clinic_id": "north",
        "from_on": date(2026, 12, 24),
        "until_on": date(2027, 1, 2),
        "name": "Jahreswechsel",
    }
    connection.execute(insert(tables.closure), closed | stamp)
    changed = {
        "clinic_id": "north",
        "changes": 2,
        "changed_at": at,
        "changed_by": 1,
        "reason": "moves",
        "followed_to": 1,
    }
    connection.execute(insert(tables.days_change), changed)
    connection.execute(insert(tables.named_nurse), {"patient_id": 1, "nurse_id": 3, **stamp})
    connection.execute(
        insert(tables.preference), {"patient_id": 1, "weekdays": [1, 3], "practitioner": "Dr. Ü", **stamp}
    )
    said = {"checklist": "before", "question": "zoster", "course": 1, "said": "unknown", "note": "asks again"}
    connection.execute(insert(tables.answer), {"treatment_id": treatment, **said, **stamp})
    connection.execute(insert(tables.credential), {"person_id": 3, "password_hash": "$argon2id$…", "changed_at": at})
    browser = {"token_sha256": "a" * 64, "person_id": 3, "began_at": at, "used_at": at, "device": "Firefox"}
    connection.execute(insert(tables.session), browser)
    invited = {"person_id": 3, "token_sha256": "b" * 64, "made_at": at, "expires_at": at}
    connection.execute(insert(tables.invitation), invited)
    connection.execute(insert(tables.attempt), {"key": "login/" + "d" * 64, "failures": 2, "failed_at": at})
    known = {"issuer": "https://login.hospital.example", "subject": "s-1", "person_id": 3}
    connection.execute(insert(tables.identity), known)
    sent = {"state_sha256": "e" * 64, "nonce": "n", "verifier": "v", "back": "/worklist", "made_at": at}
    connection.execute(insert(tables.oidc_request), sent)
    read = {"at": at, "person_id": 3, "what": "patient", "treatment_id": treatment, "patients": 1}
    connection.execute(insert(tables.read_log), read)


@pytest.fixture
def new_urls(server: Server, tmp_path: Path) -> dict[str, str]:
    """An address at which there is nothing yet, of each kind."""
    return {"sqlite": f"sqlite:///{tmp_path / 'copied.sqlite3'}", "postgresql": server.url(server.create())}


def content(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables.metadata.sorted_tables
        }


def without_copies(rows: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Without the line that says that it was copied, its link and the head that moved."""
    copied = {row[0] for row in rows["history"] if row[6] == "copy"}
    return rows | {
        "history": [row for row in rows["history"] if row[0] not in copied],
        "chain_link": [row for row in rows["chain_link"] if row[1] not in copied],
        "chain_head": [],
    }


@pytest.mark.postgres
def test_there_and_back_every_row_is_the_same(
    full: Program, new_urls: dict[str, str], kind: str, tmp_path: Path, server: Server,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    there = "postgresql" if kind == "sqlite" else "sqlite"
    before = content(full.engine)
    empty = {name for name, rows in before.items() if not rows}
    assert empty <= {"contact_note", "discharge", "extra", "report", "away", "wish"}
    made = run_command(("copy", "--to", new_urls[there]), capsys, monkeypatch, program=full, by="root-admin")
    assert (made.code, "each is the same on both sides" in made.out) == (0, True), made.err
    other = replace(full, engine=open_engine(new_urls[there], seal=Seal(KEY.encode())))
    assert without_copies(content(other.engine)) == without_copies(before)
    with other.writing("ada") as desk:  # the next numbers are free ones
        booking.book(desk, 1, ["blood-count"], on=date(2026, 11, 17))
    verified = run_command(("verify",), capsys, monkeypatch, program=other, by="root-admin")
    assert verified.code == 0, verified.out
    middle = content(other.engine)

    back_url = f"sqlite:///{tmp_path / 'back.sqlite3'}" if kind == "sqlite" else server.url(server.create())
    sums = run_command(
        ("copy", "--to", back_url, "--format", "json"), capsys, monkeypatch, program=other, by="root-admin"
    )
    assert {one["table"] for one in json.loads(sums.out)} == set(tables.metadata.tables)
    back = replace(full, engine=open_engine(back_url, seal=Seal(KEY.encode())))
    assert without_copies(content(back.engine)) == without_copies(middle)
    assert run_command(("verify",), capsys, monkeypatch, program=back, by="root-admin").code == 0
    with reading(back.engine) as connection:
        copies = connection.execute(select(tables.history.c.subject).where(tables.history.c.act == "copy")).scalars()
        assert list(copies) == [f"from {kind}", f"from {there}"]
    other.engine.dispose()
    back.engine.dispose()


@SQLITE
def test_a_target_that_holds_anything_is_left_alone(
    full: Program,
    tmp_path: Path,
    database_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = content(full.engine)
    refused = run_command(("copy", "--to", database_url), capsys, monkeypatch, program=full, by="root-admin")
    assert (refused.code, "The target is not empty" in refused.err) == (1, True)
    assert content(full.engine) == before
    nurse = run_command(("copy", "--to", f"sqlite:///{tmp_path / 'x'}"), capsys, monkeypatch, program=full, by="ada")
    assert (nurse.code, (tmp_path / "x").exists()) == (1, False)


@pytest.mark.postgres
@SQLITE
def test_what_the_target_does_not_take_leaves_nothing_and_names_nobody(
    full: Program, new_urls: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite does not count the letters of a name; PostgreSQL does."""
    with writing(full.engine) as connection:
        connection.execute(update(tables.person).where(tables.person.c.login == "ada").values(name="Xaver " * 50))
    url = new_urls["postgresql"]
    refused = run_command(("copy", "--to", url), capsys, monkeypatch, program=full, by="root-admin")
    assert (refused.code, "does not take a row of 'person'" in refused.err) == (1, True)
    assert "Xaver" not in refused.out + refused.err
    other = open_engine(url)
    with reading(other) as connection:
        assert connection.execute(text("SELECT count(*) FROM clinic")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM person")).scalar_one() == 2
    other.dispose()


@SQLITE
def test_a_row_that_comes_out_otherwise_is_noticed(
    full: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from db import copying

    target = open_engine(f"sqlite:///{tmp_path / 'copied.sqlite3'}")
    copying.prepare(target)
    with writing(target) as connection:
        connection.execute(
            text(
                "CREATE TRIGGER spoil AFTER INSERT ON visit BEGIN UPDATE visit SET sequence = 99 WHERE id = NEW.id; END"
            )
        )
    refused = run_command(("copy", "--to", str(target.url)), capsys, monkeypatch, program=full, by="root-admin")
    assert (refused.code, "Table 'visit' came out otherwise" in refused.err) == (1, True)
    with reading(target) as connection:
        assert connection.execute(text("SELECT count(*) FROM visit")).scalar_one() == 0
