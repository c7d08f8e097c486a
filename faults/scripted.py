"""The scripted mail server: one on loopback that fails at a stage of the conversation in the way it is told."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Literal, NamedTuple

from faults.sink import MESSAGE_ID, Copy

Stage = Literal["connecting", "EHLO", "MAIL", "RCPT", "DATA", "after the dot", "QUIT"]
STAGES: tuple[Stage, ...] = ("connecting", "EHLO", "MAIL", "RCPT", "DATA", "after the dot", "QUIT")
Way = Literal["421", "451", "550", "reset", "stall", "drip"]
WAYS: tuple[Way, ...] = ("421", "451", "550", "reset", "stall", "drip")
"""Three replies; a connection that is torn down; silence; and a byte now and then that never becomes a reply."""
GOOD: dict[Stage, bytes] = {
    "connecting": b"220 scripted.example\r\n",
    "EHLO": b"250-scripted.example\r\n250 SIZE 1000000\r\n",
    "MAIL": b"250 ok\r\n",
    "RCPT": b"250 ok\r\n",
    "DATA": b"354 go on\r\n",
    "after the dot": b"250 taken\r\n",
    "QUIT": b"221 bye\r\n",
}
LINGER = struct.pack("ii", 1, 0)
"""Closing becomes a reset, as of a server that crashed."""
DRIP_SECONDS = 0.1


class Script(NamedTuple):
    """Where the server fails, and how."""

    stage: Stage
    way: Way


class Scripted:
    """Follows `script`, or is in order while there is none; keeps what it took or may have taken."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.port: int = listening.getsockname()[1]
        self.script: Script | None = None
        self.copies: list[Copy] = []
        self.conversations = 0

    def listen(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # closed: the test is over
            self.conversations += 1
            threading.Thread(target=self._talk, args=(connection, self.script), daemon=True).start()

    def _talk(self, connection: socket.socket, script: Script | None) -> None:
        with connection, suppress(OSError, _Over):
            lines = connection.makefile("rb")
            _reply(connection, "connecting", script)
            to = ""
            for line in lines:
                match line.split(b" ", 1)[0].strip().upper():
                    case b"EHLO" | b"HELO":
                        _reply(connection, "EHLO", script)
                    case b"MAIL":
                        _reply(connection, "MAIL", script)
                    case b"RCPT":
                        to = line.partition(b"<")[2].partition(b">")[0].decode()
                        _reply(connection, "RCPT", script)
                    case b"DATA":
                        _reply(connection, "DATA", script)
                        self._take(lines, to, script)
                        _reply(connection, "after the dot", script)
                    case b"QUIT":
                        _reply(connection, "QUIT", script)
                        return
                    case _:
                        connection.sendall(b"250 ok\r\n")

    def _take(self, lines: Iterator[bytes], to: str, script: Script | None) -> None:
        """A letter that is refused in so many words was not taken; one that goes unanswered counts as taken."""
        content = bytearray()
        for line in lines:
            if line == b".\r\n":
                break
            content += line[1:] if line.startswith(b"..") else line
        if script is not None and script.stage == "after the dot" and script.way.isdigit():
            return
        found = MESSAGE_ID.search(bytes(content))
        self.copies.append(Copy(to, found[1].decode() if found else "", sha256(content).hexdigest()))


class _Over(Exception):  # noqa: N818
    """The script has ended the conversation."""


def _reply(connection: socket.socket, stage: Stage, script: Script | None) -> None:
    if script is None or script.stage != stage:
        connection.sendall(GOOD[stage])
        return
    match script.way:
        case "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
            raise _Over
        case "stall":
            while connection.recv(65_536):
                pass  # until the other side gives up
            raise _Over
        case "drip":
            connection.sendall(b"2")
            waiting = threading.Event()
            while not waiting.wait(DRIP_SECONDS):
                connection.sendall(b"5")
        case code:
            connection.sendall(f"{code} scripted\r\n".encode())
            if code == "421":
                raise _Over


@contextmanager
def new_scripted() -> Iterator[Scripted]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Scripted(listening)
        listener = threading.Thread(target=server.listen, daemon=True)
        listener.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            listener.join()
