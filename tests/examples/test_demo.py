"""The demo works from nothing, prints commands that work, and deletes nothing that it did not make."""

import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from ical.calendar_stream import IcsCalendarStream

from examples.folder import MARK, Folder
from monitor.services.passwords import is_right
from schedules.errors import Unacceptable

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "demo.py"
SETTLEMENTS = {"open", "done", "waived", "superseded", "before-record", "discharged", "withdrawn"}


def start(*args: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """With an empty home, and nothing of this shell's environment that the program would read."""
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "SYSTEMROOT", "TMPDIR"}}
    environment = {**kept, "HOME": str(home), "PYTHONUTF8": "1", **more}
    return subprocess.run(
        args, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )


def commands_in(printed: str) -> list[str]:
    commands = printed.partition("Try next")[2].partition("\nTo open or subscribe")[0]
    return [line.strip() for line in commands.splitlines() if line.startswith("  ")]


@pytest.mark.slow
def test_demo_from_beginning_to_end(tmp_path):
    """One test, because the demo takes half a minute to make."""
    to, home = tmp_path / "demo-output", tmp_path / "home"
    ran = start(sys.executable, str(DEMO), "--no-serve", "--to", str(to), home=home)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "INVENTED" in ran.stdout
    assert "Worklist for" in ran.stdout
    # Paths under the temporary folder are long, and nobody's choice; an address must be copied whole.
    lines = ran.stdout.replace(str(to), "demo-output").splitlines()
    assert [line for line in lines if len(line) > 80 and not line.startswith("  http://127.0.0.1")] == []
    assert list(home.iterdir()) == []

    check_files(to)
    check_people(to, ran.stdout)
    check_record(to / "record.sqlite3")
    check_commands(ran.stdout, home)

    (to / "notes-of-somebody.txt").write_text("mine")
    again = start(sys.executable, str(DEMO), "--no-serve", "--to", str(to), home=home)
    assert (again.returncode, again.stderr) == (0, "")
    assert "is kept" in again.stdout
    assert (to / "notes-of-somebody.txt").read_text() == "mine"
    check_serving(to, home)


def check_serving(to: Path, home: Path) -> None:
    """The addresses that it prints open; a second course makes the calendar longer, and nothing in it twice."""
    with serving(to, home) as addresses:
        page, calendar, worklist = addresses
        assert "<html" in fetch(page)
        before, of_clinic = uids(fetch(calendar)), uids(fetch(worklist))
        assert of_clinic.isdisjoint(before)
        reference = re.search(r"patient (\S+),", (to / "addresses.txt").read_text(encoding="utf-8"))
        assert reference
        settings = {"MONITOR_CONFIG": str(to / "config.yaml"), "MONITOR_BY": "ada"}
        monitor = str(Path(sys.executable).parent / "monitor")
        day = str(date.today() - timedelta(days=1))  # noqa: DTZ011  (the demo is made for this machine's today)
        added = start(monitor, "infusion", "add", reference[1], day, "--reason", "again", home=home, **settings)
        assert added.returncode == 0, added.stderr
        after = uids(fetch(calendar))
    assert before < after
    assert len(after) > len(before) + 8


@contextmanager
def serving(to: Path, home: Path) -> Iterator[list[str]]:
    """The demo as a person leaves it running; ends with Ctrl+C."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "SYSTEMROOT", "TMPDIR"}}
    process = subprocess.Popen(
        [sys.executable, str(DEMO), "--to", str(to)], cwd=ROOT, env={**kept, "HOME": str(home), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    try:
        printed = []
        for line in process.stdout:
            printed.append(line.strip())
            if "Serving on" in line:
                break
        yield [line for line in printed if line.startswith("http://127.0.0.1")]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) in {0, 130}
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def fetch(address: str) -> str:
    with urlopen(address, timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def uids(calendar: str) -> set[str]:
    found = [event.uid for event in IcsCalendarStream.calendar_from_ics(calendar).events]
    assert len(found) == len(set(found))
    return {uid for uid in found if uid}


def check_files(to: Path) -> None:
    for name in ("digest.txt", "digest.html", "worklist.csv", "import-report.txt", "clinic/acts.csv", "config.yaml"):
        assert (to / name).stat().st_size > 0, name
    assert "<html" in (to / "digest.html").read_text(encoding="utf-8")
    calendars = sorted((to / "calendars").glob("*.ics"))
    assert len(calendars) == 3
    for path in calendars:
        events = IcsCalendarStream.calendar_from_ics(path.read_text(encoding="utf-8")).events
        assert len(events) > 10
        assert len({event.uid for event in events}) == len(events)


def check_people(to: Path, printed: str) -> None:
    """Everybody's password is shown and opens the record; it was drawn here, and only the owner reads the file."""
    file = to / "people.txt"
    assert file.stat().st_mode & 0o077 == 0
    people = [line.split(" ")[:2] for line in file.read_text(encoding="utf-8").splitlines()]
    assert [login for login, _ in people] == ["ada", "bea", "dora", "olga"]
    assert len({password for _, password in people}) == len(people)
    connection = sqlite3.connect(to / "record.sqlite3")
    try:
        rows = connection.execute(
            "SELECT login, password_hash FROM credential JOIN person ON person.id = credential.person_id"
        ).fetchall()
    finally:
        connection.close()
    hashes = dict(rows)
    for login, password in people:
        assert f"  {login:<6} {password} " in printed
        assert is_right(hashes[login], password), login


def check_record(file: Path) -> None:
    """Every settlement occurs, and days on which things were done differ from those on which they were entered."""
    connection = sqlite3.connect(file)
    try:
        settlements = {name for (name,) in connection.execute('SELECT DISTINCT settlement FROM "check"')}
        (patients,) = connection.execute("SELECT count(*) FROM patient").fetchone()
        (later,) = connection.execute("SELECT count(*) FROM sample WHERE date(entered_at) > taken_on").fetchone()
        (invented,) = connection.execute("SELECT min(is_invented) FROM approval").fetchone()
    finally:
        connection.close()
    assert settlements == SETTLEMENTS
    assert (patients, invented) == (150, 1)
    assert later > 100


def check_commands(printed: str, home: Path) -> None:
    exported, *commands = [one for one in commands_in(printed) if not one.startswith("#")]
    settings = dict(word.split("=", 1) for word in shlex.split(exported)[1:])
    assert len(commands) == 5
    for command in commands:
        ran = start(*shlex.split(command), home=home, **settings)
        assert ran.returncode == 0, f"{command}\n{ran.stderr}"
        assert ran.stdout.strip(), command
    monitor, *_ = shlex.split(commands[0])
    listed = start(monitor, "worklist", "--state", "overdue", "--format", "json", home=home, **settings)
    patients = {one["patient"] for one in json.loads(listed.stdout)}
    assert 35 <= len(patients) <= 65
    verified = start(monitor, "verify", home=home, **{**settings, "MONITOR_BY": "olga"})
    assert verified.returncode == 0, verified.stdout + verified.stderr


class TestFolder:
    def test_one_that_holds_other_things_is_left_alone(self, tmp_path):
        (tmp_path / "thesis.txt").write_text("years of work")
        ran = start(sys.executable, str(DEMO), "--to", str(tmp_path), home=tmp_path.parent / "home")
        assert ran.returncode == 1
        assert "did not make" in ran.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

    def test_only_what_it_wrote_is_deleted(self, tmp_path):
        folder = Folder(tmp_path / "out")
        folder.clear()
        folder.claim("calendars/A.ics").write_text("ours")
        (tmp_path / "out" / "calendars" / "B.ics").write_text("somebody's")
        (tmp_path / "record.sqlite3").write_text("somebody's")
        with (tmp_path / "out" / MARK).open("a") as mark:
            mark.write("../record.sqlite3\n")
        folder.clear()
        kept = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
        assert kept == ["out/calendars/B.ics", f"out/{MARK}", "record.sqlite3"]

    def test_a_file_of_somebody_else_is_not_overwritten(self, tmp_path):
        folder = Folder(tmp_path)
        folder.clear()
        (tmp_path / "digest.txt").write_text("somebody's")
        with pytest.raises(Unacceptable, match="was not made by the demo"):
            folder.claim("digest.txt")
