"""Measurements of the main jobs, each as a ratio against a plain way to do the same, taken in one run."""

from typing import NamedTuple


class Row(NamedTuple):
    """One line of the report: what was measured, the figure, the target, and whether it is met."""

    what: str
    figure: str
    target: str
    is_met: bool
