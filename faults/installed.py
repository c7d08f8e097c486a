"""The program as it is installed: commands and servers in processes of their own, spoken to over real sockets."""

import os
import resource
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlencode

import yaml

from faults.place import ROOT
from monitor.bootstrap import Program

WAIT_SECONDS = 30.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NO_ANSWER = 0
"""In place of a status, where the connection broke off."""


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def is_refusal(self) -> bool:
        """A sentence and a next step, and no trace of the program's insides."""
        return self.code == 1 and len(self.err.splitlines()) == 2 and "Traceback" not in self.err


def write_config(program: Program, folder: Path) -> Path:
    """A configuration for a program on the same database, whose letters go into a folder of the test."""
    file = folder / "config.yaml"
    settings = {
        "db": {"url": program.config.db.url},
        "mail": {"kind": "file", "folder": str(folder / "outbox")},
        "jobs": {"tick_seconds": 1},
        "feed": {"requests_per_minute": 1_000_000},
    }
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return file


def call(config: Path, *args: str, by: str, largest_file: int | None = None) -> Said:
    """A command as the shell would run it; `largest_file`: so many bytes may a file that it writes have."""
    limit = None if largest_file is None else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, -1))
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "--config", str(config), "--by", by, *args],
        cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False, timeout=WAIT_SECONDS,
        preexec_fn=limit,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


class Web:
    """A running `monitor serve`, asked one thing at a time."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def get(self, path: str) -> int:
        return self._ask("GET", path)

    def post(self, path: str, **fields: str) -> int:
        return self._ask("POST", path, urlencode(fields))

    def limit_files(self, largest: int) -> None:
        """From now on no file that it writes may be larger; -1 lifts the limit."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (largest, -1))

    def has_restarted(self) -> bool:
        return self.process.poll() is not None

    def _ask(self, method: str, path: str, body: str | None = None) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        try:
            connection.request(method, path, body, FORM if body is not None else {})
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            return NO_ANSWER
        finally:
            connection.close()
        return answer.status


@contextmanager
def serving(config: Path) -> Iterator[Web]:
    """`monitor serve` with its jobs, on a free port; what it says later is read and dropped."""
    command = [sys.executable, "-m", "monitor", "--config", str(config), "serve", "--port", "0"]
    # A pipe and no file: a limit on the size of files must not be about the log.
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=pipe, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if b"Serving on" in line)
            Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
            yield Web(process, int(line.strip().rsplit(b":", 1)[1]))
        finally:
            process.terminate()
            try:
                process.wait(timeout=WAIT_SECONDS)
            finally:
                process.kill()


def seconds_until(look: Callable[[], bool], *, longest: float = WAIT_SECONDS, pause: float = 0.02) -> float:
    """How long it takes until something is so; `longest` if it never is."""
    began = time.monotonic()
    while not look():
        if time.monotonic() - began >= longest:
            return longest
        time.sleep(pause)
    return time.monotonic() - began


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
