"""Origins: whether a request that would change something comes from our own pages."""

from urllib.parse import urlsplit

from starlette.requests import Request

OWN = {"same-origin", "none"}
"""`none` is what a person typed or kept as a bookmark; no other page can send it."""


def is_from_here(request: Request, public_url: str) -> bool:
    """By Sec-Fetch-Site, which no page can forge; where a browser sends none, such as over plain http in a house's own
    network, by Origin, which has to be the address under which the program is known. Without both: no.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site.strip().lower() in OWN
    origin = request.headers.get("origin")
    return origin is not None and _place(origin) == _place(public_url)


def _place(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    try:
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        port = None
    return parts.scheme, (parts.hostname or "").lower(), port
