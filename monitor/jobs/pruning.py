"""Pruning: the texts of old letters go when their time is over; that they were sent stays for good."""

import logging
from datetime import timedelta

from db import heartbeats, outbox
from db.engine import writing
from monitor.bootstrap import Program
from monitor.jobs.daily import run_once

JOB = "pruning"
LEASE = timedelta(minutes=10)
SILENT_FOR = timedelta(days=30)
"""A process that ended has a heartbeat that nobody needs after that."""

logger = logging.getLogger("monitor.jobs")


def prune(program: Program, replica: str) -> None:
    """Once a day, by the UTC date: nobody waits for it."""
    day = program.clock.now().date()
    run_once(program, replica, job=JOB, day=day, lease=LEASE, work=lambda: _prune(program))


def _prune(program: Program) -> None:
    keep = timedelta(days=program.config.digest.keep_letters_days)
    with writing(program.engine) as connection:
        at = program.clock.now()
        emptied = outbox.empty_bodies(connection, at - keep)
        heartbeats.forget_silent(connection, at - SILENT_FOR)
    if emptied:
        logger.info("dropped the texts of %d old letters", emptied)
