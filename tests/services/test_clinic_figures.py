"""Clinic figures: what the database counts is what the pure definitions say, check by check and visit by visit."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest

from db.checks import list_checks, list_visits
from db.clinic_figures import count_followed, list_loads, list_tallies
from monitor.clock import FixedClock
from monitor.services.booking import book
from monitor.services.clinic_figures import adherence_of, workload_of
from monitor.services.deciding import discharge
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, add_infusions, enrol
from monitor.services.overview import overview_of
from monitor.services.recording import record_samples
from monitor.services.worklist import list_lines
from schedules.adherence import Month, standing_of
from schedules.errors import NotFound
from schedules.model import Infusion, Settlement
from schedules.protocol import Place

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)


@pytest.fixture
def treatments(desk_of: DeskOf) -> list[int]:
    """Three invented patients of the north: one in time, one late and with a gap, one who left; and one of the west."""
    ids = []
    for number, (login, clinic_id) in enumerate([("ada", "north")] * 3 + [("cy", "west")]):
        first = date(2026, 1, 12) + timedelta(days=3 * number)
        course = [Infusion(first + timedelta(days=offset)) for offset in range(5)]
        with desk_of(login) as desk:
            ids.append(enrol(desk, Enrolment(clinic_id, f"X-{number}", "alemtuzumab-eu", infusions=course))[0])
    with desk_of("ada") as desk:
        for month in range(2, 10):
            record_samples(desk, ids[0], ["blood-count"], taken_on=date(2026, month, 16))
        for day in (date(2026, 3, 2), date(2026, 7, 30)):
            record_samples(desk, ids[1], ["blood-count"], taken_on=day)
    with desk_of("dora") as desk:
        discharge(desk, ids[2], on=date(2026, 6, 1), kind="moved", reason="moved")
    return ids


def test_the_share_counted_in_sql_is_that_of_the_definition(look_as: DeskOf, treatments: list[int]) -> None:
    with look_as("ada") as desk:
        rows = [row for found in list_checks(desk.connection, treatments[:3]).values() for row in found]
        counted = {
            (one.rule, one.month, one.standing): one.number
            for one in list_tallies(desk.connection, ["north"], date(2025, 12, 1), TODAY)["north"]
        }
    expected = Counter(
        (row.rule, Month(row.closes_on.year, row.closes_on.month), standing)
        for row in rows
        if (standing := standing_of(row.settlement, row.opens_on, row.closes_on, row.settled_on, TODAY))
        and row.closes_on >= date(2025, 12, 1)
    )
    assert counted == expected
    assert len({standing for *_, standing in counted}) == 3


def test_the_page_s_months_add_up_and_another_clinic_is_not_among_them(look_as: DeskOf, treatments: list[int]) -> None:
    with look_as("ada") as desk:
        (kept,) = adherence_of(desk, months=12)
    assert kept.clinic.id == "north"
    assert kept.everything.whole == sum((one.whole for one in kept.rules[1:]), kept.rules[0].whole)
    assert kept.everything.months[-1][0] == Month(2026, 11)
    assert kept.titles["blood-count"]["en"]
    with pytest.raises(NotFound), look_as("ada") as desk:
        adherence_of(desk, "west")


def test_the_work_ahead_is_every_open_visit_on_its_booked_or_suggested_day(
    look_as: DeskOf, desk_of: DeskOf, treatments: list[int]
) -> None:
    with desk_of("ada") as desk:
        book(desk, treatments[0], ["blood-count"], on=date(2026, 11, 19))
    with look_as("ada") as desk:
        until_on = TODAY + timedelta(days=400)
        counted = {(one.day, one.place): one.number for one in list_loads(desk.connection, "north", TODAY, until_on)}
        checks = [row for found in list_checks(desk.connection, treatments[:3]).values() for row in found]
        visits = [one for found in list_visits(desk.connection, treatments[:3]).values() for one in found]
        (ahead,) = workload_of(desk)
    is_open = {row.visit_id for row in checks if row.settlement is Settlement.OPEN}
    days = [(one.booked_on or one.visit_on, one.place) for one in visits if one.id in is_open and not one.is_withdrawn]
    assert counted == Counter(pair for pair in days if TODAY <= pair[0] <= until_on)
    assert (date(2026, 11, 19), Place.LABORATORY) in counted
    assert sum(week.number for week in ahead.weeks) == sum(
        number for (day, _), number in counted.items() if day < ahead.weeks[-1].ends_on + timedelta(days=1)
    )
    assert ahead.behind == sum(day < TODAY for day, _ in days)


def test_the_overview_has_the_numbers_of_the_worklist(
    look_as: DeskOf, desk_of: DeskOf, clock: FixedClock, treatments: list[int]
) -> None:
    with desk_of("ada") as desk:
        add_infusions(desk, treatments[0], [Infusion(date(2026, 11, 4), planned=True)], reason="second course")
        record_samples(desk, treatments[1], ["thyroid"], taken_on=TODAY)
    clock.advance(timedelta(days=14))
    with look_as("ada") as desk:
        (north,) = overview_of(desk)
        lines = list_lines(desk)
        assert count_followed(desk.connection, "north") == north.followed == 2
    by_label: dict[str, set[str]] = {}
    for one in lines:
        by_label.setdefault(one.label, set()).add(one.patient)
    assert {label: len(found) for label, found in by_label.items() if label != "open"} == {
        "overdue": north.overdue, "not-seen": north.not_seen, "unconfirmed": north.unconfirmed,
        **({"due": north.due} if north.due else {}),
    }  # fmt: skip
    assert north.outdated == []


def test_an_overview_is_of_the_person_s_clinics_alone(look_as: DeskOf, treatments: list[int]) -> None:
    with look_as("cy") as desk:
        assert [one.clinic.id for one in overview_of(desk)] == ["west"]
    with look_as("ada") as desk:
        nobody = replace(desk, actor=replace(desk.actor, clinic_ids=frozenset()))
        assert overview_of(nobody) == []


def test_a_night_later_the_figures_have_moved_on(look_as: DeskOf, clock: FixedClock, treatments: list[int]) -> None:
    clock.advance(timedelta(days=30))
    with look_as("ada") as desk:
        (kept,) = adherence_of(desk)
        (ahead,) = workload_of(desk)
    assert kept.everything.months[-1][0] == Month(2026, 12)
    assert ahead.weeks[0].begins_on == date(2026, 11, 30)
