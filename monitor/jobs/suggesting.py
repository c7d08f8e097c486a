"""Suggesting: suggested days that still have to follow a change of a clinic's working days, whoever was interrupted."""

import logging

from monitor.bootstrap import Program
from monitor.jobs.stopping import is_stopping
from monitor.services.suggesting import follow_days, list_waiting

logger = logging.getLogger("monitor.jobs")


def follow_changed_days(program: Program, replica: str) -> None:
    """A few treatments at a time, so that a nurse who acts meanwhile hardly waits."""
    with program.reading_for_program() as desk:
        waiting = [one.clinic_id for one, _ in list_waiting(desk)]
    for clinic_id in waiting:
        moved, left = 0, 1
        while left and not is_stopping():
            with program.writing_for_program() as desk:
                done = follow_days(desk, clinic_id)
            moved, left = moved + done.moved, done.left
        logger.info("clinic %s: %d suggested days followed its working days", clinic_id, moved)
