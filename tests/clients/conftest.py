"""What the tests with real calendar clients share: each client in a home of its own, or one line that it is missing."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.clients import evolution, khal
from tests.clients.evolution import Evolution
from tests.clients.khal import Khal
from tests.clients.shown import Client

CLIENTS: dict[str, tuple[Callable[[], str], Callable[[Path], Client]]] = {
    "khal": (khal.lacks, Khal),
    "evolution": (evolution.lacks, Evolution),
}


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """Each calendar program in turn."""
    with running(request.param, tmp_path / "client") as client:
        yield client


@pytest.fixture
def clients(tmp_path: Path) -> Iterator[dict[str, Client]]:
    """All of them at once: several people subscribe to one calendar."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(running(name, tmp_path / name)) for name in CLIENTS}


@contextmanager
def running(name: str, home: Path) -> Iterator[Client]:
    """Where a client is not installed its tests are left out, but never in continuous integration."""
    lacks, start = CLIENTS[name]
    if missing := lacks():
        reason = f"the calendar client {name} is not installed (Debian: apt install {missing})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    home.mkdir()
    client = start(home)
    try:
        yield client
    finally:
        client.close()
