"""Retrying: how long to wait before the next attempt, longer each time and never the same for everybody."""

from datetime import timedelta

MINUTE = timedelta(minutes=1)
LONGEST = timedelta(minutes=30)
"""Before the lot: a mail server that was down for a day is asked again within three quarters of an hour."""
LONGEST_PAUSE = timedelta(hours=2)


def wait_after(attempts: int, lot: float) -> timedelta:
    """After so many attempts to send a letter: 1, 2, 4 … at most 30 minutes, ±50 %.

    `lot` is drawn from 0 up to 1. Without it all letters of a morning, and all replicas, would knock at once again.
    """
    return _doubled(MINUTE, attempts, LONGEST) * (0.5 + lot)


def pause_after(attempts: int) -> timedelta:
    """After so many failures of what is done once a day: 5, 10, 20 … at most 120 minutes."""
    return _doubled(5 * MINUTE, attempts, LONGEST_PAUSE)


def _doubled(first: timedelta, attempts: int, most: timedelta) -> timedelta:
    times: int = 2 ** min(max(attempts, 1) - 1, 16)
    return min(first * times, most)
