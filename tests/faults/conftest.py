"""What the tests of the faults share: a place of their own."""

from collections.abc import Iterator

import pytest

from faults.place import Place, new_place


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    with new_place() as made:
        yield made
