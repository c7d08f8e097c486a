"""A mail server that does as it is told at one point of the conversation, and behaves well at every other."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

STAGES = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "dot", "QUIT")
USUAL = {"connect": b"220 invented ready", "DATA": b"354 go on", "QUIT": b"221 bye"}
PATIENCE = 5
"""Seconds; no mailer under test has as much."""
RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Scripted:
    """`taken` are the letters to which it said 250, `verbs` everything that it was told."""

    port: int
    stage: str
    act: str
    taken: list[bytes] = field(default_factory=list)
    whole: list[bytes] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted(stage: str = "", act: str = "", *, extensions: tuple[bytes, ...] = ()) -> Iterator[Scripted]:
    """`act` is a reply such as `450 later`, or `reset`, `close`, `stall`, `drip`, `garbage`, or `hold`:
    say yes, but not before `go_on` is set."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Scripted(listening.getsockname()[1], stage, act)
        thread = threading.Thread(target=_accept, args=(listening, server, extensions))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(30)
            assert not thread.is_alive()


def _accept(listening: socket.socket, server: Scripted, extensions: tuple[bytes, ...]) -> None:
    while not server.over.is_set():
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, suppress(OSError, StopIteration):
            _talk(connection, server, extensions)


def _talk(connection: socket.socket, server: Scripted, extensions: tuple[bytes, ...]) -> None:
    lines = connection.makefile("rb")
    _answer(connection, server, "connect")
    while line := lines.readline():
        verb = line[:4].upper().decode("latin-1").strip()
        server.verbs.append(verb)
        if verb in {"EHLO", "HELO"}:
            offers = b"".join(b"250-" + one + b"\r\n" for one in (b"invented", *extensions))
            _answer(connection, server, "EHLO", offers + b"250 HELP")
            continue
        goes_on = _answer(connection, server, verb)
        if verb == "QUIT":
            return
        if verb == "DATA" and goes_on:
            letter = b""
            while (some := lines.readline()) != b".\r\n":
                if not some:
                    return
                letter += some[1:] if some.startswith(b".") else some
            server.whole.append(letter)
            if server.stage != "dot":
                server.taken.append(letter)
            _answer(connection, server, "dot")


def _answer(connection: socket.socket, server: Scripted, stage: str, usual: bytes = b"250 ok") -> bool:
    """Whether it said yes."""
    if stage != server.stage:
        connection.sendall(USUAL.get(stage, usual) + b"\r\n")
        return True
    match server.act:
        case "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            raise StopIteration
        case "close":
            raise StopIteration
        case "stall":
            _wait_for_the_end(connection)
            connection.sendall(USUAL.get(stage, usual) + b"\r\n")
            return True
        case "hold":
            server.reached.set()
            server.go_on.wait(60)
            connection.sendall(USUAL.get(stage, usual) + b"\r\n")
            return True
        case "drip":
            code = USUAL.get(stage, usual)[:3]
            connection.sendall(code + b"-")
            for _ in range(PATIENCE * 50):
                connection.sendall(b".")
                server.over.wait(0.02)
            connection.sendall(b"\r\n" + code + b" ok\r\n")
            return True
        case "garbage":
            connection.sendall(b"hello there\r\n")
            _wait_for_the_end(connection)
        case reply:
            connection.sendall(reply.encode() + b"\r\n")
    return server.act.startswith(("2", "3"))


def _wait_for_the_end(connection: socket.socket) -> None:
    """Says nothing more, until the other side has had enough; goes on if it has more patience than it should."""
    connection.settimeout(PATIENCE)
    with suppress(TimeoutError):
        if not connection.recv(4096):
            raise StopIteration
