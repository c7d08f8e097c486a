"""Noticing: who is told of an escalation by mail, once, in one letter a patient, and never of a backlog."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from db import patients, people
from db import recipients as stored
from db.escalations import list_known_letters
from db.letters import Letter, add_letter, add_skipped
from db.people import Clinic
from db.recipients import Cover, Recipient
from db.worklists import list_recorded
from monitor.config import Config
from monitor.render.escalation_letter import EscalationTold, Why, write_escalation
from monitor.render.mail_message import message_id_of, write_message
from monitor.services.covering import find_deputy
from monitor.services.desk import Desk
from monitor.services.looking import local_day
from monitor.services.worklist import lines_of_clinic
from schedules.escalating import LADDER, Raised
from schedules.protocol import Role
from schedules.worklists import Line


@dataclass(frozen=True, slots=True)
class Hearer:
    """Who is told, and for whom they stand in."""

    recipient: Recipient
    deputy_for: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A step that is told to a reader, in a letter of its own or with others of the treatment."""

    hearer: Hearer
    told: EscalationTold

    @property
    def key(self) -> str:
        line, person_id = self.told.line, self.hearer.recipient.person_id
        return f"escalation/{line.treatment_id}/{self.check}/{self.told.raised.role}/{person_id}"

    @property
    def check(self) -> str:
        return f"{self.told.line.first.rule}/{self.told.line.first.number}"


def list_notices(desk: Desk, config: Config, clinic_ids: Collection[str]) -> list[Notice]:
    """The steps that are to be told in some clinics and have not been."""
    everybody = stored.list_recipients(desk.connection)
    notices = [
        notice
        for clinic in people.list_clinics(desk.connection)
        if clinic.id in clinic_ids
        for notice in _of_clinic(desk, config, clinic, everybody)
    ]
    return _new(desk, notices)


def by_treatment(notices: Sequence[Notice]) -> list[list[Notice]]:
    """What is planned in one transaction each: a lock held on several patients could meet another's."""
    found: dict[int, list[Notice]] = {}
    for one in notices:
        found.setdefault(one.told.line.treatment_id, []).append(one)
    return list(found.values())


def plan_notices(desk: Desk, config: Config, notices: Sequence[Notice]) -> int:
    """Put letters about one treatment into the outbox, one a reader; returns how many.

    The treatment is held meanwhile, so that of two replicas the second sees what the first has told. A step that
    another replica told since the look is left out.
    """
    if notices:
        patients.lock_treatment(desk.connection, notices[0].told.line.treatment_id)
    readers: dict[int, list[Notice]] = {}
    for one in _new(desk, notices):
        readers.setdefault(one.hearer.recipient.person_id, []).append(one)
    return sum(_plan_letter(desk, config, steps) for steps in readers.values())


def _new(desk: Desk, notices: Sequence[Notice]) -> list[Notice]:
    known = list_known_letters(desk.connection, [one.key for one in notices])
    return [one for one in notices if one.key not in known]


def _plan_letter(desk: Desk, config: Config, steps: Sequence[Notice]) -> bool:
    """The longest overdue gives its key; for each other step a row says that it was told in that letter."""
    first, *others = sorted(steps, key=lambda one: -one.told.line.days_overdue)
    letter = _write(desk, config, [first, *others])
    if not add_letter(desk.connection, letter, desk.at):
        return False
    for one in others:
        why = f"{one.told.line.patient}: {one.check} is told in the letter about {first.check}"
        add_skipped(desk.connection, replace(letter, key=one.key), desk.at, why=why)
    return True


def _write(desk: Desk, config: Config, steps: Sequence[Notice]) -> Letter:
    first, sender = steps[0], config.mail.sender
    reader, line = first.hearer.recipient, first.told.line
    subject, text = write_escalation([one.told for one in steps], reader.language)
    body = write_message(key=first.key, sender=sender, to=reader.address, subject=subject, at=desk.at, text=text)
    return Letter(
        first.key, "escalation", reader.person_id, line.clinic, line.today, reader.address, subject,
        message_id_of(first.key, sender), body,
    )  # fmt: skip


def _of_clinic(desk: Desk, config: Config, clinic: Clinic, everybody: Sequence[Recipient]) -> Iterator[Notice]:
    today = desk.today[clinic.id]
    staff = [one for one in everybody if one.is_confirmed and clinic.id in one.clinic_ids]
    if not staff:
        return  # the doctor says so
    covers = stored.list_covers(desk.connection, today)
    by_person = {one.person_id: one for one in everybody}
    lines = [
        line
        for line in lines_of_clinic(desk, clinic, today, seen_within=config.seen_within_working_days)
        if line.unseen
    ]
    recorded = list_recorded(desk.connection, [line.treatment_id for line in lines])
    for line in lines:
        chosen: dict[int, Notice] = {}
        for raised, why in _reached(line, config.digest.physician_after_days):
            for hearer, told_why in _hearers(staff, raised.role, why, covers, by_person):
                known_on = _known_on(hearer.recipient, recorded[line.treatment_id], clinic.time_zone)
                begun_on = raised.at_once_on if why is Why.ASKED else raised.began_on
                if begun_on is not None and begun_on > known_on:
                    told = EscalationTold(
                        line, raised, told_why, clinic.name, hearer.recipient.role, (today - raised.began_on).days,
                        hearer.deputy_for,
                    )  # fmt: skip
                    chosen[hearer.recipient.person_id] = Notice(hearer, told)
        yield from chosen.values()


def _reached(line: Line, physician_after_days: int) -> Iterator[tuple[Raised, Why]]:
    """The unseen steps that ask for a letter, the lowest first, so that of several a person gets the highest."""
    for raised in line.unseen:
        if line.today >= raised.began_on + timedelta(days=physician_after_days):
            yield raised, Why.PHYSICIAN
        if raised.at_once_on is not None:
            yield raised, Why.ASKED


def _known_on(reader: Recipient, recorded_at: datetime, zone: str) -> date:
    """The day up to which everything is a backlog to this reader, and left to the digest.

    A clinic that begins with hundreds of overdue checks would otherwise get hundreds of mails in one minute, and
    read none of them.
    """
    assert reader.confirmed_at is not None
    return max(local_day(reader.confirmed_at, zone), local_day(recorded_at, zone))


def _hearers(
    staff: Sequence[Recipient],
    role: Role,
    why: Why,
    covers: Sequence[Cover],
    by_person: Mapping[int, Recipient],
) -> Iterator[tuple[Hearer, Why]]:
    """The recipients of a role, or of the next one up; for the physician administrators, or any clinician.

    Whoever is away hears through the deputy. Where everybody who could be asked is away, all are told.
    """
    for number, asked in enumerate(_rungs(staff, role, why)):
        found = list(_present(asked, covers, by_person))
        if found:
            for hearer in found:
                yield hearer, _say_why(why, is_first=number == 0)
            return
    for one in staff:
        yield Hearer(one), _say_why(why, is_first=False)


def _rungs(staff: Sequence[Recipient], role: Role, why: Why) -> list[list[Recipient]]:
    if why is Why.PHYSICIAN:
        by_role = [[one for one in staff if one.role == rung] for rung in (Role.ADMIN, Role.CLINICIAN)]
        return [[one for one in staff if one.is_physician], *by_role]
    return [[one for one in staff if one.role == rung] for rung in LADDER[LADDER.index(role) :]]


def _say_why(why: Why, *, is_first: bool) -> Why:
    if is_first:
        return why
    return Why.NO_PHYSICIAN if why is Why.PHYSICIAN else Why.STANDS_IN


def _present(
    asked: Sequence[Recipient], covers: Sequence[Cover], by_person: Mapping[int, Recipient]
) -> Iterator[Hearer]:
    for one in asked:
        is_away, deputy = find_deputy(one, covers, by_person)
        if not is_away:
            yield Hearer(one)
        elif deputy is not None:
            yield Hearer(deputy, one.login)
