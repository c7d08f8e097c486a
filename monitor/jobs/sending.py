"""Sending: each letter goes out once unless something breaks at the worst moment, and none is forgotten."""

import logging
import secrets
from datetime import timedelta
from email.utils import parseaddr
from time import monotonic

from db import letters
from db.engine import writing
from db.fault_points import FaultPoint, reach
from db.letters import Claimed, LetterState
from monitor.bootstrap import Program
from monitor.jobs.stopping import is_stopping
from monitor.mail.delivering import NotTaken, Refused, Uncertain
from schedules.retrying import wait_after

TICK_SECONDS = 30.0
"""So long one tick goes on to take up letters; the rest goes with the next, so that other steps get their turn."""
STALE_AFTER = timedelta(days=3)
STALE = ("confirmation", "escalation")
"""Nothing newer takes the place of these, as the next digest does of a digest: they end here."""

logger = logging.getLogger("monitor.jobs")
_lots = secrets.SystemRandom()


class LeaseLost(Exception):  # noqa: N818  (no fault: another replica sends it)
    """Somebody else has this letter by now; nothing of it may go out here."""


def send_letters(program: Program, replica: str) -> None:
    """Send what is due, one letter after the other, until nothing is left, the server fails or the time is over."""
    _give_up(program)
    until = monotonic() + TICK_SECONDS
    while monotonic() < until and not is_stopping():
        mine = _claim(program)
        if mine is None or not _send(program, mine):
            return


def _give_up(program: Program) -> None:
    with writing(program.engine) as connection:
        at = program.clock.now()
        dead = letters.give_up_old(connection, at, kinds=STALE, planned_before=at - STALE_AFTER)
        unknown = 0 if _resends(program) else letters.give_up_unanswered(connection, at)
    if dead or unknown:
        logger.warning("gave up %d letters that nobody took and %d without an answer", dead, unknown)


def _resends(program: Program) -> bool:
    return program.config.mail.when_unknown == "resend"


def _claim(program: Program) -> Claimed | None:
    """One at a time: the lease of a letter that waits for others to be sent would run."""
    claim = secrets.token_hex(16)
    with writing(program.engine) as connection:
        at = program.clock.now()
        taken = letters.claim_letters(connection, at=at, claim=claim, most=1, resends=_resends(program))
    return taken[0] if taken else None


def _send(program: Program, mine: Claimed) -> bool:
    """Whether the next letter may be tried now."""
    sender = parseaddr(program.config.mail.sender)[1]
    try:
        program.mailer.deliver(mine.body, sender, mine.address, before_data=lambda: _hand_off(program, mine))
    except LeaseLost:
        logger.warning("letter %d was taken over by another replica before it went out", mine.id)
        return True
    except Refused as no:
        _end(program, mine, LetterState.DEAD, fault=no.fault)
        logger.warning("letter %d was refused for good", mine.id)
        return True
    except NotTaken as no:
        _take_back(program, mine, no.fault)
        logger.warning("letter %d was not taken at attempt %d", mine.id, mine.attempts)
        return not no.concerns_all
    except Uncertain as broken:
        with writing(program.engine) as connection:
            letters.note_fault(connection, mine, broken.fault)
        logger.warning("letter %d went out and no answer came", mine.id)
        return False
    reach(FaultPoint.AFTER_DATA)
    _end(program, mine, LetterState.SENT)
    return True


def _hand_off(program: Program, mine: Claimed) -> None:
    """Committed before the first byte of the letter goes out: from here on it may have been delivered."""
    reach(FaultPoint.BEFORE_HANDOFF)
    with writing(program.engine) as connection:
        if not letters.hand_off(connection, mine, program.clock.now()):
            raise LeaseLost
    reach(FaultPoint.AFTER_HANDOFF)


def _take_back(program: Program, mine: Claimed, fault: str) -> None:
    with writing(program.engine) as connection:
        not_before = program.clock.now() + wait_after(mine.attempts, _lots.random())
        letters.take_back(connection, mine, not_before=not_before, fault=fault)


def _end(program: Program, mine: Claimed, state: LetterState, *, fault: str | None = None) -> None:
    with writing(program.engine) as connection:
        is_ours = letters.end_letter(connection, mine, state, program.clock.now(), fault=fault)
        reach(FaultPoint.BEFORE_END)
    if not is_ours:
        logger.warning("letter %d was taken over by another replica while it went out", mine.id)
    elif state is LetterState.SENT:
        logger.info("letter %d was sent at attempt %d", mine.id, mine.attempts)
