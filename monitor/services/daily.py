"""The daily letter: everything that one recipient's digest of one day says, and what is kept of it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from db import letter_log, people
from db.chain import get_head
from db.looks import Seen
from db.people import Actor
from db.recipients import list_covers, list_recipients
from monitor.config import Config
from monitor.render.digest import compose
from monitor.render.digest_parts import ClinicPart, Document, Head
from monitor.render.mail_message import Attachment
from monitor.render.tables import write_csv
from monitor.render.worklist import as_rows
from monitor.services.desk import Desk
from monitor.services.digest import Computed, Order, make_digest
from monitor.services.digest_cover import Round, Staff, find_round
from monitor.services.digest_head import gaps_of, make_head, make_notices
from monitor.services.due_letters import Due
from monitor.services.worklist import clinics_of, lines_of_clinic
from schedules.changes import stages_of
from schedules.gaps import Gaps
from schedules.worklists import entries, in_order


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as words and files, the gaps that it tells of, and the looks that it was made from."""

    document: Document
    attachments: Sequence[Attachment] = ()
    gaps: Gaps | None = None
    looks: Sequence[Seen] = ()


def draft_daily(desk: Desk, config: Config, due: Due, computed: Computed | None = None) -> Draft:
    """The digest of a recipient, as things are now; what the reader may not see was not looked at."""
    staff, reader = staff_on(desk, due.day), due.recipient
    own = find_round(reader, staff)
    at = as_reader(desk, due, own)
    head, parts = read_daily(at, config, due, staff=staff, own=own, computed=computed)
    document = compose(parts, head, day=due.day, language=reader.language)
    wanted = reader.attaches_worklist and [part.clinic for part in parts if not part.fault]
    attachments = [attach_worklist(at, config, due, wanted)] if wanted else []
    return Draft(document, attachments, head.gaps, [_look_of(at, part) for part in parts if not part.fault])


def read_daily(
    at: Desk, config: Config, due: Due, *, staff: Staff, own: Round, computed: Computed | None = None
) -> tuple[Head, list[ClinicPart]]:
    """The head and the clinics, before they become words; `at` is the reader's own desk."""
    person_id = due.recipient.person_id
    since = letter_log.find_last_sent(at.connection, person_id, due.kind, since=due.joined_on, before=due.day)
    parts = [
        replace(part, stands_in=own.stands_in.get(part.clinic, ()))
        for part in make_digest(at, order=order_of(config, since=since), computed=computed)
    ]
    notices = make_notices(at, staff, kind=due.kind) if own.is_admin else None
    tick = config.jobs.tick_seconds
    return make_head(at, zone=due.zone, tick_seconds=tick, gaps=gaps_of(at, due), notices=notices), parts


def order_of(config: Config, **more: object) -> Order:
    named = frozenset(clinic_id for clinic_id, clinic in config.clinics.items() if clinic.names_in_digest)
    return replace(Order(config.seen_within_working_days, named), **more)  # type: ignore[arg-type]


def staff_on(desk: Desk, day: date) -> Staff:
    """Everybody on a day."""
    return Staff(
        {one.id: one for one in people.list_people(desk.connection)},
        {one.person_id: one for one in list_recipients(desk.connection)},
        list_covers(desk.connection, day),
    )


def as_reader(desk: Desk, due: Due, own: Round) -> Desk:
    """The desk of the recipient, who sees the clinics of the round and no other."""
    one = due.recipient
    return replace(desk, actor=Actor(one.person_id, one.login, one.name, one.role, own.clinic_ids))


def attach_worklist(desk: Desk, config: Config, due: Due, clinic_ids: Sequence[str]) -> Attachment:
    """The worklist of some clinics as `monitor worklist --format csv` writes it."""
    lines = [
        line
        for clinic in clinics_of(desk)
        if clinic.id in clinic_ids
        for line in lines_of_clinic(
            desk, clinic, desk.today[clinic.id], seen_within=config.seen_within_working_days
        )
    ]  # fmt: skip
    text = io.StringIO()
    write_csv(as_rows(entries(in_order(lines)), due.recipient.language), text)
    return Attachment(f"worklist-{due.day}.csv", "text/csv", text.getvalue().encode())


def _look_of(desk: Desk, part: ClinicPart) -> Seen:
    position, mac = get_head(desk.connection)
    return Seen(
        clinic_id=part.clinic, day=part.day, looked_at=desk.at, followed=part.followed, checks=part.checks,
        overdue=part.overdue, stages=stages_of(part.every), chain_position=position, chain_mac=mac,
    )  # fmt: skip
