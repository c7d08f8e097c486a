"""F8: on a disk that is full or may only be read, pages and shell say so, and nothing is half there."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import func, select

from db import tables
from db.engine import Engine, open_engine, reading
from db.integrity import list_damages, list_orphans
from faults.clinic import NURSE, new_clinic
from faults.figures import NEITHER, Figure, Size, at_most, exactly, told
from faults.installed import Said, Web, call, seconds_until, serving, write_config
from faults.place import POSTGRESQL, SQLITE, Place

LIMIT, FULL, READ_ONLY = "F8 files may not grow", "F8 disk is full", "F8 database may only be read"
SMALLEST = 8192
"""Bytes: a file of the record is longer, so that nothing of it can be written."""
RECOVERY_SECONDS = 5.0
MOST, ROWS = 160, 2
"""Forms that are tried until enough are refused, and the rows that one leaves in the tables that are counted."""
DISK_MEGABYTES = {SQLITE: 4, POSTGRESQL: 24}
"""A small disk of its own for the database; PostgreSQL's empty one takes eight."""


def run(place: Place, *, size: Size) -> list[Figure]:
    tries = 5 if size == "full" else 2
    figures = limit_files(place, tries=tries)
    if POSTGRESQL in place.kinds:
        figures += forbid_writing(place, tries=tries)
    if not can_mount(place):
        return [*figures, told(FULL, NEITHER, "not tried: this system does not let us mount a small disk", "none")]
    figures += fill_disk(place, SQLITE, tries=tries)
    if POSTGRESQL in place.kinds and size == "full":
        figures += fill_disk(place, POSTGRESQL, tries=tries)
    return figures


def limit_files(place: Place, *, tries: int) -> list[Figure]:
    """The system's own limit on the size of files, set on a running server and lifted again."""
    scene = Scene(place, place.new_database(SQLITE))
    with scene.served() as web:
        return scene.trouble(
            LIMIT, SQLITE, web, tries=tries, begin=lambda: web.limit_files(SMALLEST), end=lambda: web.limit_files(-1),
            shell=lambda: scene.note(largest_file=SMALLEST),
            # What was half written cannot be taken back either, and until then SQLite lets nobody read.
            reads=(200, 503),
        )  # fmt: skip


def forbid_writing(place: Place, *, tries: int) -> list[Figure]:
    """As after a fail-over to a server that only follows another."""

    def forbid(word: str) -> None:
        with place.server.admin() as connection:
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {word}")
            connection.execute("SELECT pg_reload_conf()")

    scene = Scene(place, place.new_database(POSTGRESQL))
    with scene.served() as web:
        try:
            return scene.trouble(
                READ_ONLY, POSTGRESQL, web, tries=tries, begin=lambda: forbid("on"), end=lambda: forbid("off"),
                shell=scene.note,
            )  # fmt: skip
        finally:
            forbid("off")


def fill_disk(place: Place, kind: str, *, tries: int) -> list[Figure]:
    """A small disk in memory, filled to the last byte while the program runs, and emptied again."""
    with small_disk(place, DISK_MEGABYTES[kind]) as disk:
        scene = Scene(place, url_on(place, kind, disk))
        filler = disk / "filler"
        with scene.served() as web:
            return scene.trouble(
                FULL, kind, web, tries=tries, begin=lambda: fill(filler), end=filler.unlink, shell=scene.note
            )


# --- The scene ------------------------------------------------------------------------------------------


class Scene:
    """A clinic with patients' pages and a running server, and somebody who says through a page that they are away."""

    def __init__(self, place: Place, url: str) -> None:
        program, _, self._pages = new_clinic(url, patients=8)
        program.engine.dispose()
        self._url = url
        self._config = write_config(program, place.new_folder("scene"))
        self._told = 0

    @contextmanager
    def served(self) -> Iterator[Web]:
        with serving(self._config) as web:
            yield web

    def note(self, *, largest_file: int | None = None) -> Said:
        return call(self._config, "note", "N-000", "note", "called", by=NURSE, largest_file=largest_file)

    def trouble(
        self, fault: str, kind: str, web: Web, *, tries: int, begin: Callable[[], object], end: Callable[[], object],
        shell: Callable[[], Said], reads: Sequence[int] = (200,),
    ) -> list[Figure]:  # fmt: skip
        """What pages and shell do before, during and after; nothing of what was refused may be there.

        `reads`: what a page may answer meanwhile.
        """
        well = self.tell(web) == 303
        before = self._count()
        begin()
        told_so: list[int] = []
        while told_so.count(503) < tries and len(told_so) < MOST:  # the server may have some room in hand
            told_so.append(self.tell(web))
        pages = [web.get(page) for page in self._pages[:tries]]
        refusal = shell()
        taken = told_so.count(303)
        there = self._count() - before - taken * ROWS
        end()
        seconds = seconds_until(lambda: self.tell(web) == 303, longest=RECOVERY_SECONDS * 2, pause=0.2)
        works = self.note().code == 0
        damages = self._damages()
        return [
            exactly(fault, kind, "forms answered with 303 before", found=int(well), demanded=1),
            exactly(
                fault, kind, f"forms answered with 503 meanwhile, after {taken} that still found room",
                found=len(told_so) - taken, demanded=tries,
            ),
            exactly(
                fault, kind, f"pages answered with {' or '.join(map(str, reads))} meanwhile",
                found=sum(one in reads for one in pages), demanded=tries,
            ),
            exactly(
                fault, kind, f"refusals of the shell: {refusal.err.partition('.')[0][:60]}",
                found=int(refusal.is_refusal), demanded=1,
            ),
            exactly(fault, kind, "acts, or parts of acts, that are there although refused", found=there, demanded=0),
            at_most(
                fault, kind, "until forms work again, without a restart", found=seconds, demanded=RECOVERY_SECONDS,
                unit="s",
            ),
            exactly(fault, kind, "commands that work again", found=int(works), demanded=1),
            exactly(fault, kind, "damages and orphans", found=len(damages), demanded=0),
        ]  # fmt: skip

    def tell(self, web: Web) -> int:
        """Each time another patient or another month, so that no answer is about days that are told already."""
        months, patient = divmod(self._told, len(self._pages))
        self._told += 1
        days = [date(2027 + months // 12, months % 12 + 1, day).isoformat() for day in (1, 5)]
        return web.post(f"{self._pages[patient]}away", from_on=days[0], until_on=days[1])

    def _count(self) -> int:
        """The rows that acts leave: two each."""
        counted = (tables.away, tables.contact_note, tables.history)
        with self._reading() as engine, reading(engine) as connection:
            return sum(
                int(connection.execute(select(func.count()).select_from(table)).scalar_one()) for table in counted
            )

    def _damages(self) -> list[str]:
        with self._reading() as engine, reading(engine) as connection:
            return [*list_damages(connection), *map(str, list_orphans(connection))]

    @contextmanager
    def _reading(self) -> Iterator[Engine]:
        engine = open_engine(self._url)
        try:
            yield engine
        finally:
            engine.dispose()


# --- The small disk -------------------------------------------------------------------------------------


def can_mount(place: Place) -> bool:
    try:
        with small_disk(place, 1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def small_disk(place: Place, megabytes: int) -> Iterator[Path]:
    """A disk in memory; mounting needs a right that not every system gives."""
    folder = place.new_folder("disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def url_on(place: Place, kind: str, disk: Path) -> str:
    """A new database whose files lie on that disk."""
    if kind == SQLITE:
        return f"sqlite:///{disk / 'record.sqlite3'}"
    folder = disk / "space"
    folder.mkdir()
    subprocess.run(["chown", "postgres:", str(folder)], check=True)
    name = place.server.create()
    with place.server.admin() as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        connection.execute(f'ALTER DATABASE "{name}" SET TABLESPACE small')
    return place.server.url(name)


def fill(filler: Path) -> None:
    """To the last byte."""
    with filler.open("wb", buffering=0) as out:
        for piece in (1 << 16, 1 << 12, 1):
            try:
                while out.write(b"\0" * piece):
                    pass
            except OSError:
                continue
