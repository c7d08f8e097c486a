"""What the tests of importing share: text becomes a file, a file is taken in, and the record is read back."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db import tables
from db.engine import reading
from db.facts import holds
from monitor.bootstrap import Program
from monitor.services.importing.cells import DateFormat
from monitor.services.importing.running import Options, Report, import_spool
from monitor.services.importing.spooling import spool

TakeIn = Callable[..., Report]
Holding = Callable[[], dict[str, list[Any]]]


@pytest.fixture
def take_in(program: Program, tmp_path: Path) -> TakeIn:
    """`take_in("reference;…", by="ada", dry_run=True)`: import a text, bytes or file as a person of the clinic."""

    def take_in(
        content: str | bytes | Path,
        *,
        by: str = "ada",
        name: str = "list.csv",
        clinic: str | None = "north",
        protocol: str | None = "alemtuzumab-eu",
        date_format: str | None = None,
        **options: Any,
    ) -> Report:
        file = content if isinstance(content, Path) else tmp_path / name
        if not isinstance(content, Path):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        defaults = {"clinic": clinic, "protocol": protocol}
        with (
            spool(file, defaults=defaults, date_format=DateFormat(date_format) if date_format else None) as read,
            program.writing(by) as desk,
        ):
            return import_spool(desk, read, Options(**options))

    return take_in


@pytest.fixture
def holding(program: Program) -> Holding:
    """The facts that hold, by reference, without ids and instants: what the record says, however it got there."""

    def holding() -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        patient, treatment = tables.patient, tables.treatment
        owned: Sequence[tuple[Any, Sequence[str]]] = (
            (tables.infusion, ("infused_on", "is_planned", "course")),
            (tables.sample, ("family", "taken_on", "performed_by")),
            (tables.assignment, ("overlays", "followed_here_from")),
        )
        with reading(program.engine) as connection:
            for table, names in owned:
                query = (
                    select(patient.c.reference, *(table.c[name] for name in names))
                    .join(treatment, treatment.c.patient_id == patient.c.id)
                    .join(table, table.c.treatment_id == treatment.c.id)
                    .where(holds(table))
                )
                for reference, *values in connection.execute(query):
                    found.setdefault(reference, []).append((table.name, *values))
            details = select(patient.c.reference, tables.detail).join(tables.detail).order_by(tables.detail.c.id)
            latest = {row.reference: row for row in connection.execute(details)}
        for reference, row in latest.items():
            found.setdefault(reference, []).append(
                ("detail", row.name, row.born_on, row.sex, row.language, row.contact)
            )
        return {
            reference: sorted(facts, key=lambda fact: [str(value) for value in fact])
            for reference, facts in found.items()
        }

    return holding


@pytest.fixture
def dump(program: Program) -> Callable[[], dict[str, list[Any]]]:
    """Every row of every table."""

    def dump() -> dict[str, list[Any]]:
        with reading(program.engine) as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=str)
                for table in tables.metadata.sorted_tables
            }

    return dump
