"""Figures: what a fault test measured, what is demanded of it, and whether that is met."""

from typing import Literal, NamedTuple

Size = Literal["fast", "full"]
"""A few seconds for the tests, or the size that the figures are demanded for."""

NEITHER = "-"
"""In place of a database, where a fault has nothing to do with one."""


class Figure(NamedTuple):
    """One line of the report. `demanded` is in words, such as `at most 100`; empty where a figure only informs."""

    fault: str
    database: str
    what: str
    figure: str
    demanded: str
    is_met: bool


def exactly(fault: str, database: str, what: str, *, found: int, demanded: int) -> Figure:
    return Figure(fault, database, what, f"{found:,}", f"{demanded:,}", found == demanded)


def at_most(fault: str, database: str, what: str, *, found: float, demanded: float, unit: str = "") -> Figure:
    return Figure(fault, database, what, _said(found, unit), f"at most {_said(demanded, unit)}", found <= demanded)


def at_least(fault: str, database: str, what: str, *, found: float, demanded: float, unit: str = "") -> Figure:
    return Figure(fault, database, what, _said(found, unit), f"at least {_said(demanded, unit)}", found >= demanded)


def told(fault: str, database: str, what: str, figure: str) -> Figure:
    """A figure that nothing is demanded of, such as what the alternative does on the same cases."""
    return Figure(fault, database, what, figure, "", is_met=True)


def _said(number: float, unit: str) -> str:
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.2f}"
    return f"{text} {unit}".strip()
