"""Fingerprints: the hash that a physician approves changes with a file's content and with nothing else."""

import json
from hashlib import sha256

from schedules.protocol import Overlay, Protocol


def fingerprint(protocol: Protocol | Overlay) -> str:
    """SHA-256, in hex, of the content in a canonical form: comments, layout and the order of keys do not count.

    The order of rules does count, because visits follow it. Defaults count, so that a changed default cannot
    slip under an approval. What was left out does not: a new key of the format that is None where it is not
    written leaves the approvals of all older files standing.
    """
    content = protocol.model_dump(mode="json", exclude_none=True)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()
