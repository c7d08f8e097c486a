"""Deadline: one stretch of time for a whole conversation, however slowly the other side speaks."""

import socket
from time import monotonic


class Deadline:
    """Counted from now, on a clock that nobody can set."""

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds

    def left(self) -> float:
        """Seconds; raises TimeoutError when none are left."""
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError("the time for this letter is over")
        return left


class Lines:
    """Reads a socket line by line. The library's own reader waits anew for each byte, so that a server that sends one
    now and then holds it for ever."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline, self._got = sock, deadline, bytearray()

    def readline(self, most: int) -> bytes:
        """With its end; less than a line where the other side closed, or where the line is longer than `most`."""
        while (end := self._got.find(b"\n")) < 0 and len(self._got) < most:
            self._sock.settimeout(self._deadline.left())
            some = self._sock.recv(4096)
            if not some:
                break
            self._got += some
        line = bytes(self._got[: min(end + 1 if end >= 0 else len(self._got), most)])
        del self._got[: len(line)]
        return line

    def close(self) -> None:
        """The socket is closed by whoever opened it."""


def connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    """To the first of the host's addresses that answers; each gets its share of the time that is left."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a name that no name can be, such as mail..example
        raise socket.gaierror(socket.EAI_NONAME, "no name") from None
    failure: OSError | None = None
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(deadline.left() / (len(found) - tried))
            candidate.connect(address)
        except OSError as error:
            candidate.close()
            failure = error
        else:
            return candidate
    raise failure or OSError("the host has no address")
