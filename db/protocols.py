"""Protocol versions as the record keeps them, and who approved them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from db import tables


@dataclass(frozen=True, slots=True)
class StoredProtocol:
    """The text of a protocol or overlay version, named by the fingerprint of its content."""

    fingerprint: str
    protocol_id: str
    version: str
    kind: str
    text: str
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A named physician approved this version, knowing which rules were unverified."""

    fingerprint: str
    approved_by: str
    is_invented: bool
    unverified: tuple[str, ...]
    entered_at: datetime
    entered_by: str = ""
    """The login of the administrator; the record knows it, whoever approves need not say it."""


def store_protocol(connection: Connection, stored: StoredProtocol) -> None:
    """Keep a version; one that is already kept stays as it is."""
    if find_protocol(connection, stored.fingerprint) is None:
        connection.execute(
            insert(tables.protocol_version).values(
                fingerprint=stored.fingerprint, protocol_id=stored.protocol_id, version=stored.version,
                kind=stored.kind, text=stored.text, stored_at=stored.stored_at,
            )
        )  # fmt: skip


def find_protocol(connection: Connection, fingerprint: str) -> StoredProtocol | None:
    query = select(tables.protocol_version).where(tables.protocol_version.c.fingerprint == fingerprint)
    row = connection.execute(query).one_or_none()
    return StoredProtocol(*row) if row else None


def list_protocols(connection: Connection) -> Sequence[StoredProtocol]:
    """Every kept version, by protocol and then in the order in which they were stored."""
    table = tables.protocol_version
    query = select(table).order_by(table.c.protocol_id, table.c.stored_at)
    return [StoredProtocol(*row) for row in connection.execute(query)]


def find_newest_approved(connection: Connection, protocol_id: str) -> tuple[str, str] | None:
    """Fingerprint and version of what was approved last; None where nothing was."""
    version, approval = tables.protocol_version.c, tables.approval.c
    query = (
        select(version.fingerprint, version.version)
        .join(tables.approval, approval.fingerprint == version.fingerprint)
        .where(version.protocol_id == protocol_id)
        .order_by(approval.entered_at.desc(), approval.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (row.fingerprint, row.version) if row else None


def add_approval(connection: Connection, approval: Approval, *, entered_by: int) -> None:
    connection.execute(
        insert(tables.approval).values(
            fingerprint=approval.fingerprint, approved_by=approval.approved_by, is_invented=approval.is_invented,
            unverified=list(approval.unverified), entered_by=entered_by, entered_at=approval.entered_at,
        )
    )  # fmt: skip


def find_approval(connection: Connection, fingerprint: str) -> Approval | None:
    """The latest approval of a version."""
    table = tables.approval
    query = _APPROVALS.where(table.c.fingerprint == fingerprint).order_by(table.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return _approval(row) if row else None


def list_approvals(connection: Connection) -> Sequence[Approval]:
    """Every approval that was ever entered, oldest first."""
    return [_approval(row) for row in connection.execute(_APPROVALS.order_by(tables.approval.c.id))]


_APPROVALS = select(tables.approval, tables.person.c.login).join(
    tables.person, tables.person.c.id == tables.approval.c.entered_by
)


def _approval(row: Row[Any]) -> Approval:
    return Approval(row.fingerprint, row.approved_by, row.is_invented, tuple(row.unverified), row.entered_at, row.login)
