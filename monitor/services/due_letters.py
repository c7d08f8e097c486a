"""Due letters: for whom and for which local day a letter has to be planned by now, and is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from db import letter_log
from db.letter_log import Posted
from db.people import list_clinics
from db.recipients import Recipient, list_recipients
from monitor.config import Config
from monitor.services.desk import Desk
from monitor.services.looking import local_day
from schedules.letter_days import due_day, instant_of

DAILY, WEEKLY = "daily", "weekly"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Due:
    """A letter that has to be written: for a recipient, of a kind, for a day of the home clinic, since an instant.

    `starts_on` is the first day whose hour came after the address was confirmed, `joined_on` the day from which on
    a missing letter is a gap; `weekday` (0 is Monday) stands for a weekly one.
    """

    recipient: Recipient
    kind: str
    day: date
    zone: str
    hour_at: datetime
    starts_on: date
    joined_on: date
    weekday: int | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.day}/{self.recipient.person_id}"


def list_due(desk: Desk, config: Config) -> list[Due]:
    """The newest day whose hour has come, for every confirmed recipient, where no letter is in the outbox yet.

    Whoever confirmed after that hour begins with the next one. Daily letters come first: a weekly one counts on them.
    """
    found = [
        due
        for kind in (DAILY, WEEKLY)
        for due in _list(desk, config, kind)
        if due.day >= due.starts_on
    ]  # fmt: skip
    posted = letter_log.list_posted(desk.connection, [due.key for due in found])
    return [due for due in found if due.key not in posted]


def list_todays(desk: Desk, config: Config, kind: str = DAILY) -> list[tuple[Due, Posted | None]]:
    """The letters of each home clinic's today, whether or not the hour has come, with those that are there."""
    found = list(_list(desk, config, kind, is_today=True))
    posted = letter_log.list_posted(desk.connection, [due.key for due in found])
    return [(due, posted.get(due.key)) for due in found]


def _list(desk: Desk, config: Config, kind: str, *, is_today: bool = False) -> Iterator[Due]:
    zones = {clinic.id: clinic.time_zone for clinic in list_clinics(desk.connection)}
    beginnings = letter_log.list_beginnings(desk.connection)
    weekday = WEEKDAYS.index(config.digest.weekly_on) if kind == WEEKLY else None
    for one in list_recipients(desk.connection):
        if not one.is_confirmed or (kind == WEEKLY and not one.is_weekly):
            continue
        begun, zone, hour = beginnings[one.id], ZoneInfo(zones[one.clinic_id]), config.digest_time(one.clinic_id)
        day = desk.today[one.clinic_id] if is_today else due_day(desk.at, hour, zone, weekday=weekday)
        # The weekly letter is a choice that somebody may make years after joining.
        since = begun.chosen_at if kind == WEEKLY else begun.joined_at
        last_before = due_day(max(begun.confirmed_at, since), hour, zone, weekday=weekday)
        yield Due(
            recipient=one, kind=kind, day=day, zone=zone.key, hour_at=instant_of(day, hour, zone),
            starts_on=last_before + timedelta(days=1), joined_on=local_day(since, zone.key), weekday=weekday,
        )  # fmt: skip
