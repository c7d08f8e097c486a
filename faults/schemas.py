"""Schemas: everything that a database says about its own tables, as values that can be compared."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, text

from db.engine import reading


def describe_sqlite(engine: Engine) -> Mapping[str, str]:
    """Every object by its name and the parts of its CREATE statement; blanks, quotes and order do not count."""
    query = text("SELECT type || ' ' || name AS name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'")
    with reading(engine) as connection:
        return {row.name: _parts_of(row.sql or "") for row in connection.execute(query)}


def _parts_of(sql: str) -> str:
    """`CREATE TABLE t ( a, b )` and `CREATE TABLE t (b, a)` are one to a reader."""
    head, _, body = " ".join(sql.replace('"', "").split()).removesuffix(")").partition("(")
    return f"{head.strip()}({sorted(part.replace(' ', '') for part in body.split(','))}"


def describe_postgresql(engine: Engine) -> Mapping[str, Any]:
    """Columns, constraints and indexes as the catalogue has them."""
    queries = {
        "columns": "SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length,"
        " is_nullable, column_default FROM information_schema.columns WHERE table_schema = 'public'",
        "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    with reading(engine) as connection:
        return {
            name: sorted(tuple(row) for row in connection.execute(text(query)) if not row[0].startswith("alembic"))
            for name, query in queries.items()
        }


def describe(engine: Engine) -> Mapping[str, Any]:
    return describe_sqlite(engine) if engine.dialect.name == "sqlite" else describe_postgresql(engine)


def list_triggers(engine: Engine) -> set[tuple[str, str]]:
    """(table, act) that a trigger guards."""
    if engine.dialect.name == "sqlite":
        query = "SELECT tbl_name, upper(substr(name, length(tbl_name) + 10)) FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT DISTINCT event_object_table::text, event_manipulation::text FROM information_schema.triggers"
            " WHERE trigger_schema = 'public'"
        )
    with reading(engine) as connection:
        return {(row[0], row[1]) for row in connection.execute(text(query))}
