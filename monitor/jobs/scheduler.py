"""The scheduler: a look once a minute by a clock without time zones, that survives its clock being set."""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event
from typing import Any

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.bootstrap import Program
from monitor.clock import SystemClock
from monitor.jobs.steps import SLOW_STEPS, STEPS
from monitor.jobs.stopping import stoppable
from monitor.jobs.ticking import Step, run_steps, show_alive, tick
from monitor.logs import places_of

logger = logging.getLogger("monitor.jobs")

# Late is better than never, many missed looks are one, and no look overtakes another. The library's own values
# would drop a look that is a second late.
EACH = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


class SteadyStore(MemoryJobStore):  # type: ignore[misc]  # the library comes without types
    """Keeps jobs in memory, and starts those whose next time moved away because the clock was set back.

    The library waits until the clock on the wall shows the next time: set back by a day, it would wait for a day.
    """

    def get_due_jobs(self, now: datetime) -> list[Any]:
        for job in self.get_all_jobs():
            if job.next_run_time > now + 2 * job.trigger.interval:
                job._modify(next_run_time=now)
                self.update_job(job)
        due: list[Any] = super().get_due_jobs(now)
        return due


@contextmanager
def running_jobs(
    program: Program, *, steps: Sequence[Step] = STEPS, slow_steps: Sequence[Step] = SLOW_STEPS
) -> Iterator[str]:
    """The jobs run until the end of the block, which waits for what is in flight. Yields this replica's name.

    The first look is taken at once; that it is alive is in the record before the block begins.
    """
    replica, told = name_replica(), Event()
    scheduler = BackgroundScheduler(timezone=UTC, jobstores={"default": SteadyStore()}, job_defaults=EACH)
    for name, act in _acts(program, replica, told, steps, slow_steps).items():
        every = IntervalTrigger(seconds=program.config.jobs.tick_seconds, timezone=UTC)
        # The scheduler's own clock is the system's, whatever the program's clock shows.
        scheduler.add_job(act, every, id=name, next_run_time=SystemClock().now())
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a look that takes longer than a minute is no news
    show_alive(program, replica)
    scheduler.start()
    try:
        yield replica
    finally:
        told.set()
        scheduler.shutdown(wait=True)


def _acts(
    program: Program, replica: str, told: Event, steps: Sequence[Step], slow_steps: Sequence[Step]
) -> dict[str, Callable[[], None]]:
    def look() -> None:
        with stoppable(told), only_its_place():
            tick(program, replica, steps)

    def look_slowly() -> None:
        with stoppable(told), only_its_place():
            list(run_steps(program, replica, slow_steps))

    return {"tick": look, "slow": look_slowly}


@contextmanager
def only_its_place() -> Iterator[None]:
    """A look that fails as a whole, because no database answers, is logged without the fault's text, and not taken
    for the end: the next one follows."""
    try:
        yield
    except Exception as fault:  # noqa: BLE001  (the library would log its text)
        where = places_of(fault.__traceback__)
        logger.error("a look failed: %s (%s)", type(fault).__name__, where)  # noqa: TRY400


def name_replica() -> str:
    """Host, process and a random part, so that two that look alike are still two."""
    return f"{socket.gethostname()[:50]}-{os.getpid()}-{secrets.token_hex(4)}"
