"""Bodies: what a browser sends, read to a bound and no further."""

from starlette.requests import ClientDisconnect, Request

FORM = "application/x-www-form-urlencoded"


class Unreadable(Exception):  # noqa: N818  (the door answers it with `status`)
    """A request that no form of ours sends."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def kind_of(request: Request) -> str:
    """The body's media type, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, largest: int) -> bytes:
    """All of it. Refuses (Unreadable) more than `largest` bytes, and whoever went away in the middle."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > largest:
                raise Unreadable(413)
    except ClientDisconnect:
        raise Unreadable(400) from None
    return bytes(body)
