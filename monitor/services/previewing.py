"""Previewing: a letter as it would be written now, for whoever looks, of today or of an earlier day."""

from collections.abc import Sequence
from datetime import date

from monitor.config import Config
from monitor.render.digest_parts import ClinicPart, Head
from monitor.render.weekly import ClinicWeek
from monitor.services.daily import as_reader, order_of, read_daily, staff_on
from monitor.services.desk import Desk
from monitor.services.digest import make_digest
from monitor.services.digest_cover import find_round
from monitor.services.digest_head import make_head, make_notices
from monitor.services.due_letters import WEEKLY, Due, list_todays
from monitor.services.looking import end_of
from monitor.services.weekly import missed_in_week, week_of
from monitor.services.worklist import clinics_of
from schedules.gaps import Gap


def preview_daily(
    desk: Desk, config: Config, *, day: date | None, clinic: str | None
) -> tuple[date, Head, Sequence[ClinicPart]]:  # fmt: skip
    """The digest for the acting person. A recipient sees their own letter; everybody else, and whoever names a day or
    a clinic, those of their clinics, without what concerns letters to one person."""
    own = _find_due(desk, config) if day is None and clinic is None else None
    if own:
        staff = staff_on(desk, own.day)
        round_ = find_round(own.recipient, staff)
        head, parts = read_daily(as_reader(desk, own, round_), config, own, staff=staff, own=round_)
        return own.day, head, parts
    parts = make_digest(desk, day=day, clinic=clinic, order=order_of(config))
    on = day or max((one.day for one in parts), default=desk.at.date())
    is_todays = desk.actor.role == "admin" and day is None
    notices = make_notices(desk, staff_on(desk, on)) if is_todays else None
    zone = parts[0].zone if parts else "UTC"
    tick = config.jobs.tick_seconds
    head = make_head(desk, zone=zone, tick_seconds=tick, until=end_of(day, zone) if day else None, notices=notices)
    return on, head, parts


def preview_weekly(
    desk: Desk, config: Config, *, clinic: str | None
) -> tuple[date, Head, Sequence[ClinicWeek], Sequence[Gap] | None]:  # fmt: skip
    """The weekly summary as if it were due today; None in place of the gaps where the person gets no letters."""
    own = _find_due(desk, config, kind=WEEKLY) if clinic is None else None
    at = as_reader(desk, own, find_round(own.recipient, staff_on(desk, own.day))) if own else desk
    clinics = clinics_of(at, clinic)
    on = own.day if own else max((at.today[one.id] for one in clinics), default=at.at.date())
    zone = own.zone if own else clinics[0].time_zone if clinics else "UTC"
    head = make_head(at, zone=zone, tick_seconds=config.jobs.tick_seconds)
    return on, head, [week_of(at, one) for one in clinics], missed_in_week(at, own) if own else None


def _find_due(desk: Desk, config: Config, **kind: str) -> Due | None:
    found = list_todays(desk, config, **kind)
    return next((due for due, _ in found if due.recipient.person_id == desk.actor.id), None)
