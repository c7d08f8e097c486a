"""Import: 2,000 patients into SQLite, beside the same rows handed to the driver's own executemany; and peak memory.

Seconds are those of the processor, so that a busy machine does not blur the ratio; both ways wait for the disk once.
"""

import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks import Row
from db import people, tables
from db.engine import open_engine, writing
from db.migrate import upgrade
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.protocols import load_files
from monitor.services.approving import Candidate, approve
from monitor.services.importing.running import Options, import_spool
from monitor.services.importing.spooling import spool

PATIENTS = 2_000
TIMES_AT_MOST = 3.0
MEMORY_FOR = (500, 2_000, 4_000)
GROWTH_AT_MOST = 1.25
TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def run() -> list[Row]:
    # Memory first: Linux starts a child's peak at that of its parent, and the comparison holds all rows.
    peaks = [measure_memory(count) for count in MEMORY_FOR]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds, driver_seconds, rows = compare(folder, PATIENTS)
        ratio = seconds / driver_seconds
        speed = Row(
            f"import of {PATIENTS:,} patients ({rows:,} rows, {seconds:.1f} s) : executemany ({driver_seconds:.1f} s)",
            f"{ratio:.2f}×",
            f"at most {TIMES_AT_MOST:.0f}×",
            ratio <= TIMES_AT_MOST,
        )
    told = ", ".join(f"{count:,}: {peak:.0f} MB" for count, peak in zip(MEMORY_FOR, peaks, strict=True))
    growth = peaks[-1] / peaks[0]
    memory = Row(
        f"peak memory of an import by patients ({told})", f"{growth:.2f}×", f"at most {GROWTH_AT_MOST}×",
        growth <= GROWTH_AT_MOST,
    )  # fmt: skip
    return [speed, memory]


def compare(folder: Path, patients: int) -> tuple[float, float, int]:
    """Seconds of the import, seconds of the driver for the same rows into the same schema, and their number."""
    empty = folder / "empty.sqlite3"
    program = prepare(empty)
    program.engine.dispose()
    imported, copied = folder / "imported.sqlite3", folder / "copied.sqlite3"
    shutil.copy(empty, imported)
    shutil.copy(empty, copied)
    file = folder / "list.csv"
    write_list(file, patients)
    started = time.process_time()
    take_in(imported, file)
    seconds = time.process_time() - started
    driver_seconds, rows = insert_again(imported, empty, copied)
    return seconds, driver_seconds, rows


def insert_again(imported: Path, empty: Path, copied: Path) -> tuple[float, int]:
    """The rows that an import added, inserted by `executemany` in one transaction under the same settings."""
    seconds, count = 0.0, 0
    with closing(sqlite3.connect(copied, isolation_level=None)) as target, closing(sqlite3.connect(imported)) as source:
        for pragma in ("foreign_keys=ON", "journal_mode=TRUNCATE", "synchronous=FULL"):
            target.execute(f"PRAGMA {pragma}")
        started = time.process_time()
        target.execute("BEGIN IMMEDIATE")
        seconds += time.process_time() - started
        for table in tables.metadata.sorted_tables:
            # In the order in which they were inserted, and read before the clock runs.
            order = "" if table.name == "check" else "ORDER BY rowid"
            rows = source.execute(f'SELECT * FROM "{table.name}" {order}').fetchall()
            known = target.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]
            rows = rows[known:]
            marks = ", ".join("?" * len(table.columns))
            started = time.process_time()
            target.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows)
            seconds += time.process_time() - started
            count += len(rows)
        started = time.process_time()
        target.execute("COMMIT")
        seconds += time.process_time() - started
    return seconds, count


def measure_memory(patients: int) -> float:
    """Megabytes at the peak of a process that imports so many patients and does nothing else."""
    command = [sys.executable, "-m", "benchmarks.bench_import", str(patients)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    return float(ran.stdout)


def take_in(database: Path, file: Path) -> None:
    engine = open_engine(f"sqlite:///{database}")
    program = Program(Config(), engine, FixedClock(TODAY))
    with spool(file, defaults={}) as read, program.writing("ada") as desk:
        report = import_spool(desk, read, Options())
    assert report.saved, report.problems[:3]
    engine.dispose()


def prepare(database: Path) -> Program:
    """A record with one clinic, one person and one approved protocol, all invented."""
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    program = Program(Config(), engine, FixedClock(TODAY))
    with writing(engine) as connection:
        people.add_clinic(connection, people.Clinic("north", "North Clinic (invented)", "Europe/Berlin", "DE"))
        people.add_person(connection, login="ada", name="Ada Example", role="admin", clinic_ids=["north"])
    entry = load_files().get("alemtuzumab-eu")
    with program.writing("ada") as desk:
        approve(desk, Candidate(entry.text, entry.protocol), approved_by="Dr. Invented Example", is_invented=True)
    return program


def write_list(file: Path, patients: int) -> None:
    """Two courses of five and three days each, a row a day, beginning anywhere in four years."""
    with file.open("w", encoding="utf-8") as out:
        out.write("clinic,reference,protocol,infusion,birth_date,sex\n")
        out.writelines(_lines(patients))


def _lines(patients: int) -> Iterator[str]:
    chance = random.Random(1)
    for number in range(patients):
        first = date(2021, 1, 4) + timedelta(days=chance.randrange(1500))
        known = f"{date(1970, 1, 1) + timedelta(days=chance.randrange(9000))},{chance.choice(['female', 'male'])}"
        for offset in (0, 1, 2, 3, 4, 370, 371, 372):
            yield f"north,INV-{number:05},alemtuzumab-eu,{first + timedelta(days=offset)},{known}\n"


def _import_alone(patients: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder / "record.sqlite3").engine.dispose()
        write_list(folder / "list.csv", patients)
        take_in(folder / "record.sqlite3", folder / "list.csv")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    _import_alone(int(sys.argv[1]))
