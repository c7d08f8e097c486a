"""An application with one route that answers nothing, on the settings of `monitor serve`: what the framework costs."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def empty(request: Request) -> Response:
    return Response()


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/", empty)]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
