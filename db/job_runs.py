"""Job runs: what is done once a day by whichever replica comes first, as a row that says who and how it ended."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import tables
from schedules.retrying import LONGEST_PAUSE, pause_after

RUNNING, DONE, FAILED = "running", "done", "failed"


class JobRun(NamedTuple):
    """One job on one day; `attempts` counts the latest."""

    job: str
    day: date
    state: str
    replica: str
    lease_until: datetime
    attempts: int
    ended_at: datetime | None
    fault: str | None


def take(  # noqa: PLR0917  (all that makes the row, in the order in which it is said)
    connection: Connection, job: str, day: date, replica: str, at: datetime, lease: timedelta
) -> bool:
    """Whether this replica is to do the job of that day now.

    Nobody else gets it until the lease is over; what a crash left behind is taken over after that. A run that failed
    is tried again after a pause that grows.
    """
    run = tables.job_run
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    mine = {"state": RUNNING, "replica": replica, "lease_until": at + lease, "ended_at": None}
    first = dialect.insert(run).values(job=job, day=day, attempts=1, **mine)
    first = first.on_conflict_do_nothing(index_elements=["job", "day"])
    if connection.execute(first.returning(run.c.job)).first() is not None:
        return True
    # Further ahead than any lease or pause: written before a clock was set back.
    until, furthest = run.c.lease_until, at + 2 * max(lease, LONGEST_PAUSE)
    again = (
        update(run)
        .where(run.c.job == job, run.c.day == day, run.c.state != DONE, or_(until < at, until > furthest))
        .values(attempts=run.c.attempts + 1, **mine)
    )
    return connection.execute(again).rowcount == 1


def finish(connection: Connection, job: str, day: date, replica: str, at: datetime) -> bool:
    """It is done for that day. False where another replica has taken it over meanwhile."""
    return _end(connection, job, day, replica, state=DONE, ended_at=at, fault=None)


def fail(connection: Connection, job: str, day: date, replica: str, at: datetime, *, fault: str) -> bool:
    """It failed, and may be tried again after a pause. False where another replica has taken it over meanwhile."""
    run = tables.job_run
    attempts = connection.execute(select(run.c.attempts).where(run.c.job == job, run.c.day == day)).scalar_one()
    until = at + pause_after(attempts)
    return _end(connection, job, day, replica, state=FAILED, ended_at=at, lease_until=until, fault=fault[:300])


def list_latest(connection: Connection) -> Sequence[JobRun]:
    """The newest day of each job, by job."""
    return [JobRun(**row) for row in connection.execute(_LATEST).mappings()]


_NEWEST = (
    select(tables.job_run.c.job, func.max(tables.job_run.c.day).label("day")).group_by(tables.job_run.c.job).subquery()
)
_LATEST = (
    select(tables.job_run)
    .join(_NEWEST, and_(tables.job_run.c.job == _NEWEST.c.job, tables.job_run.c.day == _NEWEST.c.day))
    .order_by(tables.job_run.c.job)
)


def find_latest(connection: Connection, job: str) -> JobRun | None:
    """The newest day of one job."""
    return next((one for one in list_latest(connection) if one.job == job), None)


def _end(connection: Connection, job: str, day: date, replica: str, **values: object) -> bool:
    run = tables.job_run
    is_mine = and_(run.c.job == job, run.c.day == day, run.c.replica == replica, run.c.state == RUNNING)
    return connection.execute(update(run).where(is_mine).values(values)).rowcount == 1
