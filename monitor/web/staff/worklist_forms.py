"""The worklist's forms: which one stands open, for whom, and what it offers before anybody typed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from db import caring
from monitor.render.staff.speaking import Speaker, speaker
from monitor.render.staff.worklist_values import OpenForm, Tick
from monitor.services.titling import titles_of
from monitor.services.worklist_groups import find_group
from monitor.web.staff.asking import Asked
from schedules.errors import NeedsConfirmation
from schedules.grouping import Group, Trip, is_asking
from schedules.worklists import Kind, Line

ACTS = ("record", "book", "note", "waive", "seen")


@dataclass(frozen=True, slots=True)
class Meant:
    """Which form, and for which treatment and trip: `of` as it stands in the address, "12.blood-count"."""

    act: str
    treatment_id: int
    trip: str


def read_meant(act: str, of: str) -> Meant | None:
    """None where the address asks for no form that there is."""
    number, _, trip = of.partition(".")
    if act not in ACTS or not (number.isascii() and number.isdigit() and len(number) < 15):
        return None
    return Meant(act, int(number), trip)


def open_form(asked: Asked, meant: Meant, *, back: str, following: str) -> OpenForm:
    """The form. Refuses (NotFound) a treatment of another clinic; what it is about may be settled in the meantime."""
    group = find_group(asked.desk, meant.treatment_id, seen_within=asked.program.config.seen_within_working_days)
    say, trip = speaker(asked.language), group.find_trip(meant.trip)
    made = OpenForm(
        act=meant.act,
        treatment_id=group.treatment_id,
        of=f"{meant.treatment_id}.{meant.trip}",
        patient=group.patient,
        name=(group.face.name or "") if group.face else "",
        revision=group.face.revision if group.face else 0,
        back=back,
        today=group.today,
        next=following,
    )
    match meant.act:
        case "record" | "book":
            return _visit(say, made, group, trip, asked)
        case "waive":
            return _waive(say, made, group, trip, asked)
        case "seen":
            return replace(made, results=_results(say, group))
        case _:
            return made


def _visit(say: Speaker, made: OpenForm, group: Group, trip: Trip | None, asked: Asked) -> OpenForm:
    """The tests of the visit are ticked, what else presses of the patient is not: it may have been done at once."""
    first = trip.first if trip else None
    asks = first is not None and is_asking(first)
    day: date | None = made.today
    hour, hint = None, ""
    if made.act == "record" and first and first.booked and first.booked.booked_on <= made.today:
        day = first.booked.booked_on
    if made.act == "book":
        day, hour = (first.suggested_on if first else None), None
        if first and first.booked and not asks:
            day, hour = first.booked.booked_on, first.booked.booked_at
        if first and first.checks and first.first.closes_on >= made.today:
            hint = say("worklist-window", days=say.days(first.first.opens_on, first.first.closes_on))
    others = [line for one in group.trips if one is not trip for line in one.lines if line.kind is Kind.CHECK]
    return replace(
        made,
        tests=_tests(say, trip.lines if trip and trip.first.kind is Kind.CHECK else (), is_ticked=True),
        others=[*_tests(say, others, is_ticked=False), *_typed(say, asked, group)],
        day=day, hour=hour, hint=hint, confirms=isinstance(asked.refusal, NeedsConfirmation),
    )  # fmt: skip


def _tests(say: Speaker, lines: Sequence[Line], *, is_ticked: bool) -> list[Tick]:
    return [Tick(line.family, say.text(line.title), is_ticked) for line in lines]


def _typed(say: Speaker, asked: Asked, group: Group) -> list[Tick]:
    """What a refused form had ticked and nothing asks for any more: somebody else was faster, and it is not lost."""
    known = {line.family for line in group.lines if line.kind is Kind.CHECK}
    gone = [one for one in asked.form.all("rule") if one not in known]
    titles = titles_of(asked.desk, [group.treatment_id]) if gone else {}
    return [Tick(one, say.text(titles[one]), is_ticked=True) for one in gone if one in titles]


def _waive(say: Speaker, made: OpenForm, group: Group, trip: Trip | None, asked: Asked) -> OpenForm:
    checks = [
        Tick(
            f"{check.rule}/{check.number}",
            say("worklist-check", test=say.text(line.titles.get(check.rule, line.title)), day=say.day(check.due_on)),
            is_ticked=False,
        )
        for line in (trip.lines if trip else ())
        for check in line.checks
    ]
    if len(checks) == 1:
        checks = [checks[0]._replace(is_ticked=True)]
    names = [one.name for one in caring.list_colleagues(asked.desk.connection, group.clinic, ["clinician"])]
    return replace(made, checks=checks, deciders=names, may_decide=asked.visitor.actor.role == "clinician")


def _results(say: Speaker, group: Group) -> list[Tick]:
    def tick(line: Line, day: date) -> Tick:
        text = say("worklist-result", test=say.text(line.title), day=say.day(day))
        return Tick(f"{line.family}@{day.isoformat()}", text, is_ticked=True)

    return [tick(line, day) for line in group.lines if line.kind is Kind.NOT_SEEN for day in line.days]
