"""The worklist: what needs a nurse on a day, one line a patient and family, most urgent first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from db import people
from db.dossiers import Dossier
from db.people import Clinic
from db.worklists import find_beginning
from monitor.services.desk import Desk
from monitor.services.looking import Failure, Followed, local_day, look
from schedules.errors import NotFound, Unacceptable
from schedules.escalating import SeenStep, climb
from schedules.model import Infusion
from schedules.planning import BASELINE_LOOKBACK, group_courses, group_episodes
from schedules.protocol import Place, Protocol, Texts
from schedules.status import Exposure, escalations, expose
from schedules.working_days import IsWorkingDay, count_working_days
from schedules.worklists import Contact, Kind, Line, choose, group_by_family, in_order

SEEN_WITHIN = 5


def list_lines(
    desk: Desk,
    *,
    clinic: str | None = None,
    state: str | None = None,
    rule: str | None = None,
    unbooked: bool = False,
    as_of: date | None = None,
    seen_within: int = SEEN_WITHIN,
) -> list[Line]:
    """The lines of one clinic, or of all that the person may see, on a day (None: today at each clinic).

    A past day shows what was known at its end; a day to come, what today's record will ask for then. Results
    that nobody has seen press after `seen_within` working days. Refuses a day on which the record knew nobody
    yet: an empty list would look as if nothing had been overdue.
    """
    clinics = clinics_of(desk, clinic)
    if as_of is not None:
        _refuse_before_the_record(desk, clinics, as_of)
    lines = [
        line
        for one in clinics
        for line in lines_of_clinic(desk, one, as_of or desk.today[one.id], seen_within=seen_within)
    ]
    return in_order(choose(lines, state=state, rule=rule, unbooked=unbooked))


def _refuse_before_the_record(desk: Desk, clinics: Sequence[Clinic], day: date) -> None:
    found = [(find_beginning(desk.connection, one.id), one.time_zone) for one in clinics]
    begins = [local_day(at, zone) for at, zone in found if at]
    if begins and day < min(begins):
        raise Unacceptable(
            f"On {day} this record knew no patient yet: its first entry is of {min(begins)}.",
            f"Ask for {min(begins)} or later.",
        )


def clinics_of(desk: Desk, clinic_id: str | None = None) -> list[Clinic]:
    """The person's clinics, or the one named; another's clinic is as unknown as one that does not exist."""
    found = [one for one in people.list_clinics(desk.connection) if desk.may_see(one.id)]
    if clinic_id is None:
        return found
    if any(one.id == clinic_id for one in found):
        return [one for one in found if one.id == clinic_id]
    known = ", ".join(one.id for one in found)
    raise NotFound(f"There is no clinic '{clinic_id}' among yours.", f"Yours: {known}." if known else "")


def lines_of_clinic(
    desk: Desk, clinic: Clinic, day: date, *, seen_within: int, known_on: date | None = None
) -> list[Line]:
    """The lines of one clinic on a day, in no order; with `known_on` as they could be foreseen on an earlier one."""
    # So many working days take at least as many days, so that this sieve lets through too much, never too little.
    unseen_by = day - timedelta(days=seen_within)
    is_working_day = desk.rulebook.working_days_of(desk.connection, clinic.id)
    return [
        line
        for found in look(desk, clinic, day, unseen_by=unseen_by, known_on=known_on)
        for line in lines_of(found, clinic.id, day, is_working_day=is_working_day, seen_within=seen_within)
    ]


def lines_of(
    found: Followed | Failure, clinic_id: str, day: date, *, is_working_day: IsWorkingDay, seen_within: int
) -> Iterator[Line]:
    """The lines of one treatment."""
    match found:
        case Failure():
            yield Line(
                kind=Kind.FAILED, patient=found.reference, clinic=clinic_id, treatment_id=found.treatment_id,
                today=day, failure=found.fault,
            )  # fmt: skip
        case Followed():
            yield from _check_lines(found)
            yield from _unconfirmed(found)
            yield from _not_seen(found, is_working_day, seen_within)


def _check_lines(followed: Followed) -> Iterator[Line]:
    protocol, day = followed.protocol, followed.today
    clocks = exposures(followed.dossier, protocol, day)
    for family, checks in group_by_family(followed.pressing).items():
        line = replace(
            _line(followed, Kind.CHECK),
            family=family,
            checks=checks,
            title=protocol.get_rule(checks[-1].rule).title,
            titles={check.rule: protocol.get_rule(check.rule).title for check in checks},
            exposure=clocks.get(family),
            next_visit_on=followed.next_visits.get(family),
            booked=followed.booked.get(family),
            reported=followed.reported.get(family),
        )
        own = protocol.get_rule(checks[-1].rule).escalation
        steps = protocol.escalation if own is None else own  # an empty list of its own means none
        yield replace(
            line,
            steps=escalations(steps, line.overdue, day),
            raised=climb(steps, line.overdue, day),
            seen=_seen_steps(followed, line) if line.overdue else (),
        )


def _seen_steps(followed: Followed, line: Line) -> tuple[SeenStep, ...]:
    """Who knows of the line, by its oldest check: once that is done, the next one asks anew."""
    return tuple(
        SeenStep(one.role, one.seen_by, local_day(one.entered.entered_at, followed.zone))
        for one in followed.dossier.escalations_seen
        if (one.rule, one.number) == (line.first.rule, line.first.number)
    )


def _unconfirmed(followed: Followed) -> Iterator[Line]:
    """Planned infusions whose day has passed: one line a treatment; nobody plans for a discharged patient."""
    days = tuple(one.infused_on for one in followed.dossier.given_and_planned if is_unconfirmed(one, followed.today))
    if days and followed.dossier.departure is None:
        yield replace(_line(followed, Kind.UNCONFIRMED), days=days)


def _not_seen(followed: Followed, is_working_day: IsWorkingDay, seen_within: int) -> Iterator[Line]:
    """Results that nobody has seen in time: one line a family.

    What was taken before the treatment came into this record, or before it was followed here, was somebody
    else's to see: a clinic that brings its past samples gets no alarm for them.
    """
    late = unseen_days(
        followed.dossier, followed.recorded_on, followed.today, is_working_day=is_working_day, seen_within=seen_within
    )
    for family, days in late.items():
        title = title_of_family(followed.protocol, family)
        yield replace(_line(followed, Kind.NOT_SEEN), family=family, title=title, days=days)


def unseen_days(
    dossier: Dossier, recorded_on: date, today: date, *, is_working_day: IsWorkingDay, seen_within: int
) -> dict[str, tuple[date, ...]]:
    """By family the days of samples that nobody has seen within so many working days."""
    from_on = max(recorded_on, dossier.assignment.followed_here_from or date.min)
    unseen: dict[str, list[date]] = {}
    for sample, _ in dossier.samples:
        if (
            sample.id not in dossier.seen
            and from_on <= sample.taken_on <= today
            and count_working_days(sample.taken_on, today, is_working_day) > seen_within
        ):
            unseen.setdefault(sample.family, []).append(sample.taken_on)
    return {family: tuple(sorted(days)) for family, days in unseen.items()}


def _line(followed: Followed, kind: Kind) -> Line:
    dossier = followed.dossier
    last = dossier.notes[-1] if dossier.notes else None
    return Line(
        kind=kind,
        patient=dossier.reference,
        clinic=dossier.clinic_id,
        treatment_id=dossier.treatment_id,
        today=followed.today,
        contact=Contact(last.kind, local_day(last.entered.entered_at, followed.zone)) if last else None,
    )


def is_unconfirmed(infusion: Infusion, today: date) -> bool:
    """A planned day that has passed without anybody saying whether the drug was given."""
    return infusion.planned and infusion.infused_on < today


def title_of_family(protocol: Protocol, family: str) -> Texts:
    """The title of the family's follow-up rule, or of its first one; the bare id where no rule has it any more."""
    rules = sorted((rule for rule in protocol.rules if rule.family == family), key=lambda rule: not rule.is_follow_up)
    return rules[0].title if rules else {"en": family}


def exposures(dossier: Dossier, protocol: Protocol, today: date) -> dict[str, Exposure]:
    """The exposure clock of each follow-up family: from the first course given to the closing sample or discharge.

    A form at the office is no sample, so it has none.
    """
    given = [one for one in dossier.given_and_planned if not one.planned and one.infused_on <= today]
    episodes = group_episodes(group_courses(given, protocol.courses.gap_days), protocol.follow_up.lasts)
    if not episodes or dossier.departure:
        return {}
    course, ends_on = episodes[-1].courses[0], episodes[-1].ends_on
    last: dict[str, date] = {}
    for sample, _ in dossier.samples:
        # What was taken in an earlier follow-up, years ago, says nothing about this one.
        if course.starts_on - BASELINE_LOOKBACK <= sample.taken_on <= today:
            last[sample.family] = max(sample.taken_on, last.get(sample.family, sample.taken_on))
    at_office = {rule.family for rule in protocol.rules if rule.place is Place.OFFICE}
    return {
        family: expose(family, last_on=last.get(family), treated_on=course.ends_on, limit_days=gap, today=today)
        for family, gap in protocol.longest_gaps.items()
        if family not in at_office
        if ends_on is None or last.get(family, date.min) < ends_on  # the closing sample stops the clock
    }
