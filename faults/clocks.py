"""Clocks: one hand that all processes of a test see, which runs as fast as the test wants and can be set."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

STARTS_AT = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
"""Monday, 7 o'clock in Berlin."""
_SECONDS = struct.Struct("d")


class SharedClock:
    """Shows `offset + speed * (seconds since the machine started)`; the offset lies in a file of eight bytes.

    Without a lock: a process that is killed while it holds one would stop the clock for everybody.
    """

    def __init__(self, file: Path, speed: float) -> None:
        self.file, self.speed = file, speed
        with file.open("r+b") as opened:
            self._offset = mmap.mmap(opened.fileno(), _SECONDS.size)

    def now(self) -> datetime:
        (offset,) = _SECONDS.unpack_from(self._offset)
        return datetime.fromtimestamp(offset + self.speed * monotonic(), UTC)

    def set_to(self, at: datetime) -> None:
        """For everybody who looks at the same file, from now on."""
        _SECONDS.pack_into(self._offset, 0, at.timestamp() - self.speed * monotonic())

    def move(self, by: timedelta) -> None:
        self.set_to(self.now() + by)

    def seconds_until(self, at: datetime) -> float:
        """On the clock of whoever waits for this one."""
        return max(0.0, (at - self.now()).total_seconds() / self.speed)


def new_clock(folder: Path, *, speed: float = 1.0, at: datetime = STARTS_AT) -> SharedClock:
    file = folder / "clock"
    file.write_bytes(_SECONDS.pack(0.0))
    clock = SharedClock(file, speed)
    clock.set_to(at)
    return clock
