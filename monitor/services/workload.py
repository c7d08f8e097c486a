"""Workload: how many visits each week of the coming year brings, and how many working days it has for them."""

from collections.abc import Sequence
from datetime import timedelta

from db.people import Clinic
from db.weeks import list_visits_ahead
from monitor.services.desk import Desk
from schedules.figures import Week

WEEKS = 52


def list_weeks(desk: Desk, clinic: Clinic, *, weeks: int = WEEKS) -> Sequence[Week]:
    """Of one clinic, beginning with the present week. A visit counts on the day agreed, else on the one suggested."""
    today = desk.today[clinic.id]
    monday = today - timedelta(days=today.weekday())
    is_working_day = desk.rulebook.working_days_of(desk.connection, clinic.id)
    usual = range(5) if clinic.working_weekdays is None else clinic.working_weekdays
    counts = [0] * weeks
    for on in list_visits_ahead(desk.connection, clinic.id, monday, monday + timedelta(weeks=weeks, days=-1)):
        counts[(on - monday).days // 7] += 1
    found = []
    for number in range(weeks):
        first = monday + timedelta(weeks=number)
        days = [first + timedelta(days=one) for one in usual]
        working = sum(is_working_day(one) for one in days)
        found.append(Week(first, counts[number], working, len(days) - working))
    return found
