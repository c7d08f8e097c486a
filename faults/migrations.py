"""F11: every released schema brought up to date with all its rows, and a migration killed at any moment."""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
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
import os, signal, sys, time
import alembic.command
from sqlalchemy import Engine, event
from db.engine import open_engine
from db.migrate import upgrade

def migrate(url, at):
    done = 0
    def count(*args):
        nonlocal done
        done += 1
        if done == at:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(Engine, "after_cursor_execute", count)
    event.listen(Engine, "commit", count)
    upgrade(open_engine(url))
    return done

for line in sys.stdin:
    url, at, after = line.split()
    begun = time.monotonic()
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(told, str(migrate(url, int(at))).encode())
        os._exit(0)
    if float(after):
        time.sleep(float(after))
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    lasted = time.monotonic() - begun
    os.close(told)
    print(os.read(heard, 20).decode() or 0, lasted, flush=True)
    os.close(heard)
"""
"""A process that has everything imported and lets children migrate: dying takes a moment, starting a second."""


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
    chance, odd = random.Random(11), 0
    with _migrator() as migrate:
        steps, lasts = migrate(_copy(place, kind, pattern))
        for number in range(times):
            url = _copy(place, kind, pattern)
            if number % 2:
                migrate(url, at=chance.randrange(1, steps + 1))
            else:  # from outside, in the middle of a statement or of the commit
                migrate(url, after=chance.uniform(0.001, lasts))
            with _opened(url) as engine:
                revision = current_revision(engine)
                is_old = revision == release and describe(engine) == old
                odd += not (is_old or revision == HEAD) or sums(engine, columns) != before
                upgrade(engine)
                odd += current_revision(engine) != HEAD or sums(engine, columns) != before
            _forget(place, kind, url)
    return odd


Migrate = Callable[..., tuple[int, float]]


@contextmanager
def _migrator() -> Iterator[Migrate]:
    """`migrate(url)` gives statements and seconds; it dies `at` a statement, or `after` so many seconds."""
    command = [sys.executable, "-c", UPGRADING]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answered = process.stdin, process.stdout

        def migrate(url: str, *, at: int = 0, after: float = 0) -> tuple[int, float]:
            asked.write(f"{url} {at} {after}\n")
            asked.flush()
            steps, seconds = answered.readline().split()
            return int(steps), float(seconds)

        yield migrate
        asked.close()


def _empty(place: Place, kind: str) -> str:
    if kind == SQLITE:
        return f"sqlite:///{place.new_folder('old') / 'record.sqlite3'}"
    return place.server.url(place.server.create())


def _copy(place: Place, kind: str, url: str) -> str:
    if kind == SQLITE:
        file = place.new_folder("killed") / "record.sqlite3"
        shutil.copy(Path(url.removeprefix("sqlite:///")), file)
        return f"sqlite:///{file}"
    return place.server.url(place.server.create(f"record_{_number_of(url)}"))


def _forget(place: Place, kind: str, url: str) -> None:
    """Fifty copies of a database are more than a small disk holds."""
    if kind == SQLITE:
        shutil.rmtree(Path(url.removeprefix("sqlite:///")).parent)
    else:
        place.server.drop(f"record_{_number_of(url)}")


def _number_of(url: str) -> str:
    return url.rpartition("/record_")[2].partition("?")[0]


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
