"""The outcome as it is stored: checks and visits, brought up to date by difference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, literal_column, select, update

from db import tables
from db.bulk import insert_rows
from db.facts import in_pieces
from schedules.model import Key, Settlement
from schedules.protocol import Place

IS_OPEN = tables.check.c.settlement == literal_column("'open'")
"""As a literal, because PostgreSQL only then sees that the partial index fits."""


class StoredCheck(NamedTuple):
    """A row of the check table."""

    treatment_id: int
    rule: str
    number: int
    clinic_id: str
    family: str
    opens_on: date
    due_on: date
    closes_on: date
    confirm: bool
    settlement: Settlement
    settled_on: date | None
    visit_id: str

    @property
    def key(self) -> Key:
        return Key(self.rule, self.number)


class StoredVisit(NamedTuple):
    """A row of the visit table. `sequence` grows whenever a patient would see a difference.

    Booked and reported speak of the checks that are still open.
    """

    id: str
    treatment_id: int
    due_on: date
    place: Place
    opens_on: date
    closes_on: date
    visit_on: date
    sequence: int
    is_withdrawn: bool
    created_at: datetime
    changed_at: datetime
    booked_on: date | None = None
    booked_at: time | None = None
    reported_on: date | None = None

    def came_as_history(self, settled_on: Iterable[date | None], zone: ZoneInfo) -> bool:
        """Whether it was over, and its checks settled, before it came into the record, and nobody acted on it later.

        An import brings years of such visits in a day.
        """
        began_on = self.created_at.astimezone(zone).date()
        is_untouched = self.changed_at.astimezone(zone).date() == began_on
        return is_untouched and max([self.closes_on, *(day for day in settled_on if day)]) < began_on


class StoredPeriod(NamedTuple):
    """A row of the period table: the follow-up itself, or an advice; `sequence` as a visit's."""

    id: str
    treatment_id: int
    name: str
    number: int
    starts_on: date
    ends_on: date | None
    sequence: int
    is_withdrawn: bool
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Writes:
    """Intents: the rows to add and to change, decided before anything is written."""

    new_visits: Sequence[StoredVisit] = ()
    changed_visits: Sequence[StoredVisit] = ()
    new_checks: Sequence[StoredCheck] = ()
    changed_checks: Sequence[StoredCheck] = ()
    new_periods: Sequence[StoredPeriod] = ()
    changed_periods: Sequence[StoredPeriod] = ()

    @property
    def is_empty(self) -> bool:
        return not (
            self.new_visits or self.changed_visits or self.new_checks or self.changed_checks
            or self.new_periods or self.changed_periods
        )  # fmt: skip


def list_checks(connection: Connection, treatment_ids: Sequence[int]) -> dict[int, list[StoredCheck]]:
    """The stored checks of some treatments, withdrawn ones too, in order of the due day."""
    found: dict[int, list[StoredCheck]] = {one: [] for one in treatment_ids}
    for some in in_pieces(treatment_ids):
        for row in connection.execute(_CHECKS, {"treatment_ids": some}):
            found[row.treatment_id].append(_check(row))
    return found


def list_visits(connection: Connection, treatment_ids: Sequence[int]) -> dict[int, list[StoredVisit]]:
    """The stored visits of some treatments, withdrawn ones too, in order of the due day."""
    found: dict[int, list[StoredVisit]] = {one: [] for one in treatment_ids}
    for some in in_pieces(treatment_ids):
        for row in connection.execute(_VISITS, {"treatment_ids": some}):
            found[row.treatment_id].append(read_visit(row))
    return found


def list_periods(connection: Connection, treatment_ids: Sequence[int]) -> dict[int, list[StoredPeriod]]:
    """The stored periods of some treatments, withdrawn ones too, in order of their first day."""
    found: dict[int, list[StoredPeriod]] = {one: [] for one in treatment_ids}
    for some in in_pieces(treatment_ids):
        for row in connection.execute(_PERIODS, {"treatment_ids": some}):
            found[row.treatment_id].append(StoredPeriod(*row))
    return found


# Built once, since every act and every fetch of a calendar asks them: to build a statement takes longer than to run it.
_CHECKS = (
    select(tables.check)
    .where(tables.check.c.treatment_id.in_(bindparam("treatment_ids", expanding=True)))
    .order_by(tables.check.c.due_on, tables.check.c.rule)
)
_VISITS = (
    select(tables.visit)
    .where(tables.visit.c.treatment_id.in_(bindparam("treatment_ids", expanding=True)))
    .order_by(tables.visit.c.due_on, tables.visit.c.id)
)
_PERIODS = (
    select(tables.period)
    .where(tables.period.c.treatment_id.in_(bindparam("treatment_ids", expanding=True)))
    .order_by(tables.period.c.starts_on, tables.period.c.id)
)


def write(connection: Connection, writes: Writes) -> None:
    """Perform the intents. Visits first, since checks point at them."""
    insert_rows(connection, tables.visit, StoredVisit._fields, writes.new_visits)
    _change(connection, tables.visit, ("id",), [one._asdict() for one in writes.changed_visits])
    insert_rows(connection, tables.check, StoredCheck._fields, writes.new_checks)
    _change(
        connection, tables.check, ("treatment_id", "rule", "number"), [one._asdict() for one in writes.changed_checks]
    )
    insert_rows(connection, tables.period, StoredPeriod._fields, writes.new_periods)
    _change(connection, tables.period, ("id",), [one._asdict() for one in writes.changed_periods])


def _change(connection: Connection, table: Any, key: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    statement = update(table).where(*(table.c[name] == bindparam(f"key_{name}") for name in key))
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name not in key}
    connection.execute(
        statement.values(values),
        [{(f"key_{name}" if name in key else f"new_{name}"): value for name, value in row.items()} for row in rows],
    )


def read_visit(row: Any) -> StoredVisit:
    """A row of the visit table as a value; what a query adds after its columns is left aside."""
    return StoredVisit(*row[: len(StoredVisit._fields)])._replace(place=Place(row.place))


def _check(row: Any) -> StoredCheck:
    return StoredCheck(*row)._replace(settlement=Settlement(row.settlement))
