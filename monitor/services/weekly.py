"""The weekly letter: how the last seven days went at each clinic, and what the next weeks bring."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from db import letter_log, looks, weeks
from db.people import Clinic
from monitor.config import Config
from monitor.render.weekly import ClinicWeek, compose_weekly
from monitor.services.daily import Draft, as_reader, staff_on
from monitor.services.desk import Desk
from monitor.services.digest_cover import find_round
from monitor.services.digest_head import gaps_of, make_head
from monitor.services.due_letters import DAILY, Due
from monitor.services.looking import end_of
from monitor.services.worklist import clinics_of
from schedules.gaps import Gap, list_missed

DAYS = 7
WEEKS_AHEAD = 4


def draft_weekly(desk: Desk, config: Config, due: Due) -> Draft:
    """The summary of a recipient: the seven days before the letter's day, at the clinics of the recipient's round."""
    own = find_round(due.recipient, staff_on(desk, due.day))
    at = as_reader(desk, due, own)
    found = [
        replace(week_of(at, clinic), stands_in=own.stands_in.get(clinic.id, ())) for clinic in clinics_of(at)
    ]  # fmt: skip
    head = make_head(at, zone=due.zone, tick_seconds=config.jobs.tick_seconds)
    missed = missed_in_week(at, due)
    document = compose_weekly(found, head, missed, day=due.day, language=due.recipient.language)
    return Draft(document, gaps=gaps_of(at, due))


def missed_in_week(desk: Desk, due: Due) -> list[Gap]:
    """The days of the week before the letter's on which no daily letter was sent to the recipient."""
    first = max(due.day - timedelta(days=DAYS), due.starts_on)
    past = letter_log.list_between(desk.connection, due.recipient.person_id, DAILY, since=first, before=due.day)
    return list_missed(past, first, due.day, zone=ZoneInfo(due.zone))


def week_of(desk: Desk, clinic: Clinic) -> ClinicWeek:
    """One clinic; a failure stands in its place and leaves the others whole."""
    today = desk.today[clinic.id]
    try:
        with desk.connection.begin_nested():
            return _compute(desk, clinic, today)
    except Exception as fault:  # noqa: BLE001 - shown in the letter; a lost connection fails for good at the head
        return ClinicWeek(clinic.name, today, today, today, fault=type(fault).__name__)


def _compute(desk: Desk, clinic: Clinic, today: date) -> ClinicWeek:
    first, last = today - timedelta(days=DAYS), today - timedelta(days=1)
    after, until = end_of(first - timedelta(days=1), clinic.time_zone), end_of(last, clinic.time_zone)
    overdue = looks.list_overdue(desk.connection, clinic.id, first, today)
    closed = weeks.count_closed(desk.connection, clinic.id, first, last)
    month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    month_end = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    visits = Counter(
        (day - today).days // 7
        for day in weeks.list_visit_days(desk.connection, clinic.id, today, today + timedelta(days=7 * WEEKS_AHEAD - 1))
    )
    return ClinicWeek(
        name=clinic.name,
        day=today,
        from_on=first,
        until_on=last,
        overdue=tuple(overdue.items()),
        closed=closed.number,
        in_time=closed.in_time,
        samples=weeks.count_samples(desk.connection, clinic.id, after, until),
        discharged=weeks.list_left(desk.connection, clinic.id, after, until),
        finishing=weeks.list_finishing(desk.connection, clinic.id, month, month_end),
        visits=tuple((today + timedelta(days=7 * number), visits[number]) for number in range(WEEKS_AHEAD)),
    )
