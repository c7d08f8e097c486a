"""Backup counts: a copy in which rows are missing is none, whatever the database says about its file."""

from collections.abc import Mapping

COUNTED = ("patient", "treatment", "infusion", "sample", "history", "visit", "check")
"""Tables of every release from which no row is ever deleted."""


def find_loss(at_start: Mapping[str, int], in_copy: Mapping[str, int]) -> str:
    """Where the copy has fewer rows than there were when it began; nothing where it has them all."""
    less = [(name, in_copy.get(name, 0), count) for name, count in at_start.items() if in_copy.get(name, 0) < count]
    return ", ".join(f"{name} has {found} rows of {count}" for name, found, count in less)
