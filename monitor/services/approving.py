"""Approving: a protocol version plans for real patients only after a named physician approved it."""

from collections.abc import Collection
from dataclasses import dataclass

from db import protocols
from db.protocols import Approval, StoredProtocol
from monitor.services.desk import Desk
from schedules.errors import NeedsApproval, Unacceptable
from schedules.fingerprint import fingerprint
from schedules.protocol import Overlay, Protocol, Rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A protocol file as it was read: its text, and what it says."""

    text: str
    protocol: Protocol | Overlay


def approve(
    desk: Desk,
    candidate: Candidate,
    *,
    approved_by: str,
    is_invented: bool = False,
    acknowledged: Collection[str] | None = None,
) -> Approval:
    """Keep the version and the approval, with the ids of the rules that were unverified then. Refuses a draft.

    `acknowledged` are the unverified rules that the physician has looked at, and must be all of them; None where the
    door has just shown them, as the command line does.
    """
    desk.require_admin()
    protocol = candidate.protocol
    if protocol.status == "draft":
        raise Unacceptable(
            f"'{protocol.id}' {protocol.version} is a draft, and a draft cannot be approved.",
            "It can be previewed with `monitor plan --protocol`.",
            code="draft",
        )
    if not approved_by.strip():
        raise Unacceptable("An approval needs the name of the physician who approves.", "Use --by NAME.")
    unverified = tuple(rule.id for rule in list_unverified(protocol))
    if acknowledged is not None and (missing := [one for one in unverified if one not in acknowledged]):
        raise Unacceptable(
            f"{len(missing)} unverified rules were not looked at: {', '.join(missing)}.",
            "The physician looks at each of them first.",
            code="unverified-unseen",
            count=len(missing),
        )
    mark = fingerprint(protocol)
    protocols.store_protocol(
        desk.connection,
        StoredProtocol(mark, protocol.id, protocol.version, protocol.kind, candidate.text, desk.at),
    )
    approval = Approval(mark, approved_by.strip(), is_invented, unverified, desk.at, desk.actor.login)
    protocols.add_approval(desk.connection, approval, entered_by=desk.actor.id)
    return approval


def list_unverified(protocol: Protocol | Overlay) -> list[Rule]:
    """The rules of which the source or the window is needs-check or local-policy."""
    return [
        rule for rule in protocol.rules if not (rule.source.confidence.is_settled and rule.window.confidence.is_settled)
    ]


def get_approved(desk: Desk, protocol_id: str) -> str:
    """The fingerprint of the latest approved version; refuses (NeedsApproval) when there is none."""
    kept = [one for one in protocols.list_protocols(desk.connection) if one.protocol_id == protocol_id]
    approved = [(found, one) for one in kept if (found := protocols.find_approval(desk.connection, one.fingerprint))]
    if approved:
        return max(approved, key=lambda pair: pair[0].entered_at)[1].fingerprint
    raise NeedsApproval(
        f"No version of '{protocol_id}' has been approved by a physician, so it cannot plan for a patient.",
        f"Read it with `monitor protocol show {protocol_id}`, then `monitor protocol approve {protocol_id} --by NAME`.",
        code="protocol-unapproved", protocol=protocol_id,
    )  # fmt: skip
