"""What a client says it has, and when it may keep it; garbage never costs a patient a change."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.web.conditions import parse_http_date, still_has, unchanged_since, wants_gzip

ETAG = b'"0123456789abcdef"'
CHANGED_AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
NOW = CHANGED_AT + timedelta(days=1)


@pytest.mark.parametrize(
    "said",
    [
        ETAG,
        b"W/" + ETAG,
        b"*",
        b' "other", ' + ETAG + b"  ",
        b'"with, comma",' + ETAG,
        b'W/"a",W/' + ETAG + b',"b"',
    ],
)
def test_a_tag_that_is_ours_is_found(said):
    assert still_has(said, ETAG)


@pytest.mark.parametrize(
    "said",
    [b"", b'"other"', ETAG.strip(b'"'), b'"' + ETAG.strip(b'"'), b"W/", b'""', b'"x' + ETAG[1:], b"\xff\x00", b'"*"'],
)
def test_any_other_tag_is_not(said):
    assert not still_has(said, ETAG)


@pytest.mark.parametrize(
    "said", [b"Mon, 02 Nov 2026 08:00:00 GMT", b"Monday, 02-Nov-26 08:00:00 GMT", b"Mon Nov  2 08:00:00 2026"]
)
def test_the_three_forms_of_a_day_are_understood(said):
    assert parse_http_date(said) == CHANGED_AT
    assert unchanged_since(said, CHANGED_AT, now=NOW)


@pytest.mark.parametrize(
    "said",
    [
        b"Mon, 02 Nov 2026 07:59:59 GMT",  # before the change
        b"Tue, 03 Nov 2026 08:00:01 GMT",  # still to come: nobody can have been told so
        b"Sun, 31 Dec 9999 23:59:59 GMT",
        b"",
        b"0",
        b"-1",
        b"yesterday",
        b"2026-11-02T08:00:00Z",
        b"Mon, 02 Nov 2026 08:00:00 +0000",
        b"Mon, 30 Feb 2026 08:00:00 GMT",
        b"Mon, 02 Nov 2026 08:00:61 GMT GMT",
        "Mon, 0² Nov 2026 08:00:00 GMT".encode("latin-1"),
        b"\xff\xfe",
        b"Mon, 02 Nov 99999999999999 08:00:00 GMT",
    ],
)
def test_any_other_day_brings_the_whole_calendar(said):
    assert not unchanged_since(said, CHANGED_AT, now=NOW)


def test_what_changed_in_this_very_second_may_be_named():
    """A change that followed another within a second is dated a second later."""
    assert unchanged_since(b"Mon, 02 Nov 2026 08:00:00 GMT", CHANGED_AT, now=CHANGED_AT - timedelta(seconds=1))


@pytest.mark.parametrize(
    "said",
    [b"gzip", b"GZip", b"x-gzip", b"deflate, gzip;q=0.5, br", b"gzip;q=1.0", b" identity ; q=1 , gzip", b"gzip;x"],
)
def test_gzip_on_request(said):
    assert wants_gzip(said)


@pytest.mark.parametrize(
    "said",
    [b"", b"*", b"identity", b"br", b"gzip;q=0", b"gzip; q=0.000", b"gzip;q=nan", b"gzip;q=-1", b"gzip;q=", b"gzipped",
     b"br;gzip", b"gzip;q=x", b"gzip" + b"," * 500],
)  # fmt: skip
def test_no_gzip_otherwise(said):
    assert not wants_gzip(said)
