"""Pruning: what has had its time goes - texts of old letters, sessions that are over, old readings."""

import logging
from datetime import datetime, timedelta

from db import attempts, heartbeats, identities, invitations, outbox, read_log, sessions
from db.engine import Connection, writing
from monitor.bootstrap import Program
from monitor.config.settings import SignIn
from monitor.jobs.daily import run_once

JOB = "pruning"
LEASE = timedelta(minutes=10)
SILENT_FOR = timedelta(days=30)
"""A process that ended has a heartbeat that nobody needs after that."""
SESSIONS_KEPT = timedelta(days=1)
"""A session that is over still tells whose it was: what somebody typed is shown to others as not their own."""
LINKS_KEPT = timedelta(days=7)
"""After a link was used or ran out, nobody needs to know of it for longer."""
ATTEMPTS_KEPT = timedelta(days=1)
SENT_KEPT = timedelta(hours=1)

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
        _prune_access(connection, program.config.sign_in, at)
    if emptied:
        logger.info("dropped the texts of %d old letters", emptied)


def _prune_access(connection: Connection, own: SignIn, at: datetime) -> None:
    sessions.drop_old(
        connection,
        used_before=at - timedelta(minutes=own.idle_minutes) - SESSIONS_KEPT,
        begun_before=at - timedelta(hours=own.absolute_hours) - SESSIONS_KEPT,
    )
    invitations.drop_old(connection, at - LINKS_KEPT)
    attempts.drop_old(connection, at - ATTEMPTS_KEPT)
    identities.drop_old_sent(connection, at - SENT_KEPT)
    read_log.drop_old(connection, at - timedelta(days=own.keep_readings_days))
