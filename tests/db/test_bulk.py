"""Bulk inserts store every column type as SQLAlchemy itself would, on both databases."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import Engine, Table, insert, select, text

from db import bulk, tables
from db.bulk import insert_rows
from db.checks import StoredCheck, StoredVisit
from db.engine import reading, writing
from schedules.model import Settlement
from schedules.protocol import Place
from tests.db.conftest import Ward

DAY = date(2024, 2, 29)
AT = datetime(2026, 7, 1, 23, 59, 59, 123456, tzinfo=UTC)
VISIT = "0123456789abcdef0123456789abcdef"

Rows = list[tuple[Table, dict[str, Any]]]


def rows_of(ward: Ward) -> Rows:
    """One row with every value, and one with as little as it may have, of tables that hold every type there is."""
    fact = {"entered_by": ward.person_id, "entered_at": AT, "is_void": False, "replaces_id": None}
    treatment = {"treatment_id": ward.treatment_id}
    visit = StoredVisit(VISIT, ward.treatment_id, DAY, Place.LABORATORY, DAY, DAY, DAY, 0, True, AT, AT)
    window = ("north", "blood-count", DAY, DAY, DAY)
    done = StoredCheck(ward.treatment_id, "blood-count", 1, *window, True, Settlement.DONE, DAY, VISIT)
    is_open = StoredCheck(ward.treatment_id, "blood-count", 2, *window, False, Settlement.OPEN, None, VISIT)
    return [
        (tables.booking, {"id": 1, **treatment, "family": "liver", "booked_on": DAY, "booked_at": time(9, 30), **fact}),
        (tables.booking, {"id": 2, **treatment, "family": "liver", "booked_on": DAY, "booked_at": None, **fact}),
        (tables.detail, {"id": 1, "patient_id": ward.patient_id, "name": "Пример Žák 例", "born_on": DAY, **fact}),
        (tables.detail, {"id": 2, "patient_id": ward.patient_id, "name": "", "born_on": None, **fact}),
        (tables.visit, visit._asdict()),
        (tables.check, done._asdict()),
        (tables.check, is_open._asdict()),
        (tables.history, {"id": 1, "at": AT, "person_id": ward.person_id, "act": "a", "details": {"ü": [1, None]}}),
        (tables.history, {"id": 2, "at": AT, "person_id": ward.person_id, "act": "b", "details": None}),
    ]


def store_and_forget(engine: Engine, rows: Rows, *, in_bulk: bool) -> list[list[tuple[Any, ...]]]:
    """What the database itself then holds, read without SQLAlchemy's types."""
    names = ("booking", "detail", "visit", "history", "check")
    with reading(engine) as connection:  # rolled back at the end
        for table, row in rows:
            if in_bulk:
                assert insert_rows(connection, table, tuple(row), [tuple(row.values())]) == 1
            else:
                connection.execute(insert(table).values(row))
        return [
            [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}" ORDER BY 1, 2, 3'))]
            for name in names
        ]


def test_a_row_in_bulk_is_stored_as_a_row_alone(engine: Engine, ward: Ward) -> None:
    alone = store_and_forget(engine, rows_of(ward), in_bulk=False)
    in_bulk = store_and_forget(engine, rows_of(ward), in_bulk=True)
    assert in_bulk == alone
    assert [len(one) for one in alone] == [2, 2, 1, 2, 2]


def test_what_was_stored_in_bulk_is_read_as_it_was_given(engine: Engine, ward: Ward) -> None:
    rows = rows_of(ward)
    with writing(engine) as connection:
        for table, row in rows:
            insert_rows(connection, table, tuple(row), [tuple(row.values())])
        booking = connection.execute(select(tables.booking).where(tables.booking.c.id == 1)).one()
        deed = connection.execute(select(tables.history).where(tables.history.c.id == 1)).one()
    assert (booking.booked_on, booking.booked_at, booking.entered_at) == (DAY, time(9, 30), AT)
    assert (deed.at, deed.details) == (AT, {"ü": [1, None]})


def test_rows_go_in_chunks_and_are_counted(engine: Engine, ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 7)
    names = ("treatment_id", "family", "taken_on", "entered_by", "entered_at")
    rows = ((ward.treatment_id, "liver", DAY, ward.person_id, AT) for _ in range(20))
    with writing(engine) as connection:
        assert insert_rows(connection, tables.sample, names, rows) == 20
        assert insert_rows(connection, tables.sample, names, []) == 0
        assert len(connection.execute(select(tables.sample.c.id)).all()) == 20


def test_ids_are_nobody_elses(engine: Engine, ward: Ward) -> None:
    with writing(engine) as connection:
        ids = bulk.allot_ids(connection, tables.sample, 3)
        rows = [(one, ward.treatment_id, "liver", DAY, ward.person_id, AT) for one in ids]
        insert_rows(
            connection, tables.sample, ("id", "treatment_id", "family", "taken_on", "entered_by", "entered_at"), rows
        )
        assert not set(ids) & set(bulk.allot_ids(connection, tables.sample, 2))
    assert len(set(ids)) == 3
