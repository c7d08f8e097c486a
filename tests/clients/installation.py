"""An installed program with an invented patient, run as a hospital runs it: by its commands and `monitor serve`."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

MONITOR = Path(sys.executable).with_name("monitor")
DATABASE, CONFIG = "record.sqlite3", "config.yaml"
PATIENT = "N-1"
PATIENCE_SECONDS = 60
READY = "Serving on "


class Installation:
    """A directory with a configuration and a database; every command is a process of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        settings = {"db": {"url": f"sqlite:///{directory / DATABASE}"}}
        (directory / CONFIG).write_text(yaml.safe_dump(settings), encoding="utf-8")

    def copy_to(self, directory: Path) -> "Installation":
        """The same record, to go on from without touching this one."""
        shutil.copy(self.directory / DATABASE, directory)
        return Installation(directory)

    def run(self, *args: str, by: str = "ada") -> str:
        """What the command prints; it has to succeed."""
        ran = subprocess.run(
            [*self._command("--by", by), *args], check=False, capture_output=True, text=True, env=_environment(),
            cwd=self.directory, stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert ran.returncode == 0, f"{args}: {ran.stderr}"
        return ran.stdout

    def ask(self, *args: str, by: str = "ada") -> Any:
        return json.loads(self.run(*args, "--format", "json", by=by))

    def issue(self, *args: str) -> dict[str, dict[str, Any]]:
        """New addresses by purpose: `page`, `appointments`, `worklist`."""
        answer = self.ask("feed", "issue", *args)
        return {one["purpose"]: one for one in answer["addresses"]}

    @contextmanager
    def serving(self) -> Iterator[str]:
        """`monitor serve` on a free port of the loopback; gives its address without a path."""
        log = self.directory / "serve.log"
        with log.open("w") as written:
            process = subprocess.Popen(
                self._command("serve", "--host", "127.0.0.1", "--port", "0"), env=_environment(), cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=written,
            )  # fmt: skip
        try:
            yield _address_from(process, log)
        finally:
            process.terminate()
            code = process.wait(timeout=PATIENCE_SECONDS)
        assert code == 0, f"the server ended with {code}: {log.read_text()}"

    def _command(self, *args: str) -> list[str]:
        return [str(MONITOR), "--config", str(self.directory / CONFIG), *args]


def set_up(directory: Path, *, first_course_ends_on: date, followed_here_from: date) -> Installation:
    """The clinic `north`, a nurse, a clinician, an approval and one patient after a first course; all invented."""
    installation = Installation(directory)
    begins_on = first_course_ends_on - timedelta(days=4)
    installation.run("init", "--login", "root-admin", "--name", "Root Example", "--clinic", "north", by="root-admin")
    for login, name, role in (("ada", "Ada Example", "nurse"), ("dora", "Dr. Dora Example", "clinician")):
        installation.run("person", "add", login, "--name", name, "--role", role, "--clinic", "north", by="root-admin")
    installation.run(
        "protocol", "approve", "alemtuzumab-eu", "--by", "Dr. Invented Example", "--invented", by="root-admin"
    )
    installation.run(
        "patient", "add", PATIENT, "--clinic", "north", "--protocol", "alemtuzumab-eu", "--language", "en",
        "--infusion", f"{begins_on}..{first_course_ends_on}", "--followed-here-from", str(followed_here_from),
        "--born", "1988-03-02", "--sex", "female",
    )  # fmt: skip
    return installation


def at(base: str, address: str) -> str:
    """An issued address as the test's server has it: the configured host and port are not where it listens."""
    return base + urlsplit(address).path


def _environment() -> dict[str, str]:
    """Without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}


def _address_from(process: subprocess.Popen[bytes], log: Path) -> str:
    limit = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith(READY):
                return line.removeprefix(READY).rstrip("/")
        time.sleep(0.05)
    raise AssertionError(f"the server is not ready: {log.read_text()}")
