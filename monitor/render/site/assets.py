"""Assets: the style sheet and the one small script of the patient's pages, as bytes with a fingerprint."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

CONTENT_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
NAMES = ("site.css", "site.js")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file to serve below the address in `Chrome.assets`; the fingerprint stands in the query of its address."""

    name: str
    content: bytes
    content_type: str
    fingerprint: str


@cache
def load_asset(name: str) -> Asset:
    """One of `NAMES`."""
    content = files(__package__).joinpath("static", name).read_bytes()
    fingerprint = sha256(content).hexdigest()[:12]
    return Asset(name, content, CONTENT_TYPES[name.rpartition(".")[2]], fingerprint)


def asset_address(below: str, name: str) -> str:
    """`/static/site.css?v=0123456789ab`: it may be kept for good, since another content has another address."""
    return f"{below}{name}?v={load_asset(name).fingerprint}"
