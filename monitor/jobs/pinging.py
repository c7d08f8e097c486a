"""Pinging: a watcher outside is called after each look that found all in order, and notices when the calls stop."""

import logging
from http.client import HTTPException
from urllib.request import urlopen

SECONDS = 5
logger = logging.getLogger("monitor.jobs")


def ping(url: str) -> None:
    """A failure is logged without the address, which is a secret of the watcher's; nothing else comes of it."""
    try:
        with urlopen(url, timeout=SECONDS):  # noqa: S310  (http and https alone: monitor.config sees to it)
            pass
    except (OSError, ValueError, HTTPException) as failure:
        logger.warning("the watcher under jobs.ping_url could not be called: %s", type(failure).__name__)
