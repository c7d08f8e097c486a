"""Packing: a calendar as the four answers that it can need, made once, with the tags and the day that prove it."""

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from hashlib import sha256

from monitor.web.answers import LAST_MODIFIED, Answer, Headers

YOUNG = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A calendar in one encoding: its tag, the whole answer, and the one that says "as you have it"."""

    etag: bytes
    whole: Answer
    unchanged: Answer


@dataclass(frozen=True)
class Packed:
    """A calendar in both encodings, and since when it is as it is; compressed once somebody asks for it."""

    changed_at: datetime
    identity: Encoded
    _kind: Headers
    _common: Headers

    def is_young(self, now: datetime) -> bool:
        """Whether it may still change within the second that Last-Modified would name."""
        return now < self.changed_at + YOUNG

    @cached_property
    def gzipped(self) -> Encoded:
        body = gzip.compress(self.identity.whole.body, 6, mtime=0)
        return _encode(body, [*self._kind, (b"content-encoding", b"gzip")], self._common)

    @property
    def size(self) -> int:
        """Bytes of both, the compressed one at most a quarter of the other."""
        return len(self.identity.whole.body) * 5 // 4


def pack(content: bytes, changed_at: datetime, *, file: str, firm: Headers) -> Packed:
    """The same content gives the same bytes and tags; `file` is what a browser would call it, `firm` goes on top."""
    changed_at = changed_at.astimezone(UTC).replace(microsecond=0)
    common: Headers = [
        (LAST_MODIFIED, format_datetime(changed_at, usegmt=True).encode()),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Accept-Encoding"),
        *firm,
    ]
    kind: Headers = [
        (b"content-type", b"text/calendar; charset=utf-8"),
        (b"content-disposition", f'inline; filename="{file}"'.encode()),
    ]
    return Packed(changed_at, _encode(content, kind, common), kind, common)


def _encode(body: bytes, kind: Headers, common: Headers) -> Encoded:
    # Of the very bytes that are sent: two versions of a compressor must not share a tag.
    etag = f'"{sha256(body).hexdigest()[:32]}"'.encode()
    length = b"content-length", b"%d" % len(body)
    whole = Answer(200, [*kind, length, (b"etag", etag), *common], body)
    return Encoded(etag, whole, Answer(304, [(b"etag", etag), *common]))
