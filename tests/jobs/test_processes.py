"""`monitor serve` and `monitor jobs` as processes: mail goes out by itself, and SIGTERM ends them in good order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from db.engine import reading
from db.heartbeats import list_heartbeats
from monitor.bootstrap import Program
from tests.jobs.conftest import plan_letter, row_of
from tests.mail.receiving import receiving
from tests.mail.scripted import scripted
from tests.web.listening import ask, listening

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0


def configure(file: Path, **settings: Any) -> Path:
    known = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump(known | {"jobs": {"tick_seconds": 1}} | settings), encoding="utf-8")
    return file


def smtp(port: int) -> dict[str, Any]:
    return {"kind": "smtp", "host": "127.0.0.1", "port": port, "security": "none", "timeout_seconds": 20}


def until(holds: Callable[[], bool]) -> None:
    """Waits for another process; there is no event to wait for across the two."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@contextmanager
def jobs(config: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log = config.with_name("jobs.log")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", str(config), "jobs"],
            stdout=out, stderr=out, cwd=ROOT, env=environment,
        )  # fmt: skip
    try:
        until(lambda: "Running jobs as " in log.read_text(encoding="utf-8") or process.poll() is not None)
        yield process, log
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE)


def stop(process: subprocess.Popen[bytes], number: int) -> int:
    process.send_signal(number)
    return process.wait(PATIENCE)


def is_sent(program: Program, letter_id: int) -> bool:
    return bool(row_of(program, letter_id)["state"] == "sent")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_jobs_alone_send_what_is_planned_and_end_when_told(program: Program, config_file: Path, number: int) -> None:
    letter_id = plan_letter(program)
    with receiving() as post, jobs(configure(config_file, mail=smtp(post.port))) as (process, log):
        until(lambda: is_sent(program, letter_id))
        assert stop(process, number) == 0
        assert [one.original_content for one in post.letters] == [row_of(program, letter_id)["body"]]
    lines = log.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("Running jobs as ")
    assert [line.partition(": ")[2] for line in lines[1:]] == [f"letter {letter_id} was sent at attempt 1"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_serve_runs_the_jobs_and_says_that_all_is_well(program: Program, config_file: Path, tmp_path: Path) -> None:
    letter_id = plan_letter(program)
    with listening(configure(config_file, mail={"folder": str(tmp_path / "outbox")})) as server:
        until(lambda: is_sent(program, letter_id))
        assert ask(server.port, "/healthz")[::2] == (200, b"ok\n")
        assert server.stop() == 0
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.read_bytes() == row_of(program, letter_id)["body"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("options", [("--no-jobs",), ("--only", "feeds")])
def test_serve_without_jobs_runs_none(program: Program, config_file: Path, options: tuple[str, ...]) -> None:
    letter_id = plan_letter(program)
    with listening(configure(config_file), *options) as server:
        status, _, body = ask(server.port, "/healthz")
        assert server.stop() == 0
    assert (status, body) == ((200, b"ok\n") if "feeds" in options else (503, b"tick-missing\n"))
    assert row_of(program, letter_id)["state"] == "planned"
    with reading(program.engine) as connection:
        assert list_heartbeats(connection) == []


@pytest.mark.parametrize("door", ["jobs", "serve"])
def test_a_letter_in_flight_is_finished_and_the_next_not_begun(program: Program, config_file: Path, door: str) -> None:
    """The server holds its answer back until the process has been told to end."""
    letter_ids = [plan_letter(program, number=number) for number in range(2)]
    with scripted("DATA", "hold") as server:
        config = configure(config_file, mail=smtp(server.port))
        if door == "jobs":
            with jobs(config) as (process, _):
                assert server.reached.wait(PATIENCE)
                process.send_signal(signal.SIGTERM)
                server.go_on.set()
                assert process.wait(PATIENCE) == 0
        else:
            with listening(config) as listener:
                assert server.reached.wait(PATIENCE)
                listener.process.send_signal(signal.SIGTERM)
                until(lambda: not answers(listener.port))
                server.go_on.set()
                assert listener.process.wait(PATIENCE) == 0
    assert row_of(program, letter_ids[0])["state"] == "sent"
    assert row_of(program, letter_ids[1])["state"] in {"planned", "sent"}
    assert len(server.taken) == sum(is_sent(program, one) for one in letter_ids)


def answers(port: int) -> bool:
    try:
        return ask(port, "/livez")[0] == 200
    except AssertionError:
        return False
