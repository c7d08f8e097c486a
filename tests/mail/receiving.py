"""A real mail server on loopback that keeps what it gets, with or without encryption and sign-in."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword


@dataclass(slots=True)
class Post:
    """What has arrived at `port`."""

    port: int = 0
    letters: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.letters.append(envelope)
        return "250 taken"


class _OnSocket(Controller):
    """Listens on a port that is free for certain."""

    def __init__(self, handler: Post, **options: Any) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        handler.port = self._listening.getsockname()[1]
        super().__init__(handler, hostname="127.0.0.1", port=handler.port, **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


@contextmanager
def receiving(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> Iterator[Post]:
    """A server until the end of the block; with `login` nobody else may send."""

    def check(server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == login, handled=False)

    post = Post()
    options: dict[str, Any] = {"tls_context": starttls, "require_starttls": starttls is not None, "ssl_context": tls}
    if login:
        options |= {"authenticator": check, "auth_required": True, "auth_require_tls": starttls is not None}
    controller = _OnSocket(post, **options)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext] | None:
    """A throw-away one for localhost, and a server's context with it; None where openssl is not installed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context
