"""Callers: from which address a request comes, where a reverse proxy that is trusted says so."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.requests import Request

UNKNOWN = "unknown"


def find_caller(request: Request, trusted: Sequence[str]) -> str:
    """The address that our trusted proxies saw. What anybody else writes into X-Forwarded-For counts for nothing.

    It is read from its end, where the nearest proxy wrote, to the first address that is no proxy of ours.
    """
    seen = request.client.host if request.client else UNKNOWN
    networks = _networks(tuple(trusted))
    named = [one.strip() for line in request.headers.getlist("x-forwarded-for") for one in line.split(",")]
    while named and _is_in(seen, networks):
        before = named.pop()
        if not _is_address(before):
            break
        seen = before
    return seen


@lru_cache(maxsize=8)
def _networks(trusted: tuple[str, ...]) -> Sequence[IPv4Network | IPv6Network]:
    return [ip_network(one) for one in trusted]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in one for one in networks)
