"""Runs the fault tests and prints their figures; names after the command choose: `python -m faults killing`."""

import argparse
import logging
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import get_args

from rich.console import Console
from rich.table import Table

from faults.figures import NEITHER, Figure, Size
from faults.place import new_place

MODULES = {
    "killing": "F1, F2",
    "week": "F1",
    "machine": "all orders",
    "refusing": "F3",
    "daylight": "F4",
    "downtime": "F5",
    "clock_steps": "F6",
    "databases": "F7",
    "disks": "F8",
    "contention": "F10",
    "migrations": "F11",
    "backups": "F12",
    "chain": "F13",
    "wiping": "F16",
}
"""By name, in the order in which they run, with the number under which the table lists each."""


def main(argv: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers, disks and folders go in any case
    asked = _parser().parse_args(argv)
    if unknown := sorted(set(asked.names) - set(MODULES)):
        print(f"No fault test is called {', '.join(unknown)}; there are {', '.join(MODULES)}.", file=sys.stderr)
        return 2
    began = time.monotonic()
    figures = run_all(asked.names or list(MODULES), size=asked.size)
    print(f"· all of it {time.monotonic() - began:.0f} s", file=sys.stderr)
    Console(width=None if sys.stdout.isatty() else 150).print(table_of(figures, size=asked.size))
    return 0 if all(one.is_met for one in figures) else 1


def run_all(names: Sequence[str], *, size: Size) -> list[Figure]:
    """Every figure; what each test took is said on stderr."""
    figures: list[Figure] = []
    logging.disable()  # what the program says of each fault is no news here
    with new_place() as place:
        for name in names:
            began = time.monotonic()
            print(f"· {MODULES[name]} {name} …", end="", file=sys.stderr, flush=True)
            try:
                figures += import_module(f"faults.{name}").run(place, size=size)
            except Exception as fault:  # noqa: BLE001  (a test that breaks down hides no other's figures)
                traceback.print_exc()
                figures.append(Figure(MODULES[name], NEITHER, name, type(fault).__name__, "figures", is_met=False))
            print(f" {time.monotonic() - began:.1f} s", file=sys.stderr)
    return figures


def table_of(figures: Sequence[Figure], *, size: Size) -> Table:
    table = Table("fault", "database", "what", "figure", "demanded", "met", title=f"Fault tests, {size} size")
    for before, one in zip([None, *figures], figures, strict=False):
        if before and before.fault != one.fault:
            table.add_section()
        met = "" if not one.demanded else "yes" if one.is_met else "[bold red]NO[/bold red]"
        table.add_row(one.fault, one.database, one.what, one.figure, one.demanded, met)
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MODULES)}  [all]")
    parser.add_argument("--size", choices=get_args(Size), default="full", help="fast takes a few seconds each  [full]")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
