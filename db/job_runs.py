"""Job runs: what is done once a day by whichever replica comes first, as a row that says who and how it ended."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import tables

RUNNING, DONE, FAILED = "running", "done", "failed"
PAUSE = timedelta(minutes=30)
"""What failed is tried again after that."""


class JobRun(NamedTuple):
    """One job on one day."""

    job: str
    day: date
    state: str
    replica: str
    lease_until: datetime
    ended_at: datetime | None
    fault: str | None


def take(  # noqa: PLR0917  (all that makes the row, in the order in which it is said)
    connection: Connection, job: str, day: date, replica: str, at: datetime, lease: timedelta
) -> bool:
    """Whether this replica is to do the job of that day now.

    Nobody else gets it until the lease is over; what a crash left behind is taken over after that, and what failed
    after a pause.
    """
    run = tables.job_run
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    mine = {"state": RUNNING, "replica": replica, "lease_until": at + lease, "ended_at": None}
    first = dialect.insert(run).values(job=job, day=day, **mine).on_conflict_do_nothing(index_elements=["job", "day"])
    if connection.execute(first.returning(run.c.job)).first() is not None:
        return True
    # Further ahead than any lease or pause: written before a clock was set back.
    until, furthest = run.c.lease_until, at + 2 * max(lease, PAUSE)
    again = (
        update(run)
        .where(run.c.job == job, run.c.day == day, run.c.state != DONE, or_(until < at, until > furthest))
        .values(mine)
    )
    return connection.execute(again).rowcount == 1


def finish(connection: Connection, job: str, day: date, replica: str, at: datetime) -> bool:
    """It is done for that day. False where another replica has taken it over meanwhile."""
    return _end(connection, job, day, replica, state=DONE, ended_at=at, fault=None)


def fail(connection: Connection, job: str, day: date, replica: str, at: datetime, *, fault: str) -> bool:
    """It failed, and may be tried again after a pause. False where another replica has taken it over meanwhile."""
    return _end(
        connection, job, day, replica, state=FAILED, ended_at=at, lease_until=at + PAUSE, fault=fault[:300]
    )  # fmt: skip


def find_latest(connection: Connection, job: str) -> JobRun | None:
    """The newest day of a job."""
    run = tables.job_run
    row = connection.execute(select(run).where(run.c.job == job).order_by(run.c.day.desc()).limit(1)).one_or_none()
    return JobRun(**{name: getattr(row, name) for name in JobRun._fields}) if row else None


def _end(connection: Connection, job: str, day: date, replica: str, **values: object) -> bool:
    run = tables.job_run
    is_mine = and_(run.c.job == job, run.c.day == day, run.c.replica == replica, run.c.state == RUNNING)
    return connection.execute(update(run).where(is_mine).values(values)).rowcount == 1
