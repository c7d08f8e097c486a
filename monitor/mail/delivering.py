"""Delivering: what every mailer promises, and the three ways in which a delivery can fail."""

from collections.abc import Callable
from typing import Protocol


class Mailer(Protocol):
    def deliver(self, letter: bytes, sender: str, to: str, *, before_data: Callable[[], None]) -> None:
        """Hand one letter over; returning means that it was taken.

        `sender` and `to` are the bare addresses of the envelope. `before_data` is called when nothing stands in the way
        any more and nothing has been handed over yet; what it raises ends the delivery and is passed on.
        """


class DeliveryFailed(Exception):  # noqa: N818  (a root; each of the three below is an expected outcome)
    """`fault` is for the record: where it failed and what the server said, without an address or a password."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class Refused(DeliveryFailed):
    """For good: trying the same letter again would not help."""


class NotTaken(DeliveryFailed):
    """Not this time; certain is that the letter was not accepted.

    `concerns_all`: the fault lies with the server or with us, and the next letter would fare no better now.
    """

    def __init__(self, fault: str, *, concerns_all: bool = False) -> None:
        super().__init__(fault)
        self.concerns_all = concerns_all


class Uncertain(DeliveryFailed):
    """The whole letter went out and no answer came back: it may have been accepted."""
