"""`monitor import`: what a nurse reads, what is kept, and what a kill leaves behind."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from db.engine import reading
from db.tables import metadata
from monitor.services import enrolling
from monitor.services.enrolling import Enrolment
from schedules.model import Infusion

on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
BAD = Path(__file__).parents[1] / "import_files" / "bad"
KNOWN = "reference,infusion,birth_date,sex\nINV-KNOWN,2024-01-08..2024-01-12,1988-03-02,f\n"


@pytest.fixture
def given(tmp_path: Path):
    """A file with this text; returns its path as one types it."""

    def given(text: str, name: str = "list.csv") -> str:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return str(file)

    return given


@pytest.fixture
def known(run, given, desk_of):
    """One patient of Ada's clinic, and one of Cy's."""
    ran = run("import", given(KNOWN, "known.csv"), "--clinic", "north", "--protocol", "alemtuzumab-eu", by="ada")
    assert ran.code == 0, ran.err
    with desk_of("cy") as desk:
        enrolling.enrol(desk, Enrolment("west", "INV-WEST", "alemtuzumab-eu", infusions=[Infusion(date(2024, 1, 8))]))


@pytest.fixture
def dump(program) -> Callable[[], dict[str, list[tuple[object, ...]]]]:
    """Every row of every table."""

    def dump() -> dict[str, list[tuple[object, ...]]]:
        with reading(program.engine) as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=str)
                for table in metadata.sorted_tables
            }

    return dump


@on_sqlite
@pytest.mark.parametrize("file", sorted(BAD.glob("*.csv")), ids=lambda file: file.stem)
def test_every_bad_file_has_its_exact_report(run, known, file):
    ran = run("import", str(file), "--dry-run", by="ada")
    report = file.with_suffix(".report.txt")
    if os.environ.get("WRITE_REPORTS"):
        report.write_text(ran.err, encoding="utf-8")
    assert ran.err == report.read_text(encoding="utf-8")
    assert ran.code == (0 if file.stem == "flags" else 1)


@on_sqlite
def test_no_bad_file_leaves_anything(run, known, dump):
    before = dump()
    for file in sorted(BAD.glob("*.csv")):
        if file.stem != "flags":
            assert run("import", str(file), by="ada").code == 1
    assert dump() == before


GOOD = """clinic;reference;protocol;infusion;name
north;INV-1;alemtuzumab-eu;08.01.2024 - 12.01.2024;=Example
north;INV-2;alemtuzumab-eu;08.01.2025 - 12.01.2025;
"""


@on_sqlite
def test_what_a_nurse_reads(run, given):
    ran = run("import", given(GOOD), by="ada", width=80)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "Imported list.csv: 2 rows.",
        "  added      2 patients",
        "  changed    0 patients",
        "  unchanged  0 patients",
        "10 infusion days added.",
    ]
    assert ran.err == ""
    again = run("import", given(GOOD), by="ada")
    assert again.out.startswith("Nothing new in list.csv: 2 rows.\n")
    more = run("import", given(GOOD + "north;INV-2;alemtuzumab-eu;10.02.2026;\n"), by="ada")
    assert "               INV-2: infusions added: 2026-02-10\n" in more.out


@on_sqlite
def test_a_dry_run_says_that_nothing_was_saved(run, given, dump):
    before = dump()
    ran = run("import", given(GOOD), "--dry-run", by="ada")
    assert ran.out.startswith("Dry run of list.csv: 2 rows.\n  added      2 patients\n")
    assert ran.out.endswith("Nothing was saved, because this was a dry run.\n")
    assert dump() == before


@on_sqlite
def test_good_rows_alone(run, given):
    ran = run("import", given(GOOD + "north;INV-2;alemtuzumab-eu;32.01.2024;\n"), "--accept-good-rows", by="ada")
    assert ran.code == 0
    assert "  left out   1 patient, with all rows\n               INV-2\n" in ran.out
    assert "There is no day '32.01.2024'." in ran.err


@on_sqlite
def test_for_machines(run, given):
    done = json.loads(run("import", given(GOOD), "--format", "json", by="ada").out)
    assert (done["saved"], done["kind"], done["counts"]["patients_added"]) == (True, "infusions", 2)
    ran = run("import", given("reference,infusion\nINV-1,2024-01-32\n"), "--clinic", "north", "--protocol",
              "alemtuzumab-eu", "--format", "json", by="ada")  # fmt: skip
    refused = json.loads(ran.out)
    assert (ran.code, refused["saved"]) == (1, False)
    assert [(one["row"], one["column"], one["severity"]) for one in refused["problems"]] == [(2, 2, "error")]


@on_sqlite
def test_a_viewer_and_nobody_change_nothing(run, given, dump):
    before = dump()
    assert run("import", given(GOOD), by="nobody").code == 1
    assert run("import", given(GOOD)).code == 1
    assert run("import", by="ada").code == 2
    assert run("import", given(GOOD), "--reconcile", given(GOOD), by="ada").code == 2
    assert dump() == before


@on_sqlite
def test_a_pharmacys_list(run, given, known, dump):
    before = dump()
    listed = given("Patient;Gabe\nINV-KNOWN;08.01.2024 - 12.01.2024\n=cmd();05.10.2026\n", "pharmacy.csv")
    ran = run("import", "--reconcile", listed, by="ada")
    assert ran.code == 0
    assert ran.out.endswith("2 patients on the list, 1 patient in the record: 1 difference. Nothing was changed.\n")
    ran = run("import", "--reconcile", listed, "--format", "csv", by="ada")
    assert ran.out == "finding,patient,clinic,row,days\nnot-followed,'=cmd(),,3,2026-10-05\n"
    ran = run("import", "--reconcile", listed, "--format", "json", by="ada")
    assert [one["finding"] for one in json.loads(ran.out)["findings"]] == ["not-followed"]
    assert dump() == before


@on_sqlite
@pytest.mark.slow
def test_an_import_that_is_killed_leaves_nothing_half_written(program, config_file, tmp_path, database_url):
    """Killed by a signal that cannot be caught, while its rows are on their way into the file."""
    file = Path(database_url.removeprefix("sqlite:///"))
    days = [f"INV-{number:04},2024-01-{day:02}" for number in range(1_500) for day in (8, 9)]
    listed = tmp_path / "long.csv"
    listed.write_text("\n".join(["reference,infusion", *days]), encoding="utf-8")
    command = [sys.executable, "-m", "monitor", "--config", str(config_file), "--by", "ada", "import", str(listed)]
    options = ["--clinic", "north", "--protocol", "alemtuzumab-eu"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for_writing(process, file)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for table in ("patient", "treatment", "infusion", '"check"', "visit", "import_run"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def _wait_for_writing(process: subprocess.Popen[bytes], file: Path) -> None:
    """Until changed pages of the database, or their log, are on disk while the process goes on."""
    before = file.stat().st_size
    log = file.with_name(f"{file.name}-wal")
    for _ in range(1_200):
        assert process.poll() is None, "the import ended before it could be killed"
        if file.stat().st_size > before or (log.exists() and log.stat().st_size > 1_000_000):
            return
        time.sleep(0.05)
    raise AssertionError("the import never wrote")
