"""Prospects: a patient before enrolment - what is wrong, who it may be already, and the plan that would follow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from db import patients, protocols
from db.dossiers import Assignment
from db.patients import Alike
from monitor.services import approving, enrolling
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment
from schedules.advising import Flag, flags
from schedules.errors import NeedsApproval
from schedules.following import Outcome, follow
from schedules.model import Check, Facts, Person, Settlement
from schedules.protocol import Overlay, Protocol, Texts
from schedules.status import State, state_of

SOON = timedelta(days=28)
"""What falls due within four weeks is named before a patient is enrolled."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A protocol or an overlay under which patients can be enrolled; `over` are the protocols an overlay is for."""

    id: str
    version: str
    title: Texts
    over: tuple[str, ...] = ()
    is_overlay: bool = False


class Fault(NamedTuple):
    """What is wrong with an enrolment: which part of it, a code, and the days that it is about."""

    part: str
    code: str
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Prospect:
    """What enrolling would make: the plan, its end, and what somebody has to see to at once or soon."""

    protocol: Protocol
    outcome: Outcome
    flags: Sequence[Flag]
    visits: int
    """Those with something that is still open."""
    first_on: date | None
    last_on: date | None
    overdue: Sequence[Check]
    due: Sequence[Check]
    soon: Sequence[Check]
    before_record: int


def list_choices(desk: Desk) -> Sequence[Choice]:
    """What is approved, in the version that would be followed: protocols first, each kind by its id."""
    found = []
    for protocol_id in sorted({one.protocol_id for one in protocols.list_protocols(desk.connection)}):
        try:
            read = desk.rulebook.read(desk.connection, approving.get_approved(desk, protocol_id))
        except NeedsApproval:
            continue
        over = read.over if isinstance(read, Overlay) else ()
        found.append(Choice(protocol_id, read.version, read.title, over, isinstance(read, Overlay)))
    return sorted(found, key=lambda one: one.is_overlay)


def find_faults(desk: Desk, enrolment: Enrolment, choices: Sequence[Choice]) -> Iterator[Fault]:
    """Everything that speaks against an enrolment that can be read; `enrol` would refuse with the first of it."""
    today = desk.today[enrolment.clinic_id]
    if patients.find_patient(desk.connection, enrolment.reference):
        yield Fault("reference", "reference-taken")
    for choice in choices:
        if choice.id in enrolment.overlay_ids and enrolment.protocol_id not in choice.over:
            yield Fault("overlay", "overlay-not-for")
    born_on, taken_over = enrolment.detail.born_on, enrolment.followed_here_from
    if born_on and born_on > today:
        yield Fault("birth_date", "born-to-come")
    if taken_over and taken_over > today:
        yield Fault("followed_here_from", "followed-to-come")
    for code, day in enrolling.find_impossible(enrolment.infusions, born_on=born_on, today=today):
        yield Fault("infusions", code, (day,))


def list_alike(desk: Desk, enrolment: Enrolment) -> Sequence[Alike]:
    """Patients of the person's clinics who may be the same one: a reference that differs in its signs alone, or the
    birth date together with the name or an infusion day.
    """
    return patients.list_alike(
        desk.connection, sorted(desk.actor.clinic_ids), reference=enrolment.reference, name=enrolment.detail.name,
        born_on=enrolment.detail.born_on, days=[one.infused_on for one in enrolment.infusions],
    )  # fmt: skip


def foresee_enrolment(desk: Desk, enrolment: Enrolment) -> Prospect:
    """The plan that would follow, worked out without writing anything. Refuses what `enrol` refuses of it."""
    fingerprint = approving.get_approved(desk, enrolment.protocol_id)
    overlays = tuple(approving.get_approved(desk, one) for one in enrolment.overlay_ids)
    clinic_id, today = enrolment.clinic_id, desk.today[enrolment.clinic_id]
    enrolling.refuse_impossible(enrolment.infusions, born_on=enrolment.detail.born_on, today=today)
    protocol = desk.rulebook.get(desk.connection, Assignment(fingerprint, overlays, None), clinic_id)
    outcome = follow(
        protocol,
        Person(enrolment.detail.sex, enrolment.detail.born_on),
        infusions=enrolment.infusions,
        extras=(),
        facts=Facts(followed_here_from=enrolment.followed_here_from),
        is_working_day=desk.rulebook.working_days_of(desk.connection, clinic_id),
    )
    still_open = [one.check for one in outcome.settled if one.settlement is Settlement.OPEN]
    keys = {one.key for one in still_open}
    visits = [one for one in outcome.visits if keys.intersection(one.keys)]
    states = {check: state_of(check, today) for check in still_open}
    return Prospect(
        protocol=protocol,
        outcome=outcome,
        flags=flags(protocol, outcome.plan.courses, today=today),
        visits=len(visits),
        first_on=min((one.visit_on for one in visits), default=None),
        last_on=max((one.visit_on for one in visits), default=None),
        overdue=[check for check, state in states.items() if state is State.OVERDUE],
        due=[check for check, state in states.items() if state is State.DUE],
        soon=[
            check
            for check, state in states.items()
            if state in {State.UPCOMING, State.OPEN} and check.due_on <= today + SOON
        ],
        before_record=sum(one.settlement is Settlement.BEFORE_RECORD for one in outcome.settled),
    )
