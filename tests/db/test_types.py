"""Instants mean the same on both databases, to the microsecond."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import StatementError

from db import tables
from db.engine import reading, writing
from db.history import add_deed, list_deeds
from tests.db.conftest import Ward

BERLIN_IN_SUMMER = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 7, 1, 0, 30, 0, 123456, tzinfo=BERLIN_IN_SUMMER),
        datetime(2026, 10, 25, 0, 59, 59, 999999, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 0, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(engine: Engine, ward: Ward, at: datetime) -> None:
    with writing(engine) as connection:
        add_deed(connection, at=at, person_id=ward.person_id, act="test", treatment_id=ward.treatment_id, revision=1)
    with reading(engine) as connection:
        found = list_deeds(connection, ward.treatment_id)[0].at
    assert found == at
    assert found.tzinfo is UTC


def test_instants_are_compared_as_instants_and_not_as_texts(engine: Engine, ward: Ward) -> None:
    early = datetime(2026, 7, 1, 1, 0, tzinfo=BERLIN_IN_SUMMER)  # 23:00 UTC of the day before
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    with writing(engine) as connection:
        for number, at in enumerate((late, early), start=1):
            add_deed(connection, at=at, person_id=ward.person_id, act=str(number))
    query = select(tables.history.c.act).where(
        tables.history.c.at < datetime(2026, 7, 1, 1, 15, tzinfo=BERLIN_IN_SUMMER)
    )
    with reading(engine) as connection:
        assert connection.execute(query).scalars().all() == ["2"]


def test_an_instant_without_a_zone_is_refused(engine: Engine, ward: Ward) -> None:
    row = insert(tables.history).values(at=datetime(2026, 7, 1, 1, 0), person_id=ward.person_id, act="test")  # noqa: DTZ001
    with pytest.raises(StatementError, match="needs a time zone"), writing(engine) as connection:
        connection.execute(row)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_sqlite_keeps_utc_as_a_text_that_sorts(engine: Engine, ward: Ward) -> None:
    with writing(engine) as connection:
        add_deed(connection, at=datetime(2026, 7, 1, 1, 0, tzinfo=BERLIN_IN_SUMMER), person_id=ward.person_id, act="x")
        assert connection.execute(text("SELECT at FROM history")).scalar_one() == "2026-06-30 23:00:00.000000"
