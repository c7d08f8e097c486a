"""Servers to measure: each a process of its own, on its own core, gone with the block."""

import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.request import Request, urlopen

from benchmarks.load import on_core

SERVER_CORE = 0
WAIT_SECONDS = 30.0

T = TypeVar("T")


@contextmanager
def serving_ours(config: Path) -> Iterator[int]:
    """`monitor serve`, as it is installed, with its access log; the port."""
    log = config.with_name("ours.log")
    with started("monitor", "--config", str(config), "serve", "--only", "feeds", "--port", "0", log=log):
        line = wait_for(lambda: next((one for one in log.read_text().splitlines() if "Serving on" in one), None))
        yield int(line.rsplit(":", 1)[1])


@contextmanager
def serving_radicale(folder: Path, content: bytes) -> Iterator[int]:
    """Radicale with one calendar at /ward/calendar/ that anybody may read."""
    port = free_port()
    rights, config = folder / "rights.ini", folder / "radicale.ini"
    rights.write_text("[all]\nuser: .*\ncollection: .*\npermissions: RrWw\n", encoding="utf-8")
    config.write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = none\n"
        f"[rights]\ntype = from_file\nfile = {rights}\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n[logging]\nlevel = error\n",
        encoding="utf-8",
    )
    with started("radicale", "--config", str(config), log=folder / "radicale.log"):
        wait_for(lambda: can_connect(port) or None)
        put = Request(
            f"http://127.0.0.1:{port}/ward/calendar/", data=content, method="PUT",
            # Whoever logs in, with whatever word, has a place of their own from then on.
            headers={"Content-Type": "text/calendar", "Authorization": f"Basic {b64encode(b'ward:ward').decode()}"},
        )  # fmt: skip
        with urlopen(put, timeout=30) as answer:
            assert answer.status == 201
        yield port


@contextmanager
def serving_empty(folder: Path) -> Iterator[int]:
    port = free_port()
    with started("benchmarks.empty_route", str(port), log=folder / "empty.log"):
        wait_for(lambda: can_connect(port) or None)
        yield port


@contextmanager
def started(*command: str, log: Path) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    with log.open("wb") as out, on_core(SERVER_CORE):
        process = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=out, stderr=out, cwd=Path(__file__).parents[1], env=environment
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=WAIT_SECONDS)


def wait_for(look: Callable[[], T | None]) -> T:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("a server did not start")


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
