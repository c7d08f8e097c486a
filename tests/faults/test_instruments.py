"""The instruments of the fault tests measure what they say: a lost letter counts as lost, a second copy as a copy."""

import smtplib
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from faults.clocks import STARTS_AT, SharedClock, new_clock
from faults.daylight import Wall, find_changes, fire_by_trigger, plan_by_ticks
from faults.outbox import Row, judge
from faults.scripted import Script, new_scripted
from faults.sink import Copy, extra_copies, new_sink

LETTER = "From: a@ward.example\r\nMessage-ID: <one@ward.example>\r\n\r\n.Good morning\r\n"


def send(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        server.sendmail("a@ward.example", ["b@ward.example"], LETTER)


class TestSink:
    def test_it_writes_down_every_copy(self, tmp_path: Path) -> None:
        with new_sink(tmp_path) as sink:
            send(sink.port)
            send(sink.port)
            copies = sink.copies()
        assert [(one.to, one.message_id) for one in copies] == [("b@ward.example", "<one@ward.example>")] * 2
        assert extra_copies(copies) == Counter({"<one@ward.example>": 1})

    def test_down_it_refuses_and_up_again_it_has_forgotten_nothing(self, tmp_path: Path) -> None:
        with new_sink(tmp_path) as sink:
            send(sink.port)
            sink.down()
            with pytest.raises(ConnectionRefusedError):
                send(sink.port)
            sink.up()
            send(sink.port)
            assert len(sink.copies()) == 2


class TestScripted:
    def test_in_order_it_takes_the_letter_as_it_was(self) -> None:
        with new_scripted() as server:
            send(server.port)
            assert [one.message_id for one in server.copies] == ["<one@ward.example>"]

    @pytest.mark.parametrize(("way", "error"), [("550", smtplib.SMTPDataError), ("reset", OSError)])
    def test_after_the_dot_it_fails_as_it_is_told(self, way: str, error: type[Exception]) -> None:
        with new_scripted() as server:
            server.script = Script("after the dot", way)  # type: ignore[arg-type]
            with pytest.raises(error):
                send(server.port)
            assert len(server.copies) == (0 if way == "550" else 1)


class TestClock:
    def test_everybody_sees_the_same_hand(self, tmp_path: Path) -> None:
        clock = new_clock(tmp_path, speed=0.0)
        other = SharedClock(clock.file, 0.0)
        clock.move(timedelta(days=-1))
        assert other.now() == STARTS_AT - timedelta(days=1)


class TestJudge:
    ROW = Row("daily", "<1>", "sent", 1, "a")
    COPY = Copy("b@ward.example", "<1>", "a")

    def test_all_is_well(self) -> None:
        assert judge([self.ROW], [self.COPY]) == (1, 0, 1, 0, 0, 0)

    def test_called_sent_and_never_taken_is_lost(self) -> None:
        assert judge([self.ROW], []).lost == 1

    def test_taken_and_never_called_sent_is_lost(self) -> None:
        assert judge([self.ROW._replace(state="handoff")], [self.COPY]).lost == 1

    def test_a_second_copy_after_one_attempt_is_unexplained(self) -> None:
        found = judge([self.ROW], [self.COPY, self.COPY])
        assert (found.extra, found.unexplained) == (1, 1)
        assert judge([self.ROW._replace(attempts=2)], [self.COPY, self.COPY]).unexplained == 0

    def test_other_bytes_are_noticed(self) -> None:
        assert judge([self.ROW], [self.COPY._replace(sha256="x")]).differing == 1


class TestWall:
    def test_it_shows_the_nights_of_berlin(self) -> None:
        zone = ZoneInfo("Europe/Berlin")
        spring, autumn = find_changes(zone, datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
        assert (spring, autumn) == (datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC))
        wall = Wall(zone, spring)
        assert wall.first_at(spring.date(), time(2, 30)) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # 03:30
        assert wall.first_at(spring.date(), time(0, 30)) == datetime(2027, 3, 27, 23, 30, tzinfo=UTC)

    def test_the_zoned_trigger_misses_a_day_that_the_planner_has(self) -> None:
        """At half past midnight it leaves out 29 March 2027 in Berlin: why no trigger decides about a digest."""
        zone = ZoneInfo("Europe/Berlin")
        wall = Wall(zone, datetime(2027, 3, 28, 1, tzinfo=UTC))
        assert fire_by_trigger(wall, time(0, 30))["missed"] == 1
        assert +plan_by_ticks(wall, time(0, 30)) == {"dates": 3, "once": 3}
