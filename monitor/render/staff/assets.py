"""Assets: the staff pages' style sheet, one file a part, and the one small script, with fingerprints."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from monitor.render.site.assets import CONTENT_TYPES, Asset

STYLES = (
    "frame.css", "parts.css", "worklist.css", "patient.css", "course.css", "protocol.css", "clinic.css", "account.css",
    "print.css",
)  # fmt: skip
"""In this order they become `staff.css`."""
NAMES = ("staff.css", "staff.js")


@cache
def load_asset(name: str) -> Asset:
    """One of `NAMES`."""
    folder = files(__package__).joinpath("static")
    sources = STYLES if name == "staff.css" else (name,)
    content = b"\n".join(folder.joinpath(one).read_bytes() for one in sources)
    return Asset(name, content, CONTENT_TYPES[name.rpartition(".")[2]], sha256(content).hexdigest()[:12])


def asset_address(name: str) -> str:
    """It may be kept for good, since another content has another address."""
    return f"/assets/{name}?v={load_asset(name).fingerprint}"
