"""Serving: one process that listens, says where, and ends in good order when it is told to."""

import asyncio
import errno
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from importlib.util import find_spec
from ipaddress import ip_address

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from db.engine import keep_open
from monitor.bootstrap import Program
from monitor.logs import set_up_logs
from monitor.web.app import make_app
from schedules.errors import Conflict, Unacceptable

HEAD_BYTES = 64 * 1024
"""All of a request but its body: first line, headers, what frames and follows a body in chunks. Without a bound one
endless line fills the memory."""
REQUEST_SECONDS = 30
"""Until a request has come whole; without a bound silent connections use up all that the system allows."""
GRACE_SECONDS = 10


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with an end to how long a request may be, apart from its body, and to how long it may take to come."""

    _beside_body = 0
    _is_whole = False
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_whole or self.transport.is_closing():
            return
        self._beside_body += len(data)
        if self._beside_body > HEAD_BYTES:
            self.send_400_response("Request head too long.")

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: common programs offer HTTP/2 and take HTTP/1.1, which needs no three lines of log."""

    def on_message_begin(self) -> None:
        self._beside_body, self._is_whole = 0, False
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_whole = True
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    def _wait(self) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        """Close on whoever does not finish asking; a whole request may take longer to be answered."""
        is_answering = self._is_whole and not self.cycle.response_complete
        if not is_answering and not self.transport.is_closing():
            self.transport.close()


class Listener(uvicorn.Server):
    """A server that says when it has begun."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def make_listener(program: Program, *, only_feeds: bool, on_ready: Callable[[], None] = lambda: None) -> Listener:
    """Ready to `run(sockets=[…])`. Its own access log is off: it would hold every secret address."""
    config = uvicorn.Config(
        make_app(program, only_feeds=only_feeds),
        loop="uvloop" if find_spec("uvloop") else "asyncio",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Listener(config, on_ready)


def open_socket(host: str, port: int) -> socket.socket:
    """Bound and listening. Refuses a port that is taken or not ours to take, and a host that is not this machine."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):  # the latter for a name that no name can be, such as 127.0.0..1
        raise Unacceptable(
            f"'{host}' is no address to listen on.", "Use 127.0.0.1, or another of this machine."
        ) from None
    found = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(2048)
    except OSError as error:
        found.close()
        raise _refusal(error, host, port) from None
    found.set_inheritable(False)
    return found


def _refusal(error: OSError, host: str, port: int) -> Conflict | Unacceptable:
    match error.errno:
        case errno.EADDRINUSE:
            return Conflict(
                f"Another program listens on port {port} of {host} already.",
                "Stop it, or choose another port (--port; 0 takes one that is free).",
            )
        case errno.EACCES:
            return Unacceptable(
                f"Port {port} is only for the system's administrator.", "Choose a port from 1024 on (--port)."
            )
        case errno.EADDRNOTAVAIL:
            return Unacceptable(f"{host} is no address of this machine.", "Use 127.0.0.1, or another of this machine.")
        case _:
            return Unacceptable(
                f"{host}, port {port}, cannot be listened on: {error.strerror}.", "Check --host and --port."
            )


def url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_open_to_others(listening: socket.socket) -> bool:
    """Whether other machines may reach it."""
    return not ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


@contextmanager
def orderly_signals(listener: Listener) -> Iterator[None]:
    """A signal that comes before uvicorn listens for it ends the program, too.

    uvicorn ends in good order and then sends itself the signal again; that one finds nothing left to do.
    """
    before = {one: signal.signal(one, listener.handle_exit) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def serve(
    program: Program,
    *,
    host: str,
    port: int,
    only_feeds: bool,
    say: Callable[[str], None],
    beside: Callable[[Program], AbstractContextManager[object]] = nullcontext,
) -> None:
    """Listen until SIGTERM or Ctrl+C; `say` hears where, once requests are answered.

    `beside` is what runs in this process as long as it listens: the jobs, which this door knows nothing of.
    """
    with closing(open_socket(host, port)) as listening:
        address = url_of(listening)
        if is_open_to_others(listening) and not program.config.web.public_url.startswith("https://"):
            say(
                "Warning: other machines can reach this address, and web.public_url does not begin with https://. "
                "Whoever is in between can read every calendar. Put a reverse proxy with a certificate in front."
            )
        set_up_logs()
        program = replace(program, engine=keep_open(program.engine))
        listener = make_listener(program, only_feeds=only_feeds, on_ready=lambda: say(f"Serving on {address}"))
        try:
            with orderly_signals(listener), beside(program):
                listener.run(sockets=[listening])
        finally:
            program.engine.dispose()
