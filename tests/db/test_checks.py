"""Checks and visits: written by difference, read by window, and never a window that cannot be."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from db.checks import StoredCheck, StoredVisit, Writes, list_checks, list_visits, write
from db.engine import reading, writing
from db.worklists import list_pressing
from schedules.model import Key, Settlement
from schedules.protocol import Place
from tests.db.conftest import Ward

DUE = date(2026, 11, 2)


def visit(ward: Ward, number: int) -> StoredVisit:
    due_on = DUE + timedelta(days=30 * number)
    return StoredVisit(
        f"{number:032}", ward.treatment_id, due_on, Place.LABORATORY, DUE, DUE, DUE, 0, False, ward.at, ward.at
    )  # fmt: skip


def check(ward: Ward, number: int, *, shift: int = 0, settlement: Settlement = Settlement.OPEN) -> StoredCheck:
    """Due 2 November, `shift` days later, on time a week before and after."""
    due_on = DUE + timedelta(days=shift)
    week = timedelta(days=7)
    return StoredCheck(
        ward.treatment_id, "liver", number, "north", "liver", due_on - week, due_on, due_on + week, False, settlement,
        None, f"{1:032}",
    )  # fmt: skip


def test_what_is_written_is_read_in_order_of_the_day(engine: Engine, ward: Ward) -> None:
    writes = Writes(new_visits=[visit(ward, 2), visit(ward, 1)], new_checks=[check(ward, 2, shift=30), check(ward, 1)])
    with writing(engine) as connection:
        write(connection, writes)
    with reading(engine) as connection:
        checks = list_checks(connection, [ward.treatment_id])[ward.treatment_id]
        visits = list_visits(connection, [ward.treatment_id])[ward.treatment_id]
    assert checks == [check(ward, 1), check(ward, 2, shift=30)]
    assert visits == [visit(ward, 1), visit(ward, 2)]


def test_a_change_touches_its_own_row_alone(engine: Engine, ward: Ward) -> None:
    with writing(engine) as connection:
        write(connection, Writes(new_visits=[visit(ward, 1)], new_checks=[check(ward, 1), check(ward, 2, shift=30)]))
    changed = check(ward, 1, shift=3, settlement=Settlement.WAIVED)
    moved = visit(ward, 1)._replace(sequence=1, is_withdrawn=True)
    with writing(engine) as connection:
        write(connection, Writes(changed_visits=[moved], changed_checks=[changed]))
    with reading(engine) as connection:
        assert list_checks(connection, [ward.treatment_id])[ward.treatment_id] == [changed, check(ward, 2, shift=30)]
        assert list_visits(connection, [ward.treatment_id])[ward.treatment_id] == [moved]


def test_nothing_to_write_writes_nothing(engine: Engine, ward: Ward) -> None:
    assert Writes().is_empty
    with writing(engine) as connection:
        write(connection, Writes())
    with reading(engine) as connection:
        assert list_checks(connection, [ward.treatment_id]) == {ward.treatment_id: []}


@pytest.mark.parametrize(("shift", "is_pressing"), [(-400, True), (6, True), (7, True), (8, False)])
def test_a_check_presses_from_the_day_its_window_opens(
    engine: Engine, ward: Ward, shift: int, *, is_pressing: bool
) -> None:
    with writing(engine) as connection:
        write(connection, Writes(new_visits=[visit(ward, 1)], new_checks=[check(ward, 1, shift=shift)]))
    with reading(engine) as connection:
        assert bool(list_pressing(connection, DUE, clinic_ids=["north"])) is is_pressing
        assert not list_pressing(connection, DUE, clinic_ids=["west"])


@pytest.mark.parametrize("settlement", [one for one in Settlement if one is not Settlement.OPEN])
def test_a_settled_check_presses_nobody(engine: Engine, ward: Ward, settlement: Settlement) -> None:
    with writing(engine) as connection:
        write(connection, Writes(new_visits=[visit(ward, 1)], new_checks=[check(ward, 1, settlement=settlement)]))
    with reading(engine) as connection:
        assert not list_pressing(connection, DUE, clinic_ids=["north"])
        assert list_checks(connection, [ward.treatment_id])[ward.treatment_id][0].settlement is settlement


def test_a_window_that_cannot_be_is_refused_by_the_database(engine: Engine, ward: Ward) -> None:
    wrong = check(ward, 1)._replace(closes_on=DUE - timedelta(days=1))
    with pytest.raises(IntegrityError), writing(engine) as connection:
        write(connection, Writes(new_visits=[visit(ward, 1)], new_checks=[wrong]))


def test_one_key_is_one_check(engine: Engine, ward: Ward) -> None:
    assert check(ward, 1).key == Key("liver", 1)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        write(connection, Writes(new_visits=[visit(ward, 1)], new_checks=[check(ward, 1), check(ward, 1, shift=30)]))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_worklist_asks_the_partial_index(engine: Engine, ward: Ward) -> None:
    """The literal 'open' in the query is what lets the database see that the index fits."""
    query = (
        "EXPLAIN QUERY PLAN SELECT * FROM \"check\" WHERE settlement = 'open' AND clinic_id IN ('north')"
        " AND opens_on <= '2026-11-02'"
    )
    with reading(engine) as connection:
        assert "ix_check_open" in str(connection.execute(text(query)).all())
