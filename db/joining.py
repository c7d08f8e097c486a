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
    recipient, confirmation = tables.recipient, tables.confirmation
    left = (
        select(recipient.c.person_id, func.max(recipient.c.id).label("id"))
        .where(recipient.c.is_void)
        .group_by(recipient.c.person_id)
        .subquery()
    )
    began = (
        select(recipient.c.person_id, func.min(recipient.c.entered_at).label("at"))
        .outerjoin(left, left.c.person_id == recipient.c.person_id)
        .where(recipient.c.id > func.coalesce(left.c.id, 0))
        .group_by(recipient.c.person_id)
    )
    confirmed = (
        select(recipient.c.person_id, recipient.c.address, func.min(confirmation.c.entered_at).label("at"))
        .join(confirmation, confirmation.c.recipient_id == recipient.c.id)
        .where(holds(confirmation))
        .group_by(recipient.c.person_id, recipient.c.address)
    )
    since = {row.person_id: row.at for row in connection.execute(began)}
    return {
        (row.person_id, row.address): max(row.at, since[row.person_id])
        for row in connection.execute(confirmed)
        if row.person_id in since
    }
