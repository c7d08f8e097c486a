"""Backups: a whole copy while others write, checked before it counts, and put back without a moment of neither."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from db import pg_programs
from db.backup_counts import COUNTED, find_loss
from db.fault_points import FaultPoint, reach
from db.migrate import HEAD, NotReady, current_revision, sqlite_file
from schedules.errors import Conflict, NotFound, Unacceptable

BUSY_SECONDS = 5.0
SIDECARS = ("-journal", "-wal", "-shm")


def suggest_name(engine: Engine, at: datetime) -> Path:
    """Beside the SQLite file, or in the working directory: record-20261102-080000.sqlite3 or .dump."""
    file = sqlite_file(engine)
    ending = ".dump" if file is None else ".sqlite3"
    return (file.parent if file else Path()) / f"record-{at:%Y%m%d-%H%M%S}{ending}"


def back_up(engine: Engine, target: Path) -> None:
    """Copy the database to a new file that only its owner can read. It is there whole, or it is not there."""
    if current_revision(engine) is None:
        raise NotReady("There is no database to back up.", "Check db.url.")
    if target.exists():
        raise Conflict(f"{target} is there already and was left as it is.", "Choose another name.")
    with _temporary(target) as temporary:
        file = sqlite_file(engine)
        if file is None:
            pg_programs.dump_whole(engine, temporary)
        else:
            _copy_whole(file, temporary)
        _flush(temporary)
        reach(FaultPoint.COPY_WRITTEN)
        temporary.rename(target)
        _flush(target.parent)
    reach(FaultPoint.COPY_NAMED)


def restore(engine: Engine, source: Path, *, overwrite: bool, at: datetime) -> Path | None:
    """Put a backup in place of the database; returns where an SQLite file that was there before now lies.

    Refuses to overwrite unless told, a file that is damaged or newer than this program, and an SQLite database
    that is in use.
    """
    if not source.is_file():
        raise NotFound(f"There is no file {source}.", "Check the name of the backup.")
    target = sqlite_file(engine)
    if target is None:
        pg_programs.load(engine, source, overwrite=overwrite)
        return None
    check_file(source)
    if target.exists() and not overwrite:
        raise Conflict(
            f"There is a database at {target}; nothing was touched.",
            "Say --yes-overwrite to put the backup in its place.",
        )
    with _temporary(target) as temporary:
        _copy(source, temporary)
        check_file(temporary)
        _flush(temporary)
        aside = _set_aside(target, at) if target.exists() else None
        temporary.replace(target)
        _flush(target.parent)
    return aside


def check_file(file: Path) -> str:
    """The revision of an SQLite backup. Refuses one that is damaged, no record at all, or of a newer program."""
    if damage := find_damage(file):
        raise Unacceptable(f"{file} cannot be restored: {damage}.", "Choose an older backup.")
    try:
        with closing(_open(file)) as connection:
            revision = str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.OperationalError, TypeError):
        raise Unacceptable(f"{file} is a database, but not one of this program.", "Choose a backup.") from None
    if revision > HEAD:
        raise Unacceptable(
            f"{file} was made by a newer version of this program (revision {revision}; this one knows {HEAD}).",
            "Install the newer version first.",
        )
    return revision


def find_damage(file: Path) -> str:
    """What is wrong with an SQLite file as such; nothing where it is sound."""
    if not file.stat().st_size:
        return "it is empty"
    try:
        with closing(_open(file)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == ["ok"] else "; ".join(line.strip().replace("\n", " ") for line in found)


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)


def _copy_whole(file: Path, target: Path) -> None:
    try:
        at_start = _count(file)
        _copy(file, target)
        damage = find_damage(target) or find_loss(at_start, _count(target))
    except sqlite3.DatabaseError as error:
        damage = str(error)
    if damage:
        raise Unacceptable(
            f"The database {file} is damaged ({damage}); no backup was made.",
            "Stop the program, move the file aside as it is, and restore the latest good backup.",
        )


def _count(file: Path) -> dict[str, int]:
    with closing(_open(file)) as connection:
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in COUNTED}  # noqa: S608


def _copy(source: Path, target: Path) -> None:
    """All pages in one step: step by step it would begin again at every write and never end."""
    with closing(_open(source)) as old, closing(sqlite3.connect(target, isolation_level=None)) as new:
        old.backup(new, pages=-1)
        new.execute("PRAGMA journal_mode=DELETE")  # so that the copy is one file, whatever the original was


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """An empty file beside the target, 0600; gone again unless the block has renamed it."""
    folder = target.absolute().parent
    if not folder.is_dir():
        raise NotFound(f"The folder {folder} does not exist.", "Create it, or choose another.")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.partial")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    try:
        yield temporary
    finally:
        for suffix in ("", *SIDECARS):
            temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)


def _set_aside(target: Path, at: datetime) -> Path:
    """A second name for the old file, so that `target` is at every moment the old database or the new one.

    Its journals leave with it: SQLite would play them back into the new file.
    """
    _refuse_if_in_use(target)
    aside = target.with_name(f"{target.name}.before-{at:%Y%m%d-%H%M%S}")
    _link(target, aside)
    for suffix in SIDECARS:
        sidecar = target.with_name(target.name + suffix)
        if sidecar.exists():
            sidecar.rename(aside.with_name(aside.name + suffix))
    return aside


def _link(old: Path, new: Path) -> None:
    try:
        new.hardlink_to(old)
    except FileExistsError:
        raise Conflict(f"{new} is there already; nothing was touched.", "Move it away first.") from None
    except OSError:  # a file system without hard links: there is a short moment of neither
        old.rename(new)


def _refuse_if_in_use(target: Path) -> None:
    with closing(sqlite3.connect(target, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        try:
            # Leaving WAL mode needs everybody else gone, and folds the journal into the file.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Conflict(
                    f"{target} is in use; nothing was touched.", "Stop the program, then restore again."
                ) from None
        except sqlite3.DatabaseError:
            pass  # damaged: that is why somebody restores


def _flush(path: Path) -> None:
    """To the disk and not only to the system's memory; a folder, too, so that the new name outlives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
