"""Addresses: where a request comes from, which a proxy may tell and nobody else."""

from ipaddress import ip_address, ip_network

from starlette.requests import Request


def address_of(request: Request, trusted: tuple[str, ...]) -> str:
    """The peer's address; behind a trusted proxy the last one in X-Forwarded-For that is no trusted proxy itself."""
    peer = request.client.host if request.client else ""
    hops = [one.strip() for one in request.headers.get("x-forwarded-for", "").split(",") if one.strip()]
    while hops and _is_trusted(peer, trusted):
        peer = hops.pop()
    return peer[:64]


def _is_trusted(address: str, trusted: tuple[str, ...]) -> bool:
    try:
        own = ip_address(address)
        return any(own in ip_network(one, strict=False) for one in trusted)
    except ValueError:
        return False
