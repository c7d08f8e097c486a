"""Processes: forked from one that has loaded everything, killed without a word, and gone with whoever started them."""

import logging
import os
from multiprocessing import get_context, parent_process
from threading import Thread

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["faults.contention", "faults.databases", "faults.sink", "faults.working"])
"""A worker starts in a hundredth of a second instead of one: else a hundred kills would take minutes."""


def end_with_parent() -> None:
    """To be called first in a process: when whoever asked for it has ended, however, it ends too.

    What the program says of the faults that it meets is no news here.
    """
    logging.disable()
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
