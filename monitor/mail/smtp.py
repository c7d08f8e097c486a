"""SMTP: a letter is given to a mail server in one conversation that ends in time and whose end is never guessed."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from monitor.mail.deadline import Deadline, Lines, connect
from monitor.mail.delivering import NotTaken, Refused, Uncertain
from monitor.mail.faults import say_error, say_reply, spellings_of

PLAIN_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
"""Printable ASCII without blanks and < >. Other characters need SMTPUTF8, which few servers speak."""
WANTS_SIGN_IN = {530, 534, 535, 538}
"""RFC 4954: the server wants us to sign in, or otherwise than we did; that says nothing about the letter."""
CLOSING = 421


class Conversation(smtplib.SMTP):
    """The library's commands and replies, within one deadline. Raises OSError where the connection fails."""

    def __init__(self, deadline: Deadline) -> None:
        # The library would ask the resolver for our name, which can take longer than we may wait.
        name = socket.gethostname()
        super().__init__(local_hostname=name if name.isascii() and "." in name else "[127.0.0.1]")
        self._deadline = deadline

    def open(self, host: str, port: int, tls: ssl.SSLContext | None) -> tuple[int, bytes]:
        """Connect, with `tls` encrypted from the first byte; the server's greeting."""
        self._host = host  # starttls() compares the certificate with it
        self.sock = connect(host, port, self._deadline)
        if tls is not None:
            self.sock.settimeout(self._deadline.left())
            self.sock = tls.wrap_socket(self.sock, server_hostname=host)
        return self.getreply()

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self._deadline.left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = Lines(self.sock, self._deadline)
        reply = super().getreply()
        if self.sock is not None:
            with suppress(TimeoutError):  # a reply that has come counts, however late it is
                self.sock.settimeout(self._deadline.left())  # for a handshake that may follow
        return reply


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Gives letters to a mail server, each in a conversation of its own."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 10

    def deliver(self, letter: bytes, sender: str, to: str, *, before_data: Callable[[], None]) -> None:
        for address, whose in ((to, "the recipient"), (sender, "the sender")):
            if not PLAIN_ADDRESS.fullmatch(address):
                raise Refused(f"the address of {whose} holds characters that mail servers do not take")
        with closing(Conversation(Deadline(self.timeout_seconds))) as server:
            self._begin(server)
            _name_envelope(server, sender, to, len(letter))
            before_data()
            _hand_over(server, letter)
            with suppress(OSError, smtplib.SMTPException):
                # Taken is taken. Nobody waits for the reply: until we return the record does not know that it is sent.
                server.putcmd("QUIT")

    def _begin(self, server: Conversation) -> None:
        """All of this is about the server and us, whatever it replies."""
        with _before_the_letter("connecting"):
            tls = ssl.create_default_context() if self.security == "tls" else None
            _expect(220, "connecting", *server.open(self.host, self.port, tls))
        with _before_the_letter("EHLO"):
            self._greet(server)
        if self.security == "starttls":
            with _before_the_letter("STARTTLS"):
                if not server.has_extn("starttls"):
                    raise NotTaken("STARTTLS: the server does not offer it (mail.security)", concerns_all=True)
                _expect(220, "STARTTLS", *server.starttls(context=ssl.create_default_context()))
            with _before_the_letter("EHLO"):
                self._greet(server)
        if self.user:
            with _before_the_letter("AUTH"):
                self._sign_in(server)

    def _greet(self, server: Conversation) -> None:
        code, text = server.ehlo()
        if code >= 500:  # older than EHLO
            code, text = server.helo()
        _expect(250, "EHLO", code, text)

    def _sign_in(self, server: Conversation) -> None:
        try:
            server.login(self.user, self.password)
        except smtplib.SMTPAuthenticationError as no:
            said = no.smtp_error if isinstance(no.smtp_error, bytes) else no.smtp_error.encode()
            fault = say_reply("AUTH", no.smtp_code, said, secrets=spellings_of(self.user, self.password))
            raise NotTaken(fault, concerns_all=True) from None
        except smtplib.SMTPNotSupportedError:
            raise NotTaken("AUTH: the server does not offer to sign in (mail.user)", concerns_all=True) from None
        except UnicodeEncodeError:  # its text holds the password
            fault = "AUTH: mail.user or mail.password holds characters other than ASCII"
            raise NotTaken(fault, concerns_all=True) from None


@contextmanager
def _before_the_letter(stage: str) -> Iterator[None]:
    """Whatever breaks before the letter has gone out whole leaves no doubt that it was not taken."""
    try:
        yield
    except smtplib.SMTPResponseException as odd:  # before OSError: the library derives its exceptions from it
        said = odd.smtp_error if isinstance(odd.smtp_error, bytes) else odd.smtp_error.encode()
        raise NotTaken(say_reply(stage, odd.smtp_code, said), concerns_all=True) from None
    except smtplib.SMTPServerDisconnected as broken:
        raise NotTaken(_say_broken(stage, broken), concerns_all=True) from None
    except smtplib.SMTPException:
        raise NotTaken(f"{stage}: the server and we have no way in common", concerns_all=True) from None
    except OSError as error:
        raise NotTaken(say_error(stage, error), concerns_all=True) from None


def _say_broken(stage: str, broken: smtplib.SMTPServerDisconnected) -> str:
    """The library wraps what happened to the connection; the cause says more."""
    cause = broken.__context__
    return say_error(stage, cause if isinstance(cause, OSError) else broken)


def _expect(wanted: int, stage: str, code: int, text: bytes) -> None:
    if code != wanted:
        raise NotTaken(say_reply(stage, code, text), concerns_all=True)


def _name_envelope(server: Conversation, sender: str, to: str, size: int) -> None:
    options = [f"size={size}"] if server.does_esmtp and server.has_extn("size") else []
    with _before_the_letter("MAIL"):
        _judge("MAIL", *server.mail(sender, options))
    with _before_the_letter("RCPT"):
        _judge("RCPT", *server.rcpt(to))


def _judge(stage: str, code: int, text: bytes, *, taken: range = range(200, 300)) -> None:
    """A reply about the letter: 5xx is for good, every other no is not."""
    if code in taken:
        return
    fault = say_reply(stage, code, text)
    if code >= 500 and code not in WANTS_SIGN_IN:
        raise Refused(fault)
    raise NotTaken(fault, concerns_all=code == CLOSING or code in WANTS_SIGN_IN or not 400 <= code < 500)


def _hand_over(server: Conversation, letter: bytes) -> None:
    with _before_the_letter("DATA"):
        _judge("DATA", *server.docmd("DATA"), taken=range(354, 355))
        server.send(re.sub(rb"(?m)^\.", b"..", letter) + (b"" if letter.endswith(b"\r\n") else b"\r\n"))
    stage = "after the letter"
    try:
        server.send(b".\r\n")
        code, text = server.getreply()
    except smtplib.SMTPResponseException as odd:
        raise Uncertain(say_reply(stage, odd.smtp_code, b"unreadable answer")) from None
    except smtplib.SMTPServerDisconnected as broken:
        raise Uncertain(_say_broken(stage, broken)) from None
    except OSError as error:
        raise Uncertain(say_error(stage, error)) from None
    if not 200 <= code < 300 and not 400 <= code < 600:
        raise Uncertain(say_reply(stage, code, text))
    _judge(stage, code, text)
