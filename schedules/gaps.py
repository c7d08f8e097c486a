"""Gaps: the days on which a recipient got no letter, and why, told in the next one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schedules.letter_days import DAY, days_between

MOST_DAYS = 30
"""So many days are told one by one, and kept as skipped; of earlier ones the number."""
NOT_RUN = "the program did not run"
OVERTAKEN = "not sent before the next one was written"


class Why(StrEnum):
    """Why there was no letter for a day."""

    NOT_RUN = "not-run"
    UNCONFIRMED = "unconfirmed"
    """Nobody had confirmed the address by then."""
    OVERTAKEN = "overtaken"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """The mail server got it and never answered: it may have arrived."""
    UNSENT = "unsent"


class Past(NamedTuple):
    """What became of an earlier letter: its day, its state in the outbox and what was said of it."""

    day: date
    state: str
    fault: str | None


class Gap(NamedTuple):
    """A day without a letter; `said` are the mail server's words."""

    day: date
    why: Why
    said: str = ""


@dataclass(frozen=True, slots=True)
class Gaps:
    """`last_on` is the day of the last letter that was sent, None where this is the first one.

    `earlier` counts days that lie too far back to be told; `unplanned` are those to be kept as skipped.
    """

    last_on: date | None
    told: tuple[Gap, ...] = ()
    earlier: int = 0
    unplanned: tuple[date, ...] = ()


def find_gaps(past: Sequence[Past], due: date, *, starts_on: date, zone: ZoneInfo, weekday: int | None = None) -> Gaps:
    """The days since the last letter that was sent and before the one that is due.

    Letters began with the first that was ever planned, or on `starts_on`, the first day after the address was
    confirmed. Sent on Sunday 25 October, down until Monday 2 November: 26 October to 1 November are told.
    """
    known = {one.day: one for one in past if one.day < due}
    last_on = max((one.day for one in known.values() if one.state == "sent"), default=None)
    begins = last_on or min([*known, starts_on]) - DAY
    days = list(days_between(begins, due, zone, weekday=weekday))
    gaps = [_gap(day, known.get(day), starts_on) for day in days]
    since = due - timedelta(days=MOST_DAYS)
    told = tuple(gap for gap in gaps if gap.day >= since)
    unplanned = tuple(gap.day for gap in told if gap.why is Why.NOT_RUN and gap.day not in known)
    return Gaps(last_on, told, len(gaps) - len(told), unplanned)


def list_missed(past: Sequence[Past], first: date, due: date, *, zone: ZoneInfo) -> list[Gap]:
    """The days from the first on and before the due one for which no letter was sent, whatever was sent later."""
    known = {one.day: one for one in past}
    gaps = [_gap(day, known.get(day), first) for day in days_between(first - DAY, due, zone)]
    return [gap for gap in gaps if gap.day not in known or known[gap.day].state != "sent"]


def _gap(day: date, letter: Past | None, starts_on: date) -> Gap:
    if letter is None:
        return Gap(day, Why.UNCONFIRMED if day < starts_on else Why.NOT_RUN)
    said = letter.fault or ""
    if letter.state != "skipped":
        return Gap(day, STATES.get(letter.state, Why.UNSENT), said)
    if said == NOT_RUN:
        return Gap(day, Why.NOT_RUN)
    return Gap(day, Why.OVERTAKEN, "" if said == OVERTAKEN else said)


STATES = {"dead": Why.REFUSED, "unknown": Why.UNANSWERED, "handoff": Why.UNANSWERED}


def in_stretches(gaps: Sequence[Gap]) -> list[tuple[Gap, date, int]]:
    """Neighbouring gaps with one reason as one: the first, the last day, and how many."""
    found: list[tuple[Gap, date, int]] = []
    for gap in gaps:
        if found and found[-1][0][1:] == gap[1:]:
            first, _, number = found[-1]
            found[-1] = (first, gap.day, number + 1)
        else:
            found.append((gap, gap.day, 1))
    return found
