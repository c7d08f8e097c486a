"""Conditions: whether a client may keep what it has, and whether it asked for gzip; whatever is unclear says no."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from time import strptime

ETAG = re.compile(rb'(?:W/)?("[^"]*")')
HTTP_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
"""The form to be written, and the two old ones to be understood (RFC 9110, 5.6.7)."""
LONGEST = 400
"""More than this is no list of encodings that a calendar program would send."""


def still_has(if_none_match: bytes, etag: bytes) -> bool:
    """Whether one of the client's tags is ours; a proxy that packs may have weakened it."""
    if if_none_match == etag:
        return True
    if if_none_match.strip() == b"*":
        return True
    return etag in ETAG.findall(if_none_match)


def unchanged_since(if_modified_since: bytes, changed_at: datetime, *, now: datetime) -> bool:
    """Whether nothing changed since the client's day. A day that is none, or still to come, counts for nothing."""
    since = parse_http_date(if_modified_since)
    return since is not None and changed_at <= since <= max(now, changed_at)


def parse_http_date(value: bytes) -> datetime | None:
    try:
        text = value.decode("ascii")
    except UnicodeDecodeError:
        return None
    for form in HTTP_DATES:
        try:
            parts = strptime(text, form)
            return datetime(*parts[:6], tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None


@lru_cache(maxsize=256)
def wants_gzip(accept_encoding: bytes) -> bool:
    """Only where gzip itself is named: Outlook fails on what it did not ask for."""
    if len(accept_encoding) > LONGEST:
        return False
    for part in accept_encoding.lower().split(b","):
        name, *parameters = (one.strip() for one in part.split(b";"))
        if name in {b"gzip", b"x-gzip"}:
            return not any(_is_refusal(one) for one in parameters)
    return False


def _is_refusal(parameter: bytes) -> bool:
    name, _, value = parameter.partition(b"=")
    if name.strip() != b"q":
        return False
    try:
        return not float(value) > 0
    except ValueError:
        return True
