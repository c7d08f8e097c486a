"""Letter gaps: on which of the last days a recipient got no digest, and why, for administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from db import letter_log
from monitor.config import Config
from monitor.services.desk import Desk
from monitor.services.due_letters import DAILY, list_todays
from schedules.gaps import Gap, list_missed

DAYS = 30


@dataclass(frozen=True, slots=True)
class Missing:
    """The days without a digest of one recipient; empty where each day had one."""

    login: str
    name: str
    gaps: Sequence[Gap]


def list_gaps(desk: Desk, config: Config, *, days: int = DAYS) -> list[Missing]:
    """Of every confirmed recipient of the person's clinics, over the last days before today."""
    desk.require_admin()
    found = []
    for due, _ in list_todays(desk, config):
        one = due.recipient
        if not one.clinic_ids & desk.actor.clinic_ids:
            continue
        first = max(due.day - timedelta(days=days), due.starts_on)
        past = letter_log.list_between(desk.connection, one.person_id, DAILY, since=first, before=due.day)
        found.append(Missing(one.login, one.name, list_missed(past, first, due.day, zone=ZoneInfo(due.zone))))
    return found
