"""Backing up: every night one copy of the record, checked before it counts, by whichever replica comes first."""

import logging
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from db import job_runs
from db.backup import back_up, suggest_name
from db.engine import writing
from monitor.bootstrap import Program
from monitor.services.keeping import BACKUP, enter_backup, rotate_copies
from schedules.errors import Refusal
from schedules.letter_days import due_day

LEASE = timedelta(hours=2)
"""Longer than a copy takes. Whoever took longer is believed dead, and another makes a copy of its own."""

logger = logging.getLogger("monitor.jobs")


def back_up_nightly(program: Program, replica: str) -> None:
    """Make tonight's copy, unless there is no folder for it, its hour has not come, or somebody made it.

    One that failed, or whose maker died, is tried again later. The day is that of the time zone in `clinic_defaults`.
    """
    settings, zone = program.config.backup, ZoneInfo(program.config.clinic_defaults.time_zone)
    if settings.folder is None:
        return
    day = due_day(program.clock.now(), settings.time, zone)
    with writing(program.engine) as connection:
        if not job_runs.take(connection, BACKUP, day, replica, program.clock.now(), LEASE):
            return
    try:
        _make_copy(program, replica, day)
    except Exception as fault:
        # A refusal names files and never a person; of anything else only the kind is kept.
        why = fault.sentence if isinstance(fault, Refusal) else type(fault).__name__
        with writing(program.engine) as connection:
            job_runs.fail(connection, BACKUP, day, replica, program.clock.now(), fault=why)
        raise


def _make_copy(program: Program, replica: str, day: date) -> None:
    folder = program.config.backup.folder
    assert folder is not None
    file = folder / suggest_name(program.engine, program.clock.now()).name
    back_up(program.engine, file)  # outside of any transaction of ours: people go on working
    with program.writing_for_program() as desk:
        enter_backup(desk, file)
        job_runs.finish(desk.connection, BACKUP, day, replica, desk.at)
    deleted = rotate_copies(program.config, program.clock.now())
    logger.info("made the backup %s; %d older ones were deleted", file.name, len(deleted))
