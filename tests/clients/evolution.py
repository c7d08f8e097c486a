"""Evolution's data server as a calendar client: what it keeps is what Evolution and GNOME Calendar show.

Debian: evolution-data-server, gir1.2-ecal-2.0, gir1.2-edataserver-1.2, python3-gi, dbus-daemon. Seen with 3.46.4.
"""

import json
import os
import select
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from tests.clients.shown import Shown, in_order

SYSTEM_PYTHON = Path("/usr/bin/python3")
AGENT = Path(__file__).with_name("evolution_agent.py")
NAMESPACES = ("ECal-2.0", "EDataServer-1.2", "ICalGLib-3.0")
SERVICES = "org.gnome.evolution.dataserver.{}*.service"
PATIENCE_SECONDS = 30

BUS = """<busconfig>
  <type>session</type>
  <listen>unix:dir={home}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def lacks() -> str:
    """What has to be installed before this client can run, or nothing."""
    needed = [SYSTEM_PYTHON, Path("/usr/bin/dbus-daemon"), Path("/usr/libexec/evolution-calendar-factory")]
    if not all(path.exists() for path in needed) or not all(map(_has_namespace, NAMESPACES)) or not _has_gi():
        return "evolution-data-server gir1.2-ecal-2.0 gir1.2-edataserver-1.2 python3-gi dbus-daemon"
    return ""


def _has_namespace(name: str) -> bool:
    return any(Path("/usr/lib").glob(f"*/girepository-1.0/{name}.typelib"))


def _has_gi() -> bool:
    return Path("/usr/lib/python3/dist-packages/gi").exists()


class Evolution:
    """One server, on a D-Bus of its own that can start nothing else; `home` is all that it may write to."""

    keeps_uids: ClassVar[bool] = True

    def __init__(self, home: Path) -> None:
        self.environment = _environment(home)
        self.log = (home / "log").open("w")
        self.bus = self._start_bus(home)
        self.agent = self._start("stdin", str(SYSTEM_PYTHON), "-I", str(AGENT))

    def subscribe(self, url: str) -> None:
        assert self._ask(f"subscribe {url}") is True

    def refresh(self) -> str:
        return str(self._ask("refresh"))

    def events(self) -> list[Shown]:
        return in_order([_shown(one) for one in self._ask("events")])

    def close(self) -> None:
        """Without their bus the services end by themselves."""
        for process in (self.agent, self.bus):
            process.terminate()
            process.communicate(timeout=PATIENCE_SECONDS)
        self.log.close()

    def _start_bus(self, home: Path) -> subprocess.Popen[str]:
        services = home / "services"
        services.mkdir()
        for kind in ("Calendar", "Sources"):
            for file in Path("/usr/share/dbus-1/services").glob(SERVICES.format(kind)):
                (services / file.name).symlink_to(file)
        config = home / "bus.conf"
        config.write_text(BUS.format(home=home, services=services))
        bus = self._start("", "/usr/bin/dbus-daemon", f"--config-file={config}", "--nofork", "--print-address")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = _line_from(bus)
        return bus

    def _start(self, talk: str, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=self.environment,
        )

    def _ask(self, command: str) -> Any:
        assert self.agent.stdin
        self.agent.stdin.write(command + "\n")
        self.agent.stdin.flush()
        return json.loads(_line_from(self.agent))


def _line_from(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE_SECONDS)
    line = process.stdout.readline() if ready else ""
    assert line, f"{process.args!r} said nothing (see the file `log` in its home)"
    return line.strip()


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the machine's user: directories, settings, keys and proxies are the client's own or none."""
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(runtime),
        "GSETTINGS_BACKEND": "memory",
        "GIO_USE_PROXY_RESOLVER": "dummy",
        "LANG": "C.UTF-8",
        "TZ": "Europe/Berlin",
    }


def _shown(one: dict[str, Any]) -> Shown:
    return Shown(
        uid=one["uid"],
        summary=one["summary"],
        starts=_moment(one["starts"]),
        ends=_moment(one["ends"]),
        status=one["status"],
        sequence=one["sequence"],
        alarms=tuple(sorted(timedelta(seconds=seconds) for seconds in one["alarms"])),
    )


def _moment(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
