"""Integrity: what the database itself says about its soundness, and rows that point nowhere."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, exists, not_, select, text

from db import tables


@dataclass(frozen=True, slots=True)
class Orphan:
    """A row that belongs to nothing, by its table and its key."""

    table: str
    key: str
    lacks: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.lacks}"


def list_damages(connection: Connection) -> list[str]:
    """What the database finds wrong with its own file; PostgreSQL looks after that itself."""
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(20)"))]
    broken = Counter((row[0], row[2]) for row in connection.execute(text("PRAGMA foreign_key_check")))
    astray = [f"{table}: {count} point to a missing {other}" for (table, other), count in sorted(broken.items())]
    return [one for one in found if one != "ok"] + astray


def list_orphans(connection: Connection) -> Iterator[Orphan]:
    """Rows without the row they belong to. Foreign keys forbid most of these; a hand in the file does not ask."""
    treatment = tables.treatment
    yield from _missing(connection, treatment, tables.assignment.c.treatment_id == treatment.c.id, "no protocol")
    yield from _missing(connection, treatment, tables.patient.c.id == treatment.c.patient_id, "no patient")
    for fact in tables.FACTS:
        owner = fact.columns.keys()[1]
        of_owner = tables.metadata.tables[owner.removesuffix("_id")]
        yield from _missing(connection, fact, of_owner.c.id == fact.c[owner], f"no {of_owner.name}")
        yield from _astray(connection, fact, owner)
    for outcome in (tables.visit, tables.check):
        yield from _missing(connection, outcome, treatment.c.id == outcome.c.treatment_id, "no treatment")
    visit, check = tables.visit, tables.check
    mine = (visit.c.id == check.c.visit_id) & (visit.c.treatment_id == check.c.treatment_id)
    yield from _missing(connection, check, mine, "no visit of its own treatment")
    at_home = (treatment.c.id == check.c.treatment_id) & (treatment.c.clinic_id == check.c.clinic_id)
    yield from _missing(connection, check, at_home, "not in the clinic of its treatment")


def _missing(connection: Connection, table: Table, belongs: ColumnElement[bool], lacks: str) -> Iterator[Orphan]:
    query = select(*table.primary_key.columns).where(not_(exists().where(belongs)))
    for row in connection.execute(query):
        yield Orphan(table.name, "/".join(map(str, row)), lacks)


def _astray(connection: Connection, fact: Table, owner: str) -> Iterator[Orphan]:
    """Corrections of another patient's entry."""
    old = fact.alias("old")
    query = select(fact.c.id).join(old, old.c.id == fact.c.replaces_id).where(old.c[owner] != fact.c[owner])
    for (row_id,) in connection.execute(query):
        yield Orphan(fact.name, str(row_id), f"replaces an entry of another {owner.removesuffix('_id')}")
