"""A small load client: eight connections over raw sockets, one request under way on each, for so many answers."""

import os
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

CONNECTIONS = 8
TIMEOUT = 30.0
END_OF_HEAD = b"\r\n\r\n"


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This process, and what it starts, on one core for the length of the block, where the system can do that."""
    if not hasattr(os, "sched_setaffinity") or core not in os.sched_getaffinity(0):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Line:
    """One connection to a server, opened again where the server closes it after each answer (HTTP/1.0)."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._got = bytearray()
        self._length = -1
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self.socket.close()

    def take(self) -> bytes | None:
        """Reads what has arrived; the head of the answer once it is whole."""
        data = self.socket.recv(262_144)
        if not data:
            raise AssertionError("the server closed a connection in the middle of an answer")
        self._got += data
        if self._length < 0:
            end = self._got.find(END_OF_HEAD)
            if end < 0:
                return None
            self._length = end + len(END_OF_HEAD) + _length_of_body(bytes(self._got[:end]).lower())
        if len(self._got) < self._length:
            return None
        head = bytes(self._got.partition(END_OF_HEAD)[0])
        self._got.clear()
        self._length = -1
        return head


def _length_of_body(head: bytes) -> int:
    if b" 304 " in head[:16]:
        return 0
    _, found, rest = head.partition(b"content-length:")
    assert found, head
    return int(rest.partition(b"\r\n")[0])


def request(path: str, headers: Sequence[str] = ()) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def requests_a_second(port: int, wanted: bytes, *, status: int, answers: int) -> float:
    """From the first request to the last answer. Another status stops it."""
    lines = [Line(port) for _ in range(CONNECTIONS)]
    expected = f" {status} ".encode()
    try:
        with selectors.DefaultSelector() as selector:
            for line in lines:
                selector.register(line.socket, selectors.EVENT_READ, line)
            began = time.perf_counter()
            for line in lines:
                line.socket.sendall(wanted)
            left, to_send = answers, answers - CONNECTIONS
            while left:
                ready = selector.select(TIMEOUT)
                if not ready:
                    raise AssertionError("the server stopped answering")
                for key, _ in ready:
                    line = key.data
                    head = line.take()
                    if head is None:
                        continue
                    assert expected in head[:16], head[:200]
                    left -= 1
                    if head.startswith(b"HTTP/1.0"):
                        selector.unregister(line.socket)
                        line.close()
                        line.open()
                        selector.register(line.socket, selectors.EVENT_READ, line)
                    if to_send > 0:
                        to_send -= 1
                        line.socket.sendall(wanted)
            return answers / (time.perf_counter() - began)
    finally:
        for line in lines:
            line.close()


def fetch(line: Line, wanted: bytes) -> bytes:
    """The head of one answer."""
    line.socket.sendall(wanted)
    while True:
        head = line.take()
        if head is not None:
            return head


def header(head: bytes, name: str) -> str:
    for line in head.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == name.encode():
            return value.strip().decode()
    raise AssertionError(f"the answer has no {name}")
