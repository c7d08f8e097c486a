"""The read log: who has read about whom and when; rows are added, and pruned when they are old."""

from datetime import datetime

from sqlalchemy import Connection, insert

from db import tables


def add_reading(
    connection: Connection,
    *,
    at: datetime,
    person_id: int,
    what: str,
    treatment_id: int | None = None,
    clinic_id: str | None = None,
    patients: int = 1,
) -> None:
    """One row: a page about one treatment, or a list in which so many patients stood."""
    connection.execute(
        insert(tables.read_log).values(
            at=at, person_id=person_id, what=what, treatment_id=treatment_id, clinic_id=clinic_id, patients=patients
        )
    )
