"""A real `monitor serve` on loopback, in a process of its own; and bytes sent to it exactly as they are."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TIMEOUT = 30.0


@dataclass(slots=True)
class Listening:
    """A server that answers on `port` and writes what it has to say into `log`."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT)


@contextmanager
def listening(config: Path, *options: str) -> Iterator[Listening]:
    """`monitor serve` with this configuration, until the end of the block."""
    log = config.with_name(f"serve-{len(list(config.parent.glob('serve-*.log')))}.log")
    process = start(config, log, "--port", "0", *options)
    try:
        yield Listening(_port(process, log), log, process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(TIMEOUT)


def start(config: Path, log: Path, *options: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", str(config), "serve", *options],
            stdout=out, stderr=out, cwd=ROOT, env=environment,
        )  # fmt: skip


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + TIMEOUT
    while time.monotonic() < until and process.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("Serving on http://127.0.0.1:"):
                return int(line.rsplit(":", 1)[1])
        time.sleep(0.05)
    raise AssertionError(f"it did not start:\n{log.read_text(encoding='utf-8')}")


def send(port: int, data: bytes, *, timeout: float = TIMEOUT) -> bytes | None:
    """What comes back until the server closes; None where it waits for more."""
    got = bytearray()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as connection:
            connection.sendall(data)
            while some := connection.recv(262_144):
                got += some
    except TimeoutError:
        return bytes(got) or None
    except OSError:  # closed in the middle of what nobody would send
        pass
    return bytes(got)


def read_answer(got: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body; of an answer in chunks the body as it came."""
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def ask(port: int, path: str, *lines: str, method: str = "GET") -> tuple[int, dict[bytes, bytes], bytes]:
    request = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines, "", ""])
    got = send(port, request.encode())
    assert got
    return read_answer(got)
