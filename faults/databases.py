"""F7: what was acknowledged is there, whether a server crashes, a connection ends or a writer is killed."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import make_url, select

from db import tables
from db.engine import Engine, open_engine, reading
from db.failures import FAILURES
from db.integrity import list_damages, list_orphans
from faults.clinic import ADMINISTRATOR, CLINIC, new_clinic
from faults.figures import Figure, Size, at_least, at_most, exactly, told
from faults.installed import Web, seconds_until, serving, write_config
from faults.place import POSTGRESQL, SQLITE, Place
from faults.processes import CONTEXT, end_with_parent
from monitor.bootstrap import Program, assemble
from monitor.config import Config
from monitor.config.settings import Database
from monitor.services.people import add_person
from tests.postgres import Server

CRASH, END, BOTH = "F7 database server crashes", "F7 connections end", "F7 both of these"
KILL = "F7 writer is killed"
WRITERS = 3
LOOK_EACH, CHECK_EACH = 10, 100
"""Rounds of killing between two looks at a page, and between two checks of the file."""
RECOVERY_SECONDS = 2.0
PAUSE_SECONDS = 0.01
SURE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
"""As an installation has it, and not as the other tests, which want to be quick."""
SEED = 7


def run(place: Place, *, size: Size) -> list[Figure]:
    crashes, ends, kills = (20, 100, 500) if size == "full" else (1, 5, 10)
    figures = kill_writers(place, kills=kills)
    if POSTGRESQL not in place.kinds:
        return figures
    server = place.new_server(*SURE)
    scene = Scene(place, server.url(server.create()))
    with scene.staged() as web:
        figures += crash(scene, web, server, times=crashes)
        figures += end_connections(scene, web, server, times=ends)
    return figures + scene.judge(BOTH, POSTGRESQL)


# --- SQLite -------------------------------------------------------------------------------------------


def kill_writers(place: Place, *, kills: int) -> list[Figure]:
    lots, killed, damages = random.Random(SEED), 0, 0
    scene = Scene(place, place.new_database(SQLITE))
    with scene.staged() as web:
        bad = rounds = 0
        while killed < kills:
            time.sleep(lots.uniform(0.0, 0.05))
            killed += scene.kill_some(lots)
            rounds += 1
            if rounds % LOOK_EACH == 0:
                bad += web.get(scene.page) != 200
            if rounds % CHECK_EACH == 0:
                damages += len(scene.damages())
    damages += len(scene.damages())
    return [
        at_least(KILL, SQLITE, "writers killed in the middle of their work", found=killed, demanded=kills),
        exactly(KILL, SQLITE, "answers of the pages meanwhile that were not in order", found=bad, demanded=0),
        exactly(KILL, SQLITE, "damages and orphans found by the database and by verify", found=damages, demanded=0),
        *scene.judge(KILL, SQLITE),
    ]


# --- PostgreSQL -----------------------------------------------------------------------------------------


def crash(scene: "Scene", web: Web, server: Server, *, times: int) -> list[Figure]:
    """SIGQUIT is what `pg_ctl stop -m immediate` sends: no checkpoint, no good-bye."""
    lots, slowest, honest, asked = random.Random(SEED), 0.0, 0, 0
    for _ in range(times):
        time.sleep(lots.uniform(0.1, 0.3))
        server.stop(signal.SIGQUIT)
        asked += 1
        honest += web.get(scene.page) == 503
        server.start()
        slowest = max(slowest, seconds_until(lambda: web.get(scene.page) == 200))
    return [
        exactly(CRASH, POSTGRESQL, "crashes (pg_ctl stop -m immediate)", found=times, demanded=times),
        exactly(CRASH, POSTGRESQL, "answers meanwhile that say 503", found=honest, demanded=asked),
        at_most(
            CRASH, POSTGRESQL, "longest time until pages are back", found=slowest, demanded=RECOVERY_SECONDS, unit="s"
        ),
    ]


def end_connections(scene: "Scene", web: Web, server: Server, *, times: int) -> list[Figure]:
    lots, slowest, ended = random.Random(SEED), 0.0, 0
    for _ in range(times):
        time.sleep(lots.uniform(0.0, 0.05))
        ended += server.end_connections(str(make_url(scene.url).database))
        slowest = max(slowest, seconds_until(lambda: web.get(scene.page) == 200, pause=0.005))
    return [
        at_least(END, POSTGRESQL, "connections ended (pg_terminate_backend)", found=ended, demanded=times),
        at_most(
            END, POSTGRESQL, "longest time until pages are back", found=slowest, demanded=RECOVERY_SECONDS, unit="s"
        ),
    ]


# --- The scene ------------------------------------------------------------------------------------------


class Writer(NamedTuple):
    """A process that writes, and what it says once it does."""

    process: BaseProcess
    ready: Connection


class Scene:
    """A clinic, writers who add people to it and note down each that was acknowledged, and pages that are served."""

    def __init__(self, place: Place, url: str) -> None:
        self.url, self._folder = url, place.new_folder("scene")
        program, _, pages = new_clinic(url, patients=1)
        self._program: Program = program
        self.page = pages[0]
        self._acknowledged = self._folder / "acknowledged"
        self._acknowledged.touch()
        self._writers: list[Writer] = []
        self._started = 0

    @contextmanager
    def staged(self) -> Iterator[Web]:
        self._writers = [self._start() for _ in range(WRITERS)]
        try:
            with serving(write_config(self._program, self._folder)) as web:
                seconds_until(lambda: web.get(self.page) == 200)
                yield web
        finally:
            for one in self._writers:
                one.process.kill()
                one.process.join()
            self._program.engine.dispose()

    def kill_some(self, lots: random.Random) -> int:
        """Some of those that have begun to write; returns how many."""
        killed = 0
        for at, one in enumerate(self._writers):
            if one.ready.poll() and lots.random() < 0.7:
                one.process.kill()
                one.process.join()
                one.ready.close()
                self._writers[at] = self._start()
                killed += 1
        return killed

    def damages(self) -> list[str]:
        engine = open_engine(self.url)
        with reading(engine) as connection:
            found = [*list_damages(connection), *map(str, list_orphans(connection))]
        engine.dispose()
        return found

    def judge(self, fault: str, kind: str) -> list[Figure]:
        """Every acknowledged person is there, and each that is there is there whole."""
        acknowledged = self._acknowledged.read_text(encoding="utf-8").split()
        engine = open_engine(self.url)
        there, whole = _list_added(engine), _list_whole(engine)
        engine.dispose()
        return [
            at_least(fault, kind, "acts acknowledged", found=len(acknowledged), demanded=1),
            exactly(fault, kind, "of these, missing", found=len(set(acknowledged) - there), demanded=0),
            exactly(fault, kind, "acts of which a half is there", found=len(there ^ whole), demanded=0),
            told(
                fault,
                kind,
                "acts that are there and that nobody could acknowledge",
                f"{len(there) - len(acknowledged)}",
            ),
        ]

    def _start(self) -> Writer:
        self._started += 1
        ours, theirs = CONTEXT.Pipe(duplex=False)
        orders = (self.url, self._started, self._acknowledged, theirs)
        process = CONTEXT.Process(target=_write, args=orders, daemon=True)
        process.start()
        theirs.close()
        return Writer(process, ours)


def _write(url: str, number: int, acknowledged: Path, ready: Connection) -> None:
    """Add people until somebody kills this process; a failure is nobody's acknowledgement."""
    end_with_parent()
    program = assemble(Config(db=Database(url=url, pool_size=1)))
    note = os.open(acknowledged, os.O_WRONLY | os.O_APPEND)
    done = 0
    while True:
        done += 1
        login = f"invented-{number}-{done}"
        try:
            with program.writing(ADMINISTRATOR) as desk:
                add_person(desk, login=login, name="Eve Invented", role="nurse", clinic_ids=[CLINIC])
        except FAILURES:
            pass
        else:
            os.write(note, f"{login}\n".encode())
        if done == 1:
            ready.send("writing")
        time.sleep(PAUSE_SECONDS)  # SQLite has no queue: who never pauses lets nobody else in


def _list_added(engine: Engine) -> set[str]:
    login = tables.person.c.login
    with reading(engine) as connection:
        return set(connection.execute(select(login).where(login.like("invented-%"))).scalars())


def _list_whole(engine: Engine) -> set[str]:
    """Those of whom all three parts of the act are there: the person, the clinic, and the entry in the history."""
    person, place, history = tables.person, tables.person_clinic, tables.history
    query = (
        select(person.c.login).join(place, place.c.person_id == person.c.id).where(person.c.login.like("invented-%"))
    )
    deeds = select(history.c.subject).where(history.c.act == "person add")
    with reading(engine) as connection:
        there = set(connection.execute(query).scalars())
        told_of = {subject.partition(":")[0] for subject in connection.execute(deeds).scalars()}
    return (there & told_of) | {one for one in told_of if one.startswith("invented-")}
