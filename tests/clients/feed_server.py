"""A calendar at an address, as plain as can be: what the test hands over is what the next client gets."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class FeedServer(ThreadingHTTPServer):
    """Answers every GET with `calendar`, or with `code` alone when that is not 200."""

    daemon_threads = True
    calendar = ""
    code = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/c/invented/appointments.ics"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FeedServer

    def do_GET(self) -> None:
        body = self.server.calendar.encode()
        tag = f'"{hashlib.sha256(body).hexdigest()}"'
        code = self.server.code
        if code == 200 and self.headers["If-None-Match"] == tag:
            code = 304
        self.server.answers.append(code)
        self.send_response(code)
        if code in {200, 304}:
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "text/calendar; charset=utf-8")
        if code != 304:
            self.send_header("Content-Length", str(len(body) if code == 200 else 0))
        self.end_headers()
        if code == 200:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Tests are silent."""


@contextmanager
def serving() -> Iterator[FeedServer]:
    with FeedServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=10)
