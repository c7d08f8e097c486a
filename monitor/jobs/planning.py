"""Planning: each recipient's letter of the day is written once, whatever fails and however many processes look."""

import logging
from datetime import timedelta

from db.engine import Connection
from db.failures import FAILURES
from db.fault_points import FaultPoint, reach
from db.recipients import Recipient
from monitor.bootstrap import Program
from monitor.jobs.stopping import is_stopping
from monitor.logs import places_of
from monitor.services.digest import Computed
from monitor.services.due_letters import Due, list_due
from monitor.services.posting import LeaveToken, draft, draft_failure, keep_letter, write_letter
from monitor.services.recipients import leave_token as token_to_leave

PATIENCE = timedelta(minutes=15)
"""So long after its hour a letter waits for a database that does not answer; then its recipient is told."""

logger = logging.getLogger("monitor.jobs")


def nobody_leaves(connection: Connection, recipient: Recipient) -> str | None:
    """No link to leave by: a letter that tells of a failure must not fail for its link."""
    return None


def plan_letters(program: Program, replica: str, *, leave_token: LeaveToken = token_to_leave) -> None:
    """Plan what is due; each recipient in transactions of their own, so that one's failure is nobody else's."""
    with program.reading_for_program() as desk:
        due = list_due(desk, program.config)
    computed: Computed = {}
    for one in due:
        if is_stopping():
            return
        try:
            plan_letter(program, one, leave_token=leave_token, computed=computed)
        except Exception as fault:  # noqa: BLE001  (the others get theirs; this one is tried again at the next tick)
            _log(one, fault)


def plan_letter(
    program: Program, due: Due, *, leave_token: LeaveToken = token_to_leave, computed: Computed | None = None
) -> bool:
    """Write one letter and put it into the outbox; False where it is there already.

    What cannot be computed is logged, and the recipient gets a letter that says so.
    """
    config = program.config
    try:
        with program.reading_for_program() as desk:
            drafted = draft(desk, config, due, computed)
            letter = write_letter(desk, config, due, drafted, leave_token=leave_token)
    except Exception as fault:
        if isinstance(fault, FAILURES) and program.clock.now() < due.hour_at + PATIENCE:
            raise  # a database that was away for a moment costs nobody the day's digest
        _log(due, fault)
        drafted = draft_failure(due, type(fault).__name__)
        with program.reading_for_program() as desk:
            letter = write_letter(desk, config, due, drafted, leave_token=nobody_leaves)
    with program.writing_for_program() as desk:
        is_ours = keep_letter(desk, config, due, letter, drafted)
        reach(FaultPoint.PLAN_ADDED)
    reach(FaultPoint.PLANNED)
    return is_ours


def _log(due: Due, fault: BaseException) -> None:
    """Kind and place, and never the text, which may name a patient."""
    where = places_of(fault.__traceback__)
    logger.error("letter %s could not be planned: %s (%s)", due.key, type(fault).__name__, where)
