"""Noticing: who is told of an escalation by a mail of its own, once, and never of a backlog."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db import people
from db import recipients as stored
from db.escalations import list_known_letters
from db.letters import Letter, add_letter
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
    """One letter before it is written: what is told to whom."""

    hearer: Hearer
    told: EscalationTold

    @property
    def key(self) -> str:
        line, person_id = self.told.line, self.hearer.recipient.person_id
        step = f"{line.first.rule}/{line.first.number}/{self.told.raised.role}"
        return f"escalation/{line.treatment_id}/{step}/{person_id}"


def list_notices(desk: Desk, config: Config, clinic_ids: Collection[str]) -> list[Notice]:
    """The letters that are due in some clinics and not in the outbox yet."""
    everybody = stored.list_recipients(desk.connection)
    notices = [
        notice
        for clinic in people.list_clinics(desk.connection)
        if clinic.id in clinic_ids
        for notice in _of_clinic(desk, config, clinic, everybody)
    ]
    known = list_known_letters(desk.connection, [one.key for one in notices])
    return [one for one in notices if one.key not in known]


def plan_notices(desk: Desk, config: Config, notices: Sequence[Notice]) -> int:
    """Put the letters into the outbox; returns how many nobody had put there before."""
    return sum(add_letter(desk.connection, _write(desk, config, one), desk.at) for one in notices)


def _write(desk: Desk, config: Config, notice: Notice) -> Letter:
    reader, line, sender = notice.hearer.recipient, notice.told.line, config.mail.sender
    subject, text = write_escalation(notice.told, reader.language)
    body = write_message(key=notice.key, sender=sender, to=reader.address, subject=subject, at=desk.at, text=text)
    return Letter(
        notice.key, "escalation", reader.person_id, line.clinic, line.today, reader.address, subject,
        message_id_of(notice.key, sender), body,
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
