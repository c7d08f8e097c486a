"""Workload: visits by week and place, working days that are left, and the busiest weeks."""

from datetime import date

from schedules.protocol import Place
from schedules.working_days import Closed, list_lost
from schedules.workload import DayLoad, busiest, weeks_ahead

WEDNESDAY = date(2026, 12, 16)
LAB, CLINIC = Place.LABORATORY, Place.CLINIC


def test_visits_are_counted_in_the_week_of_their_day_by_place() -> None:
    loads = [
        DayLoad(date(2026, 12, 16), LAB, 2),
        DayLoad(date(2026, 12, 20), CLINIC, 1),  # the Sunday still belongs to this week
        DayLoad(date(2026, 12, 21), LAB, 4),
        DayLoad(date(2026, 12, 23), LAB, 3),
    ]
    first, second, third = weeks_ahead(loads, [], WEDNESDAY, weeks=3)
    assert (first.begins_on, first.visits, first.number) == (date(2026, 12, 14), ((LAB, 2), (CLINIC, 1)), 3)
    assert (second.visits, second.at(LAB), second.at(CLINIC)) == (((LAB, 7),), 7, 0)
    assert (third.number, third.visits) == (0, ())


def test_what_has_passed_is_not_ahead() -> None:
    (week,) = weeks_ahead([DayLoad(date(2026, 12, 15), LAB, 9)], [], WEDNESDAY, weeks=1)
    assert (week.number, week.working_days) == (0, 3)  # Wednesday, Thursday and Friday are left


def test_holidays_and_closures_cost_working_days_and_are_named() -> None:
    lost = list_lost(
        "DE", None, None, [(Closed(date(2026, 12, 28), date(2026, 12, 31)), "Closing")], from_on=WEDNESDAY,
        until_on=date(2027, 1, 3), language="en",
    )  # fmt: skip
    _, christmas, closed = weeks_ahead([], lost, WEDNESDAY, weeks=3)
    assert (christmas.working_days, [one.name for one in christmas.lost]) == (4, ["Christmas Day"])
    assert (closed.working_days, len(closed.lost)) == (0, 5)
    assert closed.a_day is None


def test_other_weekdays_are_other_working_days() -> None:
    _, week = weeks_ahead([], [], WEDNESDAY, weekdays=(1, 3), weeks=2)
    assert week.working_days == 2


def test_the_busiest_weeks_are_those_with_the_most_visits_a_working_day() -> None:
    loads = [
        DayLoad(date(2026, 12, 21), LAB, 9),  # on four working days
        DayLoad(date(2026, 12, 28), LAB, 10),  # on five
        DayLoad(date(2027, 1, 4), LAB, 1),
    ]
    lost = list_lost("GB", None, None, [], from_on=WEDNESDAY, until_on=date(2026, 12, 27), language="en")
    found = busiest(weeks_ahead(loads, lost, WEDNESDAY, weeks=6), most=1)
    assert [one.begins_on for one in found] == [date(2026, 12, 21)]


def test_a_week_without_a_working_day_in_which_somebody_should_come_is_busiest_of_all() -> None:
    loads = [DayLoad(date(2026, 12, 29), LAB, 1), DayLoad(date(2026, 12, 21), LAB, 40)]
    lost = list_lost(
        "DE", None, None, [(Closed(date(2026, 12, 28), date(2027, 1, 3)), "Closing")], from_on=WEDNESDAY,
        until_on=date(2027, 1, 3), language="en",
    )  # fmt: skip
    assert [one.begins_on for one in busiest(weeks_ahead(loads, lost, WEDNESDAY), most=1)] == [date(2026, 12, 28)]
    assert busiest(weeks_ahead([], lost, WEDNESDAY)) == []
