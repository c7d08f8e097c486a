"""vdirsyncer with khal as a calendar client: the one fetches into files, the other shows them.

Debian: vdirsyncer, khal. Seen with vdirsyncer 0.19.0 and khal 0.10.5. vdirsyncer sends no validators, compares the
content of single events (all but DTSTAMP, LAST-MODIFIED, CREATED and UID), and refuses a calendar that was emptied. It
puts a hash of that content in place of each UID: two events that differ in nothing else would become one, and one that
moves is another.
"""

import os
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from tests.clients.reading import read_events
from tests.clients.shown import Shown, in_order

VDIRSYNCER, KHAL = Path("/usr/bin/vdirsyncer"), Path("/usr/bin/khal")
COLUMNS = ("uid", "start-long", "end-long", "status", "title")
SEPARATOR = "\x1f"
PATIENCE_SECONDS = 60

SYNC = """[general]
status_path = "{home}/status"

[pair feed]
a = "here"
b = "there"
collections = null

[storage here]
type = "filesystem"
path = "{home}/events"
fileext = ".ics"

[storage there]
type = "http"
url = "{url}"
"""

SHOW = """[calendars]
[[feed]]
path = {home}/events
readonly = True

[sqlite]
path = {home}/khal.sqlite3

[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
timeformat = %H:%M
datetimeformat = %Y-%m-%dT%H:%M%z
longdatetimeformat = %Y-%m-%dT%H:%M%z
"""


def lacks() -> str:
    """What has to be installed before this client can run, or nothing."""
    return "" if VDIRSYNCER.exists() and KHAL.exists() else "vdirsyncer khal"


class Khal:
    """Both programs with `home` as all that they may write to."""

    keeps_uids: ClassVar[bool] = False

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            "PATH": os.defpath,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "LANG": "C.UTF-8",
        }

    def subscribe(self, url: str) -> None:
        (self.home / "events").mkdir()
        (self.home / "sync.conf").write_text(SYNC.format(home=self.home, url=url))
        (self.home / "khal.conf").write_text(SHOW.format(home=self.home))
        found = self._run(str(VDIRSYNCER), "--config", str(self.home / "sync.conf"), "discover")
        assert found.returncode == 0, found.stderr

    def refresh(self) -> str:
        ran = self._run(str(VDIRSYNCER), "--config", str(self.home / "sync.conf"), "sync")
        return "" if ran.returncode == 0 else ran.stderr or f"exit code {ran.returncode}"

    def events(self) -> list[Shown]:
        """khal's own list; the two things it keeps but does not print come from the files behind it."""
        kept = {}
        for file in (self.home / "events").glob("*.ics"):
            for event in read_events(file.read_bytes().decode()):
                kept[event.uid] = event
        columns = SEPARATOR.join(f"{{{name}}}" for name in COLUMNS)
        if not kept:
            return []
        # khal lists day by day, which takes its time: no day before the first event or after the last.
        days = [one.day for one in kept.values()]
        length = f"{(max(days) - min(days)).days + 2}d"
        ran = self._run(
            str(KHAL), "--config", str(self.home / "khal.conf"), "--no-color",
            "list", "--day-format", "", "--format", columns, str(min(days)), length,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return in_order([_shown(line, kept) for line in ran.stdout.splitlines() if SEPARATOR in line])

    def close(self) -> None:
        """Nothing keeps running between two commands."""

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, check=False, capture_output=True, text=True, env=self.environment, cwd=self.home,
            stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS,
        )  # fmt: skip


def _shown(line: str, kept: dict[str, Shown]) -> Shown:
    uid, starts, ends, status, summary = line.split(SEPARATOR)
    is_timed = "T" in starts
    return Shown(
        uid="",
        summary=summary,
        starts=datetime.fromisoformat(starts) if is_timed else date.fromisoformat(starts),
        # khal prints the last day that still belongs to it.
        ends=datetime.fromisoformat(ends) if is_timed else date.fromisoformat(ends) + timedelta(days=1),
        status=status.strip(),
        sequence=kept[uid].sequence,
        alarms=kept[uid].alarms,
    )
