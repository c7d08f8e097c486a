"""Keeping: copies of the whole record, each entered in the history by whoever made it, and how long they stay."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from db import history, job_runs
from db.backup_folder import clear_unfinished, list_copies, rotate
from db.examining import find_last_deed
from monitor.config import Config
from monitor.services.desk import Desk
from monitor.services.found import Finding, Weight
from schedules.errors import NotFound

BACKUP = "backup"
RESTORE = "restore"
COPY = "copy"
OLDEST_BACKUP = timedelta(days=7)
OLDEST_NIGHTLY = timedelta(hours=26)
"""A night, and two hours for the copy itself and a change of the clocks."""


def enter_backup(desk: Desk, file: Path) -> None:
    """A copy holds every clinic's patients: the history says who took it and what it was called."""
    history.add_deed(desk.connection, at=desk.at, person_id=desk.actor.id, act=BACKUP, subject=file.name[:200])


def enter_restore(desk: Desk, file: Path) -> None:
    """The record's own memory that it was put back, so that nobody wonders where a day went."""
    history.add_deed(desk.connection, at=desk.at, person_id=desk.actor.id, act=RESTORE, subject=file.name[:200])


def enter_copy(desk: Desk, source: str) -> None:
    """The record's own memory of where it came from: `source` is the kind of database that it was copied from."""
    history.add_deed(desk.connection, at=desk.at, person_id=desk.actor.id, act=COPY, subject=f"from {source}")


def find_last_backup(desk: Desk) -> datetime | None:
    """When the latest copy was made, as far as the history knows."""
    return find_last_deed(desk.connection, BACKUP)


def rotate_copies(config: Config, at: datetime) -> list[Path]:
    """Delete from the folder of copies what need not be kept, and what killed ones left behind; returns the copies.

    Nothing else in that folder is touched, whatever it is.
    """
    settings = config.backup
    if settings.folder is None:
        return []
    clear_unfinished(settings.folder, at)
    return rotate(
        settings.folder, zone=ZoneInfo(config.clinic_defaults.time_zone), daily=settings.keep_daily,
        weekly=settings.keep_weekly, monthly=settings.keep_monthly,
    )  # fmt: skip


def examine_backups(desk: Desk, config: Config) -> Iterator[Finding]:
    """Whether there is a copy to go back to, and how much would be lost."""
    if config.backup.folder is not None:
        yield from _examine_nightly(desk, config.backup.folder)
        return
    last = find_last_backup(desk)
    hint = "Name a folder as backup.folder, and a copy is made each night. A copy made otherwise is not known here."
    if last is None:
        yield Finding("backup-none", Weight.WARNING, "The record has never been backed up.", hint)
    elif desk.at - last > OLDEST_BACKUP:
        days = (desk.at - last).days
        sentence = f"The latest backup is {days} days old ({last:%Y-%m-%d})."
        yield Finding("backup-old", Weight.WARNING, sentence, hint)


def _examine_nightly(desk: Desk, folder: Path) -> Iterator[Finding]:
    run = job_runs.find_latest(desk.connection, BACKUP)
    if run is not None and run.state == job_runs.FAILED:
        yield Finding(
            "backup-failed", Weight.ERROR, f"The backup of {run.day} failed: {run.fault}",
            "It is tried again by itself. Mend the cause, then run `monitor backup`.",
        )  # fmt: skip
        return
    try:
        copies = list_copies(folder)
    except NotFound as refusal:
        yield Finding("backup-failed", Weight.ERROR, refusal.sentence, refusal.next_step)
        return
    hint = "Copies are made while `monitor serve` or `monitor jobs` runs; `monitor backup` makes one now."
    if not copies:
        yield Finding("backup-failed", Weight.ERROR, f"There is no backup in {folder}.", hint)
    elif desk.at - copies[-1].made_at > OLDEST_NIGHTLY:
        last = copies[-1].made_at
        sentence = f"The latest backup in {folder} is of {last:%Y-%m-%d %H:%M} UTC; there should be one each night."
        yield Finding("backup-failed", Weight.ERROR, sentence, hint)
