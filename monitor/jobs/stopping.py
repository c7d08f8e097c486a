"""Stopping: whether this process has been told to end, for steps that could go on for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

_told: ContextVar[Event | None] = ContextVar("told", default=None)


@contextmanager
def stoppable(told: Event) -> Iterator[None]:
    """Inside the block `is_stopping` follows this event; a step that is called by itself is never stopped."""
    token = _told.set(told)
    try:
        yield
    finally:
        _told.reset(token)


def is_stopping() -> bool:
    """To be asked between two letters, two patients, two files: what was begun is finished."""
    told = _told.get()
    return told is not None and told.is_set()
