"""Performs the rows of acts.csv as the people of the invented clinic did: through the services, on their own days."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from examples.acting import BEA, DORA, Act
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services import booking, deciding, enrolling, recording, undoing
from monitor.services.desk import Desk
from schedules.intervals import Interval
from schedules.model import Infusion

AFTERNOON = time(14, 0)
"""In UTC: a time at which all three sites have the same day."""
LATER = {BEA: timedelta(minutes=20), DORA: timedelta(minutes=90)}


def on_day(program: Program, day: date, later: timedelta = timedelta()) -> Program:
    """The program as it was used on that day."""
    return replace(program, clock=FixedClock(datetime.combine(day, AFTERNOON, tzinfo=UTC) + later))


def perform(program: Program, acts: Iterable[Act], advance: Callable[[int], None]) -> None:
    """Every act on its day, in order; what one person entered on a day is one transaction."""
    for (day, login), some in groupby(acts, key=lambda act: (act.entered_on, act.by)):
        with on_day(program, day, LATER.get(login, timedelta())).writing(login) as desk:
            for act in some:
                _perform(desk, act)
                advance(1)


def _perform(desk: Desk, act: Act) -> None:
    treatment_id = enrolling.get_treatment_id(desk, act.reference)
    rules = [rule for rule in act.rules.split(",") if rule]
    text = act.text
    match act.act:
        case "given":
            enrolling.add_infusions(desk, treatment_id, [Infusion(_day(act))], reason=text)
        case "withdraw":
            enrolling.correct_infusion(desk, treatment_id, _day(act), becomes=None, reason=text)
        case "done":
            recording.record_samples(desk, treatment_id, rules, taken_on=_day(act), reason=text or None)
        case "seen":
            for rule in rules:
                recording.mark_seen(desk, treatment_id, rule)
        case "book":
            at = time.fromisoformat(act.at) if act.at else None
            booking.book(desk, treatment_id, rules, on=_day(act), at=at, reason=text or None)
        case "note":
            booking.note_contact(desk, treatment_id, kind=act.kind, text=text)
        case _:
            _decide(desk, treatment_id, act)


def _decide(desk: Desk, treatment_id: int, act: Act) -> None:
    text, decided_by = act.text, act.decided_by or None
    match act.act:
        case "waive" if act.number:
            deciding.waive(desk, treatment_id, act.rules, act.number, reason=text, decided_by=decided_by)
        case "extra":
            every = Interval.parse(act.every) if act.every else None
            deciding.order_extra(
                desk, treatment_id, act.rules, starts_on=_day(act), every=every, times=act.times or 1, reason=text,
                decided_by=decided_by,
            )  # fmt: skip
        case "undo":
            undoing.undo(desk, treatment_id, act.rules, reason=text)
        case "discharge":
            deciding.discharge(
                desk, treatment_id, on=_day(act), kind=act.kind, transferred_to=act.to or None, reason=text,
                decided_by=decided_by,
            )  # fmt: skip
        case "readmit":
            deciding.readmit(desk, treatment_id, reason=text)
        case other:
            raise ValueError(f"the invented acts know no '{other}'")


def _day(act: Act) -> date:
    if act.on is None:
        raise ValueError(f"'{act.act}' of {act.reference} needs a day")
    return act.on
