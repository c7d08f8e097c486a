"""Ticking: one look at everything that may be due, in which no step's failure keeps another from its turn."""

import logging
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

from db import heartbeats
from db.engine import writing
from monitor.bootstrap import Program
from monitor.jobs.pinging import ping
from monitor.jobs.stopping import is_stopping
from monitor.logs import places_of
from monitor.services.health import list_ailments

Step = Callable[[Program, str], None]
"""Gets the program and this replica's name, opens its own transactions, and may raise."""

logger = logging.getLogger("monitor.jobs")


def tick(program: Program, replica: str, steps: Sequence[Step]) -> None:
    """Show that this replica is alive, take each step, and keep what failed; call the watcher if all is well."""
    show_alive(program, replica)
    failed = list(run_steps(program, replica, steps))
    with writing(program.engine) as connection:
        heartbeats.note_outcome(connection, replica, program.clock.now(), fault="; ".join(failed) or None)
    if program.config.jobs.ping_url and not failed and _is_well(program):
        ping(program.config.jobs.ping_url)


def show_alive(program: Program, replica: str) -> None:
    with writing(program.engine) as connection:
        heartbeats.beat(connection, replica, program.clock.now(), version=version("post-infusion-monitor")[:20])


def run_steps(program: Program, replica: str, steps: Sequence[Step]) -> Iterator[str]:
    """Each step alone; yields `plan_letters: OperationalError` for each that failed, and logs where it was.

    Neither holds the exception's text, which may name a patient.
    """
    for step in steps:
        if is_stopping():
            return
        try:
            step(program, replica)
        except Exception as fault:  # noqa: BLE001  (a bug in one step must not silence the others)
            name, kind = getattr(step, "__name__", "step"), type(fault).__name__
            logger.error("%s failed: %s (%s)", name, kind, places_of(fault.__traceback__))  # noqa: TRY400
            yield f"{name}: {kind}"


def _is_well(program: Program) -> bool:
    with program.reading_for_program() as desk:
        return not list_ailments(desk, program.config)
