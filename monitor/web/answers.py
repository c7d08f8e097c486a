"""Answers: every reply that is not a calendar or a page is one of these few constants, and none says more."""

from dataclasses import dataclass

from starlette.types import Send

Headers = list[tuple[bytes, bytes]]

FIRM = (
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
)
"""On every reply; a page may bring a content security policy of its own."""
HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
"""Only where the public address is https: on plain http browsers ignore it."""

LAST_MODIFIED = b"last-modified"

SOON, LATER = 30, 60
"""Seconds after which asking again may help: a database that fails, a program at fault."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply, ready to be sent as often as needed."""

    status: int
    headers: Headers
    body: bytes = b""

    def undated(self) -> "Answer":
        """The same without Last-Modified: two changes of one second would have one date."""
        return Answer(self.status, [one for one in self.headers if one[0] != LAST_MODIFIED], self.body)

    async def send(self, send: Send, *, method: str) -> None:
        """HEAD gets the same headers and no body."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else self.body})


def plain(
    status: int, *lines: str, extra: tuple[tuple[bytes, bytes], ...] = (), caching: bytes = b"no-store"
) -> Answer:
    """A short text, since whoever asked may be a program or a person with a browser, of either language."""
    body = "".join(f"{line}\n" for line in lines).encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", caching),
        *extra,
        *FIRM,
    ]
    return Answer(status, headers, body)


def retry_after(seconds: int) -> tuple[bytes, bytes]:
    return b"retry-after", b"%d" % seconds


def not_allowed(*methods: str) -> Answer:
    """What else may be done here stands in `Allow`."""
    allow = b"allow", ", ".join(methods).encode()
    return plain(405, "This is not possible here.", "Das geht hier nicht.", extra=(allow,))


NOT_FOUND = plain(404, "There is nothing at this address.", "Unter dieser Adresse gibt es nichts.")
GONE = plain(
    410,
    "This address was withdrawn. Please ask your clinic for a new one.",
    "Diese Adresse wurde zurückgezogen. Bitte fragen Sie in Ihrer Klinik nach einer neuen.",
)
NOT_ALLOWED = not_allowed("GET", "HEAD")
UNREADABLE = plain(400, "This request makes no sense.", "Diese Anfrage ergibt keinen Sinn.")
UNAVAILABLE = plain(
    503,
    "The record cannot be read at the moment. Please try again later.",
    "Die Daten sind gerade nicht lesbar. Bitte versuchen Sie es später noch einmal.",
    extra=(retry_after(SOON),),
)
AT_FAULT = plain(
    500,
    "Something went wrong on our side. Please try again later.",
    "Auf unserer Seite ist etwas schiefgegangen. Bitte versuchen Sie es später noch einmal.",
    extra=(retry_after(LATER),),
)
HEALTHY = plain(200, "ok")
ROBOTS = plain(200, "User-agent: *", "Disallow:", caching=b"public, max-age=86400")
"""Nothing is forbidden: calendar providers obey robots.txt, and search engines obey `noindex`."""


def too_many(seconds: int) -> Answer:
    """A program that asks too often is told when to come back; it keeps the calendar that it has."""
    return plain(
        429,
        "This calendar was fetched too often. Please try again later.",
        "Dieser Kalender wurde zu oft abgerufen. Bitte versuchen Sie es später noch einmal.",
        extra=(retry_after(seconds),),
    )
