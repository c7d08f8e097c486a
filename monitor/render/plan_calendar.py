"""Plan calendars: one plan as a calendar file, the same file for the same infusions."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from hashlib import sha256

from monitor.render.calendar import CalendarEntry, Status, Style, calendar_name, render_calendar
from monitor.render.plan_view import PlanView
from schedules.model import Infusion, Origin
from schedules.protocol import Place
from schedules.visits import Visit


def render_plan_calendar(
    view: PlanView, *, language: str, reference: str = "", detail: bool = False, urine_advice: bool = False
) -> bytes:
    """The visits of a plan. `reference` keeps the calendars of two patients apart; only its hash is written."""
    style = Style(language, detail=detail, urine_advice=urine_advice)
    return render_calendar(_entries(view, language, reference), name=calendar_name(language), style=style)


def _entries(view: PlanView, language: str, reference: str) -> Iterator[CalendarEntry]:
    infusions = [infusion for course in view.plan.courses for infusion in course.infusions]
    for visit in view.visits:
        yield _entry(view, visit, language, reference, infusions)
    if view.plan.ends_on:
        yield CalendarEntry(
            _uid(view, reference, "follow-up-ends"),
            *(view.plan.ends_on,) * 3,
            *_age(infusions),
            status=Status.END,
        )


def _entry(view: PlanView, visit: Visit, language: str, reference: str, infusions: list[Infusion]) -> CalendarEntry:
    rules = [view.protocol.get_rule(key.rule) for key in visit.keys]
    is_in_course = any(view.checks[key].origin is Origin.IN_COURSE for key in visit.keys)
    # Instructions speak to the staff, but for what a patient does at home.
    instructions = tuple(view.protocol.text(rule.instructions, language) for rule in rules if rule.instructions)
    return CalendarEntry(
        _uid(view, reference, f"{visit.place} {visit.keys[0]}"),
        visit.visit_on,
        visit.opens_on,
        visit.closes_on,
        *_age(infusions),
        place=visit.place,
        to_arrange=visit.place is not Place.HOME and not is_in_course,
        specimens=tuple(rule.specimen for rule in rules),
        titles=tuple(view.title(rule, language) for rule in rules),
        instructions=instructions if visit.place is Place.HOME else (),
    )


def _uid(view: PlanView, reference: str, place: str) -> str:
    """From the visit's first check and not from any day: after a corrected infusion the entries move."""
    return sha256(f"{view.protocol.id}\n{reference}\n{place}".encode()).hexdigest()[:40]


def _age(infusions: list[Infusion]) -> tuple[int, datetime, datetime]:
    """Sequence, changed and created. Without a record they grow with the infusions, so that nothing reads a clock."""
    days = [infusion.infused_on for infusion in infusions]
    given = [infusion.infused_on for infusion in infusions if not infusion.planned]
    return len(days), _midnight(given[-1] if given else days[0]), _midnight(days[0])


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time.min, UTC)
