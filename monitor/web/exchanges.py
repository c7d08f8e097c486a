"""Exchanges: one request and its whole answer, for every method, so that none of them is the framework's to answer."""

from abc import ABC, abstractmethod

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Exchange(ABC):
    """An ASGI application that says its own no to methods, too. HEAD gets the headers of GET, the length among them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        if request.method == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    @abstractmethod
    async def _answer(self, request: Request) -> Response:
        """The answer to any method; for HEAD that of GET."""
