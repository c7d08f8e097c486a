"""Metadata: how tables, keys and indexes are named, and the shape that all facts share."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, MetaData, String, Table, Text, false

from db.types import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def fact(name: str, owner: str, *columns: Column[object] | CheckConstraint) -> Table:
    """A table of facts. A correction is a new row that replaces the old one; a void row withdraws it.

    `replaces_id` is unique, so of two people who correct one row at once the database lets one win.
    """
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True),
        Column(f"{owner}_id", ForeignKey(f"{owner}.id"), nullable=False, index=True),
        *columns,
        Column("replaces_id", ForeignKey(f"{name}.id"), unique=True),
        Column("is_void", Boolean, nullable=False, server_default=false()),
        Column("reason", Text),
        Column("decided_by", String(200)),
        Column("entered_by", ForeignKey("person.id"), nullable=False),
        Column("entered_at", Instant, nullable=False),
    )
