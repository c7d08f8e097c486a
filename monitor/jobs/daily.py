"""Daily: work that one replica does once a day, tried again after a pause where it failed."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from db import job_runs
from db.engine import Connection, writing
from monitor.bootstrap import Program
from schedules.errors import Refusal

Act = Callable[[Connection, datetime], bool]


def run_once(
    program: Program, replica: str, *, job: str, day: date, lease: timedelta, work: Callable[[], None]
) -> bool:
    """Do the day's work unless it is done, somebody else is at it, or it failed a moment ago.

    `work` opens its own transactions and must bear to be done twice: whoever outlasts the lease is taken for
    dead. What it raises is kept by its kind, a refusal by its sentence, and passed on. Returns whether it was done
    here.
    """
    if not _write(program, lambda to, at: job_runs.take(to, job, day, replica, at, lease)):
        return False
    try:
        work()
    except Exception as fault:
        # A refusal names files and never a person; the text of anything else may.
        why = fault.sentence if isinstance(fault, Refusal) else type(fault).__name__
        _write(program, lambda to, at: job_runs.fail(to, job, day, replica, at, fault=why))
        raise
    return _write(program, lambda to, at: job_runs.finish(to, job, day, replica, at))


def _write(program: Program, act: Act) -> bool:
    with writing(program.engine) as connection:
        return act(connection, program.clock.now())
