"""F11: every released schema brought up to date with all its rows, and a migration killed at any moment."""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from db.chain import Keyring, walk
from db.engine import open_engine, reading
from db.integrity import list_damages
from db.migrate import HEAD, current_revision, upgrade
from db.sealing import UNKEYED
from faults.figures import Figure, Size, exactly
from faults.old_releases import RELEASED, columns_of, make, sums
from faults.place import ROOT, SQLITE, Place
from faults.schemas import describe, list_triggers

FAULT = "F11 migrations"
ROWS: dict[Size, int] = {"fast": 2_000, "full": 100_000}
KILLS: dict[Size, int] = {"fast": 4, "full": 50}
ROWS_WHERE_KILLED = 2_000

UPGRADING = """
import os, signal, sys
from sqlalchemy import Engine, event
from db.engine import open_engine
from db.migrate import upgrade

url, at = sys.argv[1], int(sys.argv[2])
import alembic.command
done = 0

def count(*args):
    global done
    done += 1
    if done == at:
        os.kill(os.getpid(), signal.SIGKILL)

engine = open_engine(url)
event.listen(Engine, "after_cursor_execute", count)
event.listen(Engine, "commit", count)
print("ready", flush=True)
upgrade(engine)
print(done, flush=True)
"""


def run(place: Place, *, size: Size) -> list[Figure]:
    """Nothing that was there is lost or changed, and what comes out is what a new database is."""
    figures: list[Figure] = []
    for kind in place.kinds:
        for release in RELEASED:
            figures += _upgrade(place, kind, release, ROWS[size])
        kills = KILLS[size] // len(RELEASED)
        between = [_kill(place, kind, release, kills) for release in RELEASED]
        times = kills * len(RELEASED)
        figures.append(exactly(FAULT, kind, f"between old and new after {times} × kill -9", found=sum(between),
                               demanded=0))  # fmt: skip
    return figures


def _upgrade(place: Place, kind: str, release: str, rows: int) -> Iterator[Figure]:
    with _opened(place.new_database(kind)) as fresh:
        wanted, guards = describe(fresh), list_triggers(fresh)
    with _opened(_empty(place, kind)) as engine:
        make(engine, release, rows)
        columns = columns_of(engine)
        before = sums(engine, columns)
        upgrade(engine)
        after = sums(engine, columns)
        different = [name for name in before if before[name] != after[name]]
        there = describe(engine)
        with reading(engine) as connection:
            walked = walk(connection, Keyring(UNKEYED))
            damages = list_damages(connection)
        count = sum(rows for rows, _ in before.values())
        what = f"from {release}, {count:,} rows:"
        yield exactly(FAULT, kind, f"{what} tables with another row or checksum", found=len(different), demanded=0)
        odd = sum(there.get(name) != wanted.get(name) for name in wanted.keys() | there.keys())
        odd += len(list_triggers(engine) ^ guards)
        yield exactly(FAULT, kind, f"{what} tables, indexes, triggers, keys unlike new ones", found=odd, demanded=0)
        odd = len(walked.breaks) + len(damages) + (walked.links != before["history"][0])
        yield exactly(FAULT, kind, f"{what} lines of the history unchained, rows astray", found=odd, demanded=0)


def _kill(place: Place, kind: str, release: str, times: int) -> int:
    """How often a killed migration left anything but the old database or the new one; every one is then finished."""
    pattern = _empty(place, kind)
    with _opened(pattern) as engine:
        make(engine, release, ROWS_WHERE_KILLED)
        columns, old = columns_of(engine), describe(engine)
        before = sums(engine, columns)
    steps, lasts = _finish(_copy(place, kind, pattern))
    chance, odd = random.Random(11), 0
    for number in range(times):
        url = _copy(place, kind, pattern)
        if number % 2:
            _die_at(url, chance.randrange(1, steps + 1))
        else:
            _die_after(url, chance.random() * lasts)
        with _opened(url) as engine:
            revision = current_revision(engine)
            is_old = revision == release and describe(engine) == old
            odd += not (is_old or revision == HEAD) or sums(engine, columns) != before
            upgrade(engine)
            odd += current_revision(engine) != HEAD or sums(engine, columns) != before
    return odd


def _start(url: str, at: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", UPGRADING, url, str(at)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _finish(url: str) -> tuple[int, float]:
    """Let one migrate undisturbed; returns how many statements and how many seconds it took."""
    process = _start(url, 0)
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    said, _ = process.communicate()
    return int(said), time.monotonic() - began


def _die_at(url: str, step: int) -> None:
    process = _start(url, step)
    process.communicate()


def _die_after(url: str, seconds: float) -> None:
    """Killed from outside, in the middle of a statement or of the commit."""
    process = _start(url, 0)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    process.communicate()


def _empty(place: Place, kind: str) -> str:
    if kind == SQLITE:
        return f"sqlite:///{place.new_folder('old') / 'record.sqlite3'}"
    return place.server.url(place.server.create())


def _copy(place: Place, kind: str, url: str) -> str:
    if kind == SQLITE:
        file = place.new_folder("killed") / "record.sqlite3"
        shutil.copy(Path(url.removeprefix("sqlite:///")), file)
        return f"sqlite:///{file}"
    name = url.rpartition("/record_")[2].partition("?")[0]
    return place.server.url(place.server.create(f"record_{name}"))


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
