"""The head of a letter: what ran when, on which days no letter went out, and what administrators have to know."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from db import digests, letter_log, outbox, people
from db.chain import get_head
from monitor.render.digest_parts import Astray, Head, Notices
from monitor.services.desk import Desk
from monitor.services.digest_cover import Staff, list_uncovered
from monitor.services.due_letters import DAILY, Due
from schedules.gaps import MOST_DAYS, Gaps, find_gaps

SAID = 120
"""Characters of what a mail server said; the rest stands in `monitor letter list`."""


def make_head(
    desk: Desk, *, zone: str, tick_seconds: int, until: datetime | None = None, gaps: Gaps | None = None,
    notices: Notices | None = None,
) -> Head:  # fmt: skip
    """What holds for the whole letter; `until` is the end of a past day, whose head tells what had run by then."""
    by = min(until or desk.at, desk.at)
    # A process that looked within three intervals is alive; half of one more allows for slow steps.
    ticked_at, replicas = digests.find_pulse(
        desk.connection, since=by - timedelta(seconds=3.5 * tick_seconds), until=by
    )
    position, mac = get_head(desk.connection)
    return Head(
        zone=zone,
        written_at=desk.at,
        ticked_at=ticked_at,
        replicas=replicas,
        last_import=digests.find_last_import(desk.connection, by),
        last_backup=digests.find_last_backup(desk.connection, by),
        chain_position=position,
        chain_mac=mac,
        gaps=gaps,
        notices=notices,
    )


def gaps_of(desk: Desk, due: Due) -> Gaps:
    """The days since the recipient's last letter of the kind that was sent."""
    past = letter_log.list_past(desk.connection, due.recipient.person_id, due.kind, since=due.joined_on, before=due.day)
    gaps = find_gaps(past, due.day, starts_on=due.starts_on, zone=ZoneInfo(due.zone), weekday=due.weekday)
    told = tuple(gap._replace(said=gap.said[:SAID]) for gap in gaps.told)
    return Gaps(gaps.last_on, told, gaps.earlier, gaps.unplanned)


def make_notices(desk: Desk, staff: Staff, *, kind: str = DAILY) -> Notices:
    """What only administrators are told; the kind is that of the letter, whose own gaps stand elsewhere."""
    clinic_ids = desk.actor.clinic_ids
    return Notices(
        astray=list(_astray(desk, staff, kind)),
        uncovered=list(list_uncovered(staff, clinic_ids)),
        unheard=list(_unheard(desk, staff)),
    )


def _astray(desk: Desk, staff: Staff, kind: str) -> Iterator[Astray]:
    """Letters that did not arrive, until they are settled or made up for; the reader's own kind shows as gaps."""
    names = {one.login: one.name for one in staff.people.values()}
    for one in outbox.list_undelivered(desk.connection, desk.at - timedelta(days=MOST_DAYS)):
        if one.clinic_id in desk.actor.clinic_ids and (one.login, one.kind) != (desk.actor.login, kind):
            yield Astray(names.get(one.login, one.login), one.kind, one.day, one.state, (one.fault or "")[:SAID])


def _unheard(desk: Desk, staff: Staff) -> Iterator[tuple[str, int]]:
    """Clinics with open checks that are in the digest of nobody confirmed, among those that the reader may see."""
    heard = {clinic_id for one in staff.recipients.values() if one.is_confirmed for clinic_id in one.clinic_ids}
    person = staff.people.get(desk.actor.id)
    alone = sorted(person.clinic_ids - heard) if person else []
    number = digests.count_open(desk.connection, clinic_ids=alone)
    names = {one.id: one.name for one in people.list_clinics(desk.connection)}
    yield from ((names[one], number[one]) for one in alone if one in number)
