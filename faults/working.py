"""Working: a replica that looks again and again, as `monitor jobs` does, and may die at a named point."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from db.engine import keep_open, open_engine
from db.fault_points import FaultPoint, striking
from faults.clocks import SharedClock
from faults.processes import end_with_parent
from monitor.bootstrap import Program, mailer_of, rulebook_of
from monitor.config import Config
from monitor.config.settings import Database, Mail
from monitor.jobs.planning import plan_letters
from monitor.jobs.scheduler import name_replica, running_jobs
from monitor.jobs.sending import send_letters
from monitor.jobs.steps import STEPS
from monitor.jobs.ticking import Step, tick

SENDER = "Follow-up <monitor@hospital.example>"
PAUSE_SECONDS = 0.05
What = Literal["letters", "digests", "everything"]
STEPS_OF: dict[What, Sequence[Step]] = {
    "letters": (send_letters,),
    "digests": (plan_letters, send_letters),
    "everything": STEPS,
}
"""What a look takes up: the letters that are there; digests from their planning on; or all that the program does."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker works on, and where."""

    url: str
    clock: Path
    speed: float
    port: int
    what: What = "letters"
    timeout_seconds: int = 10


@dataclass(frozen=True, slots=True)
class Death:
    """The point at which a worker dies, at the n-th time that it gets there."""

    point: FaultPoint
    times: int


def program_of(orders: Orders) -> Program:
    """The program as an installation has it, with a mail server on loopback and the test's clock."""
    config = Config(
        db=Database(url=orders.url),
        mail=Mail(
            kind="smtp", host="127.0.0.1", port=orders.port, security="none", sender=SENDER,
            timeout_seconds=orders.timeout_seconds,
        ),
    )  # fmt: skip
    clock = SharedClock(orders.clock, orders.speed)
    engine = keep_open(open_engine(orders.url, pool_size=2))
    return Program(config, engine, clock, rulebook_of(config), mailer_of(config))


def work(orders: Orders, death: Death | None) -> None:
    """Until somebody kills it."""
    end_with_parent()
    program, replica = program_of(orders), name_replica()
    steps = STEPS_OF[orders.what]
    with ExitStack() as stack:
        if death is not None:
            stack.enter_context(striking(_dying_at(death)))
        while True:
            tick(program, replica, steps)
            time.sleep(PAUSE_SECONDS)


def work_by_schedule(orders: Orders) -> None:
    """The same with the real scheduler, which looks once a second; it knows nothing that outlives it."""
    end_with_parent()
    program = program_of(orders)
    with running_jobs(program, steps=STEPS_OF[orders.what]):
        while True:
            time.sleep(60)


def _dying_at(death: Death) -> Callable[[FaultPoint], None]:
    left = death.times

    def strike(point: FaultPoint) -> None:
        nonlocal left
        left -= point is death.point
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike
