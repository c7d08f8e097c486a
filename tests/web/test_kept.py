"""What is kept in memory: bounded, by the clinic's day, and asked often but not without end."""

import gzip
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.web.answers import FIRM
from monitor.web.kept import OVERHEAD, Kept, Shelf, day_around
from monitor.web.limits import Bucket
from monitor.web.packing import pack

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def kept(size: int = 100, *, version: object = 1, zone: str = "Europe/Berlin") -> Kept:
    calendar = pack(bytes(size), NOW, file="appointments.ics", firm=list(FIRM))
    return Kept(7, "state", calendar, None, version, day_around(NOW, ZoneInfo(zone)), Bucket(60, NOW))


def test_the_longest_unasked_make_room():
    one = kept().size
    shelf = Shelf(one * 3)
    for key in "abc":
        shelf.put(key, kept())
    assert shelf.find("a")
    shelf.put("d", kept())
    assert shelf.find("b") is None
    assert [bool(shelf.find(key)) for key in "acd"] == [True, True, True]
    assert (len(shelf), shelf.size) == (3, one * 3)


def test_what_is_put_again_and_dropped_leaves_nothing_behind():
    shelf = Shelf()
    shelf.put("a", kept(10))
    shelf.put("a", kept(50_000))
    assert shelf.size > OVERHEAD + 50_000
    shelf.drop("a")
    shelf.drop("a")
    assert (len(shelf), shelf.size) == (0, 0)


def test_more_than_there_is_room_for_is_not_kept():
    shelf = Shelf(OVERHEAD)
    shelf.put("a", kept(10_000))
    assert (len(shelf), shelf.size) == (0, 0)


@pytest.mark.parametrize(
    ("zone", "now", "on", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 11, 2, 22, 59, 59, tzinfo=UTC), date(2026, 11, 2), 24),
        ("Europe/Berlin", datetime(2026, 11, 2, 23, 0, tzinfo=UTC), date(2026, 11, 3), 24),
        ("Europe/Berlin", datetime(2026, 10, 25, 12, 0, tzinfo=UTC), date(2026, 10, 25), 25),
        ("Europe/Berlin", datetime(2027, 3, 28, 12, 0, tzinfo=UTC), date(2027, 3, 28), 23),
        # Midnight itself is left out: the day begins at one o'clock.
        ("Asia/Beirut", datetime(2027, 3, 28, 12, 0, tzinfo=UTC), date(2027, 3, 28), 23),
        ("Pacific/Auckland", NOW, date(2026, 11, 2), 24),
    ],
)
def test_a_day_lasts_from_midnight_to_midnight_at_the_clinic(zone, now, on, hours):
    day = day_around(now, ZoneInfo(zone))
    assert day.on == on
    assert day.begins_at <= now < day.ends_at
    assert day.ends_at - day.begins_at == timedelta(hours=hours)
    assert day_around(day.ends_at, ZoneInfo(zone)).on == on + timedelta(days=1)
    assert day_around(day.begins_at - timedelta(seconds=1), ZoneInfo(zone)).on == on - timedelta(days=1)


def test_an_answer_holds_while_nothing_was_committed_and_the_day_lasts():
    one = kept()
    assert one.holds(1, NOW)
    assert not one.holds(2, NOW)
    assert one.holds(1, one.day.ends_at - timedelta(microseconds=1))
    assert not one.holds(1, one.day.ends_at)
    assert not one.holds(1, one.day.begins_at - timedelta(microseconds=1)), "a clock that was set back"


def test_an_unknown_version_never_holds():
    assert not kept(version=None).holds(None, NOW)


def test_each_encoding_has_its_own_tag_and_the_same_content():
    content = b"BEGIN:VCALENDAR\r\n" * 50
    first, again = (pack(content, NOW, file="appointments.ics", firm=list(FIRM)) for _ in range(2))
    assert first == again
    assert gzip.decompress(first.gzipped.whole.body) == first.identity.whole.body == content
    assert first.gzipped.etag != first.identity.etag
    other = pack(content + b" ", NOW, file="appointments.ics", firm=list(FIRM))
    assert len({first.identity.etag, first.gzipped.etag, other.identity.etag, other.gzipped.etag}) == 4


def test_a_bucket_empties_and_fills_again():
    bucket = Bucket(60, NOW)
    assert [bucket.take(NOW) for _ in range(60)] == [0] * 60
    assert bucket.take(NOW) == 1
    assert bucket.take(NOW + timedelta(seconds=0.5)) == 1
    assert bucket.take(NOW + timedelta(seconds=1)) == 0
    assert bucket.take(NOW + timedelta(seconds=1)) == 1
    later = NOW + timedelta(days=1)
    assert [bucket.take(later) for _ in range(61)] == [0] * 60 + [1]


def test_a_bucket_of_one_a_minute_says_how_long_to_wait():
    bucket = Bucket(1, NOW)
    assert (bucket.take(NOW), bucket.take(NOW), bucket.take(NOW + timedelta(seconds=20))) == (0, 60, 40)


def test_a_clock_that_is_set_back_empties_no_bucket():
    bucket = Bucket(60, NOW)
    assert bucket.take(NOW - timedelta(days=1)) == 0
    assert [bucket.take(NOW - timedelta(days=1)) for _ in range(59)] == [0] * 59
