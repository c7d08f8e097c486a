"""Rows of the worklist's page: from lines of the worklist to finished words in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from monitor.render.staff.speaking import Speaker
from monitor.render.staff.worklist_values import Bar, Block, Mark, Row
from schedules.escalating import LADDER
from schedules.grouping import Group, Trip, is_asking, needs_a_day
from schedules.protocol import Role, Texts
from schedules.status import Exposure, State
from schedules.worklists import Booked, Kind, Line


def block_of(
    say: Speaker, group: Group, *, note: str, clinic: str, may_write: bool, may_see_for: frozenset[Role]
) -> Block:  # fmt: skip
    """One patient; `clinic` is named where the list is of several, `may_see_for` are the roles a person speaks for."""
    last = group.lines[0].contact
    return Block(
        treatment_id=group.treatment_id,
        patient=group.patient,
        name=(group.face.name or "") if group.face else "",
        clinic=clinic,
        revision=group.face.revision if group.face else 0,
        rows=[_row(say, group, trip, may_write=may_write, may_see_for=may_see_for) for trip in group.trips],
        others=say.count("worklist-others", group.others) if group.others else "",
        contact=f"{say(f'note-{last.kind}')}, {say.brief_day(last.noted_on)}" if last else "",
        note=note if last else "",
    )


def _row(say: Speaker, group: Group, trip: Trip, *, may_write: bool, may_see_for: frozenset[Role]) -> Row:
    line = trip.first
    role = _role_to_know(trip, may_see_for) if may_write else None
    clock = trip.exposure
    first = line.first if line.checks else None
    return Row(
        name=trip.name,
        of=f"{group.treatment_id}.{trip.name}",
        label=line.label,
        what=_what(say, trip),
        marks=list(_marks(say, line)),
        when=list(_when(say, trip)),
        urge=say("worklist-arrange") if needs_a_day(line) and not is_asking(line) else "",
        bar=Bar(first.opens_on, first.due_on, first.closes_on, line.today) if first else None,
        since=_since(say, clock) if clock else "",
        is_exceeded=clock is not None and clock.is_exceeded,
        booked=_booked(say, line.booked, line.today) if line.booked and not line.booked.has_passed else "",
        booked_mark=Mark("overdue", "overdue", say("worklist-outside"))
        if line.booked and line.booked.is_outside and not line.booked.has_passed
        else None,
        asks=say("worklist-asks", day=say.day(line.booked.booked_on)) if line.booked and is_asking(line) else "",
        said=_said(say, line),
        acts=_acts(line) if may_write else (),
        knows=trip.families if role else (),
        knows_role=role.value if role else "",
    )  # fmt: skip


def _since(say: Speaker, clock: Exposure) -> str:
    key = "worklist-clock" if clock.is_known else "worklist-clock-none"
    return say(key, days=clock.days, limit=clock.limit_days)


def _acts(line: Line) -> Sequence[str]:
    match line.kind:
        case Kind.CHECK:
            return "record", "book", "waive"
        case Kind.NOT_SEEN:
            return ("seen",)
        case Kind.UNCONFIRMED:
            return ("confirm",)
        case _:
            return ()


def _what(say: Speaker, trip: Trip) -> str:
    match trip.first.kind:
        case Kind.FAILED:
            return say("worklist-failed")
        case Kind.UNCONFIRMED:
            return say("worklist-infusion")
        case _:
            return ", ".join(dict.fromkeys(say.text(line.title) for line in trip.lines))


def _marks(say: Speaker, line: Line) -> Iterator[Mark]:
    if line.missed > 1:
        yield Mark("superseded", "superseded", say("worklist-in-a-row", count=line.missed))
    if line.raised:
        highest = line.raised[-1]
        yield Mark(
            "asks", "telephone",
            say("worklist-escalated", role=say(f"role-{highest.role}"), day=say.brief_day(highest.began_on)),
        )  # fmt: skip
    if line.seen:
        known = max(line.seen, key=lambda one: LADDER.index(one.role))
        yield Mark("done", "done", say("worklist-knows", who=known.seen_by, day=say.brief_day(known.seen_on)))
    if any(check.confirm for check in line.checks):
        yield Mark("needs-check", "unconfirmed", say("worklist-applies"))


def _when(say: Speaker, trip: Trip) -> Iterator[str]:
    line, today = trip.first, trip.first.today
    match line.kind, line.state:
        case Kind.FAILED, _:
            yield say("worklist-failed-hint", fault=line.failure)
        case Kind.UNCONFIRMED, _:
            yield say("worklist-planned", days="; ".join(say.when(day, today) for day in line.days))
        case Kind.NOT_SEEN, _:
            yield from _taken(say, trip)
        case _, State.OVERDUE:
            yield say.count("worklist-overdue", line.days_overdue)
            yield say("worklist-closed", day=say.day(line.first.closes_on))
        case _, State.DUE:
            yield say("worklist-due", when=say.when(line.first.due_on, today))
            yield say("worklist-until", when=say.when(line.first.closes_on, today))
        case _:
            yield say("worklist-due", when=say.when(line.first.due_on, today))
            if line.suggested_on and line.suggested_on != line.first.due_on and line.is_unbooked:
                yield say("worklist-suggested", day=say.day(line.suggested_on))


def _taken(say: Speaker, trip: Trip) -> Iterator[str]:
    """Once where everything was taken on the same days."""
    if len({one.days for one in trip.lines}) == 1:
        yield say("worklist-taken-all", days=_days(say, trip.first.days))
        return
    for one in trip.lines:
        yield say("worklist-taken", test=say.text(one.title), days=_days(say, one.days))


def _days(say: Speaker, days: Sequence[date]) -> str:
    return ", ".join(say.day(day) for day in days)


def _booked(say: Speaker, booked: Booked, today: date) -> str:
    hour = f", {say.hour(booked.booked_at)}" if booked.booked_at else ""
    return f"{say.day(booked.booked_on)}{hour} · {say.distance(booked.booked_on, today)}"


def _said(say: Speaker, line: Line) -> str:
    if line.reported is None:
        return ""
    key = "worklist-said-at" if line.reported.place else "worklist-said"
    return say(key, day=say.day(line.reported.done_on), place=line.reported.place)


def _role_to_know(trip: Trip, may_see_for: frozenset[Role]) -> Role | None:
    """The highest role that is asked, for which the person may speak and of which nobody has said that they know."""
    asked = {one.role for one in trip.first.unseen}
    return next((role for role in reversed(LADDER) if role in asked and role in may_see_for), None)


def titles_by_id(say: Speaker, families: Mapping[str, Texts]) -> list[tuple[str, str]]:
    """Families with their titles, for choosing one, in order of the title."""
    return sorted(((family, say.text(title)) for family, title in families.items()), key=lambda one: one[1].casefold())
