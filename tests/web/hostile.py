"""Hostile requests: real addresses bent in every way, and what no program would send; the same for the same seed."""

import random
import secrets
from collections.abc import Sequence

METHODS = ["GET"] * 40 + ["HEAD"] * 6 + [
    "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "TRACE", "CONNECT", "get", "FOO", "G E T", "", "GET\t", "\x00",
]  # fmt: skip
VERSIONS = ["HTTP/1.1"] * 60 + ["HTTP/1.0", "HTTP/1.1 ", "HTTP/2.0", "HTTP/0.9", "HTTP/9", "http/1.1", ""]
FILES = [
    "appointments.ics",
    "worklist.ics",
    "appointments.ics/",
    "appointments",
    "..",
    "%2e%2e",
    "",
    "x.ics",
    "robots.txt",
]
ODD = [
    "%00", "%", "%zz", "%0a", "%0d%0aX-Evil:%20yes", "\x00", "\x7f", "..", "/../", "//", "%2f", "%5c", "\\", ";", "?",
    "#",
    "%ff%fe", "%c0%ae", "ü", "☃", "🏥", "{}", "{token}", "'--", '"', "<script>", "$(id)", "%25", " ", "\t", "~", "*",
]  # fmt: skip
NAMES = [
    "If-None-Match", "If-Modified-Since", "If-Match", "Range", "Accept-Encoding", "User-Agent", "Accept", "Cookie",
    "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Authorization", "Referer", "Origin", "Content-Type",
    "X-HTTP-Method-Override", "X-Original-URL", "Upgrade-Insecure-Requests", "Te", "Via", "X-Odd",
]  # fmt: skip
VALUES = [
    "*", '"', '""', "W/", ",,,,", "bytes=0-", "bytes=-1", "bytes=99999999999999999999-0", "bytes=0-0," * 500, "gzip;q=",
    "gzip;q=1e999", "gzip;q=nan", ";" * 300, "Mon, 99 Foo 2026 25:61:61 GMT", "Mon, 02 Nov 0000 08:00:00 GMT", "-1",
    "9" * 400, "\x01\x02", "\xff\xfe", "ü", "☃", "", " ", "DELETE", "/admin", "vdirsyncer" * 200, "A" * 9_000,
]  # fmt: skip
FRAMING = [
    "Content-Length: -1", "Content-Length: 5", "Content-Length: 99999999999999999999", "Content-Length: abc",
    "Content-Length: 3\r\nContent-Length: 4", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 3", "Expect: 100-continue", "Expect: the impossible",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==",
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ", "Host: evil.example",
    " folded: line", "no colon at all", ": no name", "A" * 70_000, "X-Long: " + "B" * 70_000,
    "\r\n".join(f"X-{number}: y" for number in range(3_000)),
]  # fmt: skip


class Hostile:
    """Makes requests out of tokens that open something and tokens that nobody issued; remembers all of them."""

    def __init__(self, tokens: Sequence[str], seed: int) -> None:
        self._live = list(tokens)
        self._chance = random.Random(seed)
        self.tokens = set(tokens)

    def request(self) -> bytes:
        chance = self._chance
        token = self._token()
        lines = [f"{chance.choice(METHODS)} {self._target(token)} {chance.choice(VERSIONS)}", "Host: localhost"]
        if chance.random() < 0.03:
            lines.pop()
        lines += [f"{chance.choice(NAMES)}: {self._value()}" for _ in range(chance.choice([0, 0, 0, 1, 2, 4]))]
        if chance.random() < 0.1:
            lines.append(chance.choice(FRAMING))
        lines[1:] = chance.sample(lines[1:], len(lines) - 1)
        ending = "\n" if chance.random() < 0.02 else "\r\n"
        text = ending.join([*lines, "Connection: close", "", ""])
        body = chance.choice(
            [b"", b"", b"", b"abc", b"\x00" * 50, token.encode(), b"0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
        )
        # As latin-1 where that can be, so that single bytes above 127 arrive too.
        return text.encode("latin-1" if chance.random() < 0.3 else "utf-8", "replace") + body

    def _token(self) -> str:
        if self._chance.random() < 0.5:
            return self._chance.choice(self._live)
        made = "".join(self._chance.choice(secrets.token_urlsafe(32)) for _ in range(43))
        self.tokens.add(made)
        return made

    def _target(self, token: str) -> str:
        chance = self._chance
        if chance.random() < 0.4:
            token = self._bend(token)
        path = f"/{chance.choice('ccccpC')}/{token}/{chance.choice(FILES)}"
        match chance.randrange(12):
            case 0:
                path = self._bend(path)
            case 1:
                path = f"http://localhost{path}"
            case 2:
                path += f"?token={token}&{chance.choice(ODD)}"
            case 3:
                path = chance.choice(
                    ["*", "/", "//", "", "/healthz", "/livez", "/robots.txt", "localhost:80", "/" + "a" * 9_000, "/p/"]
                )
            case _:
                pass
        return path

    def _bend(self, text: str) -> str:
        chance = self._chance
        at = chance.randrange(len(text) + 1)
        bent = [
            text[:at] + chance.choice(ODD) + text[at:],
            text[:at],
            text + text,
            text.swapcase(),
            "".join(f"%{ord(one):02x}" for one in text),
            text + chance.choice("Aa-_=.~") * chance.choice([1, 43, 5_000]),
            text[at:] + text[:at],
        ]
        return chance.choice(bent)

    def _value(self) -> str:
        return self._chance.choice([*VALUES, self._token(), f'"{self._token()}"'])
