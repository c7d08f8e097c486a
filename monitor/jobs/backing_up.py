"""Backing up: every night one copy of the record, checked before it counts, by whichever replica comes first."""

import logging
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from db.backup import back_up, suggest_name
from monitor.bootstrap import Program
from monitor.jobs.daily import run_once
from monitor.services.keeping import BACKUP, enter_backup, rotate_copies
from schedules.letter_days import due_day

LEASE = timedelta(hours=2)
"""Longer than a copy takes. Whoever took longer is believed dead, and another makes a copy of its own."""

logger = logging.getLogger("monitor.jobs")


def back_up_nightly(program: Program, replica: str) -> None:
    """Make tonight's copy, unless there is no folder for it, its hour has not come, or somebody made it.

    One that failed, or whose maker died, is tried again later. The day is that of the time zone in `clinic_defaults`.
    """
    settings, zone = program.config.backup, ZoneInfo(program.config.clinic_defaults.time_zone)
    if settings.folder is not None:
        day, file = due_day(program.clock.now(), settings.time, zone), settings.folder / _name(program)
        run_once(program, replica, job=BACKUP, day=day, lease=LEASE, work=lambda: _make_copy(program, file))


def _name(program: Program) -> str:
    return suggest_name(program.engine, program.clock.now()).name


def _make_copy(program: Program, file: Path) -> None:
    back_up(program.engine, file)  # outside of any transaction of ours: people go on working
    with program.writing_for_program() as desk:
        enter_backup(desk, file)
    deleted = rotate_copies(program.config, program.clock.now())
    logger.info("made the backup %s; %d older ones were deleted", file.name, len(deleted))
