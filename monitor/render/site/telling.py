"""Telling: what a patient is told about one visit, and what there is to do next."""

from collections.abc import Iterator
from datetime import date

from monitor.render.site.choosing import needs_a_call
from monitor.render.site.speaking import Speaker
from monitor.render.site.values import VisitShown, VisitState
from schedules.protocol import Place, Specimen


def tell(visit: VisitShown, say: Speaker, today: date) -> list[str]:
    """The sentences of one visit, in the order in which they help."""
    match visit.state:
        case VisitState.DONE:
            return [say("was-done", day=say.day(visit.shown_on))]
        case VisitState.MISSED:
            return [say("was-missed")]
        case VisitState.NOT_NEEDED:
            return [say("was-dropped")]
        case VisitState.LEFT:
            return [say.calendar("at-ended")]
        case _:
            return [*_window(visit, say, today), *_agreement(visit, say, today), *_what_to_do(visit, say, today)]


def _window(visit: VisitShown, say: Speaker, today: date) -> Iterator[str]:
    if visit.state is VisitState.OVERDUE:
        yield say("was-to-be-done", closes=say.day(visit.closes_on), distance=say.distance(visit.closes_on, today))
        return
    opens, closes = say.day(visit.opens_on), say.day(visit.closes_on)
    yield say.calendar("one-day" if opens == closes else "any-day", opens=opens, closes=closes)


def _agreement(visit: VisitShown, say: Speaker, today: date) -> Iterator[str]:
    """A booking never hides the window: a day outside it is said to be outside."""
    if visit.reported:
        yield say("you-reported", day=say.day(visit.reported.done_on))
    if visit.booked_on is None:
        return
    day = say.day_and_hour(visit.booked_on, visit.booked_at)
    if visit.booked_on < today:
        yield say("agreed-past", day=day)
        return
    yield say("agreed", day=day)
    if visit.booked_on > visit.closes_on and visit.state is not VisitState.OVERDUE:
        yield say("agreed-late", closes=say.day(visit.closes_on))
    if visit.booked_on < visit.opens_on:
        yield say("agreed-early", opens=say.day(visit.opens_on))


def _what_to_do(visit: VisitShown, say: Speaker, today: date) -> Iterator[str]:
    if not visit.to_arrange and visit.state is VisitState.OVERDUE:
        yield say.calendar("please-do") if visit.place is Place.HOME else say("please-call")
    elif not visit.to_arrange:
        yield say("at-home" if visit.place is Place.HOME else "clinic-arranges")
    elif needs_a_call(visit, today):
        yield say("please-call" if visit.state is VisitState.OVERDUE else "please-arrange")
    if visit.already_done:
        yield say("already-done", titles=", ".join(visit.already_done))


def instruct(visit: VisitShown, say: Speaker, *, urine_advice: bool) -> list[str]:
    """What to heed, once each."""
    urine = [say.calendar("urine")] if urine_advice and Specimen.URINE in visit.specimens else []
    return list(dict.fromkeys([*visit.instructions, *urine]))
