"""The folder of copies: which files in it are ours, and the only place from which any is ever deleted."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from schedules.errors import NotFound
from schedules.rotation import kept

NAME = re.compile(r"record-([0-9]{8}-[0-9]{6})\.(sqlite3|dump)")
UNFINISHED = re.compile(r"\.record-[0-9]{8}-[0-9]{6}\.(sqlite3|dump)\.[0-9]+\.partial(-journal|-wal|-shm)?")
LEFT_BEHIND = timedelta(days=1)
"""No copy takes as long: whoever was making it has died."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that this program made, by the moment in its name."""

    file: Path
    made_at: datetime


def list_copies(folder: Path) -> list[Copy]:
    """Our copies, oldest first; whatever else lies there is none of our business. Refuses a folder that is missing."""
    if not folder.is_dir():
        raise NotFound(f"The folder {folder} for backups does not exist.", "Create it, or correct backup.folder.")
    found = [Copy(file, at) for file in folder.iterdir() if (at := _moment_of(file)) and file.is_file()]
    return sorted(found, key=lambda one: one.made_at)


def rotate(folder: Path, *, zone: tzinfo, daily: int, weekly: int, monthly: int) -> list[Path]:
    """Delete the copies that are not to be kept; returns them. Days are those of `zone`."""
    copies = list_copies(folder)
    keep = kept((one.made_at for one in copies), zone=zone, daily=daily, weekly=weekly, monthly=monthly)
    return _delete(one.file for one in copies if one.made_at not in keep)


def clear_unfinished(folder: Path, at: datetime) -> list[Path]:
    """Delete what copies left behind that were killed at least a day ago; returns them."""
    is_old = _older_than(at - LEFT_BEHIND)
    return _delete(file for file in folder.iterdir() if UNFINISHED.fullmatch(file.name) and is_old(file))


def _moment_of(file: Path) -> datetime | None:
    found = NAME.fullmatch(file.name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None  # 31 February: nobody of us wrote that


def _older_than(limit: datetime) -> Callable[[Path], bool]:
    def is_older(file: Path) -> bool:
        return file.is_file() and datetime.fromtimestamp(file.stat().st_mtime, UTC) < limit

    return is_older


def _delete(files: Iterable[Path]) -> list[Path]:
    deleted = list(files)
    for file in deleted:
        file.unlink(missing_ok=True)  # another replica may have been faster
    return deleted
