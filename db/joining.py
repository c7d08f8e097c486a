"""Joining: since when each recipient could have got a digest."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from db import tables
from db.facts import holds


def list_joined(connection: Connection) -> Mapping[tuple[int, str], datetime]:
    """By person and address: when the address was confirmed, and not before the person (last) became a recipient.

    Whoever changes a setting stays a recipient; whoever left and came back is a new one.
    """
    since = {row.person_id: row.at for row in connection.execute(_BEGAN)}
    return {
        (row.person_id, row.address): max(row.at, since[row.person_id])
        for row in connection.execute(_CONFIRMED)
        if row.person_id in since
    }


# Built once, since every page of an administrator asks them: to build a statement takes longer than to run it.
_LEFT = (
    select(tables.recipient.c.person_id, func.max(tables.recipient.c.id).label("id"))
    .where(tables.recipient.c.is_void)
    .group_by(tables.recipient.c.person_id)
    .subquery()
)
_BEGAN = (
    select(tables.recipient.c.person_id, func.min(tables.recipient.c.entered_at).label("at"))
    .outerjoin(_LEFT, _LEFT.c.person_id == tables.recipient.c.person_id)
    .where(tables.recipient.c.id > func.coalesce(_LEFT.c.id, 0))
    .group_by(tables.recipient.c.person_id)
)
_CONFIRMED = (
    select(
        tables.recipient.c.person_id, tables.recipient.c.address,
        func.min(tables.confirmation.c.entered_at).label("at"),
    )
    .join(tables.confirmation, tables.confirmation.c.recipient_id == tables.recipient.c.id)
    .where(holds(tables.confirmation))
    .group_by(tables.recipient.c.person_id, tables.recipient.c.address)
)  # fmt: skip
