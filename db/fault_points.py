"""Fault points: named places between two steps that must survive a crash, at which a test may let one happen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class FaultPoint(StrEnum):
    """Where a crash leaves one step done and the next one not."""

    PLAN_ADDED = "plan added"
    """Letters stand in the outbox, and the transaction is still open."""
    PLANNED = "planned"
    """The letters are planned for good, and nobody has claimed one."""
    BEFORE_HANDOFF = "before handoff"
    """A letter is claimed; that the mail server is about to get it is not kept yet."""
    AFTER_HANDOFF = "after handoff"
    """That is kept, and the mail server has nothing yet."""
    AFTER_DATA = "after data"
    """The mail server has said yes."""
    BEFORE_END = "before end"
    """The row is about to say so, and the transaction is still open."""
    COPY_WRITTEN = "copy written"
    """A backup is whole, under its temporary name."""
    COPY_NAMED = "copy named"
    """A backup has its name, and the history does not know of it."""


_struck: Callable[[FaultPoint], None] | None = None


def reach(point: FaultPoint) -> None:
    """Costs a comparison, unless this process was told by `striking` what is to happen here."""
    if _struck is not None:
        _struck(point)


@contextmanager
def striking(strike: Callable[[FaultPoint], None]) -> Iterator[None]:
    """Let `strike` be called at every point that this process reaches, for the length of the block.

    There is no setting and no variable for this: a program that nobody has changed cannot be told to fail.
    """
    global _struck  # noqa: PLW0603  (one process, one hand that strikes)
    before, _struck = _struck, strike
    try:
        yield
    finally:
        _struck = before
