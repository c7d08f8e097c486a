"""Orphans: patients whom nothing else would bring to anybody's notice."""

from collections.abc import Iterable, Iterator
from datetime import date

from db import digests, protocols
from db.dossiers import Dossier
from monitor.services import approving
from monitor.services.desk import Desk
from monitor.services.digest_walk import Walked
from schedules.errors import NeedsApproval
from schedules.findings import Finding, Section
from schedules.model import Person
from schedules.protocol import OnlyFor, Recurring
from schedules.titles import title_of_family
from schedules.whom import asks_age, is_other_sex, knows_sex


def list_orphans(desk: Desk, followed: Iterable[Walked], day: date) -> Iterator[Finding]:
    """Without a check, without a next one, ended without the closing visit, on a protocol that should not plan."""
    known: dict[str, Section | None] = {}
    for one in followed:
        reference, ends_on = one.dossier.reference, one.ends_on
        if not one.reach:
            yield Finding(Section.NO_PLAN, reference, word="infusions" if one.is_treated else "")
        elif ends_on and ends_on >= day:
            yield from _without_next(one, day)
        elif ends_on and any(reach.last_open_on and reach.last_open_on >= ends_on for reach in one.reach.values()):
            yield Finding(Section.NOT_CLOSED, reference, on=ends_on, days=(day - ends_on).days)
        standings = {_standing_of(desk, mark, known) for mark in _marks(one.dossier)}
        for section in (Section.UNAPPROVED, Section.OUTDATED):
            if section in standings:
                yield Finding(section, reference, word=f"{one.protocol.id} {one.protocol.version}")


def list_astray(desk: Desk, clinic_id: str) -> Iterator[Finding]:
    """Checks that another clinic's worklist would show."""
    for reference, elsewhere, number in digests.list_astray(desk.connection, clinic_ids=[clinic_id]):
        yield Finding(Section.ASTRAY, reference, word=elsewhere, missed=number)


def _without_next(one: Walked, day: date) -> Iterator[Finding]:
    for family in _follow_up_families(one):
        reach = one.reach.get(family)
        if reach is None or reach.last_due_on is None or reach.last_due_on < day:
            title = tuple(title_of_family(one.protocol, family).items())
            yield Finding(Section.NO_NEXT, one.dossier.reference, family, title)


def _follow_up_families(one: Walked) -> list[str]:
    """Families that have a check until the end of follow-up, whoever the patient is; age limits may end one."""
    families = [
        rule.family
        for rule in one.protocol.rules
        if isinstance(rule.schedule, Recurring) and rule.schedule.until == "follow-up-end"
        if rule.only_for is None or _is_to_the_end(rule.only_for, one.dossier.person)
    ]
    return list(dict.fromkeys(families))


def _is_to_the_end(only_for: OnlyFor, person: Person) -> bool:
    """Whether nothing that is known of the person can end it before; a rule for a sex that is not known stays."""
    is_decided = only_for.sex is None or knows_sex(person)
    return not is_other_sex(only_for, person) and not (is_decided and asks_age(only_for))


def _marks(dossier: Dossier) -> tuple[str, ...]:
    return dossier.assignment.fingerprint, *dossier.assignment.overlays


def _standing_of(desk: Desk, mark: str, known: dict[str, Section | None]) -> Section | None:
    """Whether this version was never approved (a draft cannot be), or a newer one of the same protocol is by now."""
    if mark not in known:
        stored = protocols.find_protocol(desk.connection, mark)
        if stored is None or protocols.find_approval(desk.connection, mark) is None:
            known[mark] = Section.UNAPPROVED
        else:
            known[mark] = Section.OUTDATED if _is_outdated(desk, stored.protocol_id, mark) else None
    return known[mark]


def _is_outdated(desk: Desk, protocol_id: str, mark: str) -> bool:
    try:
        return approving.get_approved(desk, protocol_id) != mark
    except NeedsApproval:
        return True
