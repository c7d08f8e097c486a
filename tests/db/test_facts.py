"""Facts: corrected by a row that replaces them, never changed, and as they were known at any instant."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from db import tables
from db.engine import reading, writing
from db.facts import ALL_AT_ONCE, add_fact, list_facts, list_trail, void_fact
from schedules.errors import Conflict
from tests.db.conftest import Ward

MONDAY = date(2026, 1, 5)


def days(engine: Engine, ward: Ward, *, hours: int | None = None) -> list[date]:
    """The days of the samples that hold, by what was known so many hours after the start."""
    known_at = None if hours is None else ward.at + timedelta(hours=hours)
    with reading(engine) as connection:
        found = list_facts(connection, tables.sample, [ward.treatment_id], known_at=known_at)
    return [row.taken_on for row in found.get(ward.treatment_id, [])]


def add_sample(engine: Engine, ward: Ward, day: date, *, hours: int = 0, replaces_id: int | None = None) -> int:
    stamp = ward.stamp(ward.at + timedelta(hours=hours))
    with writing(engine) as connection:
        return add_fact(
            connection, tables.sample, ward.treatment_id, stamp=stamp, replaces_id=replaces_id, family="liver",
            taken_on=day,
        )  # fmt: skip


def test_a_correction_holds_in_place_of_the_fact_and_both_stay_in_the_trail(engine: Engine, ward: Ward) -> None:
    first = add_sample(engine, ward, MONDAY)
    second = add_sample(engine, ward, MONDAY + timedelta(days=1), hours=2, replaces_id=first)
    assert days(engine, ward) == [MONDAY + timedelta(days=1)]
    with reading(engine) as connection:
        trail = list_trail(connection, tables.sample, ward.treatment_id)
    assert [(row["id"], row["replaces_id"]) for row in trail] == [(first, None), (second, first)]


def test_a_void_row_withdraws_a_fact_and_keeps_it(engine: Engine, ward: Ward) -> None:
    first = add_sample(engine, ward, MONDAY)
    with writing(engine) as connection:
        void_fact(connection, tables.sample, first, stamp=ward.stamp(ward.at + timedelta(hours=2)))
    assert days(engine, ward) == []
    assert days(engine, ward, hours=1) == [MONDAY]
    with reading(engine) as connection:
        assert [row["taken_on"] for row in list_trail(connection, tables.sample, ward.treatment_id)] == [MONDAY] * 2


def test_what_was_known_at_an_instant_can_be_asked_for_ever(engine: Engine, ward: Ward) -> None:
    """Entered at 0, corrected at 2, corrected again at 4: at 3 the first correction held."""
    first = add_sample(engine, ward, MONDAY, hours=0)
    second = add_sample(engine, ward, MONDAY + timedelta(days=1), hours=2, replaces_id=first)
    add_sample(engine, ward, MONDAY + timedelta(days=2), hours=4, replaces_id=second)
    assert [days(engine, ward, hours=hours) for hours in (-1, 0, 1, 2, 3, 4)] == [
        [],
        [MONDAY],
        [MONDAY],
        [MONDAY + timedelta(days=1)],
        [MONDAY + timedelta(days=1)],
        [MONDAY + timedelta(days=2)],
    ]


def test_of_two_corrections_of_one_fact_the_database_lets_one_win(engine: Engine, ward: Ward) -> None:
    first = add_sample(engine, ward, MONDAY)
    add_sample(engine, ward, MONDAY + timedelta(days=1), replaces_id=first)
    with pytest.raises(Conflict, match=f"Entry {first} of 'sample' was corrected by somebody else"):
        add_sample(engine, ward, MONDAY + timedelta(days=2), replaces_id=first)
    assert days(engine, ward) == [MONDAY + timedelta(days=1)]


def test_a_refused_correction_does_not_spoil_the_transaction(engine: Engine, ward: Ward) -> None:
    first = add_sample(engine, ward, MONDAY)
    add_sample(engine, ward, MONDAY + timedelta(days=1), replaces_id=first)
    with writing(engine) as connection:
        with pytest.raises(Conflict):
            void_fact(connection, tables.sample, first, stamp=ward.stamp())
        add_fact(connection, tables.sample, ward.treatment_id, stamp=ward.stamp(), family="liver", taken_on=MONDAY)
    assert days(engine, ward) == [MONDAY + timedelta(days=1), MONDAY]


def test_many_owners_are_asked_for_in_pieces(engine: Engine, ward: Ward) -> None:
    add_sample(engine, ward, MONDAY)
    many = list(range(-2 * ALL_AT_ONCE, ward.treatment_id + 1))
    with reading(engine) as connection:
        assert list(list_facts(connection, tables.sample, many)) == [ward.treatment_id]
