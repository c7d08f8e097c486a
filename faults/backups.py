"""F12: copies made while others write, each sound, whole as of its beginning, and put back on an empty machine."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from db import pg_programs, tables
from db.backup import back_up, restore
from db.chain import walk
from db.engine import open_engine, reading, writing
from db.people import Clinic, add_clinic, add_person
from db.sealing import Seal
from faults.figures import Figure, Size, at_least, exactly
from faults.place import SQLITE, Place
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import History
from monitor.protocols import load_files
from monitor.services import booking, verifying
from monitor.services.approving import Candidate, approve
from monitor.services.chaining import keyring_of
from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion

FAULT = "F12 backups"
COPIES: dict[Size, int] = {"fast": 2, "full": 10}
PATIENTS: dict[Size, int] = {"fast": 4, "full": 40}
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
KEY = "an invented key of more than thirty-two characters"


def run(place: Place, *, size: Size) -> list[Figure]:
    """A writer enters pairs of notes without a pause; every copy holds whole pairs, and every one is put back."""
    figures: list[Figure] = []
    for kind in place.kinds:
        program = _clinic(place.new_database(kind), PATIENTS[size])
        copies, unsound, short, halves, broken = COPIES[size], 0, 0, 0, 0
        with _writer(program) as written:
            for _ in range(copies):
                at_start = _count(program.engine)
                file = place.new_folder("copies") / "copy"
                back_up(program.engine, file)
                unsound += not _is_sound(file, kind)
                with _put_back(place, kind, file, program) as restored:
                    short += _count(restored.engine) < at_start
                    halves += _count(restored.engine, "note") % 2
                    broken += _faults(restored)
        program.engine.dispose()
        figures += [
            exactly(FAULT, kind, f"unsound copies of {copies}", found=unsound, demanded=0),
            exactly(FAULT, kind, "copies with fewer rows than at their start", found=short, demanded=0),
            exactly(FAULT, kind, "copies that hold half an act", found=halves, demanded=0),
            exactly(FAULT, kind, "differences, orphans and broken links after restore", found=broken, demanded=0),
            at_least(FAULT, kind, "acts while copies were made", found=written[0], demanded=copies),
        ]
    return figures


def _clinic(url: str, patients: int) -> Program:
    config = Config(history=History(key=KEY))
    program = Program(config, open_engine(url, seal=Seal(KEY.encode())), FixedClock(NOW))
    with writing(program.engine) as connection:
        add_clinic(connection, Clinic("north", "North Clinic (invented)", "Europe/Berlin", "DE"))
        add_person(connection, login="ada", name="Ada Example", role="admin", clinic_ids=["north"])
    entry = load_files().get("alemtuzumab-eu")
    with program.writing("ada") as desk:
        approve(desk, Candidate(entry.text, entry.protocol), approved_by="Dr. Invented Example", is_invented=True)
        for number in range(patients):
            course = [Infusion(date(2024, 1, 8) + timedelta(days=7 * (number % 90) + offset)) for offset in range(5)]
            enrol(desk, Enrolment("north", f"N-{number}", "alemtuzumab-eu", infusions=course))
    return program


@contextmanager
def _writer(program: Program) -> Iterator[list[int]]:
    """Two notes in one transaction, again and again; gives the number of acts, and raises what the writer met."""
    stop, begun, written = threading.Event(), threading.Event(), [0]
    faults: list[Exception] = []

    def write() -> None:
        try:
            while not stop.is_set():
                with program.writing("ada") as desk:
                    for _ in range(2):
                        booking.note_contact(desk, 1, kind="note", text="invented")
                written[0] += 1
                begun.set()
        except Exception as fault:  # noqa: BLE001  # whatever the writer met is what the test is about
            faults.append(fault)
            begun.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        begun.wait()
        yield written
    finally:
        stop.set()
        thread.join()
    if faults:
        raise faults[0]


def _is_sound(file: Path, kind: str) -> bool:
    if kind != SQLITE:
        return pg_programs.count_rows(file)["history"] > 0  # reads to the end, and refuses what is damaged
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]


@contextmanager
def _put_back(place: Place, kind: str, file: Path, program: Program) -> Iterator[Program]:
    """The copy in a database where nothing has ever been."""
    if kind == SQLITE:
        url = f"sqlite:///{place.new_folder('machine') / 'record.sqlite3'}"
    else:
        url = place.server.url(place.server.create())
    engine = open_engine(url, seal=Seal(KEY.encode()))
    restore(engine, file, overwrite=False, at=NOW)
    yield Program(program.config, engine, program.clock)
    engine.dispose()


def _faults(program: Program) -> int:
    with program.reading("ada") as desk:
        every = list(verifying.verify(desk, verifying.list_treatment_ids(desk)))
        walked = walk(desk.connection, keyring_of(program.config))
        return len(every) + len(verifying.list_unsound(desk)) + len(walked.breaks)


def _count(engine: Engine, act: str | None = None) -> int:
    query = select(func.count()).select_from(tables.history)
    with reading(engine) as connection:
        return int(connection.execute(query if act is None else query.where(tables.history.c.act == act)).scalar_one())
