"""The worklist: what needs a nurse on a day, one line a patient and family, most urgent first."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypedDict

from db import people
from db.dossiers import Dossier, get_dossier
from db.outlines import Outline
from db.people import Clinic
from db.worklists import find_beginning
from monitor.services.desk import Desk
from monitor.services.looking import Failure, Followed, local_day, look, look_at
from monitor.services.memory import recall
from schedules.errors import NotFound, Unacceptable
from schedules.escalating import SeenStep, climb
from schedules.model import Course, Infusion
from schedules.planning import BASELINE_LOOKBACK, group_courses, group_episodes
from schedules.protocol import Place, Protocol
from schedules.status import Exposure, State, escalations, expose, state_of
from schedules.titles import title_of_family
from schedules.whom import is_for
from schedules.working_days import IsWorkingDay, count_working_days
from schedules.worklists import Contact, Kind, Line, Pressing, choose, group_by_family, in_order

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
    is_near: bool = False,
) -> list[Line]:
    """The lines of one clinic, or of all that the person may see, on a day (None: today at each clinic).

    A past day shows what was known at its end; a day to come, what today's record will ask for then. Results
    that nobody has seen press after `seen_within` working days. `is_near` leaves out the next visit where it is one of
    a later check. Refuses a day on which the record knew nobody
    yet: an empty list would look as if nothing had been overdue.
    """
    clinics = clinics_of(desk, clinic)
    if as_of is not None:
        _refuse_before_the_record(desk, clinics, as_of)
    by_day: dict[date, list[Clinic]] = {}
    for one in clinics:
        by_day.setdefault(as_of or desk.today[one.id], []).append(one)
    lines = [
        line
        for day, some in by_day.items()
        for line in lines_of_clinics(desk, some, day, seen_within=seen_within, is_near=is_near)
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


def lines_of_clinics(
    desk: Desk,
    clinics: Sequence[Clinic],
    day: date,
    *,
    seen_within: int,
    known_on: date | None = None,
    is_near: bool = False,
) -> list[Line]:
    """The lines of some clinics on a day, in no order; with `known_on` as they could be foreseen on an earlier one."""
    # So many working days take at least as many days, so that this sieve lets through too much, never too little.
    unseen_by = day - timedelta(days=seen_within)
    return [
        line
        for found in look(desk, clinics, day, unseen_by=unseen_by, known_on=known_on, is_near=is_near)
        for line in lines_of(desk, found, day, seen_within=seen_within)
    ]


def lines_of_clinic(
    desk: Desk, clinic: Clinic, day: date, *, seen_within: int, known_on: date | None = None
) -> list[Line]:
    """The same of one clinic."""
    return lines_of_clinics(desk, [clinic], day, seen_within=seen_within, known_on=known_on)


def lines_of(desk: Desk, found: Followed | Failure, day: date, *, seen_within: int) -> Iterator[Line]:
    """The lines of one treatment."""
    match found:
        case Failure():
            yield Line(
                kind=Kind.FAILED, patient=found.reference, clinic=found.clinic_id, treatment_id=found.treatment_id,
                today=day, failure=found.fault,
            )  # fmt: skip
        case Followed():
            yield from recall(
                desk.memory, ("lines", found.outline.treatment_id), found,
                lambda: (*_check_lines(found), *_unconfirmed(found)),
            )  # fmt: skip
            if found.outline.unseen:  # few: only those ask for the clinic's days
                is_working_day = desk.rulebook.working_days_of(desk.connection, found.outline.clinic_id)
                yield from _not_seen(found, is_working_day, seen_within)


def lines_of_treatment(desk: Desk, treatment_id: int, *, seen_within: int) -> list[Line]:
    """The lines of one treatment today, from its facts, most urgent first."""
    dossier = get_dossier(desk.connection, treatment_id)
    clinic = people.find_clinic(desk.connection, dossier.clinic_id)
    assert clinic is not None
    today = desk.today[clinic.id]
    found = look_at(desk, clinic, dossier, today)
    return in_order(lines_of(desk, found, today, seen_within=seen_within))


def _check_lines(followed: Followed) -> Iterator[Line]:
    if not followed.pressing:
        return
    protocol, day = followed.protocol, followed.today
    clocks = clocks_of(
        protocol, followed.outline.infusions, followed.outline.last, day, has_left=followed.outline.has_left
    )  # fmt: skip
    common = _common(followed)
    for family, checks in group_by_family(followed.pressing).items():
        rule = protocol.get_rule(checks[-1].rule)
        overdue = tuple(check for check in checks if state_of(check, day) is State.OVERDUE)
        steps = protocol.escalation if rule.escalation is None else rule.escalation  # an empty list means none
        yield Line(
            kind=Kind.CHECK,
            **common,
            family=family,
            checks=checks,
            title=rule.title,
            titles={check.rule: protocol.get_rule(check.rule).title for check in checks},
            place=rule.place,
            exposure=clocks.get(family),
            next_visit_on=followed.next_visits.get(family),
            booked=followed.booked.get(family),
            reported=followed.reported.get(family),
            steps=escalations(steps, overdue, day) if overdue else (),
            raised=climb(steps, overdue, day) if overdue else (),
            seen=_seen_steps(followed, min(overdue, key=lambda check: check.closes_on)) if overdue else (),
        )


def _seen_steps(followed: Followed, oldest: Pressing) -> tuple[SeenStep, ...]:
    """Who knows of a line, by its oldest check: once that is done, the next one asks anew."""
    return tuple(
        SeenStep(one.role, one.seen_by, local_day(one.entered_at, followed.zone))
        for one in followed.outline.escalations_seen
        if (one.rule, one.number) == (oldest.rule, oldest.number)
    )


def _unconfirmed(followed: Followed) -> Iterator[Line]:
    """Planned infusions whose day has passed: one line a treatment; nobody plans for a discharged patient."""
    days = tuple(one.infused_on for one in followed.outline.infusions if is_unconfirmed(one, followed.today))
    if days and not followed.outline.has_left:
        yield Line(kind=Kind.UNCONFIRMED, **_common(followed), days=days)


def _not_seen(followed: Followed, is_working_day: IsWorkingDay, seen_within: int) -> Iterator[Line]:
    """Results that nobody has seen in time: one line a family."""
    outline, recorded_on, today = followed.outline, followed.recorded_on, followed.today
    late = unseen_days(outline, recorded_on, today, is_working_day=is_working_day, seen_within=seen_within)
    for family, days in late.items():
        title = title_of_family(followed.protocol, family)
        yield Line(kind=Kind.NOT_SEEN, **_common(followed), family=family, title=title, days=days)


def unseen_days(
    outline: Outline, recorded_on: date, today: date, *, is_working_day: IsWorkingDay, seen_within: int
) -> Mapping[str, tuple[date, ...]]:
    """By family the days of samples that nobody has seen within so many working days.

    What was taken before the treatment came into this record, or before it was followed here, was somebody
    else's to see: a clinic that brings its past samples gets no alarm for them.
    """
    from_on = max(recorded_on, outline.assignment.followed_here_from or date.min)
    unseen: dict[str, list[date]] = {}
    for family, taken_on in outline.unseen:
        if from_on <= taken_on <= today and count_working_days(taken_on, today, is_working_day) > seen_within:
            unseen.setdefault(family, []).append(taken_on)
    return {family: tuple(sorted(days)) for family, days in unseen.items()}


class _Common(TypedDict):
    patient: str
    clinic: str
    treatment_id: int
    today: date
    contact: Contact | None


def _common(followed: Followed) -> _Common:
    """What every line of a treatment says."""
    outline = followed.outline
    last = outline.note
    return {
        "patient": outline.reference,
        "clinic": outline.clinic_id,
        "treatment_id": outline.treatment_id,
        "today": followed.today,
        "contact": Contact(last.kind, local_day(last.entered_at, followed.zone)) if last else None,
    }


def is_unconfirmed(infusion: Infusion, today: date) -> bool:
    """A planned day that has passed without anybody saying whether the drug was given."""
    return infusion.planned and infusion.infused_on < today


def exposures(dossier: Dossier, protocol: Protocol, today: date) -> dict[str, Exposure]:
    """The exposure clock of each follow-up family: from the first course given to the closing sample or discharge.

    A form at the office is no sample, so it has none; nor has a test that is not for this person.
    """
    last: dict[str, date] = {}
    for sample, _ in dossier.samples:
        if sample.taken_on <= today:
            last[sample.family] = max(sample.taken_on, last.get(sample.family, sample.taken_on))
    clocks = clocks_of(protocol, dossier.given_and_planned, last, today, has_left=dossier.departure is not None)
    theirs = {rule.family for rule in protocol.rules if is_for(rule.only_for, dossier.person, today)}
    return {family: clock for family, clock in clocks.items() if family in theirs}


def clocks_of(
    protocol: Protocol, infusions: Sequence[Infusion], last: Mapping[str, date], today: date, *, has_left: bool
) -> dict[str, Exposure]:
    """The same of all families, whoever the person is, from the day of each one's last sample up to today."""
    given = [one for one in infusions if not one.planned and one.infused_on <= today]
    if has_left or not given:
        return {}
    course, ends_on = _begun(protocol, tuple(given))
    # What was taken in an earlier follow-up, years ago, says nothing about this one.
    since = course.starts_on - BASELINE_LOOKBACK
    last = {family: taken_on for family, taken_on in last.items() if taken_on >= since}
    return {
        family: expose(family, last_on=last.get(family), treated_on=course.ends_on, limit_days=gap, today=today)
        for family, gap in _sampled_gaps(protocol)
        if ends_on is None or last.get(family, date.min) < ends_on  # the closing sample stops the clock
    }


def _begun(protocol: Protocol, given: tuple[Infusion, ...]) -> tuple[Course, date | None]:
    """The first course of the follow-up that runs, and where it ends."""
    episode = group_episodes(group_courses(given, protocol.courses.gap_days), protocol.follow_up.lasts)[-1]
    return episode.courses[0], episode.ends_on


def _sampled_gaps(protocol: Protocol) -> list[tuple[str, int]]:
    at_office = {rule.family for rule in protocol.rules if rule.place is Place.OFFICE}
    return [(family, gap) for family, gap in protocol.longest_gaps.items() if family not in at_office]
