"""Keeping: copies of the whole record, each entered in the history by whoever made it."""

from datetime import datetime
from pathlib import Path

from db import history
from db.examining import find_last_deed
from monitor.services.desk import Desk

BACKUP = "backup"
RESTORE = "restore"


def enter_backup(desk: Desk, file: Path) -> None:
    """A copy holds every clinic's patients: the history says who took it and what it was called."""
    history.add_deed(desk.connection, at=desk.at, person_id=desk.actor.id, act=BACKUP, subject=file.name[:200])


def enter_restore(desk: Desk, file: Path) -> None:
    """The record's own memory that it was put back, so that nobody wonders where a day went."""
    history.add_deed(desk.connection, at=desk.at, person_id=desk.actor.id, act=RESTORE, subject=file.name[:200])


def find_last_backup(desk: Desk) -> datetime | None:
    """When the latest copy was made, as far as the history knows."""
    return find_last_deed(desk.connection, BACKUP)
